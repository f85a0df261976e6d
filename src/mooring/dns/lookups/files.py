"""What the files of a sandbox make of look-ups. Pure."""

from collections.abc import Iterator
from typing import Final

from mooring.dns.lookups.finding import error, fine, warning
from mooring.dns.lookups.name_services import host_services, position
from mooring.dns.lookups.search_list import Habits, habits, names_asked
from mooring.linux.resolv_conf import parse
from mooring.model.error import InvalidArgumentError
from mooring.model.finding import Finding
from mooring.model.lookup import LookupMeasurement, LookupRequest

_LATEST: Final = 3
"""Seconds within which the resolver says what is wrong, if it is an upstream that is silent."""
_FAMILIES: Final = 2
_WORK_AROUNDS: Final = ("single-request", "single-request-reopen")
_HOST_NAMES: Final = ("localhost", "_gateway", "_outbound")
_SERVICES_OF_THE_HOST: Final = {"resolve": "io.systemd.Resolve", "mdns": "avahi-daemon"}


def file_findings(request: LookupRequest, measured: LookupMeasurement) -> Iterator[Finding]:
    """Findings on resolv.conf, its search list and options, nsswitch.conf, gai.conf and hosts."""
    try:
        conf = parse(measured.files.resolv_conf, "/etc/resolv.conf")
    except InvalidArgumentError as failure:
        yield error("resolv.conf", failure.message, failure.remedy)
        return
    found = habits(conf, measured.hostname)
    yield _servers(request, found)
    yield _search(request.outside, found)
    yield _options(measured, found)
    yield _services(request, measured, found)
    yield _order(measured.files.gai_conf)
    yield _hosts(request.outside, measured.files.hosts)


def _servers(request: LookupRequest, found: Habits) -> Finding:
    check, asked = "resolv.conf", ", ".join(found.servers)
    if not request.server:
        return warning(
            check,
            f"the sandbox has no resolver of Mooring's and asks {asked}: it does not find other"
            " sandboxes by name",
            "run it on a network that was created (moor network create)",
        )
    if found.servers[0] != request.server:
        return error(
            check,
            f"programs ask {asked} and not Mooring's resolver at {request.server}",
            f"find out what wrote /etc/resolv.conf in there; it should say nameserver"
            f" {request.server}, and --dns ADDRESS is the way to have other servers behind it",
        )
    if len(found.servers) > 1:
        return warning(
            check,
            f"programs ask {asked}: the others do not know the names of sandboxes",
            f"leave nameserver {request.server} alone in the file",
        )
    return fine(
        check,
        f"programs ask {asked}, {found.attempts} times, and wait {found.timeout} s each time",
    )


def _search(name: str, found: Habits) -> Finding:
    names = names_asked(name, found.search, found.ndots)
    plain = f"{name.rstrip('.')}."
    before = names[: names.index(plain)]
    count = _FAMILIES * len(names)
    shown = " ".join(names[:6]) + (" …" if len(names) > 6 else "")
    said = f"{name} is looked for as {shown} (A and AAAA: {count} questions if there is none)"
    if not before:
        return fine("search", said)
    return warning(
        "search",
        f"ndots:{found.ndots} and the search list put {_FAMILIES * len(before)} questions before"
        f" the one that counts: {said}",
        f"write the name with a final dot ({plain}), or run with --dns-option ndots:1, or without a"
        " list: --dns-search .",
    )


def _options(measured: LookupMeasurement, found: Habits) -> Finding:
    check = "options"
    if found.timeout < _LATEST:
        return warning(
            check,
            f"timeout:{found.timeout} gives up before the resolver can say what is wrong with an"
            f" upstream, which takes it up to {_LATEST} s",
            f"use --dns-option timeout:{_LATEST} or more",
        )
    used = [option for option in found.options if option in _WORK_AROUNDS]
    complete = measured.burst is not None and measured.burst.lost == 0
    if used and complete:
        return warning(
            check,
            f"{used[0]} makes A and AAAA wait for one another, and is not needed: no reply to both"
            " together was lost",
            f"leave out --dns-option {used[0]}",
        )
    listed = " ".join(found.options)
    return fine(check, f"{listed}" if listed else "none")


def _services(request: LookupRequest, measured: LookupMeasurement, found: Habits) -> Finding:
    check = "nsswitch"
    services = host_services(measured.files.nsswitch)
    listed = " ".join(service.name for service in services)
    for word, daemon in _SERVICES_OF_THE_HOST.items():
        named = any(service.name.startswith(word) for service in services)
        if named and any(daemon in path for path in measured.bypasses):
            return error(
                check,
                f"{listed}: {word} asks the host's {daemon}, past Mooring",
                "restart the run, which covers that daemon's socket",
            )
    if any("nscd" in path for path in measured.bypasses):
        return error(
            check,
            "programs ask the host's nscd, past Mooring and whatever nsswitch.conf says",
            "restart the run, which covers that daemon's socket",
        )
    dns = position(services, "dns")
    if dns < 0:
        return error(
            check,
            f"{listed}: dns is not among them, so no question leaves the program",
            "write hosts: files dns in /etc/nsswitch.conf",
        )
    names = names_asked(request.outside, found.search, found.ndots)
    for service in services[:dns]:
        local = any(name.endswith(".local.") for name in (*names, f"{request.local}."))
        if service.name.startswith("mdns") and service.ends and local:
            return warning(
                check,
                f"{listed}: {service.name} keeps names that end in .local to itself, and asks by"
                " multicast",
                f"take {service.name} out of /etc/nsswitch.conf, or use another suffix than .local",
            )
        if service.name == "myhostname" and _is_about_the_host(names, measured.hostname):
            return warning(
                check,
                f"{listed}: myhostname answers {request.outside} by itself, before dns is asked",
                "put it behind dns in /etc/nsswitch.conf",
            )
    return fine(check, f"host names come from {listed}")


def _is_about_the_host(names: tuple[str, ...], hostname: str) -> bool:
    """Whether nss-myhostname(8) answers one of these."""
    own = (*_HOST_NAMES, hostname, "localhost.localdomain")
    plain = [name.rstrip(".").lower() for name in names]
    return any(name in own or name.endswith(".localhost") for name in plain)


def _order(gai_conf: str) -> Finding:
    rules = [line for line in gai_conf.splitlines() if line.partition("#")[0].strip()]
    said = f"{len(rules)} rules of its own" if rules else "the usual order (RFC 6724)"
    return fine("gai.conf", f"{said}; it sorts answers, and changes no question")


def _hosts(name: str, text: str) -> Finding:
    plain = name.rstrip(".").lower()
    for line in text.splitlines():
        if plain in line.partition("#")[0].lower().split()[1:]:
            return fine("hosts", f"{name} is in /etc/hosts: nobody is asked for it")
    return fine("hosts", f"{name} is not in /etc/hosts")
