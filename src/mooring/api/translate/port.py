"""Published ports: Docker's ``PortBindings`` and ``ExposedPorts`` to and from ours."""

from collections.abc import Mapping, Sequence

from mooring.api.shape.port import NothingJson, PortBindingJson, PortSummaryJson
from mooring.model.error import InvalidArgumentError
from mooring.model.port import PortRequest, PublishedPort
from mooring.model.publish import parse_exposed, parse_host_ip, parse_range
from mooring.model.sandbox import Sandbox, SandboxRequest

PortMap = Mapping[str, Sequence[PortBindingJson] | None]


def port_requests(ports: PortMap | None) -> tuple[PortRequest, ...]:
    """What is to be published. A port without any binding is published at a free port."""
    found = []
    for name, listed in (ports or {}).items():
        port, protocol = _single(name)
        for binding in listed or (PortBindingJson(),):
            start, end = (0, 0)
            if binding.host_port not in ("", "0"):
                start, end = parse_range(name, binding.host_port)
            found.append(
                PortRequest(
                    container_port=port,
                    protocol=protocol,
                    host_ip=parse_host_ip(binding.host_ip),
                    host_port=start,
                    host_port_end=end if end > start else 0,
                )
            )
    return tuple(found)


def exposed_ports(names: Mapping[str, NothingJson] | None) -> tuple[tuple[int, str], ...]:
    """The ports, with their protocols, that a sandbox says to have."""
    return tuple(dict.fromkeys(_single(name) for name in names or ()))


def bindings_json(requests: Sequence[PortRequest]) -> dict[str, list[PortBindingJson]]:
    """What was asked for, by port of the sandbox."""
    found: dict[str, list[PortBindingJson]] = {}
    for request in requests:
        text = str(request.host_port or "")
        if request.host_port_end:
            text += f"-{request.host_port_end}"
        binding = PortBindingJson(host_ip=request.host_ip, host_port=text)
        found.setdefault(f"{request.container_port}/{request.protocol}", []).append(binding)
    return found


def exposed_json(request: SandboxRequest) -> dict[str, NothingJson]:
    """What is exposed, and what is published, which is exposed as well."""
    published = ((asked.container_port, asked.protocol) for asked in request.ports)
    return {
        f"{port}/{protocol}": NothingJson() for port, protocol in (*request.exposed, *published)
    }


def ports_json(sandbox: Sandbox | None) -> dict[str, list[PortBindingJson] | None]:
    """What is published now; a port that is exposed only has nothing."""
    if sandbox is None:
        return {}
    found: dict[str, list[PortBindingJson] | None] = {}
    for port in sandbox.published:
        bindings = found.setdefault(_name(port), [])
        assert bindings is not None
        bindings.append(PortBindingJson(host_ip=port.host_ip, host_port=str(port.host_port)))
    for number, protocol in sandbox.exposed:
        found.setdefault(f"{number}/{protocol}", None)
    return found


def port_summaries(sandbox: Sandbox | None) -> list[PortSummaryJson]:
    """The same as lists show it."""
    if sandbox is None:
        return []
    shown = [
        PortSummaryJson(
            ip=port.host_ip,
            private_port=port.container_port,
            public_port=port.host_port,
            type=port.protocol,
        )
        for port in sandbox.published
    ]
    published = {(port.container_port, port.protocol) for port in sandbox.published}
    return shown + [
        PortSummaryJson(private_port=port, type=protocol)
        for port, protocol in sandbox.exposed
        if (port, protocol) not in published
    ]


def _name(port: PublishedPort) -> str:
    return f"{port.container_port}/{port.protocol}"


def _single(name: str) -> tuple[int, str]:
    ports = parse_exposed(name)
    if len(ports) > 1:
        raise InvalidArgumentError(f"{name!r} is more than one port", "name each of them")
    return ports[0]
