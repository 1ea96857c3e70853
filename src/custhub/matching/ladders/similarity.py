"""rapidfuzz over columns of pairs: always float64, never in an order that could matter."""

from __future__ import annotations

import numpy as np
import polars as pl
from rapidfuzz import process
from rapidfuzz.distance import OSA, JaroWinkler

from custhub.matching.arrays import Codes, Floats, Ints, at_places, slices
from custhub.matching.cores import CORES

_AT_A_TIME = 50_000  # pairs whose texts are Python's at a time


def jaro_winkler(texts: pl.Series, left: Codes, right: Codes) -> Floats:
    """Jaro-Winkler similarity of texts[left] with texts[right]."""
    out = np.zeros(len(left))
    for part in slices(len(left), _AT_A_TIME):
        one, other = at_places(texts, left[part]).to_list(), at_places(texts, right[part]).to_list()
        out[part] = process.cpdist(one, other, scorer=JaroWinkler.similarity, dtype=np.float64, workers=CORES)
    return out


def edits(texts: pl.Series, left: Codes, right: Codes, cutoff: int) -> Ints:
    """Insertions, deletions, substitutions and swaps of neighbours; `cutoff` + 1 when there are more."""
    out = np.zeros(len(left), dtype=np.int64)
    for part in slices(len(left), _AT_A_TIME):
        one, other = at_places(texts, left[part]).to_list(), at_places(texts, right[part]).to_list()
        out[part] = process.cpdist(one, other, scorer=OSA.distance, dtype=np.int64, score_cutoff=cutoff, workers=CORES)
    return out
