"""Names and settings of sandboxes that cannot be, each refused before anything is done."""

import pytest

from mooring.model.endpoint import EndpointRequest
from mooring.model.error import InvalidArgumentError, MooringError
from mooring.model.network import NetworkRequest
from mooring.model.sandbox import DnsSettings, SandboxRequest
from mooring.testing.bench import Bench
from mooring.testing.machine import RecordingMachine

LONG = "a" * 10_000_000
HOSTILE = ("", "..", "../x", "a/b", "a b", "a\nb", "a\0b", "-a", ".a", "a..b", "ä", LONG)


def on_app(**endpoint: object) -> SandboxRequest:
    """A sandbox on the network app, with these settings of its endpoint."""
    asked = EndpointRequest(network="app", **endpoint)  # type: ignore[arg-type]
    return SandboxRequest(name="a", endpoints=(asked,))


@pytest.mark.parametrize(
    "request_",
    [
        *(SandboxRequest(name=name) for name in HOSTILE if name),
        *(SandboxRequest(hostname=name) for name in HOSTILE if name not in ("", "-a")),
        SandboxRequest(hostname="h" * 60 + ".example"),
        SandboxRequest(domainname="d" * 60 + ".example"),
        *(SandboxRequest(dns=DnsSettings(search=(name,))) for name in HOSTILE if name != "-a"),
        SandboxRequest(dns=DnsSettings(servers=("fe80::1%a\nb",))),
        SandboxRequest(dns=DnsSettings(options=("ndots:1\nnameserver 192.0.2.1",))),
        *(SandboxRequest(dns=DnsSettings(options=options)) for options in (("",), (LONG,))),
        SandboxRequest(dns=DnsSettings(options=("x",) * 65)),
        SandboxRequest(extra_hosts=("a:192.0.2.1\n192.0.2.2 b",)),
        SandboxRequest(netns="../../proc/self/ns/net"),
        *(on_app(aliases=(name,)) for name in HOSTILE if name != "-a"),
        *(on_app(mac=mac) for mac in ("02:00", "01:00:00:00:00:01", "0\n:0:0:0:0:0", LONG)),
        *(on_app(ipv4=address) for address in ("172.17.0.0", "172.17.255.255", "10.9.9.9", LONG)),
        *(on_app(ipv6=address) for address in ("fe80::1%a\nb", "fd00::1")),
        on_app(options={"com.example.mystery": "1"}),
        SandboxRequest(endpoints=(EndpointRequest(network="nowhere"),)),
        SandboxRequest(endpoints=(EndpointRequest(network="app"),) * 2),
    ],
)
async def test_a_sandbox_that_cannot_be_is_refused_in_few_words_and_nothing_is_done(
    paper: Bench, recording: RecordingMachine, request_: SandboxRequest
) -> None:
    await paper.controller.networks.create(NetworkRequest(name="app"))
    recording.applied.clear()
    with pytest.raises(MooringError) as refusal:
        await paper.controller.sandboxes.create(request_)
    assert len(str(refusal.value)) < 1000
    assert recording.applied == []
    assert not paper.ledger.sandboxes


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_network_with_a_hostile_name_is_refused(paper: Bench, name: str) -> None:
    with pytest.raises(InvalidArgumentError) as refusal:
        await paper.controller.networks.create(NetworkRequest(name=name))
    assert len(str(refusal.value)) < 1000
