"""`python -m custhub.dagkit standalone | stop | migrate | api-server | scheduler | dag-processor | triggerer`.

The last five are single parts of Airflow with the project's environment, as docker-compose.yml runs them.
"""

from __future__ import annotations

import sys

from custhub.dagkit import standalone
from custhub.errors import CusthubError, UsageError
from custhub.settings import Settings

PARTS = ("migrate", "api-server", "scheduler", "dag-processor", "triggerer")


def main(arguments: list[str]) -> int:
    """Runs one word; returns the exit code."""
    try:
        project = Settings.load().project
        match arguments:
            case ["standalone"]:
                standalone.start(project, _say)
            case ["stop"]:
                standalone.stop(project, _say)
            case [part] if part in PARTS:
                standalone.run_part(project, *(("db", part) if part == "migrate" else (part,)))
            case _:
                words = ", ".join(("standalone", "stop", *PARTS))
                raise UsageError("python -m custhub.dagkit takes one word", f"one of {words}")
    except CusthubError as e:
        sys.stderr.write(f"custhub: {e}\n")
        return e.exit_code
    return 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
