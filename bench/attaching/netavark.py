"""netavark, as Podman runs it for a container on a bridge network."""

from pathlib import Path
from typing import Any, Final

from attaching.plugin import Namespaces, call, cpu_of_calls

PROGRAM: Final = Path("/usr/lib/podman/netavark")
"""Where Debian's netavark is."""
_NETWORK: Final = "app"


class Netavark:
    """``netavark setup`` and ``teardown``, its firewall by iptables, without aardvark-dns.

    Podman chooses the address and tells netavark; here counting does.
    """

    def __init__(self, directory: Path) -> None:
        self._namespaces = Namespaces(directory / "run")
        self._command = [str(PROGRAM), "--config", str(directory), "--rootless=false"]

    def attach(self, number: int) -> None:
        """Make a namespace and set it up."""
        self._call("setup", number, self._namespaces.create(number))

    def detach(self, number: int) -> None:
        """Tear a namespace down and remove it."""
        self._call("teardown", number, self._namespaces.path(number))
        self._namespaces.remove(number)

    def namespace(self, number: int) -> str:
        """The namespace's path."""
        return self._namespaces.path(number)

    def address(self, number: int) -> str:
        """What netavark was told."""
        return f"10.80.{(number + 2) >> 8}.{(number + 2) & 255}"

    def cpu(self) -> float:
        """netavark's, and the caller's."""
        return cpu_of_calls()

    def close(self) -> None:
        """Nothing runs on."""

    def _call(self, verb: str, number: int, namespace: str) -> None:
        call([*self._command, verb, namespace], self._container(number))

    def _container(self, number: int) -> dict[str, Any]:
        network = {
            "name": _NETWORK,
            "id": "8c" * 32,
            "driver": "bridge",
            "network_interface": "podman1",
            "subnets": [{"subnet": "10.80.0.0/16", "gateway": "10.80.0.1"}],
            "ipv6_enabled": False,
            "internal": False,
            "dns_enabled": False,
            "ipam_options": {"driver": "host-local"},
        }
        return {
            "container_id": f"{number:064x}",
            "container_name": f"s{number}",
            "networks": {
                _NETWORK: {"interface_name": "eth0", "static_ips": [self.address(number)]}
            },
            "network_info": {_NETWORK: network},
        }
