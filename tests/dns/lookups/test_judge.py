"""What measurements of look-ups mean: one row, one finding."""

from typing import Any

import pytest
from msgspec.structs import replace

from mooring.dns.lookups.judge import judge
from mooring.model.finding import Finding, Severity
from mooring.model.lookup import (
    Burst,
    Exchange,
    LookupMeasurement,
    LookupRequest,
    Reply,
    Resolved,
    SandboxFiles,
)
from mooring.model.trace import Trace, TraceStep

REQUEST = LookupRequest(
    server="127.0.0.11",
    local="web.app",
    outside="www.example",
    absent="no.www.example",
    fresh=("1.www.example", "2.www.example", "3.www.example"),
)
FILES = SandboxFiles(
    resolv_conf="nameserver 127.0.0.11\noptions ndots:0\n",
    nsswitch="hosts: files dns\n",
    hosts="127.0.0.1 localhost\n172.18.0.2 web\n",
)
FOUND = ("192.0.2.1",)


def exchange(way: str, a: float | None = 1.0, aaaa: float | None = 1.5) -> Exchange:
    replies = (Reply(type="A", milliseconds=a), Reply(type="AAAA", milliseconds=aaaa))
    return Exchange(way=way, replies=replies)


EXCHANGES = (exchange("together"), exchange("serially"), exchange("reopened"))
HEALTHY = LookupMeasurement(
    hostname="web",
    files=FILES,
    local=Resolved(name="web.app", milliseconds=0.5, addresses=("172.18.0.2",)),
    plain=Resolved(name="www.example", milliseconds=20, addresses=FOUND),
    addrconfig=Resolved(name="www.example", milliseconds=0.5, addresses=FOUND),
    absent=Resolved(name="no.www.example", milliseconds=20, error="Name or service not known"),
    exchanges=EXCHANGES,
    burst=Burst(pairs=100, lost=0),
)


def trace(rtype: str, step: TraceStep, rcode: str = "NXDOMAIN", explanation: str = "") -> Trace:
    return Trace(
        name="x.",
        type=rtype,
        rcode=rcode,
        steps=(step,),
        explanation=explanation,
        milliseconds=step.milliseconds,
    )


def upstream(milliseconds: float) -> TraceStep:
    return TraceStep(
        stage="upstream", subject="192.0.2.53", outcome="NXDOMAIN", milliseconds=milliseconds
    )


A = trace("A", upstream(20))
AAAA = trace("AAAA", TraceStep(stage="aaaa", subject="auto", outcome="nobody is asked"), "NOERROR")
TRACES = (A, AAAA)


def found(
    measured: LookupMeasurement = HEALTHY,
    traces: tuple[Trace, ...] = TRACES,
    request: LookupRequest = REQUEST,
) -> dict[str, Finding]:
    return {finding.check: finding for finding in judge(request, measured, traces)}


def with_files(**texts: str) -> LookupMeasurement:
    return replace(HEALTHY, files=replace(FILES, **texts))


def test_a_healthy_sandbox_has_a_finding_for_everything_and_none_is_bad() -> None:
    findings = judge(REQUEST, HEALTHY, TRACES)
    assert {finding.severity for finding in findings} == {Severity.OK}
    assert [finding.check for finding in findings] == [
        "resolv.conf",
        "search",
        "options",
        "nsswitch",
        "gai.conf",
        "hosts",
        "local-name",
        "outside-name",
        "absent-name",
        "one-socket",
        "lost-replies",
        "upstream",
        "aaaa",
    ]
    assert found()["one-socket"].message.endswith(
        "together 1.5 ms, serially 2.5 ms, reopened 2.5 ms"
    )


RESOLV = "nameserver 127.0.0.11\n"


@pytest.mark.parametrize(
    ("texts", "check", "severity", "says"),
    [
        ({"resolv_conf": "nameserver 9.9.9.9"}, "resolv.conf", "error", "ask 9.9.9.9 and not"),
        ({"resolv_conf": ""}, "resolv.conf", "error", "ask 127.0.0.1 and not"),
        ({"resolv_conf": "x" * 70_000}, "resolv.conf", "error", "line too long"),
        (
            {"resolv_conf": f"{RESOLV}nameserver 9.9.9.9"},
            "resolv.conf",
            "warning",
            "the others do not know the names",
        ),
        (
            {"resolv_conf": f"{RESOLV}search a.example b.example\noptions ndots:5"},
            "search",
            "warning",
            "4 questions before the one that counts: www.example is looked for as"
            " www.example.a.example. www.example.b.example. www.example. (A and AAAA: 6 questions",
        ),
        (
            {"resolv_conf": f"{RESOLV}search a.example\noptions ndots:1"},
            "search",
            "ok",
            "www.example. www.example.a.example. (A and AAAA: 4 questions",
        ),
        (
            {"resolv_conf": f"{RESOLV}options timeout:1"},
            "options",
            "warning",
            "timeout:1 gives up before",
        ),
        (
            {"resolv_conf": f"{RESOLV}options single-request-reopen"},
            "options",
            "warning",
            "single-request-reopen makes A and AAAA wait",
        ),
        ({"resolv_conf": f"{RESOLV}options edns0 trust-ad"}, "options", "ok", "edns0 trust-ad"),
        ({"nsswitch": "hosts: files"}, "nsswitch", "error", "dns is not among them"),
        (
            {"nsswitch": "hosts: files resolve [!UNAVAIL=return] dns"},
            "nsswitch",
            "ok",
            "files resolve dns",
        ),
        (
            {"nsswitch": "hosts: mdns4_minimal [NOTFOUND=return] dns"},
            "nsswitch",
            "ok",
            "mdns4_minimal dns",
        ),
        (
            {
                "nsswitch": "hosts: mdns4_minimal [NOTFOUND=return] dns",
                "resolv_conf": f"{RESOLV}search office.local",
            },
            "nsswitch",
            "warning",
            "keeps names that end in .local",
        ),
        ({"nsswitch": "hosts: files myhostname dns"}, "nsswitch", "ok", "files myhostname dns"),
        ({"gai_conf": "# x\nprecedence ::/0 40\n\n"}, "gai.conf", "ok", "1 rules of its own"),
        ({"hosts": "192.0.2.7 WWW.example # x"}, "hosts", "ok", "is in /etc/hosts"),
    ],
)
def test_files(texts: dict[str, str], check: str, severity: str, says: str) -> None:
    finding = found(with_files(**texts))[check]
    assert (finding.severity, says in finding.message) == (severity, True), finding
    assert bool(finding.remedy) == (severity != "ok")


@pytest.mark.parametrize(
    ("nsswitch", "path", "says"),
    [
        ("files resolve dns", "/run/systemd/resolve/io.systemd.Resolve", "resolve asks the host's"),
        ("files mdns dns", "/run/avahi-daemon/socket", "mdns asks the host's"),
        ("files dns", "/run/nscd/socket", "the host's nscd"),
    ],
)
def test_a_service_of_the_host_that_can_be_asked_past_us(
    nsswitch: str, path: str, says: str
) -> None:
    measured = replace(with_files(nsswitch=f"hosts: {nsswitch}"), bypasses=(path,))
    finding = found(measured)["nsswitch"]
    assert finding.severity is Severity.ERROR
    assert says in finding.message


@pytest.mark.parametrize("name", ["web", "_gateway", "localhost", "a.localhost"])
def test_names_that_myhostname_answers_by_itself(name: str) -> None:
    measured = with_files(nsswitch="hosts: files myhostname dns")
    finding = found(measured, request=replace(REQUEST, outside=name))["nsswitch"]
    assert finding.severity is Severity.WARNING
    assert f"myhostname answers {name} by itself" in finding.message


def test_a_name_in_local_is_kept_by_multicast() -> None:
    measured = with_files(nsswitch="hosts: mdns4_minimal [NOTFOUND=return] dns")
    finding = found(measured, request=replace(REQUEST, outside="printer.local"))["nsswitch"]
    assert finding.severity is Severity.WARNING


LOST = exchange("together", aaaa=None)


@pytest.mark.parametrize(
    ("changes", "check", "severity", "says"),
    [
        (
            {"local": Resolved(name="web.app", milliseconds=5000, error="unknown")},
            "local-name",
            "error",
            "does not resolve: unknown (after 5.0 s)",
        ),
        ({"local": Resolved(name="web.app")}, "local-name", "error", "was still being looked for"),
        (
            {"local": Resolved(name="web.app", milliseconds=150, addresses=FOUND)},
            "local-name",
            "warning",
            "took 150 ms, though",
        ),
        ({"plain": Resolved(name="www.example")}, "outside-name", "error", "was still being"),
        (
            {"plain": Resolved(name="www.example", milliseconds=5010, addresses=FOUND)},
            "outside-name",
            "warning",
            "took 5.0 s, and with AI_ADDRCONFIG, asked again, 0.5 ms",
        ),
        ({"absent": Resolved(name="x")}, "absent-name", "error", "was still being"),
        (
            {"absent": Resolved(name="x", milliseconds=2000, error="no")},
            "absent-name",
            "warning",
            "took 2.0 s to be told",
        ),
        (
            {"absent": Resolved(name="x", milliseconds=2, addresses=FOUND)},
            "absent-name",
            "ok",
            "every name does there",
        ),
        (
            {"exchanges": (LOST, *EXCHANGES[1:])},
            "one-socket",
            "error",
            "together from one socket lost the reply to AAAA; from two sockets none",
        ),
        (
            {"exchanges": tuple(exchange(each.way, aaaa=None) for each in EXCHANGES)},
            "one-socket",
            "error",
            "asked together, the reply to AAAA did not come",
        ),
        (
            {"exchanges": tuple(exchange(each.way, None, None) for each in EXCHANGES)},
            "one-socket",
            "error",
            "no question got a reply",
        ),
        ({"burst": Burst(pairs=100, lost=3)}, "lost-replies", "error", "3 of 200 replies"),
    ],
)
def test_measurements(changes: dict[str, Any], check: str, severity: str, says: str) -> None:
    finding = found(replace(HEALTHY, **changes))[check]
    assert (finding.severity, says in finding.message) == (severity, True), finding
    assert bool(finding.remedy) == (severity != "ok")


SILENT = trace("A", upstream(2900), "SERVFAIL", "192.0.2.53 does not answer")


@pytest.mark.parametrize(
    ("traces", "check", "severity", "says"),
    [
        ((SILENT, AAAA), "upstream", "error", "answers A: 192.0.2.53 does not answer"),
        (
            (trace("A", upstream(800)), AAAA),
            "upstream",
            "warning",
            "192.0.2.53 took 800 ms for A (NXDOMAIN)",
        ),
        ((trace("A", upstream(20)), AAAA), "upstream", "ok", "192.0.2.53 took 20 ms for A"),
        ((A, AAAA), "aaaa", "ok", "(--dns-aaaa auto)"),
        ((A, trace("AAAA", upstream(40))), "aaaa", "warning", "40 ms each"),
    ],
)
def test_upstreams(traces: tuple[Trace, ...], check: str, severity: str, says: str) -> None:
    finding = found(traces=traces)[check]
    assert (finding.severity, says in finding.message) == (severity, True), finding


def test_with_ipv6_aaaa_is_asked_for_a_reason() -> None:
    traces = (A, trace("AAAA", upstream(40)))
    assert found(replace(HEALTHY, ipv6=True), traces)["aaaa"].severity is Severity.OK


def test_without_a_resolver_of_ours_only_what_programs_do_themselves_is_judged() -> None:
    measured = replace(HEALTHY, local=None, exchanges=(), burst=None)
    findings = found(measured, (), replace(REQUEST, server="", local=""))
    assert findings["resolv.conf"].severity is Severity.WARNING
    assert not findings.keys() & {"local-name", "one-socket", "lost-replies", "upstream", "aaaa"}
