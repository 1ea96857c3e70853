"""Fields that hold several values (phones, e-mails, identifiers): the best pair across both records counts."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from custhub.matching.arrays import Codes, Ints, Levels, group, having, numbered_texts, ranges
from custhub.matching.ladders.base import MISSING, Atom, Step, frequency_bins
from custhub.matching.ladders.plain import TextLadder
from custhub.matching.values import Column

MARK = "\x1f"
"""Stands between the values of one field."""


@dataclass(slots=True)
class ListLadder:
    """`column` holds each row's set of values, `inner` compares single ones; equal sets are equal values."""

    name: str
    column: Column
    inner: TextLadder
    members: Ints  # values of each set, one set after the other
    starts: Ints  # place of each set's first member; one more at the end
    types: Codes  # by value: values of different types are not compared (passport, tax number)
    contact: bool = False
    bins: Levels = field(default_factory=lambda: np.zeros(0, dtype=np.uint8))

    @property
    def shared(self) -> tuple[float, float]:
        return self.inner.shared

    @property
    def steps(self) -> tuple[Step, ...]:
        return self.inner.steps

    def compare(self, left: Codes, right: Codes) -> Levels:
        size = np.diff(self.starts)
        if len(self.types) == self.column.size and not self.types.any() and (size == 1).all():
            return self.inner.compare(self.members[left].astype(np.int32), self.members[right].astype(np.int32))
        crossing = size[left] * size[right]
        pair = np.repeat(np.arange(len(left)), crossing)
        place = ranges(crossing)
        a = self.members[self.starts[left][pair] + place // size[right][pair]]
        b = self.members[self.starts[right][pair] + place % size[right][pair]]
        comparable = self.types[a] == self.types[b]
        pair, a, b = pair[comparable], a[comparable], b[comparable]
        exact = len(self.steps) + 1
        # The lower the better: exact by rarity first, then the ladder's steps, then nothing to compare.
        rank = np.where(a == b, 100 - self.bins[a].astype(np.int64), 0)
        other = np.flatnonzero(a != b)
        if len(other):
            low, high = np.minimum(a[other], b[other]), np.maximum(a[other], b[other])
            keys, numbers = group(low * np.int64(len(self.types)) + high)
            levels = self.inner.compare(
                (keys // len(self.types)).astype(np.int32), (keys % len(self.types)).astype(np.int32)
            )
            rank[other] = 200 + levels[numbers]
        best = np.full(len(left), 999, dtype=np.int64)
        np.minimum.at(best, pair, rank)
        out = np.where(best <= 100, exact + 100 - best, best - 200)
        return np.where(best == 999, MISSING, out).astype(np.uint8)

    def atoms(self) -> list[Atom]:
        starts = None if (np.diff(self.starts) == 1).all() else self.starts
        return [
            Atom(atom.name, atom.by_value[self.members], self.column.codes, atom.whole, starts)
            for atom in self.inner.atoms()
        ]


def list_ladder(name: str, column: Column, inner: TextLadder, *, typed: bool) -> ListLadder:
    """A ladder over sets: `column.values` hold them joined by `MARK`, with `type:` before each value when `typed`."""
    flat, sizes = column.values, np.ones(column.size, dtype=np.int64)
    if len(having(flat, MARK)):
        split = flat.str.split(MARK)
        flat, sizes = split.list.explode(empty_as_null=False), split.list.len().to_numpy().astype(np.int64)
    values, codes = numbered_texts(flat)
    members = codes.astype(np.int64)
    rows = np.zeros(len(values))
    np.add.at(rows, members, np.repeat(column.counts, sizes))
    counts = rows.astype(np.int64)
    # inner sees values, one "row" each: its atoms are then by value
    inner.use(Column(np.arange(len(values), dtype=np.int32), values, counts))
    types = np.zeros(len(values), dtype=np.int32)
    if typed:
        types = numbered_texts(values.str.extract(r"^([a-z_]+):"))[1]
    out = ListLadder(name, column, inner, members, np.r_[0, np.cumsum(sizes)], types, inner.contact)
    out.bins = frequency_bins(counts, int(column.counts.sum()))
    return out
