"""Cases about names: what an endpoint is called, who resolves, and when a name is gone."""

import re
from collections.abc import Callable
from typing import Final

from mooring.book.book import Book
from mooring.controller.naming import endpoint_names
from mooring.dns.names import Names
from mooring.model.view import NameScope
from mooring.testing.cases.case import Case
from mooring.testing.cases.claimants import Claimants
from mooring.testing.cases.outcome import NotApplicable, same
from mooring.wire.constant import Type
from mooring.wire.name import from_text, to_text

_NET: Final = "net1"
_ADDRESS: Final = "192.0.2.{}"


def endpoint(case: Case, _group: Case) -> None:
    """The names of an endpoint, in order; the first one answers reverse look-ups."""
    found = endpoint_names(
        case["name"], case.get("aliases") or (), case["id"], case.get("hostname") or ""
    )
    same(found, [name.lower() for name in case["expect"]], "the names")


def split(case: Case, _group: Case) -> None:
    """The pairs of name and network that a question may mean, in order."""
    name = case["q"].removesuffix(".")
    labels = name.split(".")
    networks = [".".join(labels[at:]) for at in range(1, len(labels))]
    scopes = tuple(NameScope(network, network) for network in networks or [_NET])
    looks = Names(Book()).resolve(scopes, from_text(name), Type.A).looks
    found = dict.fromkeys((_text(look.name), _text(look.suffix)) for look in looks)
    same(list(found), [tuple(map(str.lower, pair)) for pair in case["expect"]])


def records(case: Case, _group: Case) -> None:
    """An endpoint's records, or steps that put and withdraw some and look at what is left."""
    if "steps" in case:
        story = _Story()
        for step in case["steps"]:
            story.take(step)
        return
    claimants = Claimants()
    claimants.put("one", _NET, case["names"], case.get("ipv4", ""), case.get("ipv6", ""))
    for rtype, addresses in case["expect"].items():
        for name in case["names"]:
            found = claimants.resolve(name, Type[rtype], [_NET])
            same(found, sorted(addresses or []), f"{name} {rtype}")


class _Story:
    """Steps written in a few fixed sentences."""

    def __init__(self) -> None:
        self._claimants: Final = Claimants()
        self._bound: Final[dict[str, tuple[str, list[str]]]] = {}
        """Identity to network and names, of those bound."""
        self._address = ""

    def take(self, step: str) -> None:
        """Take one step; raises NotApplicable for a sentence that is not one of ours."""
        for pattern, act in _SENTENCES:
            found = pattern.fullmatch(step)
            if found:
                act(self, *found.groups())
                return
        raise NotApplicable(f"nobody here understands the step {step!r}")

    def add(self, name: str, identity: str, address: str) -> None:
        self._address = address
        self._claimants.put(identity, _NET, [name], address)

    def delete(self, identity: str) -> None:
        self._claimants.withdraw(identity)

    def resolve(self, rtype: str, name: str, expected: str) -> None:
        addresses = [] if expected == "none" else re.findall(r"[0-9a-f.:]+", expected)
        found = self._claimants.resolve(name, Type[rtype], [_NET])
        same(found, sorted(addresses), f"{name} {rtype}")

    def backwards(self, address: str | None, expected: str) -> None:
        names = [] if expected == "none" else [expected]
        found = self._claimants.backwards(address or self._address, [_NET])
        same(found, names, f"the name of {address or self._address}")

    def bind(self, network: str, alias: str) -> None:
        self._bind(f"{alias} on {network}", network, [alias])

    def rebind(self, identity: str, aliases: str) -> None:
        self._bind(identity, _NET, aliases.split(", "))

    def each_on_its_own(self) -> None:
        for network, names in self._bound.values():
            for name in names:
                for asked in self._claimants.networks():
                    found = self._claimants.resolve(name, Type.A, [asked])
                    same(bool(found), asked == network, f"whether {name} is known on {asked}")

    def remove(self, network: str, kept: str) -> None:
        self._claimants.delete(network)
        self._resolves(kept, True)

    def gone(self, gone: str, kept: str) -> None:
        self._resolves(gone, False)
        self._resolves(kept, True)

    def network_deleted(self) -> None:
        self._bind("here", "here", ["db"])
        self._bind("there", "there", ["db", "web"])
        self._claimants.delete("here")
        same(self._claimants.resolve("db", Type.A, ["here"]), [], "db on the deleted network")
        self._resolves("db", True)
        self._resolves("web", True)

    def _bind(self, identity: str, network: str, names: list[str]) -> None:
        self._bound[identity] = network, names
        number = list(self._bound).index(identity) + 1
        self._claimants.put(identity, network, names, _ADDRESS.format(number))

    def _resolves(self, name: str, expected: bool) -> None:
        found = self._claimants.resolve(name, Type.A, self._claimants.networks())
        same(bool(found), expected, f"whether {name} is known")


_SENTENCES: Final[tuple[tuple[re.Pattern[str], Callable[..., None]], ...]] = tuple(
    (re.compile(pattern), act)
    for pattern, act in (
        (r"add (\S+) (\S+) ([0-9a-f.:]+)", _Story.add),
        (r"delete (\S+)", _Story.delete),
        (r"resolve (A|AAAA) (\S+) -> (none|\[.*?\]|[0-9a-f.:]+)(?: \(.*\))?", _Story.resolve),
        (r"reverse(?: (\S+))? -> (\S+)", _Story.backwards),
        (r"bind on (\S+) alias (\S+)", _Story.bind),
        (r"(?:re)?bind (\S+) \[(.*)\]", _Story.rebind),
        (r"each resolves only on its own network", _Story.each_on_its_own),
        (r"removing (\S+) binding keeps (\S+)", _Story.remove),
        (r"(\S+) gone, (\S+) resolves", _Story.gone),
        (
            r"records of that network vanish, other networks keep theirs",
            _Story.network_deleted,
        ),
    )
)


def _text(name: bytes) -> str:
    return to_text(name).removesuffix(".")
