"""Seeded chance: every question has its own stream, so that a new question never moves the answers to the others."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Texts = NDArray[np.object_]
Mask = NDArray[np.bool_]
Whole = NDArray[np.int64]
Columns = dict[str, Texts]
"""Columns of equal length, by name."""


class Dice:
    """A stream of chance for one topic. The same seed and topic always give the same answers, in the order asked."""

    def __init__(self, seed: int, *topic: str) -> None:
        self.seed, self.topic = seed, topic
        words = [zlib.crc32(t.encode()) for t in topic]
        self._rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *words])))

    def about(self, *topic: str) -> Dice:
        """An independent stream for a part of this topic."""
        return Dice(self.seed, *self.topic, *topic)

    def chance(self, n: int, p: float) -> Mask:
        return self._rng.random(n) < p

    def below(self, high: int, n: int) -> Whole:
        """Whole numbers 0 <= x < high."""
        return self._rng.integers(0, high, n)

    def between(self, low: int, high: int, n: int) -> Whole:
        """Whole numbers low <= x <= high."""
        return self._rng.integers(low, high + 1, n)

    def order(self, n: int) -> Whole:
        return self._rng.permutation(n)

    def pick(self, values: Sequence[str], n: int, weights: Sequence[float] | None = None) -> Texts:
        """`n` of the values, with repetition."""
        return texts(values)[self.index(len(values), n, weights)]

    def rows(
        self, table: Sequence[tuple[str, ...]], n: int, weights: Sequence[float] | None = None
    ) -> list[tuple[str, ...]]:
        """`n` rows of the table, with repetition."""
        return [table[i] for i in self.index(len(table), n, weights).tolist()]

    def index(self, size: int, n: int, weights: Sequence[float] | None = None) -> Whole:
        if weights is None:
            return self.below(size, n)
        edges = np.cumsum(np.asarray(weights, dtype=np.float64))
        return np.searchsorted(edges / edges[-1], self._rng.random(n), side="right").clip(max=size - 1).astype(np.int64)

    def ranked(self, values: Sequence[str], n: int, *, shift: float = 4.0, power: float = 1.15) -> Texts:
        """`n` of values that stand in order of frequency: the first come much more often than the last."""
        return texts(values)[self.index(len(values), n, _rank_weights(len(values), shift, power))]

    def digits(self, width: int, n: int) -> Texts:
        """Texts of `width` random digits, the first of them not 0."""
        low = 10 ** (width - 1)
        return texts([str(x) for x in self.between(low, 10 * low - 1, n).tolist()])


@lru_cache(maxsize=64)
def _rank_weights(size: int, shift: float, power: float) -> tuple[float, ...]:
    return tuple((rank + shift) ** -power for rank in range(size))


def texts(values: Sequence[str]) -> Texts:
    """An object array, also of equally long sequences."""
    out = np.empty(len(values), dtype=object)
    out[:] = list(values)
    return out
