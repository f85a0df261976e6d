"""Operations: what plans are made of. Values only; ``linux.executor`` carries them out.

Each says how a thing shall be, not a step to take: applying one twice is applying it once, and
reverting one that was never applied does nothing. ``namespace`` is a path, ``""`` the daemon's own.
What goes away with something else (an address with its link) has nothing to revert by itself.
"""

from typing import TypeAlias

import msgspec


class CreateDirectory(msgspec.Struct, frozen=True, tag=True):
    """A directory that only root can look into. Reverting removes it and all in it."""

    path: str


class WriteFile(msgspec.Struct, frozen=True, tag=True):
    """A file with this text and with what the sandbox's programs have changed in it since it was
    last written. It stays the same file, being bind-mounted. Reverts with its directory.

    ``unless_edited``: a file in which they changed anything stays as it is."""

    path: str
    text: str
    unless_edited: bool = False


class CreateNamespace(msgspec.Struct, frozen=True, tag=True):
    """A network namespace kept at a path, loopback up, with sysctls (``net/ipv4/…``) written."""

    path: str
    settings: dict[str, str]


class CreateBridge(msgspec.Struct, frozen=True, tag=True):
    """A bridge, up. ``mtu`` 0 leaves the kernel's choice. ``keep``: reverting leaves it there."""

    name: str
    mac: str
    mtu: int = 0
    keep: bool = False


class CreateVeth(msgspec.Struct, frozen=True, tag=True):
    """A veth pair, down: ``host`` is a port of ``bridge``, ``peer`` stands in ``namespace``."""

    host: str
    bridge: str
    peer: str
    namespace: str
    mac: str
    mtu: int = 0


class SetSysctl(msgspec.Struct, frozen=True, tag=True):
    """A value below ``/proc/sys``. Never reverted: others may have come to rely on it."""

    key: str
    value: str
    namespace: str = ""


class AddAddress(msgspec.Struct, frozen=True, tag=True):
    """An address with prefix length on a link. Goes with the link."""

    interface: str
    address: str
    namespace: str = ""


class SetUp(msgspec.Struct, frozen=True, tag=True):
    """A link that is up."""

    interface: str
    namespace: str = ""


class AwaitRunning(msgspec.Struct, frozen=True, tag=True):
    """A link that sends what it is given.

    The kernel notices a carrier by itself, a little later, and drops what is sent before: a first
    packet lost is a second lost.
    """

    interface: str
    namespace: str = ""


class Announce(msgspec.Struct, frozen=True, tag=True):
    """Neighbours that know where the addresses of a link are now (RFC 5227, RFC 4861 7.2.6)."""

    interface: str
    mac: str
    namespace: str


class SetDefaultRoute(msgspec.Struct, frozen=True, tag=True):
    """The default route of the gateway's family. Goes with the link."""

    interface: str
    gateway: str
    namespace: str = ""


class LoadRules(msgspec.Struct, frozen=True, tag=True):
    """Rule text that replaces a whole table of ours, as one transaction. Reverting drops the table.

    ``table`` is its family and name, ``inet mooring``.
    """

    table: str
    text: str
    namespace: str = ""


class AddElements(msgspec.Struct, frozen=True, tag=True):
    """Elements in named sets of a table of ours: pairs of set and element."""

    table: str
    elements: tuple[tuple[str, str], ...]


class ForgetAddresses(msgspec.Struct, frozen=True, tag=True):
    """No flow, and no neighbour entry on a link, that still means whoever had one of the addresses
    before."""

    interface: str
    addresses: tuple[str, ...]


class OpenResolver(msgspec.Struct, frozen=True, tag=True):
    """Sockets on ``address`` in a namespace, to which its port 53 there is translated.

    ``ports`` (UDP, TCP) are tried first, 0 for any. Applying answers ``ResolverSockets``; they
    belong to whoever gets them. ``lent`` is the inode of a namespace that goes on without us, 0 for
    one that does not: reverting removes the translation from the former, if it is that very one.
    """

    namespace: str
    address: str
    lent: int
    ports: tuple[int, int] = (0, 0)


class HoldPort(msgspec.Struct, frozen=True, tag=True):
    """A port of the host that nobody else gets: bound by a socket that accepts nothing. It is held
    until it is reverted or the daemon ends."""

    protocol: str
    address: str
    port: int


class ForgetPort(msgspec.Struct, frozen=True, tag=True):
    """No UDP flow to a port of the host that still goes where it went before.

    Whether the port comes or goes, its flows are wrong then: reverting forgets them as well. An
    address of all (``0.0.0.0``, ``::``) means each of its family.
    """

    address: str
    port: int


class SetHairpin(msgspec.Struct, frozen=True, tag=True):
    """A bridge's port that may send back to where a packet came from. Goes with the link."""

    interface: str


Operation: TypeAlias = (
    CreateDirectory
    | WriteFile
    | CreateNamespace
    | CreateBridge
    | CreateVeth
    | SetSysctl
    | AddAddress
    | SetUp
    | AwaitRunning
    | Announce
    | SetDefaultRoute
    | LoadRules
    | AddElements
    | ForgetAddresses
    | OpenResolver
    | HoldPort
    | ForgetPort
    | SetHairpin
)

Plan: TypeAlias = tuple[Operation, ...]
