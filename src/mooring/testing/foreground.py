"""``moor run`` without a daemon: supervises the launch that is its argument, as JSON.

``python -m mooring.testing.foreground JSON`` exits with the command's exit code, or says why there
was no command. A path for a second argument makes it refuse the run: when the beginning is
reported it waits for something to be at that path, and fails.
"""

import json
import os
import sys

import msgspec

from mooring.linux.launch import Launch, LaunchError
from mooring.linux.supervisor import run_foreground
from mooring.model.run import Process
from mooring.testing.eventually import eventually

REFUSED = 99
"""The exit code when the report has been refused."""


def arguments(launch: Launch, *refused_at: str) -> list[str]:
    """The command line that supervises ``launch``."""
    encoded = json.dumps(msgspec.to_builtins(launch))
    return [sys.executable, "-P", "-m", "mooring.testing.foreground", encoded, *refused_at]


def main() -> int:
    """The program."""
    launch = msgspec.convert(json.loads(sys.argv[1]), Launch)
    refused_at = sys.argv[2] if len(sys.argv) > 2 else ""

    def report(process: Process, supervisor: Process) -> None:
        if refused_at:
            eventually(lambda: os.path.exists(refused_at))
            raise RuntimeError("not wanted")

    try:
        return run_foreground(launch, report)
    except LaunchError as error:
        sys.stderr.write(f"moor: {error}\n")
        return error.exit_code
    except RuntimeError as error:
        sys.stderr.write(f"refused: {error}\n")
        return REFUSED


if __name__ == "__main__":
    sys.exit(main())
