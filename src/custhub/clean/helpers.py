"""Helper processes that clean large columns beside this one, one for each other core.

What no helper has begun is done here, and so is what a helper failed to do: results never depend on them.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Future, ThreadPoolExecutor
from contextlib import suppress
from functools import cache

import polars as pl

from custhub.helper import FAILED, Helper, answer

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
    except (*FAILED, BrokenExecutor):
        return work(kind, part)


def pids() -> list[int]:
    """The helpers that there are."""
    return [pid for helper in _helpers if (pid := helper.pid) is not None]


@cache
def _pool() -> ThreadPoolExecutor | None:
    """One thread per helper, which waits for its answers."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return ThreadPoolExecutor(min(cores - 1, _MOST), "cleaning", initializer=_begin) if cores > 1 else None


_mine = threading.local()
_helpers: list[Helper] = []


def _begin() -> None:
    """Starts this thread's helper and waits; without one its thread raises, and its work is done at home."""
    with suppress(*FAILED):
        _helper().wait()


def _helper() -> Helper:
    """This thread's helper; a new one when it has ended."""
    helper: Helper | None = getattr(_mine, "helper", None)
    if helper is None or helper.pid is None:
        helper = _mine.helper = Helper(_SERVE, POLARS_MAX_THREADS="1")
        _helpers.append(helper)
    return helper


def _ask(kind: str, part: pl.DataFrame) -> pl.DataFrame:
    found: pl.DataFrame = _helper().ask(kind, part)
    return found


def _forget() -> None:
    """A forked process has neither the threads nor the helpers of the one it came from."""
    _helpers.clear()
    _pool.cache_clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


def serve() -> None:
    """The helper's side. One that is not needed for a while gives its memory back."""
    from custhub.clean.columns import read_tables, work

    answer(read_tables, work, patience=_PATIENCE)
