"""The reference of the command line, and that the table of commands is true."""

from pathlib import Path

import click
import pytest

from mooring.cli.commands.daemon import daemon
from mooring.cli.main import COMMANDS, moor
from mooring.cli.reference import reference
from mooring.daemon.config import TTL_LIMIT, Config
from mooring.daemon.log import FORMATS, LEVELS

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
    context = click.Context(daemon)
    defaults = {
        option.name: option.get_default(context)
        for option in daemon.params
        if isinstance(option, click.Option)
    }
    config = Config()
    fields = set(Config.__struct_fields__) - {"host"}
    assert defaults == {field: getattr(config, field) for field in fields}
    types = {option.name: option.type for option in daemon.params}
    assert getattr(types["dns_ttl"], "max") == TTL_LIMIT  # noqa: B009
    assert tuple(getattr(types["log_level"], "choices")) == LEVELS  # noqa: B009
    assert tuple(getattr(types["log_format"], "choices")) == FORMATS  # noqa: B009
