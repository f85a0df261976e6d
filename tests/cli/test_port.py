"""``moor run -p``, ``moor port`` and the ports that ``moor ps`` shows."""

import pytest

from mooring.api.shape.port import PortBindingJson
from mooring.api.translate.port import port_requests
from mooring.cli.port_text import ports_text
from mooring.cli.publish_option import exposed_ports, port_bindings
from mooring.model.endpoint import EndpointRequest
from mooring.model.network import NetworkRequest
from mooring.model.publish import parse_publish
from mooring.model.run import Process, RunRequest
from mooring.model.sandbox import SandboxRequest
from mooring.testing.backend import FakeBackend
from mooring.testing.command import Moor
from mooring.testing.served import Served

Daemon = Served[FakeBackend]
PROCESS = Process(pid=4000, start_time=7)


@pytest.fixture
def web(daemon: Daemon) -> None:
    """A living run with ports."""
    daemon.do(daemon.backend.create_network(NetworkRequest(name="app")))
    texts = ("8080-8081:80-81", "127.0.0.1:8053:53/udp")
    request = RunRequest(
        command=("sleep", "9"),
        sandbox=SandboxRequest(
            name="web",
            endpoints=(EndpointRequest(network="app"),),
            ports=tuple(request for text in texts for request in parse_publish(text)),
            exposed=((443, "tcp"), (80, "tcp")),
        ),
    )
    daemon.do(daemon.backend.create_run(request, None))
    daemon.do(daemon.backend.start_run("web", PROCESS, PROCESS))


def test_port_shows_where_every_port_is_published(moor: Moor, web: None) -> None:
    assert moor("port", "web") == (
        "53/udp -> 127.0.0.1:8053\n80/tcp -> 0.0.0.0:8080\n81/tcp -> 0.0.0.0:8081\n"
    )


def test_port_shows_one(moor: Moor, web: None) -> None:
    assert moor("port", "web", "80") == "0.0.0.0:8080\n"
    assert moor("port", "web", "53/udp") == "127.0.0.1:8053\n"


def test_port_says_what_is_published_where_the_one_is_not(moor: Moor, web: None) -> None:
    moor("port", "web", "53", exits=1)
    assert "port 53/tcp of web is not published; published are: 53/udp" in moor.err


def test_ps_shows_ports_and_ranges_of_them(moor: Moor, web: None) -> None:
    assert moor("ps", "--format", "{{.Ports}}") == (
        "443/tcp, 0.0.0.0:8080-8081->80-81/tcp, 127.0.0.1:8053->53/udp\n"
    )


def test_what_is_published_is_told_as_docker_tells_it(moor: Moor, web: None) -> None:
    format_ = "{{json .NetworkSettings.Ports}} {{json .Config.ExposedPorts}}"
    assert moor("inspect", "--format", format_, "web") == (
        '{"53/udp":[{"HostIp":"127.0.0.1","HostPort":"8053"}],'
        '"80/tcp":[{"HostIp":"0.0.0.0","HostPort":"8080"}],'
        '"81/tcp":[{"HostIp":"0.0.0.0","HostPort":"8081"}],"443/tcp":null} '
        '{"443/tcp":{},"80/tcp":{},"81/tcp":{},"53/udp":{}}\n'
    )
    assert moor("inspect", "--format", "{{json .HostConfig.PortBindings}}", "web") == (
        '{"80/tcp":[{"HostIp":"","HostPort":"8080"}],"81/tcp":[{"HostIp":"","HostPort":"8081"}],'
        '"53/udp":[{"HostIp":"127.0.0.1","HostPort":"8053"}]}\n'
    )


def test_neighbours_at_different_addresses_or_distances_are_no_range() -> None:
    def port(ip: str, public: int, private: int) -> dict[str, object]:
        return {"IP": ip, "PublicPort": public, "PrivatePort": private, "Type": "tcp"}

    ports = [port("0.0.0.0", 80, 80), port("::", 81, 81), port("0.0.0.0", 82, 81)]
    assert ports_text(ports) == "0.0.0.0:80->80/tcp, 0.0.0.0:82->81/tcp, [::]:81->81/tcp"
    exposed = [{"PrivatePort": n, "Type": "tcp"} for n in (2, 1, 4)]
    assert ports_text(exposed) == "1-2/tcp, 4/tcp"


@pytest.mark.parametrize(
    "text", ["80", "8080:80/udp", "8080-8082:80", "8000-8001:80-81", "[::]:8080:80"]
)
def test_what_run_sends_is_what_the_api_reads(text: str) -> None:
    sent = {
        name: [PortBindingJson(host_ip=b["HostIp"], host_port=b["HostPort"]) for b in bindings]
        for name, bindings in port_bindings([text]).items()
    }
    assert port_requests(sent) == parse_publish(text)


def test_exposed_ports_are_sent_one_by_one() -> None:
    assert exposed_ports(["80-81", "53/udp"]) == {"80/tcp": {}, "81/tcp": {}, "53/udp": {}}


def test_a_port_that_makes_no_sense_stops_run_before_anything_is_made(
    moor: Moor, daemon: Daemon
) -> None:
    moor("run", "-p", "8080:http", "--", "true", exits=125)
    assert "'http' is no port" in moor.err
    moor("run", "--expose", "80/icmp", "--", "true", exits=125)
    assert "no protocol 'icmp'" in moor.err
    assert not daemon.backend.runs()
