"""Independent parts of the work side by side: numpy, Polars and rapidfuzz let go of the interpreter while they work."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

CORES = min(4, os.cpu_count() or 1)
_WORTH = 200_000  # rows from which on threads pay

A = TypeVar("A")
B = TypeVar("B")


def together(work: Callable[[A], B], parts: Iterable[A], size: int) -> list[B]:
    """`work` of every part, in their order; side by side when it is about many (`size`) rows or pairs."""
    if size < _WORTH or CORES == 1:
        return [work(part) for part in parts]
    with ThreadPoolExecutor(CORES) as pool:
        begun = [pool.submit(copy_context().run, work, part) for part in parts]
        return [one.result() for one in begun]
