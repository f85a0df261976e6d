"""Servers as we know them: how fast each answers, whether it does, and in what order to ask."""

from typing import Final

from mooring.dns.forwarding.settings import Timing
from mooring.model.error import InvalidArgumentError
from mooring.model.name_server import DNS_PORT, NameServer, parse_name_server

_SMOOTHING: Final = 0.125
_DEVIATION_SMOOTHING: Final = 0.25
"""Weights of the newest measurement, as TCP's (RFC 6298, section 2)."""
_NEVER: Final = float("-inf")


class Server:
    """One server's address, and what became of the questions it was asked. Times are seconds."""

    __slots__ = (
        "_deviation",
        "_down_until",
        "_mean",
        "_plain_until",
        "_timing",
        "address",
        "last_answer",
        "slow",
        "text",
        "unanswered",
    )

    def __init__(self, address: NameServer, timing: Timing) -> None:
        self.address: Final = address
        self.text: Final = str(address)
        self.last_answer = _NEVER
        self.unanswered = 0
        """Periods of silence since it last answered."""
        self.slow = False
        """It let a hedge delay pass, and has answered nothing since."""
        self._timing: Final = timing
        self._mean = self._deviation = 0.0
        self._down_until = self._plain_until = _NEVER

    def answered(self, now: float, seconds: float) -> None:
        """It answered something, be it an error, after ``seconds``."""
        if self._mean:
            off = abs(seconds - self._mean)
            self._deviation += _DEVIATION_SMOOTHING * (off - self._deviation)
            self._mean += _SMOOTHING * (seconds - self._mean)
        else:
            self._mean, self._deviation = seconds, seconds / 2
        self.last_answer = now
        self.unanswered = 0
        self.slow = False
        self._down_until = _NEVER

    def failed(self, now: float, asked: float) -> None:
        """It did not answer what it was asked at ``asked``.

        That counts only if it answered nothing else since, and once in a period of silence: one
        name that resolves slowly does not make a server dead, nor do a hundred questions at once.
        """
        if self.last_answer >= asked or now < self._down_until:
            return
        timing = self._timing
        pause = timing.down_least * 2 ** min(self.unanswered, 16)
        self.unanswered += 1
        self._down_until = now + min(pause, timing.down_most)

    def is_down(self, now: float) -> bool:
        """Whether it is to be asked after all others."""
        return now < self._down_until

    @property
    def patience(self) -> float:
        """How long to wait for its answer at most."""
        return self._timing.revival if self.unanswered else self._timing.question

    @property
    def hedge_delay(self) -> float:
        """How long to wait for its answer before the next server is asked as well."""
        if self.slow or self.unanswered:
            return 0.0
        if not self._mean:
            return self._timing.hedge_first
        usual = self._mean + max(self._mean, 4 * self._deviation)
        return min(max(usual, self._timing.hedge_least), self._timing.hedge_most)

    def speaks_edns(self, now: float) -> bool:
        """Whether to ask with an OPT record."""
        return now >= self._plain_until

    def is_plain(self, now: float) -> None:
        """It was found not to read EDNS."""
        self._plain_until = now + self._timing.plain


class ServerSet:
    """The servers of one resolv.conf, or of one sandbox's ``--dns``, in the order given.

    ``number`` is this set's alone for ever: what was learnt from one set never answers another.
    ``namespace`` is where they are asked from, ``""`` the daemon's own. ``useless`` are those that
    cannot be asked, each with the reason.
    """

    __slots__ = ("namespace", "number", "servers", "useless")

    def __init__(
        self, number: int, namespace: str, servers: tuple[Server, ...], useless: tuple[str, ...]
    ) -> None:
        self.number: Final = number
        self.namespace: Final = namespace
        self.servers: Final = servers
        self.useless: Final = useless

    @property
    def last_answer(self) -> float:
        """When one of them last answered anything."""
        return max((server.last_answer for server in self.servers), default=_NEVER)

    def order(self, now: float) -> list[Server]:
        """Those that answer in the order given, then those that lately did not."""
        return sorted(self.servers, key=lambda server: server.is_down(now))

    def __str__(self) -> str:
        return ", ".join(server.text for server in self.servers)


def read_servers(
    texts: tuple[str, ...], *, own: frozenset[str], limit: int, timing: Timing
) -> tuple[tuple[Server, ...], tuple[str, ...]]:
    """Servers of their texts, doubles left out, and what is wrong with the others.

    ``own`` are the addresses whose port 53 is this resolver itself: asking it would never end.
    """
    servers: dict[NameServer, Server] = {}
    useless = []
    for text in texts:
        try:
            address = parse_name_server(text)
        except InvalidArgumentError as error:
            useless.append(error.message)
            continue
        if address.address in own and address.port == DNS_PORT:
            useless.append(f"{text} is this resolver itself")
        elif len(servers) < limit:
            servers.setdefault(address, Server(address, timing))
    return tuple(servers.values()), tuple(useless)
