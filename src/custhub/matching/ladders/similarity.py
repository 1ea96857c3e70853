"""rapidfuzz over columns of pairs: always float64, never in an order that could matter."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl
from rapidfuzz import process
from rapidfuzz.distance import OSA, JaroWinkler

from custhub.matching.arrays import Codes, Floats, Ints, at_places, slices
from custhub.matching.cores import CORES

_MANY = 2_000
_AT_A_TIME = 50_000  # pairs whose texts are Python's at a time


def jaro_winkler(texts: pl.Series, left: Codes, right: Codes) -> Floats:
    """Jaro-Winkler similarity of texts[left] with texts[right]."""
    out = np.zeros(len(left))
    for part, one, other, workers in _pairs(texts, left, right):
        out[part] = process.cpdist(one, other, scorer=JaroWinkler.similarity, dtype=np.float64, workers=workers)
    return out


def edits(texts: pl.Series, left: Codes, right: Codes, cutoff: int) -> Ints:
    """Insertions, deletions, substitutions and swaps of neighbours; `cutoff` + 1 when there are more."""
    out = np.zeros(len(left), dtype=np.int64)
    for part, one, other, workers in _pairs(texts, left, right):
        scored = process.cpdist(one, other, scorer=OSA.distance, dtype=np.int64, score_cutoff=cutoff, workers=workers)
        out[part] = scored
    return out


def _pairs(texts: pl.Series, left: Codes, right: Codes) -> Iterator[tuple[slice, list[str], list[str], int]]:
    """Pairs of texts in pieces, with the threads that pay for so many: a search has few."""
    workers = CORES if len(left) > _MANY else 1
    for part in slices(len(left), _AT_A_TIME):
        yield part, at_places(texts, left[part]).to_list(), at_places(texts, right[part]).to_list(), workers
