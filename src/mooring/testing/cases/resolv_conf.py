"""Cases about resolv.conf."""

from typing import Final

from mooring.linux import resolv_conf
from mooring.linux.resolv_conf import Overrides, ResolvConf
from mooring.model.error import InvalidArgumentError
from mooring.testing.cases.case import Case
from mooring.testing.cases.outcome import Differs, Mismatch, same

NO_PUBLIC_RESOLVER: Final = Differs(
    "no public resolver is put in unasked; the file says that there is none"
)
_PUBLIC: Final = ("8.8.8.8", "8.8.4.4", "2001:4860:4860::8888", "2001:4860:4860::8844")
_INTERNAL: Final = "127.0.0.11"
_LONG_LINE: Final = '<"a" * 65537 + newline>'


def internal_resolver(case: Case, _group: Case) -> None:
    """The file of a sandbox that has a resolver, and the servers behind that."""
    conf = resolv_conf.override(_parse(case), _overrides(case))
    address = case.get("internal_nameserver") or _INTERNAL
    conf = resolv_conf.for_resolver(conf, address, case.get("required_options") or ())
    if "expect_upstreams" in case:
        expected = [(each["addr"], each["use_host_netns"]) for each in case["expect_upstreams"]]
        same([(each.address, each.host) for each in conf.upstreams], expected, "the upstreams")
    same(_render(conf), case["expect_file"], "the file")


def legacy_bridge(case: Case, _group: Case) -> Differs | None:
    """The file of a sandbox that has none."""
    conf = resolv_conf.override(_parse(case), _overrides(case))
    conf = resolv_conf.for_legacy(conf, ipv6=case.get("ipv6", True))
    expected = case["expect_file"]
    if resolv_conf.FALLBACK_USED not in expected:
        same(_render(conf), expected, "the file")
        return None
    lines = [line for line in expected.splitlines(keepends=True) if not _is_public(line)]
    expected = "".join(lines).replace(resolv_conf.FALLBACK_USED, resolv_conf.NO_SERVERS)
    same(_render(conf), expected, "the file without public servers")
    return NO_PUBLIC_RESOLVER


def filtered(case: Case, _group: Case) -> Differs | None:
    """As ``legacy_bridge`` in older releases: what the file says counts, not its comments."""
    conf = resolv_conf.parse(case["input"])
    found = resolv_conf.for_legacy(conf, ipv6=case["ipv6"])
    expected = resolv_conf.parse(case["output"])
    public = set(_PUBLIC) & set(expected.servers) - set(conf.servers)
    same(found.servers, tuple(s for s in expected.servers if s not in public), "the servers")
    for part in ("search", "options", "others"):
        same(getattr(found, part), getattr(expected, part), part)
    return NO_PUBLIC_RESOLVER if public else None


def overrides(case: Case, _group: Case) -> None:
    """What the user gives in place of the file's lists; an empty list counts."""
    given = [f"nameserver {server}" for server in case.get("input_nameservers") or ()]
    for word, key in (("search", "input_search"), ("options", "input_options")):
        if case.get(key):
            given.append(f"{word} {' '.join(case[key])}")
    conf = resolv_conf.parse("\n".join(given))
    keys = ("override_nameservers", "override_search", "override_options")
    lists = [tuple(case.get(key) or ()) for key in keys]
    if not case.get("no_overrides"):
        conf = resolv_conf.override(conf, Overrides(*lists))
    if case.get("add_option"):
        conf = resolv_conf.add_option(conf, case["add_option"])
    same(_render(conf), case["expect_file"], "the file")


def option_lookup(case: Case, _group: Case) -> None:
    """The value of an option."""
    found = resolv_conf.option(case["options"].split(), case["search"])
    same(found, case.get("exp_value", "") if case.get("exp_found") else None, "the option")


def invalid_ndots(case: Case, group: Case) -> None:
    """What becomes of an ndots that is no number."""
    conf = resolv_conf.parse(group.get("host_prefix", "") + case["options"])
    conf = resolv_conf.for_resolver(conf, _INTERNAL, case.get("reqd_options") or ())
    same(list(conf.options), case["exp_options"], "the options")
    if "exp_val" in case:
        same(resolv_conf.option(conf.options, "ndots") or "", case["exp_val"], "ndots")
    if "exp_ndots_from" in case:
        same(conf.ndots_from, case["exp_ndots_from"], "where ndots is from")


def user_modified(case: Case, _group: Case) -> None:
    """Whether somebody changed a file since it was written, told by a digest of it."""
    text = "nameserver 192.0.2.1\n"
    kept = resolv_conf.digest(text) if case.get("hash_file_name") else None
    actual = f"{text}# a line more\n" if case.get("modify") else text
    same(bool(case["file_name"]), True, "that the file has a name")
    same(resolv_conf.is_edited(actual, kept), case.get("exp_user_modified", False), "edited")


def reading(case: Case, _group: Case) -> None:
    """What is read, as it is written again, or why it cannot be read."""
    try:
        conf = _parse(case)
    except InvalidArgumentError as error:
        same(error.message, case.get("expect_error"), "the refusal")
        return
    if case.get("expect_error"):
        raise Mismatch(f"the file is read, expected {case['expect_error']!r}")
    header = f"{case['header']}\n\n" if case.get("header") else ""
    same(resolv_conf.render(conf, header), case["expect_file"], "the file")


def nameservers_as_prefix(case: Case, _group: Case) -> None:
    """The servers, for address pools to keep clear of."""
    found = resolv_conf.prefixes(resolv_conf.parse(case["input"]))
    same(list(found), case["result"] or [], "the prefixes")


def _parse(case: Case) -> ResolvConf:
    text = case["host_resolv_conf"]
    text = "a" * 65537 + "\n" if text == _LONG_LINE else text
    return resolv_conf.parse(text, case.get("source_path", "/etc/resolv.conf"))


def _overrides(case: Case) -> Overrides:
    keys = ("override_nameservers", "override_search", "override_options")
    servers, search, options = (tuple(case.get(key) or ()) or None for key in keys)
    return Overrides(servers, search, options)


def _render(conf: ResolvConf) -> str:
    return resolv_conf.render(conf, header="")


def _is_public(line: str) -> bool:
    return line.removeprefix("nameserver ").strip() in _PUBLIC
