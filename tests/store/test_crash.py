"""A kill between any two instructions loses no batch and leaves no half of one."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mooring.store.sqlite import SqliteStore

WRITER = """
import sys
from pathlib import Path
from mooring.store.sqlite import SqliteStore

store = SqliteStore(Path(sys.argv[1]))
number = int(store.get("left") or b"0")
while True:
    number += 1
    value = b"%d" % number
    puts = {"left": value, "right": value, f"log/{number:06}": b"x" * 3000}
    store.write(puts, [f"log/{number - 50:06}"], durable=number % 20 == 0)
    print(number, flush=True)
"""


def written_before_kill(path: Path, batches: int) -> int:
    """The last batch that a writer said was done, ``batches`` or more after it began."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        last = 0
        for _ in range(batches):
            last = int(writer.stdout.readline())
        writer.send_signal(signal.SIGKILL)
        for line in writer.stdout:
            last = int(line)
    return last


@pytest.mark.parametrize("batches", [1, 19, 20, 61, 100])
def test_kill_loses_nothing_committed_and_leaves_no_half_of_a_batch(
    tmp_path: Path, batches: int
) -> None:
    path = tmp_path / "mooring.db"
    for _ in range(2):
        last = written_before_kill(path, batches)
        store = SqliteStore(path)
        number = int(store.get("left") or b"0")
        log = [key for key, _ in store.list("log/")]
        right = store.get("right")
        store.close()
        assert store.notice == ""
        assert last <= number <= last + 1
        assert right == b"%d" % number
        assert log == [f"log/{each:06}" for each in range(max(1, number - 49), number + 1)]


def test_a_killed_holder_does_not_keep_the_next_one_out(tmp_path: Path) -> None:
    path = tmp_path / "mooring.db"
    written_before_kill(path, 1)
    SqliteStore(path).close()
