"""Cases about addresses: sequences of requests to one allocator."""

from typing import Final

from mooring.ipam.allocator import LOCAL, Allocator
from mooring.ipam.error import AddressesExhaustedError
from mooring.model.error import MooringError
from mooring.testing.cases.case import Case
from mooring.testing.cases.outcome import Mismatch, NotApplicable, same

_MOST: Final = 1 << 17
"""Addresses that are requested before a pool counts as inexhaustible."""

_REASONS: Final = ("error", "error_contains", "expect_error")
"""Fields of a step that say with what words it is refused."""


def nth(case: Case, _group: Case) -> None:
    """The last of so many addresses from a fresh pool."""
    allocator = Allocator()
    pool = allocator.request_pool(LOCAL, case["subnet"]).id
    found = [allocator.request_address(pool) for _ in range(case["requests"])]
    same(str(found[-1].ip), case["last"], "the last address")


def sequence(case: Case, _group: Case) -> None:
    """Steps, each of which must come out as it says."""
    desk = _Desk(case.get("options") or {})
    for number, step in enumerate(case.cases("steps"), 1):
        reason = next((step[key] for key in _REASONS if step.get(key)), "")
        try:
            found = desk.take(step)
        except MooringError as error:
            if step.get("ok", True):
                raise Mismatch(f"step {number} is refused: {error}") from error
            if reason.lower() not in error.message.lower():
                raise Mismatch(f"step {number}: {error.message!r} lacks {reason!r}") from error
            continue
        if not step.get("ok", True):
            raise Mismatch(f"step {number} is granted: {found}")
        if "expect" in step:
            same(found, step["expect"], f"step {number}")


class _Desk:
    """One allocator, and the ids that the steps have given to its pools."""

    def __init__(self, options: dict[str, str]) -> None:
        self._allocator: Final = Allocator()
        self._options: Final = options
        self._ids: Final[dict[str, str]] = {"": ""}

    def take(self, step: Case) -> object:
        """The answer to one step; raises MooringError if it is refused."""
        allocator = self._allocator
        match step["op"]:
            case "request_pool":
                return self._request_pool(step)
            case "release_pool":
                allocator.release_pool(self._pool(step))
                return None
            case "pool_exists":
                return step["pool"] in [str(lease.prefix) for lease in allocator.leases()]
            case "request_address":
                return str(allocator.request_address(self._pool(step), step.get("address")))
            case "release_address":
                allocator.release_address(self._pool(step), step["address"] or "")
                return None
            case "request_until_exhausted":
                return self._exhaust(step)
            case other:
                raise NotApplicable(f"there is no step {other!r}")

    def _request_pool(self, step: Case) -> str:
        lease = self._allocator.request_pool(
            step["space"],
            step.get("pool") or "",
            step.get("subpool") or "",
            self._options,
            step.get("v6") or False,
        )
        self._ids[step.get("id") or "unnamed"] = lease.id
        return str(lease.prefix)

    def _exhaust(self, step: Case) -> str:
        found = ""
        for _ in range(_MOST):
            try:
                found = str(self._allocator.request_address(self._pool(step)))
            except AddressesExhaustedError as error:
                same(found, step["last"], "the last address")
                if (step.get("error") or "") not in error.message:
                    raise Mismatch(f"{error.message!r} lacks {step['error']!r}") from error
                return found
        raise Mismatch(f"the pool gives more than {_MOST} addresses")

    def _pool(self, step: Case) -> str:
        return self._ids[step["id"]]
