"""``moor network``."""

import json

import pytest

from mooring.model.endpoint import EndpointRequest
from mooring.model.network import AddressPool, NetworkRequest
from mooring.model.sandbox import SandboxRequest
from mooring.testing.backend import FakeBackend
from mooring.testing.command import Moor
from mooring.testing.served import Served

Daemon = Served[FakeBackend]


def test_create_prints_the_id_of_a_network_that_is_as_asked(moor: Moor, daemon: Daemon) -> None:
    identity = moor(
        *("network", "create", "--driver", "bridge", "--internal", "--attachable", "--ipv6"),
        *("--subnet", "10.1.0.0/16", "--ip-range", "10.1.2.0/24", "--gateway", "10.1.0.9"),
        *("--subnet", "fd00:1::/64", "--aux-address", "printer=10.1.0.7"),
        *("-o", "com.docker.network.driver.mtu=1400", "--label", "team=blue", "--label", "old"),
        *("--ipam-driver", "default", "--ipam-opt", "k=v", "app"),
    )
    network = daemon.backend.network("app")
    assert identity == f"{network.id}\n"
    assert network.pools == (
        AddressPool(
            subnet="10.1.0.0/16",
            ip_range="10.1.2.0/24",
            gateway="10.1.0.9",
            aux_addresses={"printer": "10.1.0.7"},
        ),
        AddressPool(subnet="fd00:1::/64", gateway="fd00:1::1"),
    )
    assert (network.internal, network.attachable) == (True, True)
    assert (network.enable_ipv4, network.enable_ipv6) == (True, True)
    assert network.options == {"com.docker.network.driver.mtu": "1400"}
    assert network.labels == {"team": "blue", "old": ""}
    assert network.ipam_options == {"k": "v"}


def test_a_dry_run_is_an_operation_a_line_or_json(moor: Moor, daemon: Daemon) -> None:
    assert moor("network", "create", "--dry-run", "app") == (
        "CreateBridge name=app mac=02:00:00:00:00:01 mtu=0 keep=false\n"
        'SetUp interface=app namespace=""\n'
    )
    first, second = json.loads(moor("network", "create", "--dry-run", "--json", "app"))
    assert (first["type"], second["type"]) == ("CreateBridge", "SetUp")
    assert len(daemon.backend.networks()) == 2
    moor("network", "create", "--json", "app", exits=1)
    assert moor.err == "moor: --json prints the operations of a dry run; add --dry-run\n"


def test_create_tells_why_not_in_one_line(moor: Moor, daemon: Daemon) -> None:
    moor("network", "create", "app")
    moor("network", "create", "app", exits=1)
    assert moor.err == (
        "moor: network app exists already; choose another name, or delete it first\n"
    )
    moor("network", "create", "--gateway", "10.1.0.1", "back", exits=1)
    assert moor.err == (
        "moor: no --subnet contains --gateway 10.1.0.1 (none is given); "
        "give one that does with --subnet\n"
    )


def test_ls_is_a_table_as_docker_s(moor: Moor, daemon: Daemon) -> None:
    network = daemon.do(daemon.backend.create_network(NetworkRequest(name="application")))
    host, none = (daemon.backend.network(name) for name in ("host", "none"))
    assert moor("network", "ls") == (
        "NETWORK ID     NAME          DRIVER    SCOPE\n"
        f"{host.id[:12]}   host          host      local\n"
        f"{none.id[:12]}   none          null      local\n"
        f"{network.id[:12]}   application   bridge    local\n"
    )


def test_ls_prints_what_is_asked_for(moor: Moor, daemon: Daemon) -> None:
    request = NetworkRequest(
        name="app", labels={"team": "blue"}, pools=(AddressPool(subnet="10.1.0.0/16"),)
    )
    network = daemon.do(daemon.backend.create_network(request))
    only = ("network", "ls", "--filter", "label=team", "-f", "driver=bridge")
    assert moor(*only, "-q") == f"{network.id[:12]}\n"
    assert moor(*only, "-q", "--no-trunc") == f"{network.id}\n"
    assert moor(*only, "--format", "{{.Name}} {{.Subnets}} {{.Labels}} {{.Internal}}") == (
        "app 10.1.0.0/16 team=blue false\n"
    )
    assert moor(*only, "--format", '{{upper .Name}}:{{.Label "team"}}') == "APP:blue\n"
    assert moor(*only, "--format", r"table {{.Name}}\t{{.CreatedAt}}") == (
        f"NAME      CREATED AT\napp       {network.created}\n"
    )
    (row,) = [json.loads(line) for line in moor(*only, "--format", "json").splitlines()]
    assert (row["Name"], row["IPv6"]) == ("app", False)
    (answer,) = json.loads(moor(*only, "--json"))
    assert answer["Id"] == network.id


def test_a_field_that_is_not_there_is_named_with_those_that_are(moor: Moor, daemon: Daemon) -> None:
    moor("network", "ls", "--format", "{{.Colour}}", exits=1)
    assert moor.err.startswith(
        "moor: cannot format: no field 'Colour' in .; there are: ID, Name, Driver, Scope"
    )


def test_inspect_shows_what_there_is_and_names_what_is_not(moor: Moor, daemon: Daemon) -> None:
    daemon.do(daemon.backend.create_network(NetworkRequest(name="app")))
    moor("network", "inspect", "nowhere", "app", "host", exits=1)
    assert [network["Name"] for network in json.loads(moor.out)] == ["app", "host"]
    assert moor.err == "moor: no such network: nowhere\n"
    template = "{{.Name}} {{range .IPAM.Config}}{{.Subnet}}{{end}}"
    assert moor("network", "inspect", "-f", template, "app") == "app 172.18.0.0/16\n"


def test_connect_and_disconnect(moor: Moor, daemon: Daemon) -> None:
    backend = daemon.backend
    daemon.do(backend.create_network(NetworkRequest(name="app")))
    sandbox = daemon.do(backend.create_sandbox(SandboxRequest(name="db")))
    assert not moor(
        *("network", "connect", "--alias", "sql", "--alias", "store", "--ip", "172.18.0.9"),
        *("--driver-opt", "k=v", "--gw-priority", "2", "app", "db"),
    )
    (endpoint,) = backend.endpoints(sandbox_id=sandbox.id)
    assert endpoint.aliases == ("sql", "store")
    assert (endpoint.ipv4, endpoint.options) == ("172.18.0.9/16", {"k": "v"})
    assert endpoint.priority == 2
    moor("network", "connect", "app", "db", exits=1)
    assert moor.err == "moor: db is on network app already\n"
    moor("network", "disconnect", "app", "db")
    assert not backend.endpoints()
    moor("network", "disconnect", "app", "db", exits=1)


def test_rm_goes_on_after_an_error(moor: Moor, daemon: Daemon) -> None:
    for name in ("app", "back"):
        daemon.do(daemon.backend.create_network(NetworkRequest(name=name)))
    moor("network", "rm", "app", "nowhere", "host", "back", exits=1)
    assert moor.out == "app\nback\n"
    assert moor.err == (
        "moor: no such network: nowhere\nmoor: network host is built in and cannot be deleted\n"
    )
    assert moor("network", "rm", "--force", "nowhere") == "nowhere\n"


@pytest.mark.parametrize(("typed", "left"), [("n\n", 1), ("y\n", 0)])
def test_prune_asks_first(moor: Moor, daemon: Daemon, typed: str, left: int) -> None:
    daemon.do(daemon.backend.create_network(NetworkRequest(name="idle")))
    moor("network", "prune", types=typed, exits=130 if left else 0)
    assert "Every network that nobody is on will be removed. Go on? [y/N]: " in moor.out
    assert len(daemon.backend.networks()) == 2 + left


def test_prune_by_force_prints_what_is_gone(moor: Moor, daemon: Daemon) -> None:
    backend = daemon.backend
    for name in ("idle", "used", "kept"):
        labels = {"keep": ""} if name == "kept" else {}
        daemon.do(backend.create_network(NetworkRequest(name=name, labels=labels)))
    on_used = SandboxRequest(name="db", endpoints=(EndpointRequest(network="used"),))
    daemon.do(backend.create_sandbox(on_used))
    assert moor("network", "prune", "-f", "--filter", "label!=keep") == "idle\n"


@pytest.mark.parametrize("name", ["", "a/b", "..", "a b", "-x", "ä"])
def test_what_cannot_be_a_name_is_not_sent(moor: Moor, daemon: Daemon, name: str) -> None:
    moor("network", "inspect", "--", name, exits=1)
    assert "is not the name or the id of anything" in moor.err
