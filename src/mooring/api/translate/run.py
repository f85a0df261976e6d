"""Runs: Docker's container JSON to a request, a run to Docker's container JSON."""

from collections.abc import Sequence
from typing import Final

from mooring.api.shape.container import (
    NEVER,
    ConfigJson,
    HostConfigJson,
    LaunchJson,
    NetworkSettingsJson,
    ProcessJson,
    RunCreateJson,
    RunJson,
    RunSummaryJson,
    StateJson,
    SummaryHostConfigJson,
    SummaryNetworksJson,
)
from mooring.api.shape.endpoint import EndpointJson
from mooring.api.translate.aaaa import aaaa_of
from mooring.api.translate.duration import elapsed, moment
from mooring.api.translate.endpoint import (
    Attachment,
    attachments_json,
    endpoint_requests,
    intended_json,
)
from mooring.api.translate.port import (
    bindings_json,
    exposed_json,
    exposed_ports,
    port_requests,
    port_summaries,
    ports_json,
)
from mooring.model.endpoint import EndpointRequest
from mooring.model.error import InvalidArgumentError, NotSupportedError
from mooring.model.run import Process, Run, RunRequest, RunStatus
from mooring.model.sandbox import DnsSettings, Sandbox, SandboxRequest

_LOG_FILE: Final = "output.log"


def run_request(name: str, body: RunCreateJson) -> RunRequest:
    """What is asked to run. Raises NotSupportedError for an image, as there are none."""
    if body.image:
        raise NotSupportedError(
            f"cannot run image {body.image!r}: Mooring runs commands of this machine",
            "leave Image out and name the command in Cmd",
        )
    if not body.cmd or not body.cmd[0]:
        raise InvalidArgumentError("there is no command to run", "name one in Cmd")
    host = body.host_config or HostConfigJson()
    endpoints = endpoint_requests(body.networking_config)
    if not endpoints and host.network_mode not in (None, "", "default"):
        endpoints = (EndpointRequest(network=host.network_mode),)
    return RunRequest(
        command=tuple(body.cmd),
        sandbox=SandboxRequest(
            name=name,
            hostname=body.hostname or "",
            domainname=body.domainname or "",
            dns=DnsSettings(
                servers=tuple(host.dns or ()),
                search=tuple(host.dns_search or ()),
                options=tuple(host.dns_options or ()),
                aaaa=aaaa_of(host.dns_aaaa),
            ),
            extra_hosts=tuple(host.extra_hosts or ()),
            endpoints=endpoints,
            labels=body.labels or {},
            ports=port_requests(host.port_bindings),
            exposed=exposed_ports(body.exposed_ports),
            publish_all=bool(host.publish_all_ports),
        ),
        environment=tuple(body.env or ()),
        workdir=body.working_dir or "",
        detach=bool(body.detach),
        remove=bool(host.auto_remove),
    )


def process_of(body: ProcessJson) -> Process:
    """A process, checked to be one."""
    if body.pid <= 0 or body.start_time < 0:
        raise InvalidArgumentError(
            f"process {body.pid} that started at {body.start_time} cannot be",
            "send the pid and field 22 of /proc/<pid>/stat",
        )
    return Process(pid=body.pid, start_time=body.start_time)


def launch_json(run: Run, sandbox: Sandbox, run_directory: str) -> LaunchJson:
    """What the starter of a run needs to know of its sandbox."""
    return LaunchJson(
        name=run.name,
        netns=sandbox.netns,
        directory=sandbox.directory,
        hostname=sandbox.hostname,
        domainname=sandbox.domainname,
        run_directory=run_directory,
    )


def run_json(
    run: Run, sandbox: Sandbox | None, attachments: Sequence[Attachment], run_directory: str
) -> RunJson:
    """A run as Docker shows a container; ``sandbox`` is None when the run has none any more."""
    request = run.request.sandbox
    directory = sandbox.directory if sandbox else ""
    return RunJson(
        id=run.id,
        created=run.created,
        path=run.request.command[0],
        args=list(run.request.command[1:]),
        state=_state(run),
        resolv_conf_path=f"{directory}/resolv.conf" if directory else "",
        hostname_path=f"{directory}/hostname" if directory else "",
        hosts_path=f"{directory}/hosts" if directory else "",
        log_path=f"{run_directory}/{_LOG_FILE}" if run.request.detach else "",
        name=f"/{run.name}",
        host_config=HostConfigJson(
            network_mode=_network_mode(run),
            auto_remove=run.request.remove,
            dns=list(request.dns.servers),
            dns_options=list(request.dns.options),
            dns_search=list(request.dns.search),
            extra_hosts=list(request.extra_hosts),
            dns_aaaa=request.dns.aaaa.value,
            port_bindings=dict(bindings_json(request.ports)),
            publish_all_ports=request.publish_all,
        ),
        config=ConfigJson(
            hostname=sandbox.hostname if sandbox else request.hostname,
            domainname=sandbox.domainname if sandbox else request.domainname,
            cmd=list(run.request.command),
            env=list(run.request.environment),
            working_dir=run.request.workdir,
            labels=request.labels,
            exposed_ports=exposed_json(request),
        ),
        network_settings=NetworkSettingsJson(
            sandbox_id=sandbox.id if sandbox else "",
            sandbox_key=sandbox.netns if sandbox else "",
            networks=networks_of(run, sandbox, attachments),
            ports=ports_json(sandbox),
        ),
    )


def run_summary(
    run: Run, sandbox: Sandbox | None, attachments: Sequence[Attachment], now: float
) -> RunSummaryJson:
    """A run as Docker lists a container; ``now`` is in seconds since the epoch."""
    return RunSummaryJson(
        id=run.id,
        names=[f"/{run.name}"],
        command=" ".join(run.request.command),
        created=int(moment(run.created)),
        ports=port_summaries(sandbox),
        labels=run.request.sandbox.labels,
        state=run.status.value,
        status=status_text(run, now),
        host_config=SummaryHostConfigJson(network_mode=_network_mode(run)),
        network_settings=SummaryNetworksJson(networks=networks_of(run, sandbox, attachments)),
    )


def networks_of(
    run: Run, sandbox: Sandbox | None, attachments: Sequence[Attachment]
) -> dict[str, EndpointJson]:
    """The networks a run is on, or the ones it asked for once its sandbox is gone."""
    requests = run.request.sandbox.endpoints
    if sandbox is None:
        return intended_json(requests)
    return attachments_json(attachments, {request.network: request for request in requests})


def status_text(run: Run, now: float) -> str:
    """``Up 3 minutes``, ``Exited (0) 2 hours ago`` or ``Created``, in Docker's words."""
    match run.status:
        case RunStatus.CREATED:
            return "Created"
        case RunStatus.RUNNING:
            return f"Up {elapsed(now - moment(run.started))}"
        case RunStatus.EXITED:
            return f"Exited ({run.exit_code or 0}) {elapsed(now - moment(run.finished))} ago"


def _state(run: Run) -> StateJson:
    running = run.status is RunStatus.RUNNING
    process = run.process if running else None
    return StateJson(
        status=run.status.value,
        running=running,
        pid=process.pid if process else 0,
        pid_start_time=process.start_time if process else 0,
        exit_code=run.exit_code or 0,
        started_at=run.started or NEVER,
        finished_at=run.finished or NEVER,
    )


def _network_mode(run: Run) -> str:
    endpoints = run.request.sandbox.endpoints
    return endpoints[0].network if endpoints else "default"
