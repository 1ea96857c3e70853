"""What all ladders share: levels with prior odds, values as codes, atoms for blocking keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from custhub.matching.arrays import NONE, Bools, Codes, Hashes, Ints, Levels, group, ranges
from custhub.matching.values import Column

MISSING = 0
EXACT = 1
"""Level codes: 0 missing, 1 exact, then the other steps of the ladder, then exact by how common the value is."""

BINS = 7
"""Exact agreement in classes of frequency: 2^-2, 2^-4 ... of the rows have the value; the last is the rarest."""


@dataclass(frozen=True, slots=True)
class Step:
    """One level of a ladder; `same` says how often two records of one customer stand here, before any data, and `against`
    whether it speaks so much against one customer that no data can make it usual."""

    name: str
    same: float
    against: bool = False


@dataclass(frozen=True, slots=True)
class Atom:
    """A piece of evidence to block on: a hash of each value, or several one after the other, begun at `starts`."""

    name: str
    by_value: Hashes
    codes: Codes  # the value of each row, -1 where it has none
    whole: bool = False  # the whole value: selective enough to be a key of its own
    starts: Ints | None = None  # one more at the end

    @property
    def single(self) -> bool:
        """Whether a row has one at most."""
        return self.starts is None

    def of(self, rows: Ints) -> Hashes:
        """The one hash of each of these rows, `NONE` where there is none."""
        return np.append(self.by_value, NONE)[self.codes[rows]]

    def among(self, rows: Ints) -> tuple[Hashes, Ints]:
        """All hashes of these rows, and which row has each."""
        if self.starts is None:
            return self.of(rows), rows
        rows = rows[self.codes[rows] >= 0]
        codes = self.codes[rows]
        times = np.diff(self.starts)[codes]
        at = np.repeat(self.starts[codes], times) + ranges(times)
        return self.by_value[at], np.repeat(rows, times)


class Ladder(Protocol):
    """One comparison over all rows of a frame."""

    @property
    def name(self) -> str: ...

    @property
    def column(self) -> Column: ...

    @property
    def steps(self) -> Sequence[Step]: ...

    @property
    def contact(self) -> bool:
        """Whether it changes when a customer moves."""
        ...

    @property
    def shared(self) -> tuple[float, float]:
        """How often a household, and how often branches of one firm, agree as one customer does."""
        ...

    def compare(self, left: Codes, right: Codes) -> Levels:
        """Levels of pairs of distinct, different values."""
        ...

    def atoms(self) -> list[Atom]: ...


def frequency_bins(counts: Ints, present: int) -> Levels:
    """The class of each value by its count: every class is rarer by a factor of four."""
    rarity = np.log2(max(present, 1) / np.maximum(counts, 1).astype(np.float64))
    bins: Levels = np.clip((rarity - 1) // 2, 0, BINS - 1).astype(np.uint8)
    return bins


def width(ladder: Ladder) -> int:
    """How many level codes a ladder has."""
    return len(ladder.steps) + 1 + BINS


def compare_rows(ladder: Ladder, bins: Levels, left: Ints, right: Ints) -> Levels:
    """Level codes of pairs of rows; every pair of distinct values is compared once."""
    a, b = ladder.column.codes[left], ladder.column.codes[right]
    out = np.zeros(len(left), dtype=np.uint8)
    both = (a >= 0) & (b >= 0)
    equal = both & (a == b)
    out[equal] = len(ladder.steps) + 1 + bins[a[equal]]
    other = np.flatnonzero(both & (a != b))
    if len(other):
        low, high = np.minimum(a[other], b[other]), np.maximum(a[other], b[other])
        pairs, numbers = group(low.astype(np.int64) * ladder.column.size + high)
        low_code, high_code = np.divmod(pairs, ladder.column.size)
        levels = ladder.compare(low_code.astype(np.int32), high_code.astype(np.int32))
        out[other] = levels[numbers]
    return out


def ladder_of(steps: Sequence[Step], conditions: Sequence[tuple[int, Bools]], size: int) -> Levels:
    """The first level whose condition holds, else the last step."""
    out = np.full(size, len(steps), dtype=np.uint8)
    open_ = np.ones(size, dtype=bool)
    for level, holds in conditions:
        chosen = open_ & holds
        out[chosen] = level
        open_ &= ~holds
    return out
