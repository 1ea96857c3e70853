"""Helper processes that clean large columns beside this one, one for each other core.

What no helper has begun is done here, and so is what a helper failed to do: results never depend on them.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, Future, ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from typing import TypeVar

from custhub.helper import FAILED, Helper, answer

WORTH = 12_000
"""Distinct values from which on it pays to start helpers; each takes about a second to read its tables."""
_WORTH_ASKING = 1_500
"""The same for helpers that run already."""
_MOST = 3
_PATIENCE = 10  # seconds after which an idle helper ends
_TURN = 0.0005  # seconds after which a thread that talks to a helper gets its turn beside the one that cleans
_SERVE = "from custhub.clean.helpers import serve; serve()"

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
    except (*FAILED, BrokenExecutor):
        return work(piece)


def pids() -> list[int]:
    """The helpers that there are."""
    return [pid for helper in _helpers if (pid := helper.pid) is not None]


@cache
def _pool() -> ThreadPoolExecutor | None:
    """One thread per helper, which waits for its answers."""
    sys.setswitchinterval(min(_TURN, sys.getswitchinterval()))
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


def _ask(work: Callable[[T], R], piece: T) -> R:
    found: R = _helper().ask(work, piece)
    return found


def _forget() -> None:
    """A forked process has neither the threads nor the helpers of the one it came from."""
    _helpers.clear()
    _pool.cache_clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


def serve() -> None:
    """The helper's side. One that is not needed for a while gives its memory back."""
    from custhub.clean.columns import read_tables

    answer(read_tables, lambda work, piece: work(piece), patience=_PATIENCE)
