"""rapidfuzz over columns of pairs: always float64, never in an order that could matter."""

from __future__ import annotations

import os

import numpy as np
import numpy.typing as npt
from rapidfuzz import process
from rapidfuzz.distance import OSA, JaroWinkler

from custhub.matching.arrays import Codes, Floats, Ints

Texts = npt.NDArray[np.object_]
WORKERS = min(4, os.cpu_count() or 1)


def jaro_winkler(texts: Texts, left: Codes, right: Codes) -> Floats:
    """Jaro-Winkler similarity of texts[left] with texts[right]."""
    if not len(left):
        return np.zeros(0)
    return process.cpdist(texts[left], texts[right], scorer=JaroWinkler.similarity, dtype=np.float64, workers=WORKERS)


def edits(texts: Texts, left: Codes, right: Codes, cutoff: int = 3) -> Ints:
    """Insertions, deletions, substitutions and swaps of neighbours; `cutoff` + 1 when there are more."""
    if not len(left):
        return np.zeros(0, dtype=np.int64)
    return process.cpdist(
        texts[left], texts[right], scorer=OSA.distance, dtype=np.int64, score_cutoff=cutoff, workers=WORKERS
    )
