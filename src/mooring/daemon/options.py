"""The daemon's options, put together: the file, and the flags that win over it."""

from collections.abc import Mapping
from typing import Final

import msgspec

from mooring.daemon import option_file
from mooring.daemon.config import Config
from mooring.daemon.option import OPTIONS, from_flags
from mooring.daemon.option_check import problems
from mooring.model.error import InvalidArgumentError

_SIZE_LIMIT: Final = 1 << 20
"""Characters of a file that are read."""


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Where options come from: flags that were given, by field, and a file, read whenever asked.

    ``path`` empty means the usual file, which need not be there.
    """

    flags: Mapping[str, object] = {}
    path: str = ""
    host: str = ""

    def read(self) -> Config:
        """The options now. Raises InvalidArgumentError with every problem that they have."""
        path = self.path or option_file.DEFAULT_PATH
        text = _read(path, required=bool(self.path))
        values, found = option_file.parse(text, path)
        for option in OPTIONS:
            if option.field in self.flags:
                try:
                    values[option.field] = from_flags(option, self.flags[option.field])
                except InvalidArgumentError as error:
                    values.pop(option.field, None)
                    found.append(f"--{option.name} {error}")
        config = msgspec.convert({"host": self.host, **values}, Config)
        found += problems(config)
        if found:
            raise InvalidArgumentError(_told(found))
        return config


def _told(found: list[str]) -> str:
    if len(found) == 1:
        return f"the daemon's options are wrong: {found[0]}"
    listed = "\n".join(f"  - {problem}" for problem in found)
    return f"the daemon's options have {len(found)} problems:\n{listed}"


def _read(path: str, *, required: bool) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read(_SIZE_LIMIT)
    except FileNotFoundError as error:
        if required:
            raise InvalidArgumentError(
                f"there is no file {path}", "name another with --config, or leave it out"
            ) from error
        return ""
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise InvalidArgumentError(f"the file {path} cannot be read: {reason}") from error
