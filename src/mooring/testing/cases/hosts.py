"""Cases about /etc/hosts, and about a sandbox's files as the controller decides them."""

from typing import Final

from mooring.controller.files import Files
from mooring.linux import hosts, resolv_conf
from mooring.linux.hosts import Entry
from mooring.linux.operation import WriteFile
from mooring.model.endpoint import Endpoint
from mooring.model.error import InvalidArgumentError
from mooring.model.sandbox import DnsSettings, Sandbox
from mooring.testing.cases.case import Case
from mooring.testing.cases.outcome import Differs, Mismatch, NotApplicable, same

_NETWORKS: Final = {
    "net1": ("192.168.123.2/24", "fde6:be58:aedf::2/64"),
    "net2": ("192.168.124.2/24", "fdd2:c4e3:c4d5::2/64"),
}
"""The addresses of the sandbox that the steps of ``lifecycle`` speak of."""
_OWN_LINE: Final = Differs("a sandbox on no network resolves its own name all the same")


class _Host:
    """A host whose files are empty."""

    path = "/etc/resolv.conf"

    def resolv_conf(self) -> str:
        return ""

    def reachable_resolv_conf(self) -> tuple[str, str]:
        return self.path, self.resolv_conf()

    def hosts(self) -> str:
        return ""

    def name_servers(self) -> tuple[str, ...]:
        return ()


def etc_hosts(case: Case, _group: Case) -> Differs | None:
    """The text of a file after one operation."""
    entries = [Entry(address, names) for address, names in case.get("records") or ()]
    before, expected = case.get("before", ""), case["expect"]
    match case["op"]:
        case "build":
            found = hosts.render(entries)
        case "build_no_ipv6":
            found = hosts.render(entries, ipv6=False)
        case "add":
            found = hosts.append(before, entries)
        case "delete":
            found = hosts.delete(before, entries)
        case "update":
            return _update(before, case["name"], case["ip"], expected)
        case other:
            raise NotApplicable(f"there is no operation {other!r} on a hosts file here")
    same(found, expected, "the file")
    return None


def _update(before: str, name: str, address: str, expected: str) -> Differs | None:
    found = hosts.update(before, name, address)
    if found == expected:
        return None
    wrong = [ours for ours, theirs in _lines(found, expected) if ours != theirs]
    if all((":" in line.partition("\t")[0]) != (":" in address) for line in wrong):
        return Differs("each family keeps an address of its own")
    raise Mismatch(f"the file is {found!r}, expected {expected!r}")


def _lines(one: str, other: str) -> list[tuple[str, str]]:
    return list(zip(one.splitlines(), other.splitlines(), strict=True))


def lifecycle(case: Case, _group: Case) -> Differs | None:
    """The hosts file of a sandbox that has just joined or left a network.

    A file may hold some of many steps only. So the networks that the sandbox is on are those that
    are expected to be in its file, after a look at whether that can be so after such a step.
    """
    step, expected = case["step"], case["expect"]
    joined = [name for name in _NETWORKS if _first_line(name) in expected]
    joined.sort(key=lambda name: expected.index(_first_line(name)))
    for name in _NETWORKS:
        if name in step:
            same(name in joined, not step.startswith("disconnect"), f"{step}: on {name}")
    extra = ("otherhost.invalid:192.0.2.3", "otherhost.invalid:2001:db8::1234")
    sandbox = _sandbox(name="c1", hostname="c1.invalid", extra_hosts=extra)
    found = _texts(sandbox, joined)["hosts"]
    if not joined:
        same(found, f"{expected}127.0.1.1\tc1.invalid c1\n", "the file")
        return _OWN_LINE
    same(found, expected, "the file")
    return None


def _first_line(network: str) -> str:
    address = _NETWORKS[network][0].partition("/")[0]
    return f"\n{address}\t"


def hostname_record(case: Case, _group: Case) -> None:
    """The names of a sandbox's own line."""
    same(hosts.own_names(case["hostname"], case["domainname"]), case["expect"], "the names")


def extra_hosts(case: Case, _group: Case) -> None:
    """What ``--add-host`` takes."""
    try:
        hosts.extra_entries(case["input"], ["192.0.2.1"])
    except InvalidArgumentError as error:
        if case["ok"]:
            raise Mismatch(f"{case['input']!r} is refused: {error}") from error
        if case.get("error_contains", "") not in error.message:
            raise Mismatch(f"{error.message!r} lacks {case['error_contains']!r}") from error
        return
    same(case["ok"], True, f"whether {case['input']!r} is good")


def dns_options(case: Case, _group: Case) -> None:
    """The options of ``--dns-option`` in resolv.conf, without a resolver and with one."""
    sandbox = _sandbox(dns=DnsSettings(options=tuple(case.get("dns_options") or ())))
    for key, resolving in (("after_setup", False), ("after_rebuild", True)):
        if key in case:
            text = _texts(sandbox, [], resolving=resolving)["resolv.conf"]
            same(list(resolv_conf.parse(text).options), case[key] or [], f"{key}: the options")


def _sandbox(
    *,
    name: str = "box",
    hostname: str = "box",
    dns: DnsSettings | None = None,
    extra_hosts: tuple[str, ...] = (),
) -> Sandbox:
    return Sandbox(
        id=name,
        name=name,
        created="",
        netns="/run/netns/box",
        owned=True,
        directory="/",
        hostname=hostname,
        dns=dns or DnsSettings(),
        extra_hosts=extra_hosts,
    )


def _texts(sandbox: Sandbox, joined: list[str], *, resolving: bool = True) -> dict[str, str]:
    endpoints = [
        Endpoint(id=name, network_id=name, sandbox_id=sandbox.id, ipv4=ipv4, ipv6=ipv6)
        for name in joined
        for ipv4, ipv6 in (_NETWORKS[name],)
    ]
    plan = Files(_Host(), {}).plan(sandbox, endpoints, resolving=resolving)
    return {file.path.rpartition("/")[2]: file.text for file in plan if isinstance(file, WriteFile)}
