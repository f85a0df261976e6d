"""The setting for AAAA questions: a word to a value."""

from mooring.model.aaaa import Aaaa
from mooring.model.error import InvalidArgumentError


def aaaa_of(word: str | None) -> Aaaa:
    """``auto`` unless another is named. Raises InvalidArgumentError for what is none."""
    try:
        return Aaaa(word or Aaaa.AUTO)
    except ValueError as error:
        raise InvalidArgumentError(
            f"AAAA questions cannot be treated as {word!r}", f"use one of {', '.join(Aaaa)}"
        ) from error
