"""What the rows of lists have in common. Pure."""

from collections.abc import Mapping
from typing import Any, Final

_SHORT: Final = 12


def identity_text(identity: str, no_trunc: bool) -> str:
    """An id, in full or the part of it that people see."""
    return identity if no_trunc else identity[:_SHORT]


def labels_text(labels: Mapping[str, str]) -> str:
    """Labels as Docker prints them."""
    return ",".join(f"{key}={value}" for key, value in labels.items())


def addresses_text(networks: Mapping[str, Any]) -> str:
    """The addresses that a run or a sandbox has on its networks."""
    return ",".join(
        address
        for endpoint in networks.values()
        for address in (endpoint["IPAddress"], endpoint["GlobalIPv6Address"])
        if address
    )
