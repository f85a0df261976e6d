"""A daemon that ends itself, as ``kill -9`` would, after so many effects.

``python -m mooring.testing.crash N ARGUMENT…`` is ``moor ARGUMENT…``, but that the process is
killed right after its N-th effect: an operation applied or reverted on the machine, or a batch
written to the store. Counting up from 1 until it no longer dies visits every place between two
steps of whatever it is told to do.
"""

import os
import sys
import threading
from collections.abc import Callable
from signal import SIGKILL
from typing import Any

from mooring.linux.executor import Executor
from mooring.store.sqlite import SqliteStore


def arm(effects: int) -> None:
    """Let this process die after so many effects from now on."""
    left = effects
    lock = threading.Lock()

    def counted(effect: Callable[..., Any]) -> Callable[..., Any]:
        def carry_out(*arguments: Any, **named: Any) -> Any:
            nonlocal left
            result = effect(*arguments, **named)
            with lock:
                left -= 1
                if left == 0:
                    os.kill(os.getpid(), SIGKILL)
            return result

        return carry_out

    for owner, name in ((Executor, "perform"), (Executor, "undo"), (SqliteStore, "write")):
        setattr(owner, name, counted(getattr(owner, name)))


def main() -> int:
    """Arm this process and run the command line that follows the number."""
    arm(int(sys.argv[1]))
    sys.argv[1:] = sys.argv[2:]
    from mooring.cli.main import main as moor

    return moor()


if __name__ == "__main__":
    sys.exit(main())
