"""Signals by name or number, as Docker takes them."""

from signal import SIGRTMAX, Signals

from mooring.model.error import InvalidArgumentError


def parse_signal(text: str) -> int:
    """``TERM``, ``SIGTERM``, ``sigterm`` or ``15`` as its number, else InvalidArgumentError."""
    if text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= SIGRTMAX:
        return int(text)
    name = text.upper()
    number = Signals.__members__.get(name if name.startswith("SIG") else f"SIG{name}")
    if number is None:
        raise InvalidArgumentError(
            f"invalid signal {text[:40]!r}", "name one as kill -l does (TERM, HUP, …) or by number"
        )
    return int(number)
