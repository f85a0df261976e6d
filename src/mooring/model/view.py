"""Views: what one sandbox's resolver may see and whom it may ask."""

import msgspec

from mooring.model.aaaa import Aaaa


class NameScope(msgspec.Struct, frozen=True):
    """A scope of the book that a sandbox sees.

    ``suffix`` is the name of the network: ``db.app`` finds ``db`` in the scope with suffix ``app``.
    """

    scope: str
    suffix: str


class View(msgspec.Struct, frozen=True, kw_only=True):
    """What the resolver of one sandbox answers from.

    ``scopes`` are in gateway order: the first that knows a name wins. ``servers`` are those given
    with ``--dns`` and asked from inside ``namespace``; when there are none the host's own servers
    are asked from the host, unless ``internal``: every network of the sandbox is internal, and
    nothing that only the host can reach may be reached through it. ``aaaa`` says what becomes of
    AAAA questions that the scopes do not answer; ``auto`` goes by the addresses that the sandbox
    has at that moment.
    """

    sandbox: str
    scopes: tuple[NameScope, ...] = ()
    servers: tuple[str, ...] = ()
    internal: bool = False
    namespace: str = ""
    aaaa: Aaaa = Aaaa.PASS
