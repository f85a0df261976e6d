"""Sandboxes: JSON to a request, a sandbox to JSON."""

from collections.abc import Sequence

from mooring.api.shape.sandbox import DnsJson, SandboxCreateJson, SandboxJson
from mooring.api.translate.aaaa import aaaa_of
from mooring.api.translate.endpoint import Attachment, attachments_json, endpoint_requests
from mooring.api.translate.port import port_requests, ports_json
from mooring.model.sandbox import DnsSettings, Sandbox, SandboxRequest


def sandbox_request(body: SandboxCreateJson) -> SandboxRequest:
    """What is asked of a new sandbox."""
    dns = body.dns or DnsJson()
    return SandboxRequest(
        name=body.name or "",
        hostname=body.hostname or "",
        domainname=body.domainname or "",
        netns=body.netns or "",
        dns=DnsSettings(
            servers=tuple(dns.servers),
            search=tuple(dns.search),
            options=tuple(dns.options),
            aaaa=aaaa_of(dns.aaaa),
        ),
        extra_hosts=tuple(body.extra_hosts or ()),
        endpoints=endpoint_requests(body.networking_config),
        labels=body.labels or {},
        ports=port_requests(body.port_bindings),
    )


def sandbox_json(sandbox: Sandbox, attachments: Sequence[Attachment]) -> SandboxJson:
    """A sandbox with its endpoints, in gateway order."""
    return SandboxJson(
        id=sandbox.id,
        name=sandbox.name,
        created=sandbox.created,
        netns=sandbox.netns,
        owned=sandbox.owned,
        directory=sandbox.directory,
        hostname=sandbox.hostname,
        domainname=sandbox.domainname,
        dns=DnsJson(
            servers=list(sandbox.dns.servers),
            search=list(sandbox.dns.search),
            options=list(sandbox.dns.options),
            aaaa=sandbox.dns.aaaa.value,
        ),
        extra_hosts=list(sandbox.extra_hosts),
        labels=sandbox.labels,
        networks=attachments_json(attachments),
        ports=ports_json(sandbox),
    )
