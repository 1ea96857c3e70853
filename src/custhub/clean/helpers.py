"""Helper processes that clean large columns and map large batches beside this one, one for each other core.

A helper is a Python of its own that is spoken to over its standard input and output. Nothing is forked and no main module
is imported a second time, so it works in threads, in daemons, in Airflow's tasks and in scripts without a main guard.
What no helper has begun is done here, and so is what a helper failed to do: results never depend on them.
"""

from __future__ import annotations

import atexit
import os
import pickle
import select
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, Future, ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from typing import TypeVar

WORTH = 12_000
"""Distinct values or rows from which on it pays to start helpers; each takes about a second to read its tables."""
_WORTH_ASKING = 1_500
"""The same for helpers that run already."""
_MOST = 3
_PATIENCE = 30  # seconds after which an idle helper ends
_SERVE = "from custhub.clean.helpers import serve; serve()"

_serving = False  # a helper has no helpers

T = TypeVar("T")
R = TypeVar("R")


def spread(work: Callable[[T], R], pieces: Sequence[T], *, size: int) -> list[R]:
    """`work` of each piece, here and in the helpers, in the order of the pieces. `size`: values or rows in all pieces.

    What is worked on must be known to another Python: a function of a module, values that can be pickled.
    """
    pool = _pool() if len(pieces) > 1 and size >= (_WORTH_ASKING if pids() else WORTH) else None
    if pool is None:
        return [work(piece) for piece in pieces]
    asked = [_submitted(pool, work, piece) for piece in pieces]
    done: dict[int, R] = {}
    for place in reversed(range(len(pieces))):  # helpers begin at the other end
        future = asked[place]
        if future is None or future.cancel():
            done[place] = work(pieces[place])
    return [done[i] if i in done else _answer(asked[i], work, piece) for i, piece in enumerate(pieces)]


def _submitted(pool: ThreadPoolExecutor, work: Callable[[T], R], piece: T) -> Future[R] | None:
    try:
        return pool.submit(_ask, work, piece)
    except RuntimeError:  # no helper could be started, or the interpreter is ending
        return None


def _answer(asked: Future[R] | None, work: Callable[[T], R], piece: T) -> R:
    assert asked is not None
    try:
        return asked.result()
    except (OSError, EOFError, pickle.UnpicklingError, BrokenExecutor):
        return work(piece)


def pids() -> list[int]:
    """The helpers that there are."""
    return [helper.pid for helper in _started if helper.poll() is None]


@cache
def _pool() -> ThreadPoolExecutor | None:
    """One thread per helper, which waits for its answers."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if cores == 1 or _serving:
        return None
    return ThreadPoolExecutor(min(cores - 1, _MOST), "helper", initializer=_begin)


_mine = threading.local()
_started: list[subprocess.Popen[bytes]] = []


def _begin() -> None:
    """Starts this thread's helper; without one its thread answers with an OSError, and its work is done at home."""
    with suppress(OSError, EOFError, pickle.UnpicklingError):
        _mine.helper = _start()


def _start() -> subprocess.Popen[bytes]:
    """A helper that has read its tables."""
    variables = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "POLARS_MAX_THREADS": "1"}
    helper = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", _SERVE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=variables,
    )
    _started.append(helper)
    assert helper.stdout is not None
    pickle.load(helper.stdout)
    return helper


def _ask(work: Callable[[T], R], piece: T) -> R:
    helper: subprocess.Popen[bytes] | None = getattr(_mine, "helper", None)
    if helper is None:
        raise ChildProcessError("no helper could be started")
    if helper.poll() is not None:
        helper = _mine.helper = _start()
    assert helper.stdin is not None
    assert helper.stdout is not None
    pickle.dump((work, piece), helper.stdin, pickle.HIGHEST_PROTOCOL)
    helper.stdin.flush()
    found: R = pickle.load(helper.stdout)
    return found


@atexit.register
def _dismiss() -> None:
    """A helper ends when nobody can ask it any more."""
    for helper in _started:
        for pipe in (helper.stdin, helper.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        helper.wait()


def _forget() -> None:
    """A forked process has neither the threads nor the helpers of the one it came from."""
    for helper in _started:
        helper.returncode = 0
    _started.clear()
    _pool.cache_clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


def serve() -> None:
    """The helper's side: answers until nobody asks any more."""
    from custhub.clean.columns import read_tables

    global _serving
    _serving = True
    asked, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    sys.stdout = sys.stderr  # whatever prints must not stand among the answers
    read_tables()
    pickle.dump("ready", answers)
    answers.flush()
    while select.select([asked], [], [], _PATIENCE)[0] and asked.peek(1):
        work, piece = pickle.load(asked)
        pickle.dump(work(piece), answers, pickle.HIGHEST_PROTOCOL)
        answers.flush()
