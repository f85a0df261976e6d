"""Versions of Docker Engine's API that paths may be prefixed with, as in ``/v1.43/networks``."""

from typing import Final

from mooring.model.error import InvalidArgumentError

API_VERSION: Final = "1.43"
MIN_API_VERSION: Final = "1.24"


def check_version(text: str) -> None:
    """Refuse a version that we do not speak: InvalidArgumentError, in words clients look for."""
    if _ordered(text) > _ordered(API_VERSION):
        raise InvalidArgumentError(
            f"client version {text} is too new. Maximum supported API version is {API_VERSION}"
        )
    if _ordered(text) < _ordered(MIN_API_VERSION):
        raise InvalidArgumentError(
            f"client version {text} is too old. Minimum supported API version is {MIN_API_VERSION}"
        )


def _ordered(text: str) -> tuple[int, int]:
    major, minor = text.split(".")
    return int(major), int(minor)
