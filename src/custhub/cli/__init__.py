"""The `custhub` command: the same steps as the DAGs, from a terminal."""

from __future__ import annotations

import sys

from custhub.cli.app import app
from custhub.cli.output import complain
from custhub.errors import CusthubError

__all__ = ["app", "main"]


def main() -> None:
    """Runs the command line; a user's mistake ends with a sentence and an exit code, never with a traceback."""
    try:
        app(standalone_mode=False)
    except CusthubError as e:
        sys.exit(complain(e, as_json="--json" in sys.argv))
    except KeyboardInterrupt:
        sys.exit(130)
