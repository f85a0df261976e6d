"""The reference of the command line, and that the table of commands is true."""

from pathlib import Path

import click
import pytest

from mooring.cli.commands.daemon import daemon
from mooring.cli.main import COMMANDS, moor
from mooring.cli.reference import reference
from mooring.daemon.config import Config
from mooring.daemon.log import FORMATS, LEVELS
from mooring.daemon.option import OPTIONS, Kind, from_flags

PAGE = Path(__file__).parents[2] / "docs" / "cli.md"


def test_the_reference_is_current() -> None:
    assert PAGE.read_text() == reference(), "run: python -m mooring.cli.reference > docs/cli.md"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_bears_its_name_and_has_a_help(name: str) -> None:
    context = click.Context(moor, info_name="moor")
    command = moor.get_command(context, name)
    assert command is not None
    assert command.name == name
    assert command.help


def test_the_daemon_s_options_are_its_settings_with_their_defaults() -> None:
    flags = {option.name: option for option in daemon.params if option.name != "config"}
    assert set(flags) == {option.field for option in OPTIONS}
    assert set(flags) == set(Config.__struct_fields__) - {"host"}
    config = Config()
    for option in OPTIONS:
        flag = flags[option.field]
        assert f"--{option.name}" in flag.opts
        default = daemon.make_context("daemon", []).params[option.field]
        if option.kind is not Kind.BOOLEAN or default is not None:
            assert from_flags(option, default) == getattr(config, option.field)
    metavars = {name: flag.metavar for name, flag in flags.items()}
    assert metavars["log_level"] == f"[{'|'.join(LEVELS)}]"
    assert metavars["log_format"] == f"[{'|'.join(FORMATS)}]"
