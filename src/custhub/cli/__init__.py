"""The `custhub` command: the same steps as the DAGs, from a terminal."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress

from custhub.cli.app import app_for
from custhub.cli.output import complain
from custhub.errors import CusthubError


def main() -> None:
    """Runs the command line; a user's mistake ends with a sentence and an exit code, never with a traceback."""
    _one_heap()
    words = sys.argv[1:]
    try:
        app_for(words)(args=words)
    except CusthubError as e:
        sys.exit(complain(e, as_json="--json" in words))
    except KeyboardInterrupt:
        sys.exit(130)


def _one_heap() -> None:
    """Threads share one heap, said before there are any: else each keeps what it frees, 100 MB for 50,000 records."""
    with suppress(OSError, AttributeError):  # glibc's M_ARENA_MAX
        ctypes.CDLL(None).mallopt(-8, 1)
