"""Mooring, through its API: a daemon, and a client with a connection for every request."""

import time
from pathlib import Path
from typing import Any, Final

import dns.message
import dns.query

from measuring.machine import cpu_seconds
from mooring.linux import netns
from mooring.testing.daemon import Daemon

_NETWORK: Final = "app"
_RESOLVER: Final = "127.0.0.11"
_SECONDS: Final = 2.0


class MooringDaemon:
    """A daemon with one bridge network, and sandboxes that it makes and removes."""

    def __init__(self, directory: Path) -> None:
        self.daemon: Final = Daemon(directory)
        self.daemon.start()
        pool = {"Subnet": "10.80.0.0/16"}
        body = {"Name": _NETWORK, "IPAM": {"Config": [pool]}}
        self.daemon.client.post("/networks/create", body)

    def attach(self, number: int) -> None:
        """Create a sandbox on the network."""
        networks: dict[str, Any] = {"EndpointsConfig": {_NETWORK: {}}}
        body = {"Name": f"s{number}", "NetworkingConfig": networks}
        self.daemon.client.post("/sandboxes/create", body)

    def detach(self, number: int) -> None:
        """Delete a sandbox."""
        self.daemon.client.delete(f"/sandboxes/s{number}")

    def namespace(self, number: int) -> str:
        """Where the daemon keeps the sandbox's namespace."""
        path: str = self.daemon.client.get(f"/sandboxes/s{number}")["Netns"]
        return path

    def address(self, number: int) -> str:
        """What the resolver of the first sandbox says that the sandbox's name means."""
        question = dns.message.make_query(f"s{number}", "A")
        with netns.inside(self.namespace(0)):
            reply = dns.query.udp(question, _RESOLVER, _SECONDS)
        if not reply.answer:
            raise SystemExit(f"the resolver does not know s{number}")
        address: str = reply.answer[0][0].to_text()
        return address

    def cpu(self) -> float:
        """The daemon's, and the client's."""
        return time.process_time() + cpu_seconds(self.daemon.pid)

    def close(self) -> None:
        """End the daemon; its namespaces go with the machine."""
        self.daemon.kill()
