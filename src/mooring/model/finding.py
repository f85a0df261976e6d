"""Findings: what is wrong on this machine, and what to do about it."""

from enum import StrEnum

import msgspec


class Severity(StrEnum):
    """How bad a finding is. Only an error makes ``moor doctor`` fail."""

    ERROR = "error"
    WARNING = "warning"
    OK = "ok"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was looked at. ``check`` is a stable word for programs."""

    check: str
    severity: Severity
    message: str
    remedy: str = ""
