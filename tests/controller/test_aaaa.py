"""What a sandbox's setting for AAAA questions comes to, as its networks come and go."""

import pytest

from mooring.model.aaaa import Aaaa
from mooring.model.endpoint import EndpointRequest
from mooring.model.error import InvalidArgumentError
from mooring.model.network import NetworkRequest
from mooring.model.sandbox import DnsSettings, SandboxRequest
from mooring.testing.bench import Bench


def request(network: str, rule: Aaaa) -> SandboxRequest:
    endpoints = (EndpointRequest(network=network),)
    return SandboxRequest(name="db", dns=DnsSettings(aaaa=rule), endpoints=endpoints)


async def rule_in(bench: Bench) -> Aaaa:
    return bench.resolver.views[bench.ledger.sandbox("db").id].aaaa


async def test_auto_passes_while_an_endpoint_has_ipv6(paper: Bench) -> None:
    for name in ("four", "six"):
        await paper.controller.networks.create(NetworkRequest(name=name, enable_ipv6=name == "six"))
    await paper.controller.sandboxes.create(request("four", Aaaa.AUTO))
    assert await rule_in(paper) is Aaaa.AUTO
    await paper.controller.connections.connect("db", EndpointRequest(network="six"))
    assert await rule_in(paper) is Aaaa.PASS
    await paper.controller.connections.disconnect("db", "six", force=False)
    assert await rule_in(paper) is Aaaa.AUTO


@pytest.mark.parametrize("rule", [Aaaa.PASS, Aaaa.FILTER])
async def test_a_setting_of_the_user_s_stays_what_it_is(paper: Bench, rule: Aaaa) -> None:
    await paper.controller.networks.create(NetworkRequest(name="six", enable_ipv6=True))
    await paper.controller.sandboxes.create(request("six", rule))
    assert await rule_in(paper) is rule


@pytest.mark.parametrize("network", ["host", "none"])
async def test_a_filter_where_there_is_no_resolver_of_ours_is_refused(
    paper: Bench, network: str
) -> None:
    with pytest.raises(InvalidArgumentError, match=f"the network {network} asks name servers"):
        await paper.controller.sandboxes.create(request(network, Aaaa.FILTER))
    assert not paper.ledger.sandboxes
    await paper.controller.sandboxes.create(request(network, Aaaa.AUTO))
