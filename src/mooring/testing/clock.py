"""Time that passes only when a test says so."""


class Clock:
    """Called, it gives seconds, as ``time.monotonic`` does."""

    def __init__(self, now: float = 1000.5) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds
