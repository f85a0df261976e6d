"""Names for sandboxes that were given none: they resolve like any other, so they can be spoken."""

import secrets
from collections.abc import Callable
from typing import Final

_QUALITIES: Final = (  # noqa: SIM905
    "able amber brave brisk calm clear crisp deft eager early even fair fleet fond frank"
    " free fresh gentle glad golden grand hardy jolly keen kind light lively loyal lucid"
    " mellow merry mild neat nimble noble plain proud quick quiet ready silver sleek smooth"
    " snug sound spry steady stout sunny sure swift tidy trim true warm wary wise witty"
    " young zesty"
).split()
_THINGS: Final = (  # noqa: SIM905
    "anchor auk barge beacon bollard bosun bow brig buoy capstan channel cleat cove crane"
    " cutter delta dinghy dock dory eddy eider estuary ferry fjord frigate galley gannet"
    " grebe gull gunwale harbor haven hawser heron hull inlet isle jetty kayak keel ketch"
    " kite lagoon lantern ledge lighthouse lock loon marina mast mole oar osprey otter"
    " petrel pier pilot plover port prow quay raft reef rudder sail schooner seal shoal"
    " sloop sound spar spit stern strand strait swan tern tide tiller tug wake wharf winch"
    " yawl"
).split()


def generate(taken: Callable[[str], bool]) -> str:
    """A name that is not taken: ``calm_heron``, with a number once they run short."""
    for attempt in range(1000):
        name = f"{secrets.choice(_QUALITIES)}_{secrets.choice(_THINGS)}"
        if attempt > 10:
            name += str(secrets.randbelow(10**6))
        if not taken(name):
            return name
    raise RuntimeError("a thousand random names were all taken")
