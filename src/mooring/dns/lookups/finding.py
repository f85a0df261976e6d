"""Short ways to say a finding. Pure."""

from mooring.model.finding import Finding, Severity


def fine(check: str, message: str) -> Finding:
    """Nothing is wrong there."""
    return Finding(check=check, severity=Severity.OK, message=message)


def warning(check: str, message: str, remedy: str) -> Finding:
    """Something costs time, or will one day."""
    return Finding(check=check, severity=Severity.WARNING, message=message, remedy=remedy)


def error(check: str, message: str, remedy: str) -> Finding:
    """Something does not work."""
    return Finding(check=check, severity=Severity.ERROR, message=message, remedy=remedy)


def duration(milliseconds: float) -> str:
    """``0.4 ms``, ``40 ms`` or ``5.0 s``."""
    if milliseconds < 10:
        return f"{milliseconds:.1f} ms"
    if milliseconds < 1000:
        return f"{milliseconds:.0f} ms"
    return f"{milliseconds / 1000:.1f} s"
