"""Identifiers and names of objects: how they are made and what is a valid one."""

import re
import secrets
from typing import Final

from mooring.model.error import InvalidArgumentError

SHORT: Final = 12
"""Characters of an id that people see and that resolve as a name, as in Docker."""

_NAME: Final = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]*\Z")
_LABEL: Final = re.compile(r"[a-zA-Z0-9_-]+\Z")
_LABEL_LIMIT: Final = 63
_NAME_LIMIT: Final = 253


def new_id() -> str:
    """64 hexadecimal digits, as Docker's ids; never all digits in the first 12.

    A short id is also a host name, and one of digits alone would read as an address.
    """
    while True:
        identity = secrets.token_hex(32)
        if not identity[:SHORT].isdigit():
            return identity


def short(identity: str) -> str:
    """The first 12 characters of ``identity``."""
    return identity[:SHORT]


def check_name(kind: str, name: str) -> str:
    """``name`` itself if a network, sandbox or run may bear it, else ``InvalidArgumentError``.

    The form is Docker's (``[a-zA-Z0-9][a-zA-Z0-9_.-]*``); the length of each label is DNS's
    (RFC 1035, section 2.3.4), since every such name is also a record.
    """
    if not name:
        raise InvalidArgumentError(f"the {kind} has an empty name", "give it one")
    if not _NAME.match(name):
        raise InvalidArgumentError(
            f"invalid {kind} name {name!r}",
            "a name starts with a letter or digit and goes on with letters, digits, '_', '.', '-'",
        )
    check_domain_name(f"{kind} name", name)
    return name


def check_domain_name(what: str, name: str) -> str:
    """``name`` itself if it can be written as a DNS name, else ``InvalidArgumentError``."""
    labels = name.removesuffix(".").split(".")
    if len(name) > _NAME_LIMIT:
        raise InvalidArgumentError(
            f"{what} {name[:40]!r}… is {len(name)} characters long",
            f"a DNS name has at most {_NAME_LIMIT}",
        )
    for label in labels:
        if not label:
            raise InvalidArgumentError(f"{what} {name!r} has an empty label", "remove a dot")
        if len(label) > _LABEL_LIMIT:
            raise InvalidArgumentError(
                f"{what} has the label {label[:20]!r}… of {len(label)} characters",
                f"a DNS label has at most {_LABEL_LIMIT}",
            )
        if not _LABEL.match(label):
            raise InvalidArgumentError(
                f"{what} {name!r} has characters that no host name has",
                "use letters, digits, '_' and '-'; an international name goes in its xn-- form",
            )
    return name
