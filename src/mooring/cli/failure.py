"""What a command that failed says, and how it exits, as Docker's do."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

import click

from mooring.model.error import MooringError

FAILED: Final = 1
NOT_RUN: Final = 125
"""``run`` and ``exec`` give the command's own exit code: theirs must be another one."""
INTERRUPTED: Final = 130


_TERMINAL: Final = " (the terminal is the command's without asking)"
_HINTS: Final = dict.fromkeys(("-i", "-t", "--interactive", "--tty"), _TERMINAL)
"""What Docker's users type, and need not here."""


class CommandError(Exception):
    """A command fails with this sentence and this exit code."""

    def __init__(self, sentence: str, exit_code: int) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code


@contextmanager
def failing_with(exit_code: int) -> Iterator[None]:
    """Let every refusal in the block end the command with ``exit_code``, or with its own."""
    try:
        yield
    except MooringError as error:
        raise CommandError(str(error), getattr(error, "exit_code", exit_code)) from error


def complain(sentence: str) -> None:
    """Say on standard error what went wrong."""
    click.echo(f"moor: {sentence}", err=True)


def guess(name: str, known: Iterable[str]) -> str:
    """What may have been meant by a name that is none, to be put behind it; it may be empty."""
    from difflib import get_close_matches

    near = get_close_matches(name, list(known), n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""


def usage_sentence(error: click.UsageError) -> str:
    """What click has to say about a command line, in the form of our own errors."""
    path = error.ctx.command_path if error.ctx else "moor"
    if isinstance(error, click.NoSuchOption):
        options = (
            (name for parameter in error.ctx.command.params for name in parameter.opts)
            if error.ctx
            else ()
        )
        hint = _HINTS.get(error.option_name, guess(error.option_name, options))
        return f"no such option {error.option_name!r}{hint}; see `{path} --help`"
    message = error.format_message().replace("\n", " ").strip().rstrip(".")
    return f"{message[:1].lower()}{message[1:]}; see `{path} --help`"
