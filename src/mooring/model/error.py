"""Refusals, each with a code that a program can test and a remedy that a person can follow."""

from typing import ClassVar


class MooringError(Exception):
    """Something asked for cannot be.

    ``message`` names the thing and the reason; ``remedy`` says what would work (it may be empty).
    ``code`` is stable and meant for programs, ``status`` is the HTTP status the API answers with.
    """

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message}; {self.remedy}" if self.remedy else self.message


class InvalidArgumentError(MooringError):
    """The request contradicts itself or is not of the right form."""

    code = "invalid-argument"
    status = 400


class ForbiddenError(MooringError):
    """The request is well formed, and never allowed (deleting a built-in network, for one)."""

    code = "forbidden"
    status = 403


class NotFoundError(MooringError):
    """No such network, sandbox, endpoint or run."""

    code = "not-found"
    status = 404


class ConflictError(MooringError):
    """The request clashes with what exists: a name or an address in use, an active endpoint."""

    code = "conflict"
    status = 409


class NotSupportedError(MooringError):
    """Well formed, and not something Mooring does."""

    code = "not-supported"
    status = 501


class UnavailableError(MooringError):
    """It would work, but not now: addresses exhausted, a peer or the daemon away."""

    code = "unavailable"
    status = 503


class MachineError(MooringError):
    """The kernel or a program of the machine refused an operation."""

    code = "machine"
    status = 500
