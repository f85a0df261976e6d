"""A name server to test with: it answers from a zone, or fails, lags and lies as it is told to.

It speaks UDP and TCP on one port of one address, counts what it is asked, and can be several at
once on 127.0.0.1, 127.0.0.2 and so on::

    async with FakeUpstream("www.example. 60 A 192.0.2.1") as upstream:
        forwarder.set_host_servers((upstream.text,))
        upstream.conduct = Conduct(silent=True)
"""

import asyncio
import socket
from collections.abc import Callable, Iterator
from enum import StrEnum
from types import TracebackType
from typing import Final, Self

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
import msgspec

_TRIES: Final = 20
_ALIAS_LIMIT: Final = 16
POISON: Final = "203.0.113.66"
"""The address that every forged reply gives."""


class Forgery(StrEnum):
    """What is wrong with a reply that somebody forged."""

    ID = "id"
    QUESTION = "question"
    PORT = "port"


class Conduct(msgspec.Struct, frozen=True, kw_only=True):
    """How the server behaves.

    ``delay`` is seconds before a reply. ``silent``: no reply. ``rcode`` instead of an answer.
    ``truncates``: over UDP, TC and no records. ``edns`` False: FORMERR for a query with an OPT.
    ``tcp`` False: connections are closed unanswered. ``broken``: the last octets of each reply are
    missing. ``forgeries`` are sent, one each, before the reply.
    """

    delay: float = 0.0
    silent: bool = False
    rcode: dns.rcode.Rcode | None = None
    truncates: bool = False
    edns: bool = True
    tcp: bool = True
    broken: bool = False
    forgeries: tuple[Forgery, ...] = ()


class LocalSockets:
    """Opens sockets here whatever namespace they are wanted in, and remembers which."""

    def __init__(self) -> None:
        self.namespaces: Final[list[str]] = []

    def __call__(self, namespace: str, family: int, kind: int) -> socket.socket:
        self.namespaces.append(namespace)
        return socket.socket(family, kind)


class AskedOnce(msgspec.Struct, frozen=True):
    """One query that arrived. ``name`` is text with a final dot, as it was spelled."""

    name: str
    type: str
    transport: str
    client: tuple[str, int]
    id: int
    edns: bool
    dnssec_ok: bool
    checking_disabled: bool


def read_records(zone: str) -> list[dns.rrset.RRset]:
    """Records of text: on each line an absolute name, a TTL in seconds, a type and the rdata."""
    records = []
    for line in zone.splitlines():
        if line.strip():
            name, ttl, rtype, rdata = line.split(maxsplit=3)
            absolute = dns.name.from_text(name)
            records.append(dns.rrset.from_text(absolute, int(ttl), "IN", rtype, rdata))
    return records


class FakeUpstream:
    """The server. ``zone`` is text as ``read_records`` reads it.

    ``open_socket(family, type)`` opens its sockets, in another namespace if need be. ``conduct``
    holds for all names but those (as text with a final dot, in lower case) that are in
    ``conducts``. Both may be changed at any time.
    """

    def __init__(
        self,
        zone: str = "",
        *,
        address: str = "127.0.0.1",
        port: int = 0,
        conduct: Conduct | None = None,
        open_socket: Callable[[int, int], socket.socket] = socket.socket,
    ) -> None:
        self.address: Final = address
        self._family: Final = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._open_socket: Final = open_socket
        self.port = port
        self.conduct = conduct or Conduct()
        self.conducts: Final[dict[str, Conduct]] = {}
        self.asked: Final[list[AskedOnce]] = []
        self._records: list[dns.rrset.RRset] = []
        self._udp: asyncio.DatagramTransport | None = None
        self._tcp: asyncio.Server | None = None
        self._work: Final[set[asyncio.Task[None]]] = set()
        self._arrived: Final = asyncio.Event()
        self.set_zone(zone)

    @property
    def text(self) -> str:
        """Its address as a forwarder is told it: ``127.0.0.1#5353``."""
        return f"{self.address}#{self.port}"

    def set_zone(self, zone: str) -> None:
        """Answer from this text from now on."""
        self._records = read_records(zone)

    def count(self, name: str, rtype: str = "") -> int:
        """How often it was asked for a name (of a type)."""
        return sum(
            asked.name.lower() == name.lower() and rtype in ("", asked.type) for asked in self.asked
        )

    async def until_asked(self, times: int, seconds: float = 5.0) -> None:
        """Wait until it was asked so often in all; TimeoutError if that takes too long."""
        async with asyncio.timeout(seconds):
            while len(self.asked) < times:
                self._arrived.clear()
                await self._arrived.wait()

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        udp, tcp = self._bind()
        self.port = udp.getsockname()[1]
        self._udp, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(self), sock=udp)
        self._tcp = await asyncio.start_server(self._serve_stream, sock=tcp)
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        if self._udp is not None:
            self._udp.close()
        if self._tcp is not None:
            self._tcp.close()
        work = list(self._work)
        for task in work:
            task.cancel()
        await asyncio.gather(*work, return_exceptions=True)
        await asyncio.sleep(0)

    def take_datagram(self, packet: bytes, client: tuple[str, int]) -> None:
        """Serve one datagram."""
        task = asyncio.create_task(self._serve_datagram(packet, client))
        self._work.add(task)
        task.add_done_callback(self._work.discard)

    def _bind(self) -> tuple[socket.socket, socket.socket]:
        """A UDP and a listening TCP socket on the same port."""
        for tried in range(_TRIES):
            udp = self._open_socket(self._family, socket.SOCK_DGRAM)
            tcp = self._open_socket(self._family, socket.SOCK_STREAM)
            try:
                tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                udp.bind((self.address, self.port))
                tcp.bind((self.address, udp.getsockname()[1]))
                tcp.listen()
                return udp, tcp
            except OSError:
                udp.close()
                tcp.close()
                if self.port or tried == _TRIES - 1:
                    raise
        raise AssertionError("unreachable")

    async def _serve_datagram(self, packet: bytes, client: tuple[str, int]) -> None:
        query = self._read(packet, "UDP", client)
        if query is None or self._udp is None:
            return
        conduct = self._conduct(query)
        for forgery in conduct.forgeries:
            self._forge(query, forgery, client)
        reply = await self._reply(query, conduct)
        if reply is None:
            return
        if conduct.truncates:
            reply = _response(query)
            reply.flags |= dns.flags.TC
        wire = reply.to_wire()
        self._udp.sendto(wire[:-3] if conduct.broken else wire, client)

    async def _serve_stream(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._work.add(task)
        task.add_done_callback(self._work.discard)
        try:
            length = int.from_bytes(await reader.readexactly(2), "big")
            packet = await reader.readexactly(length)
            query = self._read(packet, "TCP", writer.get_extra_info("peername")[:2])
            conduct = self.conduct if query is None else self._conduct(query)
            if query is None or not conduct.tcp:
                return
            reply = await self._reply(query, conduct)
            if reply is not None:
                wire = reply.to_wire(max_size=65535)
                writer.write(len(wire).to_bytes(2, "big") + wire)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()

    def _read(
        self, packet: bytes, transport: str, client: tuple[str, int]
    ) -> dns.message.Message | None:
        try:
            query = dns.message.from_wire(packet)
            question = query.question[0]
        except (dns.exception.DNSException, IndexError):
            return None
        self.asked.append(
            AskedOnce(
                name=question.name.to_text(),
                type=dns.rdatatype.to_text(question.rdtype),
                transport=transport,
                client=client,
                id=query.id,
                edns=query.edns >= 0,
                dnssec_ok=bool(query.ednsflags & dns.flags.DO),
                checking_disabled=bool(query.flags & dns.flags.CD),
            )
        )
        self._arrived.set()
        return query

    def _conduct(self, query: dns.message.Message) -> Conduct:
        return self.conducts.get(query.question[0].name.to_text().lower(), self.conduct)

    async def _reply(
        self, query: dns.message.Message, conduct: Conduct
    ) -> dns.message.Message | None:
        if conduct.delay:
            await asyncio.sleep(conduct.delay)
        if conduct.silent:
            return None
        reply = _response(query)
        if not conduct.edns and query.edns >= 0:
            reply.use_edns(False)
            reply.set_rcode(dns.rcode.FORMERR)
        elif conduct.rcode is not None:
            reply.set_rcode(conduct.rcode)
        else:
            self._answer(query.question[0], reply)
        return reply

    def _answer(self, question: dns.rrset.RRset, reply: dns.message.Message) -> None:
        name, rtype = question.name, question.rdtype
        for _ in range(_ALIAS_LIMIT):
            here = list(self._at(name))
            wanted = [record for record in here if rtype in (record.rdtype, dns.rdatatype.ANY)]
            alias = [record for record in here if record.rdtype == dns.rdatatype.CNAME]
            reply.answer.extend(wanted or alias)
            if wanted:
                return
            if not alias:
                break
            name = alias[0][0].target
        if not here:
            reply.set_rcode(dns.rcode.NXDOMAIN)
        soas = [record for record in self._records if record.rdtype == dns.rdatatype.SOA]
        above = [soa for soa in soas if name.is_subdomain(soa.name)]
        reply.authority.extend(sorted(above, key=lambda soa: len(soa.name))[-1:])

    def _at(self, name: dns.name.Name) -> Iterator[dns.rrset.RRset]:
        return (record for record in self._records if record.name == name)

    def _forge(self, query: dns.message.Message, forgery: Forgery, client: tuple[str, int]) -> None:
        """Send a reply with a false address, wrong in the way that ``forgery`` says."""
        forged = _response(query)
        question = query.question[0]
        name = question.name
        match forgery:
            case Forgery.ID:
                forged.id = query.id ^ 0x5555
            case Forgery.QUESTION:
                name = dns.name.from_text("forged.example.")
                forged.question = [dns.rrset.RRset(name, question.rdclass, question.rdtype)]
            case Forgery.PORT:
                pass
        forged.answer.append(dns.rrset.from_text(name, 86400, "IN", "A", POISON))
        if forgery is not Forgery.PORT:
            assert self._udp is not None
            self._udp.sendto(forged.to_wire(), client)
            return
        with self._open_socket(self._family, socket.SOCK_DGRAM) as other:
            other.bind((self.address, 0))
            other.sendto(forged.to_wire(), client)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, server: FakeUpstream) -> None:
        self._server: Final = server

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._server.take_datagram(data, addr)


def _response(query: dns.message.Message) -> dns.message.Message:
    return dns.message.make_response(query, recursion_available=True)
