"""Findings and traces as JSON."""

from collections.abc import Sequence

from mooring.api.shape.system import FindingJson, FindingsJson, TraceJson, TraceStepJson
from mooring.model.finding import Finding
from mooring.model.trace import Trace


def findings_json(findings: Sequence[Finding]) -> FindingsJson:
    """Everything that was looked at, in the order given."""
    return FindingsJson(
        findings=[
            FindingJson(
                check=finding.check,
                severity=finding.severity.value,
                message=finding.message,
                remedy=finding.remedy,
            )
            for finding in findings
        ]
    )


def trace_json(trace: Trace) -> TraceJson:
    """A question, every step to its answer, and the answer."""
    return TraceJson(
        name=trace.name,
        type=trace.type,
        rcode=trace.rcode,
        records=list(trace.records),
        steps=[
            TraceStepJson(
                stage=step.stage,
                subject=step.subject,
                outcome=step.outcome,
                milliseconds=step.milliseconds,
            )
            for step in trace.steps
        ],
        explanation=trace.explanation,
        milliseconds=trace.milliseconds,
    )
