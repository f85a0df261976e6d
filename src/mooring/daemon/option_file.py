"""The daemon's options in a file of TOML: its keys are the names of the flags. Pure."""

import tomllib
from difflib import get_close_matches
from typing import Final

from mooring.daemon.option import OPTIONS, from_file
from mooring.model.error import InvalidArgumentError

DEFAULT_PATH: Final = "/etc/mooring/daemon.toml"

_BY_NAME: Final = {option.name: option for option in OPTIONS}


def parse(text: str, path: str) -> tuple[dict[str, object], list[str]]:
    """The values of a file by field of ``Config``, and every problem that it has.

    A file that is no TOML at all has one problem and no values.
    """
    values: dict[str, object] = {}
    problems: list[str] = []
    try:
        read = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return {}, [f"{path} is not TOML: {error}"]
    except RecursionError:
        return {}, [f"{path} is not TOML of ours: it is nested too deeply"]
    for key, value in read.items():
        option = _BY_NAME.get(key)
        if option is None:
            problems.append(f"{path} has the key {key!r}, which there is not{_nearest(key)}")
            continue
        try:
            values[option.field] = from_file(option, value)
        except InvalidArgumentError as error:
            problems.append(f"{path}: {key} {error}")
    return values, problems


def _nearest(key: str) -> str:
    names = get_close_matches(key.replace("_", "-").lower(), _BY_NAME, n=1, cutoff=0.5)
    return f"; did you mean {names[0]}?" if names else f"; there are {', '.join(_BY_NAME)}"
