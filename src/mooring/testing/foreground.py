"""``moor run`` without a daemon: supervises the launch that is its argument, as JSON.

``python -m mooring.testing.foreground JSON`` exits with the command's exit code, or says why there
was no command. With a second argument it refuses the run once it has begun, giving that reason.
"""

import json
import sys

import msgspec

from mooring.linux.launch import Launch, LaunchError
from mooring.linux.supervisor import run_foreground
from mooring.model.run import Process

REFUSED = 99
"""The exit code when the report has been refused."""


def arguments(launch: Launch, *refusal: str) -> list[str]:
    """The command line that supervises ``launch``."""
    encoded = json.dumps(msgspec.to_builtins(launch))
    return [sys.executable, "-P", "-m", "mooring.testing.foreground", encoded, *refusal]


def main() -> int:
    """The program."""
    launch = msgspec.convert(json.loads(sys.argv[1]), Launch)
    refusal = sys.argv[2:]

    def report(process: Process, supervisor: Process) -> None:
        if refusal:
            raise RuntimeError(refusal[0])

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
