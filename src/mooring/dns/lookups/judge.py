"""The judge of look-ups: measurements in, findings out. Pure."""

from collections.abc import Sequence

from mooring.dns.lookups.exchanges import exchange_findings
from mooring.dns.lookups.files import file_findings
from mooring.dns.lookups.names import name_findings
from mooring.dns.lookups.upstreams import upstream_findings
from mooring.model.finding import Finding
from mooring.model.lookup import LookupMeasurement, LookupRequest
from mooring.model.trace import Trace


def judge(
    request: LookupRequest, measured: LookupMeasurement, traces: Sequence[Trace]
) -> list[Finding]:
    """What is wrong with look-ups in a sandbox, and what is fine, in a fixed order.

    ``traces`` are those of an A and an AAAA question for names that nobody had asked for; none
    where there is no resolver of ours.
    """
    return [
        *file_findings(request, measured),
        *name_findings(request, measured),
        *exchange_findings(measured),
        *upstream_findings(measured, traces),
    ]
