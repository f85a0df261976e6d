"""``moor sandbox``."""

import json
import os

from mooring.model.aaaa import Aaaa
from mooring.model.network import NetworkRequest
from mooring.model.sandbox import DnsSettings
from mooring.testing.backend import FakeBackend
from mooring.testing.command import Moor
from mooring.testing.served import Served

Daemon = Served[FakeBackend]


def test_create_prints_the_id_of_a_sandbox_that_is_as_asked(moor: Moor, daemon: Daemon) -> None:
    daemon.do(daemon.backend.create_network(NetworkRequest(name="app")))
    identity = moor(
        *("sandbox", "create", "--name", "db", "--hostname", "dbhost", "--label", "team=blue"),
        *("--network", "name=app,alias=sql", "--dns", "10.0.0.1", "--dns-search", "example.org"),
        *("--dns-option", "ndots:2", "--add-host", "printer:10.1.0.7"),
        *("--dns-aaaa", "filter"),
    )
    sandbox = daemon.backend.sandbox("db")
    assert identity == f"{sandbox.id}\n"
    assert (sandbox.hostname, sandbox.labels) == ("dbhost", {"team": "blue"})
    assert sandbox.dns == DnsSettings(
        servers=("10.0.0.1",),
        search=("example.org",),
        options=("ndots:2",),
        aaaa=Aaaa.FILTER,
    )
    assert sandbox.extra_hosts == ("printer:10.1.0.7",)
    assert daemon.backend.endpoints(sandbox_id=sandbox.id)[0].aliases == ("sql",)


def test_a_namespace_that_exists_is_named_by_path_or_process(moor: Moor, daemon: Daemon) -> None:
    moor("sandbox", "create", "--name", "by-path", "--netns", "/run/netns/blue")
    moor("sandbox", "create", "--name", "by-pid", "--pid", str(os.getpid()))
    assert daemon.backend.sandbox("by-path").netns == "/run/netns/blue"
    assert daemon.backend.sandbox("by-pid").netns == f"/proc/{os.getpid()}/ns/net"
    assert not daemon.backend.sandbox("by-path").owned


def test_ls_inspect_and_rm(moor: Moor, daemon: Daemon) -> None:
    daemon.do(daemon.backend.create_network(NetworkRequest(name="app")))
    moor("sandbox", "create", "--name", "db", "--network", "app", "--ip", "172.18.0.9")
    sandbox = daemon.backend.sandbox("db")
    assert moor("sandbox", "ls") == (
        "SANDBOX ID     NAME      NETWORKS   ADDRESSES    NAMESPACE\n"
        f"{sandbox.id[:12]}   db        app        172.18.0.9   /proc/self/ns/net\n"
    )
    assert moor("sandbox", "ls", "-q", "--no-trunc") == f"{sandbox.id}\n"
    assert moor("sandbox", "ls", "--format", "{{.Name}} {{.Owned}}") == "db true\n"
    assert json.loads(moor("sandbox", "inspect", "db"))[0]["Id"] == sandbox.id
    moor("sandbox", "rm", "nowhere", "db", exits=1)
    assert (moor.out, moor.err) == ("db\n", "moor: no such sandbox: nowhere\n")
