"""Operations carried out: what is said when one fails, and what is left."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from mooring.linux import nftables
from mooring.linux.executor import Executor
from mooring.linux.operation import (
    AddAddress,
    AddElements,
    CreateBridge,
    CreateDirectory,
    LoadRules,
    SetUp,
    WriteFile,
)
from mooring.model.error import MachineError

BRIDGE = CreateBridge("mo-test", "02:00:00:00:00:01")
TABLE = "inet mooring-test"
RULES = LoadRules(TABLE, f"table {TABLE} {{ set bridges {{ type ifname; }}\n}}\n")
ELEMENTS = AddElements(TABLE, (("bridges", '"mo-test"'),))


@pytest.fixture
def executor() -> Iterator[Executor]:
    made = Executor()
    yield made
    made.revert([BRIDGE, RULES])
    made.close()


def names(executor: Executor) -> set[str]:
    return {link.name for link in executor.links()}


def test_an_operation_that_fails_is_named_with_what_it_was_about_and_ends_the_plan(
    executor: Executor,
) -> None:
    plan = (AddAddress("nowhere0", "192.0.2.1/24"), BRIDGE)
    with pytest.raises(MachineError, match="cannot apply AddAddress nowhere0: No such device"):
        executor.apply(plan)
    assert BRIDGE.name not in names(executor)


def test_a_disk_that_refuses_is_named_in_words_not_numbers(executor: Executor) -> None:
    path = "/proc/no/such/hosts"
    with pytest.raises(MachineError, match=f"cannot apply WriteFile {path}: No such file"):
        executor.apply([WriteFile(path, "text")])


def test_reverting_goes_on_after_every_failure_and_then_tells_them_all(
    executor: Executor, tmp_path: Path
) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "busy", str(tmp_path)], check=True)
    try:
        busy = CreateDirectory(str(tmp_path))
        executor.apply([BRIDGE, busy, SetUp(BRIDGE.name)])
        with pytest.raises(MachineError, match=f"CreateDirectory {tmp_path}: Device or resource"):
            executor.revert([BRIDGE, busy])
        assert BRIDGE.name not in names(executor)
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


def test_elements_come_and_go_as_often_as_one_likes(executor: Executor) -> None:
    executor.apply([RULES, ELEMENTS, ELEMENTS])
    assert '"mo-test"' in nftables.run(f"list table {TABLE}")
    executor.revert([ELEMENTS])
    executor.revert([ELEMENTS])
    assert '"mo-test"' not in nftables.run(f"list table {TABLE}")


def test_elements_of_a_table_that_somebody_flushed_are_gone_and_new_ones_say_what_helps(
    executor: Executor,
) -> None:
    executor.apply([RULES, ELEMENTS])
    nftables.run("flush ruleset")
    executor.revert([ELEMENTS])
    with pytest.raises(MachineError) as refusal:
        executor.apply([ELEMENTS])
    assert f"the table {TABLE} is not as Mooring wrote it" in refusal.value.message
    assert "restart the daemon" in refusal.value.remedy
