"""A name book for cases: claimants come and go, and somebody on some networks asks."""

from ipaddress import ip_address
from typing import Final

from mooring.book.book import Book
from mooring.book.claim import Withdraw
from mooring.book.lookup import Answer as Found
from mooring.controller.naming import endpoint_claims
from mooring.dns.names import Names
from mooring.model.endpoint import Endpoint
from mooring.model.network import Network
from mooring.model.view import NameScope
from mooring.wire.constant import Type
from mooring.wire.name import from_text, reverse, to_text


class Claimants:
    """The book, with endpoints in it as the controller puts them there."""

    def __init__(self) -> None:
        self.book: Final = Book()
        self._names: Final = Names(self.book)
        self._claimants: Final[dict[str, tuple[str, str]]] = {}
        """Identity to claimant and network."""

    def put(self, identity: str, network: str, names: list[str], ipv4: str, ipv6: str = "") -> None:
        """An endpoint has these names and addresses from now on, and no others."""
        endpoint = Endpoint(
            id=identity,
            network_id=network,
            sandbox_id=identity,
            names=tuple(names),
            ipv4=f"{ipv4}/24" if ipv4 else "",
            ipv6=f"{ipv6}/64" if ipv6 else "",
        )
        where = Network(id=network, name=network, driver="bridge", created="")
        claims = endpoint_claims(endpoint, where)
        self.book.apply([claims])
        self._claimants[identity] = claims.claimant, network

    def withdraw(self, identity: str) -> None:
        """An endpoint is gone."""
        claimant, _ = self._claimants.pop(identity)
        self.book.apply([Withdraw(claimant)])

    def delete(self, network: str) -> None:
        """A network is gone, and everybody on it."""
        for identity, (_, where) in list(self._claimants.items()):
            if where == network:
                self.withdraw(identity)

    def networks(self) -> list[str]:
        """The networks that somebody is on."""
        return list(dict.fromkeys(where for _, where in self._claimants.values()))

    def resolve(self, name: str, rtype: Type, networks: list[str]) -> list[str]:
        """The addresses of a name, as seen from these networks, sorted."""
        return sorted(
            str(ip_address(rdata)) for rdata in self._find(from_text(name), rtype, networks)
        )

    def backwards(self, address: str, networks: list[str]) -> list[str]:
        """The names of an address, without a final dot."""
        found = self._find(reverse(ip_address(address).packed), Type.PTR, networks)
        return sorted(to_text(rdata).removesuffix(".") for rdata in found)

    def _find(self, name: bytes, rtype: Type, networks: list[str]) -> tuple[bytes, ...]:
        scopes = tuple(NameScope(network, network) for network in networks)
        looks = self._names.resolve(scopes, name, rtype).looks
        found = looks[-1].found if looks else None
        return found.rrset.rdatas if isinstance(found, Found) else ()
