"""The files of sandboxes, as their networks come and go."""

import pytest

from mooring.linux.operation import WriteFile
from mooring.model.endpoint import EndpointRequest
from mooring.model.error import InvalidArgumentError
from mooring.model.network import NetworkRequest
from mooring.model.sandbox import DnsSettings, SandboxRequest
from mooring.testing.bench import Bench
from mooring.testing.machine import RecordingMachine

GATEWAY = SandboxRequest(name="a", extra_hosts=("host:host-gateway", "printer:192.0.2.9"))
PORT = SandboxRequest(name="a", dns=DnsSettings(servers=("192.0.2.1#5353", "192.0.2.2")))


def on(request: SandboxRequest, *networks: str) -> SandboxRequest:
    endpoints = tuple(EndpointRequest(network=network) for network in networks)
    return SandboxRequest(
        name=request.name, dns=request.dns, extra_hosts=request.extra_hosts, endpoints=endpoints
    )


def latest(recording: RecordingMachine, name: str) -> str:
    """What was written last into a file of that name."""
    written = [o for o in recording.applied if isinstance(o, WriteFile)]
    return [o.text for o in written if o.path.endswith(f"/{name}")][-1]


@pytest.mark.parametrize(
    ("request_", "network", "said"),
    [
        (GATEWAY, "vault", "needs a way to the host"),
        (GATEWAY, "none", "needs a way to the host"),
        (PORT, "none", "cannot name the port"),
        (PORT, "host", "cannot name the port"),
    ],
)
async def test_what_the_networks_leave_no_room_for_is_refused(
    paper: Bench, request_: SandboxRequest, network: str, said: str
) -> None:
    await paper.controller.networks.create(NetworkRequest(name="vault", internal=True))
    with pytest.raises(InvalidArgumentError, match=said):
        await paper.controller.sandboxes.create(on(request_, network))
    assert not paper.ledger.sandboxes


async def test_what_they_leave_no_room_for_later_is_left_out_until_others_come(
    paper: Bench, recording: RecordingMachine
) -> None:
    await paper.controller.networks.create(NetworkRequest(name="app"))
    sandbox = await paper.controller.sandboxes.create(on(GATEWAY, "app"))
    assert "172.17.0.1\thost\n" in latest(recording, "hosts")
    await paper.controller.connections.disconnect("a", "app", force=False)
    assert "host\n" not in latest(recording, "hosts").replace("localhost\n", "")
    assert "192.0.2.9\tprinter\n" in latest(recording, "hosts")
    await paper.controller.sandboxes.mend(sandbox)
    await paper.controller.connections.connect("a", EndpointRequest(network="app"))
    assert "172.17.0.1\thost\n" in latest(recording, "hosts")


async def test_a_server_with_a_port_is_asked_by_the_resolver_alone(
    paper: Bench, recording: RecordingMachine
) -> None:
    await paper.controller.networks.create(NetworkRequest(name="app"))
    await paper.controller.sandboxes.create(on(PORT, "app"))
    assert "nameserver 127.0.0.11\n" in latest(recording, "resolv.conf")
    await paper.controller.connections.disconnect("a", "app", force=False)
    assert "5353" not in latest(recording, "resolv.conf")
    assert "nameserver 192.0.2.2\n" in latest(recording, "resolv.conf")
    await paper.controller.sandboxes.delete("a")
