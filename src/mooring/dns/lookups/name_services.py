"""nsswitch.conf: who is asked for host names, and in what order (nsswitch.conf(5)). Pure."""

from typing import Final

import msgspec

_DEFAULT: Final = ("dns [!UNAVAIL=return] files",)
"""What glibc does without a line (nsswitch.conf(5), older than 2.34: the same two)."""


class Service(msgspec.Struct, frozen=True):
    """One name service. ``ends``: what it does not know, no later one is asked for."""

    name: str
    ends: bool


def host_services(text: str) -> tuple[Service, ...]:
    """The services of the ``hosts`` line, in order; the last such line counts."""
    lines = [line.partition("#")[0] for line in text.splitlines()]
    found = [line.partition(":")[2] for line in lines if line.partition(":")[0].strip() == "hosts"]
    services: list[Service] = []
    rest = (found or list(_DEFAULT))[-1]
    while rest := rest.strip():
        if rest.startswith("["):
            action, _, rest = rest[1:].partition("]")
            if services and "notfound=return" in action.lower().replace(" ", ""):
                services[-1] = Service(services[-1].name, True)
            continue
        word, gap, rest = rest.partition(" ")
        name, bracket, action = word.partition("[")
        services.append(Service(name, False))
        rest = f"{bracket}{action}{gap}{rest}"
    return tuple(services)


def position(services: tuple[Service, ...], name: str) -> int:
    """Where a service stands; -1 if it is not asked."""
    return next((at for at, service in enumerate(services) if service.name == name), -1)
