"""Servers of a sandbox's own are asked from inside its namespace, whatever is outside."""

import subprocess
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path

import pytest

from mooring.dns.forwarding.forwarder import Forwarder
from mooring.dns.forwarding.settings import Timing
from mooring.linux import netns
from mooring.model.view import View
from mooring.testing.question import answers, make_question
from mooring.testing.upstream import FakeUpstream
from mooring.wire.constant import ExtendedError, Rcode

WEB = make_question("web.example")


@pytest.fixture
def namespace(needs_root: None, tmp_path: Path) -> Iterator[str]:
    """A namespace with nothing but loopback."""
    path = str(tmp_path / "sandbox")
    netns.create(path, {})
    with netns.inside(path):
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    yield path
    netns.remove(path)


@pytest.fixture
async def forwarder(timing: Timing) -> AsyncIterator[Forwarder]:
    made = Forwarder(netns.open_socket, timing=timing)
    yield made
    await made.aclose()


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
async def test_the_server_inside_is_asked_and_not_the_one_outside(
    namespace: str, forwarder: Forwarder, address: str
) -> None:
    inside = FakeUpstream(
        "web.example. 60 A 10.0.0.1",
        address=address,
        open_socket=partial(netns.open_socket, namespace),
    )
    async with inside:
        outside = FakeUpstream("web.example. 60 A 10.0.0.2", address=address, port=inside.port)
        async with outside:
            view = View(sandbox="one", namespace=namespace, servers=(inside.text,))
            assert answers(await forwarder.ask(view, WEB), WEB) == ["10.0.0.1"]
            forwarder.set_host_servers((outside.text,))
            view = View(sandbox="one", namespace=namespace)
            assert answers(await forwarder.ask(view, WEB), WEB) == ["10.0.0.2"]


async def test_an_interface_in_an_address_is_the_sandboxs_own(
    namespace: str, forwarder: Forwarder
) -> None:
    view = View(sandbox="one", namespace=namespace, servers=("fe80::1%lo", "fe80::1%nowhere"))
    reply = await forwarder.ask(view, WEB)
    assert reply.explanation is not None
    assert "fe80::1%nowhere out of reach (No such device)" in reply.explanation.text
    assert "fe80::1%lo" in reply.explanation.text


async def test_a_namespace_that_is_gone_is_a_failure_and_no_exception(
    needs_root: None, forwarder: Forwarder, tmp_path: Path
) -> None:
    view = View(sandbox="one", namespace=str(tmp_path / "gone"), servers=("127.0.0.1",))
    reply = await forwarder.ask(view, WEB)
    assert reply.rcode == Rcode.SERVFAIL
    assert reply.explanation is not None
    assert reply.explanation.code == ExtendedError.NETWORK_ERROR
    assert "cannot open the network namespace" in reply.explanation.text
