"""What address management refuses, one class to each reason.

The messages contain libnetwork's own words, which programs written for Docker look for.
"""

from mooring.model.error import (
    ConflictError,
    InvalidArgumentError,
    NotFoundError,
    UnavailableError,
)


class InvalidAddressSpaceError(InvalidArgumentError):
    """There is no address space of that name."""

    code = "invalid-address-space"


class InvalidPoolError(InvalidArgumentError):
    """The pool asked for is not a prefix, or none of the default pools could give it."""

    code = "invalid-pool"


class InvalidSubPoolError(InvalidArgumentError):
    """The sub-pool is not a prefix inside the pool."""

    code = "invalid-subpool"


class InvalidPoolIdError(InvalidArgumentError):
    """The text is not a pool id."""

    code = "invalid-pool-id"


class InvalidAddressError(InvalidArgumentError):
    """The text is not an address."""

    code = "invalid-address"


class InvalidNetworkConfigError(InvalidArgumentError):
    """A network's request for addresses contradicts itself; the message lists every problem."""

    code = "invalid-network-config"


class AddressOutOfRangeError(InvalidArgumentError):
    """The address is not in the pool."""

    code = "address-out-of-range"


class UnknownPoolError(NotFoundError):
    """No such pool is held."""

    code = "unknown-pool"


class PoolOverlapError(ConflictError):
    """The pool shares addresses with one that is held."""

    code = "pool-overlap"


class AddressInUseError(ConflictError):
    """The address is held, or is never given out."""

    code = "address-in-use"


class PoolsExhaustedError(UnavailableError):
    """Every default pool is held or reserved."""

    code = "pools-exhausted"


class AddressesExhaustedError(UnavailableError):
    """Every address of the pool is held."""

    code = "addresses-exhausted"
