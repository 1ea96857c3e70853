"""A Python beside this one that is asked over its standard input and output.

Nothing is forked and no main module is imported a second time, so it works in threads, in daemons, in Airflow's tasks
and in scripts without a main guard. Whoever asks must be able to do the work itself: a helper may be missing, or die.
"""

from __future__ import annotations

import atexit
import os
import pickle
import select
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

FAILED = (OSError, EOFError, pickle.UnpicklingError)
"""What `Helper` raises when its process could not be started or has ended."""


class Helper:
    """A process that runs `serve`, a statement which ends in a call of `answer`. For one thread at a time.

    It is started at once and gets ready in the background; `variables` are added to its environment.
    """

    def __init__(self, serve: str, **variables: str) -> None:
        path = os.pathsep.join(filter(None, sys.path))
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", serve],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": path} | variables,
        )
        self._ready = False
        _started.append(self)

    @property
    def pid(self) -> int | None:
        """Its process, while there is one."""
        return self._process.pid if self._process.poll() is None else None

    def wait(self) -> None:
        """Until it is ready to answer. Raises one of FAILED, as `ask` does."""
        if self.pid is None:
            raise ChildProcessError("the helper has ended, or belongs to the process that this one was forked from")
        if not self._ready:
            self._read()
            self._ready = True

    def ask(self, *question: object) -> Any:
        """What the other side's function answers to these arguments."""
        self.wait()
        assert self._process.stdin is not None
        pickle.dump(question, self._process.stdin, pickle.HIGHEST_PROTOCOL)
        self._process.stdin.flush()
        return self._read()

    def _read(self) -> Any:
        assert self._process.stdout is not None
        return pickle.load(self._process.stdout)

    def close(self) -> None:
        """Ends the process, whatever it is doing."""
        self._process.terminate()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        self._process.wait()
        _started.remove(self)

    def _disown(self) -> None:
        self._process.returncode = 0


_started: list[Helper] = []


@atexit.register
def _dismiss() -> None:
    """A helper ends when nobody can ask it any more."""
    while _started:
        _started[-1].close()


def _forget() -> None:
    """A forked process does not have the helpers of the one it came from."""
    for helper in _started:
        helper._disown()
    _started.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


def answer(prepare: Callable[[], object], work: Callable[..., object], *, patience: float | None = None) -> None:
    """The helper's side: gets ready, then answers until nobody asks any more or for `patience` seconds."""
    asked, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    sys.stdout = sys.stderr  # whatever prints must not stand among the answers
    prepare()
    pickle.dump("ready", answers)
    answers.flush()
    while select.select([asked], [], [], patience)[0] and asked.peek(1):
        pickle.dump(work(*pickle.load(asked)), answers, pickle.HIGHEST_PROTOCOL)
        answers.flush()
