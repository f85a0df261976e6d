"""Traces: the path a question took, step by step, for people who ask why."""

import msgspec


class TraceStep(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was tried.

    ``stage`` is ``scope``, ``claim``, ``aaaa``, ``cache``, ``upstream`` or ``answer``; ``subject``
    is what was asked (a network, a server) or the setting that counted, ``outcome`` what it said in
    a few words.
    """

    stage: str
    subject: str
    outcome: str
    milliseconds: float = 0.0


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """A question, every step to its answer, and the answer. ``records`` are zone-file text."""

    name: str
    type: str
    rcode: str
    steps: tuple[TraceStep, ...] = ()
    records: tuple[str, ...] = ()
    explanation: str = ""
    milliseconds: float = 0.0
