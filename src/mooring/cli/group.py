"""Groups of commands that are imported when they are used, with a guess when one is misspelt."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

from mooring.cli.failure import guess


class LazyGroup(click.Group):
    """A group whose commands are given as ``module:attribute``."""

    def __init__(self, *arguments: Any, lazy: Mapping[str, str], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._lazy = lazy

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Without any argument the help is what was wanted."""
        if not args and not ctx.resilient_parsing:
            click.echo(ctx.get_help())
            ctx.exit()
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the table."""
        return list(self._lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name."""
        if cmd_name not in self._lazy:
            return None
        module, _, attribute = self._lazy[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the arguments begin with; a near name is offered for a wrong one."""
        name = args[0]
        if name not in self._lazy and not name.startswith("-"):
            ctx.fail(f"no such command {name!r}{guess(name, self._lazy)}")
        return super().resolve_command(ctx, args)
