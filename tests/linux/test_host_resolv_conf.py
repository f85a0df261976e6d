"""The host's resolv.conf is followed, however it changes, and believed when it is sure."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mooring.linux.host_resolv_conf import HostResolvConf
from mooring.testing.eventually import eventually

FIRST = "nameserver 10.0.0.1\n"
SECOND = "nameserver 10.0.0.2\nnameserver 10.0.0.3\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "resolv.conf"
    file.write_text(FIRST)
    return file


@pytest.fixture
def conf(path: Path) -> HostResolvConf:
    return HostResolvConf(str(path), interval=0.01)


@pytest.fixture
async def changes(conf: HostResolvConf) -> AsyncIterator["asyncio.Queue[tuple[str, ...]]"]:
    """Every change that is told while the file is followed."""
    told: asyncio.Queue[tuple[str, ...]] = asyncio.Queue()
    conf.follow(told.put_nowait)
    yield told
    await conf.close()


Changes = asyncio.Queue[tuple[str, ...]]


async def following(changes: Changes) -> tuple[str, ...]:
    return await asyncio.wait_for(changes.get(), 5)


def test_the_file_is_known_from_the_start(conf: HostResolvConf) -> None:
    assert conf.name_servers() == ("10.0.0.1",)
    assert conf.resolv_conf() == FIRST


async def test_a_file_written_in_place_is_noticed(
    path: Path, conf: HostResolvConf, changes: Changes
) -> None:
    path.write_text(SECOND)
    assert await following(changes) == ("10.0.0.2", "10.0.0.3") == conf.name_servers()
    assert conf.resolv_conf() == SECOND


async def test_a_file_put_in_its_place_is_noticed(path: Path, changes: Changes) -> None:
    fresh = path.with_suffix(".new")
    fresh.write_text("nameserver 10.0.0.9\n")
    os.utime(fresh, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    fresh.rename(path)
    assert await following(changes) == ("10.0.0.9",)


async def test_a_file_behind_a_link_is_noticed(tmp_path: Path) -> None:
    stub = tmp_path / "run" / "stub-resolv.conf"
    stub.parent.mkdir()
    stub.write_text(FIRST)
    link = tmp_path / "resolv.conf"
    link.symlink_to("run/stub-resolv.conf")
    told: Changes = asyncio.Queue()
    conf = HostResolvConf(str(link), interval=0.01)
    assert conf.name_servers() == ("10.0.0.1",)
    conf.follow(told.put_nowait)
    stub.write_text(SECOND)
    assert await following(told) == ("10.0.0.2", "10.0.0.3")
    other = tmp_path / "other.conf"
    other.write_text(FIRST)
    link.unlink()
    link.symlink_to("other.conf")
    assert await following(told) == ("10.0.0.1",)
    await conf.close()


async def test_a_file_that_is_gone_has_no_servers_and_may_come_back(
    path: Path, changes: Changes
) -> None:
    path.unlink()
    assert await following(changes) == ()
    path.write_text(FIRST)
    assert await following(changes) == ("10.0.0.1",)


def test_a_file_that_never_was_has_no_servers(tmp_path: Path) -> None:
    conf = HostResolvConf(str(tmp_path / "none"))
    assert (conf.name_servers(), conf.resolv_conf()) == ((), "")


def test_a_file_that_is_empty_for_a_moment_changes_nothing(
    path: Path, conf: HostResolvConf
) -> None:
    path.write_text("")
    conf.look()
    assert conf.name_servers() == ("10.0.0.1",)
    path.write_text(SECOND)
    conf.look()
    assert conf.name_servers() == ("10.0.0.2", "10.0.0.3")


def test_a_file_that_is_gone_for_a_moment_changes_nothing(path: Path, conf: HostResolvConf) -> None:
    path.unlink()
    conf.look()
    assert conf.name_servers() == ("10.0.0.1",)
    path.write_text(FIRST)
    conf.look()
    assert conf.name_servers() == ("10.0.0.1",)


def test_a_file_that_stays_empty_has_no_servers(path: Path, conf: HostResolvConf) -> None:
    path.write_text("# nothing here\n")
    conf.look()
    conf.look()
    assert (conf.name_servers(), conf.resolv_conf()) == ((), "# nothing here\n")


def test_a_damaged_file_changes_nothing_and_is_named_once(
    path: Path, conf: HostResolvConf, caplog: pytest.LogCaptureFixture
) -> None:
    path.write_text("nameserver 10.0.0.7\n" + "x" * 100_000)
    for _ in range(3):
        conf.look()
    assert conf.name_servers() == ("10.0.0.1",)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "line too long" in caplog.text
    path.write_text(SECOND)
    conf.look()
    assert conf.name_servers() == ("10.0.0.2", "10.0.0.3")


def test_what_is_no_file_changes_nothing_and_does_not_hang(
    path: Path, conf: HostResolvConf, caplog: pytest.LogCaptureFixture
) -> None:
    path.unlink()
    os.mkfifo(path)
    conf.look()
    assert conf.name_servers() == ("10.0.0.1",)
    assert "no regular file" in caplog.text


async def test_nothing_is_told_while_nothing_changes(
    path: Path, conf: HostResolvConf, changes: Changes
) -> None:
    path.write_text("# a comment\n" + FIRST)
    await asyncio.to_thread(eventually, lambda: "comment" in conf.resolv_conf())
    assert changes.empty()
