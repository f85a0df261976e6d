"""The CNI bridge plugin with host-local addresses, as a container runtime runs it."""

from pathlib import Path
from typing import Any, Final

from attaching.plugin import Namespaces, call, cpu_of_calls

PLUGINS: Final = Path("/usr/lib/cni")
"""Where Debian's containernetworking-plugins are."""


class CniBridge:
    """``bridge`` with ADD and DEL. ``masquerade`` needs iptables."""

    def __init__(self, directory: Path, *, masquerade: bool) -> None:
        self._namespaces = Namespaces(directory / "run")
        self._addresses: dict[int, str] = {}
        self._configuration = {
            "cniVersion": "0.4.0",
            "name": "app",
            "type": "bridge",
            "bridge": "cni0",
            "isGateway": True,
            "ipMasq": masquerade,
            "ipam": {
                "type": "host-local",
                "subnet": "10.80.0.0/16",
                "routes": [{"dst": "0.0.0.0/0"}],
                "dataDir": str(directory / "addresses"),
            },
        }

    def attach(self, number: int) -> None:
        """Make a namespace and ADD it."""
        self._namespaces.create(number)
        result = self._call("ADD", number)
        self._addresses[number] = result["ips"][0]["address"].partition("/")[0]

    def detach(self, number: int) -> None:
        """DEL a namespace and remove it."""
        self._call("DEL", number)
        self._namespaces.remove(number)

    def namespace(self, number: int) -> str:
        """The namespace's path."""
        return self._namespaces.path(number)

    def address(self, number: int) -> str:
        """What ADD answered."""
        return self._addresses[number]

    def cpu(self) -> float:
        """The plugins', and the caller's."""
        return cpu_of_calls()

    def close(self) -> None:
        """Nothing runs on."""

    def _call(self, command: str, number: int) -> dict[str, Any]:
        environment = {
            "CNI_COMMAND": command,
            "CNI_CONTAINERID": f"s{number}",
            "CNI_NETNS": self._namespaces.path(number),
            "CNI_IFNAME": "eth0",
            "CNI_PATH": str(PLUGINS),
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        }
        return call([str(PLUGINS / "bridge")], self._configuration, environment)
