"""Addresses on networks that are on no machine."""

from ipaddress import ip_address, ip_network
from itertools import islice

from mooring.model.error import ConflictError, InvalidArgumentError
from mooring.model.network import Network


def free_address(network: Network, wanted: str, taken: set[str]) -> str:
    """The address asked for, or the lowest that is free, with the length of its prefix."""
    if not network.pools:
        return ""
    pool = network.pools[0]
    subnet = ip_network(pool.subnet)
    if wanted in taken:
        raise ConflictError(f"address {wanted} is in use on network {network.name}")
    if wanted and (not _is_address(wanted) or ip_address(wanted) not in subnet):
        raise InvalidArgumentError(
            f"{wanted} is not an address of network {network.name}", f"choose one in {subnet}"
        )
    if not wanted:
        hosts = (str(host) for host in islice(subnet.hosts(), 1 << 16))
        wanted = next(host for host in hosts if host not in taken and host != pool.gateway)
    return f"{wanted}/{subnet.prefixlen}"


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
