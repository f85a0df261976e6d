"""``moor logs``: what a detached run has written."""

import os
import sys
import threading
from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import click

from mooring.cli.client import Client, path_to
from mooring.model.error import ForbiddenError, MooringError, NotFoundError

if TYPE_CHECKING:
    from mooring.linux.run_log import LogReader

_INTERVAL: Final = 0.1
"""Seconds between looks at a log that is followed."""


def _to_count(context: click.Context, parameter: click.Parameter, value: str) -> int | None:
    """A number of lines, or None for all of them."""
    if value == "all":
        return None
    if not (value.isascii() and value.isdigit()):
        raise click.BadParameter(f"{value!r} is neither a number of lines nor 'all'")
    return int(value)


@click.command("logs")
@click.option("-f", "--follow", is_flag=True, help="Go on as more is written, until it ends.")
@click.option(
    "-n",
    "--tail",
    callback=_to_count,
    default="all",
    show_default=True,
    metavar="LINES",
    help="How many of the last lines to begin with.",
)
@click.argument("run", metavar="RUN")
@click.pass_obj
def logs(client: Client, follow: bool, tail: int | None, run: str) -> None:
    """Print what a detached run has written."""
    shown = client.get(path_to("containers", run, "json"))
    if not shown["LogPath"]:
        raise NotFoundError(
            f"{run} has no log: it was run in the foreground", "start it with -d to keep one"
        )
    from mooring.linux.run_log import LogReader

    reader = LogReader(os.path.dirname(shown["LogPath"]))
    try:
        _write(_last_lines(reader, tail))
        if follow and shown["State"]["Running"]:
            _follow(client, shown["Id"], reader)
    except PermissionError as error:
        raise ForbiddenError(
            f"cannot read the log of {run}: {error.strerror}", "become root"
        ) from error
    finally:
        reader.close()


def _chunks(reader: "LogReader") -> Iterator[bytes]:
    while chunk := reader.read():
        yield chunk


def _last_lines(reader: "LogReader", count: int | None) -> Iterator[bytes]:
    """What has been written so far, or the last ``count`` lines of it."""
    if count is None:
        yield from _chunks(reader)
        return
    # One more than asked for: what the last piece, after the last line feed, may turn out to be.
    kept: deque[bytes] = deque(maxlen=count + 1)
    unfinished = b""
    for chunk in _chunks(reader):
        *lines, unfinished = (unfinished + chunk).split(b"\n")
        kept.extend(line + b"\n" for line in lines)
    if unfinished:
        kept.append(unfinished)
    yield from list(kept)[-count:] if count else ()


def _follow(client: Client, identity: str, reader: "LogReader") -> None:
    """Print what comes until the run has ended, and then what it wrote last."""
    ended = threading.Event()
    failures: list[MooringError] = []

    def await_end() -> None:
        try:
            client.post(path_to("containers", identity, "wait"))
        except NotFoundError:
            pass  # It ended and is gone already.
        except MooringError as error:
            failures.append(error)
        finally:
            ended.set()

    threading.Thread(target=await_end, daemon=True).start()
    while not ended.wait(_INTERVAL):
        _write(_chunks(reader))
    _write(_chunks(reader))
    if failures:
        raise failures[0]


def _write(chunks: Iterator[bytes]) -> None:
    for chunk in chunks:
        sys.stdout.buffer.write(chunk)
    sys.stdout.buffer.flush()
