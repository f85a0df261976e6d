"""The page about the daemon's options: its table is true, and its examples are read."""

import re
import tomllib
from pathlib import Path

import pytest

from mooring.daemon import option_file
from mooring.daemon.config import Config
from mooring.daemon.option import OPTIONS, Kind
from mooring.daemon.options import Source

PAGE = (Path(__file__).parents[2] / "docs" / "daemon-options.md").read_text()
EXAMPLES = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
KINDS = {
    Kind.TEXT: "text",
    Kind.NUMBER: "number",
    Kind.BOOLEAN: "boolean",
    Kind.LIST: "list",
    Kind.POOLS: "pools",
}


def rows() -> list[list[str]]:
    lines = re.findall(r"^\| `[^|]*` \|.*\|$", PAGE, re.MULTILINE)
    return [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in lines]


def test_the_table_has_every_option_with_its_kind_and_when_it_changes() -> None:
    assert [(row[0], row[1], row[4]) for row in rows()] == [
        (option.name, KINDS[option.kind], "live" if option.live else "at a restart")
        for option in OPTIONS
    ]


def test_the_defaults_that_it_names_are_the_defaults() -> None:
    defaults = Config()
    for name, _, said, *_ in rows():
        value = getattr(defaults, name.replace("-", "_"))
        if isinstance(value, bool):
            assert said == str(value).lower(), name
        elif value and isinstance(value, str | int):
            assert said == str(value), name


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_is_accepted(example: str, tmp_path: Path) -> None:
    path = tmp_path / "daemon.toml"
    path.write_text(example)
    config = Source(path=str(path)).read()
    for key, value in tomllib.loads(example).items():
        if isinstance(value, str | int):
            assert getattr(config, key.replace("-", "_")) == value


def test_there_are_examples_and_the_usual_path() -> None:
    assert len(EXAMPLES) > 3
    assert option_file.DEFAULT_PATH in PAGE
