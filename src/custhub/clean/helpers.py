"""Helper processes that clean large columns beside this one, one for each other core.

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
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Future, ThreadPoolExecutor
from contextlib import suppress
from functools import cache

import polars as pl

WORTH = 12_000
"""Distinct values from which on it pays to start helpers; each takes about two seconds to read its tables."""
_WORTH_ASKING = 1_500
"""The same for helpers that run already."""
_AT_A_TIME = (500, 3_000)
_MOST = 3
_PATIENCE = 30  # seconds after which an idle helper ends
_SERVE = "from custhub.clean.helpers import serve; serve()"

Work = Callable[[str, pl.DataFrame], pl.DataFrame]


def spread(work: Work, kind: str, values: pl.DataFrame) -> list[pl.DataFrame]:
    """`work` over slices of `values`, here and in the helpers; the results in the order of the slices."""
    least, most = _AT_A_TIME
    slices = list(values.iter_slices(max(least, min(most, values.height // 6))))
    pool = _pool() if values.height >= (_WORTH_ASKING if pids() else WORTH) else None
    if pool is None:
        return [work(kind, part) for part in slices]
    asked = [_submitted(pool, kind, part) for part in slices]
    done: dict[int, pl.DataFrame] = {}
    for place in reversed(range(len(slices))):  # helpers begin at the other end
        future = asked[place]
        if future is None or future.cancel():
            done[place] = work(kind, slices[place])
    return [done[i] if i in done else _answer(asked[i], work, kind, part) for i, part in enumerate(slices)]


def _submitted(pool: ThreadPoolExecutor, kind: str, part: pl.DataFrame) -> Future[pl.DataFrame] | None:
    try:
        return pool.submit(_ask, kind, part)
    except RuntimeError:  # no helper could be started, or the interpreter is ending
        return None


def _answer(asked: Future[pl.DataFrame] | None, work: Work, kind: str, part: pl.DataFrame) -> pl.DataFrame:
    assert asked is not None
    try:
        return asked.result()
    except (OSError, EOFError, pickle.UnpicklingError, BrokenExecutor):
        return work(kind, part)


def pids() -> list[int]:
    """The helpers that there are."""
    return [helper.pid for helper in _started if helper.poll() is None]


@cache
def _pool() -> ThreadPoolExecutor | None:
    """One thread per helper, which waits for its answers."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return ThreadPoolExecutor(min(cores - 1, _MOST), "cleaning", initializer=_begin) if cores > 1 else None


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


def _ask(kind: str, part: pl.DataFrame) -> pl.DataFrame:
    helper: subprocess.Popen[bytes] | None = getattr(_mine, "helper", None)
    if helper is None:
        raise ChildProcessError("no helper could be started")
    if helper.poll() is not None:
        helper = _mine.helper = _start()
    assert helper.stdin is not None
    assert helper.stdout is not None
    pickle.dump((kind, part), helper.stdin, pickle.HIGHEST_PROTOCOL)
    helper.stdin.flush()
    found: pl.DataFrame = pickle.load(helper.stdout)
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
    from custhub.clean.columns import read_tables, work

    asked, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    sys.stdout = sys.stderr  # whatever prints must not stand among the answers
    read_tables()
    pickle.dump("ready", answers)
    answers.flush()
    while select.select([asked], [], [], _PATIENCE)[0] and asked.peek(1):
        pickle.dump(work(*pickle.load(asked)), answers, pickle.HIGHEST_PROTOCOL)
        answers.flush()
