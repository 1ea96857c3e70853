"""The `custhub` command: the same steps as the DAGs, from a terminal."""

from __future__ import annotations

import sys

from custhub.cli.app import app_for
from custhub.cli.output import complain
from custhub.errors import CusthubError


def main() -> None:
    """Runs the command line; a user's mistake ends with a sentence and an exit code, never with a traceback."""
    words = sys.argv[1:]
    try:
        app_for(words)(args=words)
    except CusthubError as e:
        sys.exit(complain(e, as_json="--json" in words))
    except KeyboardInterrupt:
        sys.exit(130)
