"""What a run of matching gives back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from custhub.matching.arrays import Ints, Levels
from custhub.matching.block import BlockingReport
from custhub.matching.cluster import components
from custhub.matching.ladders.base import MISSING, Ladder
from custhub.matching.learn import Learned
from custhub.matching.model import Model
from custhub.matching.prepare import Prepared
from custhub.matching.rules import MatchRules
from custhub.matching.weigh import DIFFERENT, SAME, Weights, probability

if TYPE_CHECKING:
    from custhub.matching.engine import Scored

_DECISIONS = pl.Enum(["review", "merge"])
_RARITY = ("very common", "common", "usual", "rather rare", "rare", "very rare", "nearly unique")


@dataclass(frozen=True, slots=True)
class MatchResult:
    """Clusters (label: the lowest row number of each) and the pairs behind them; row numbers are the frame's."""

    clusters: Ints
    pairs: pl.DataFrame  # left, right, weight, probability, decision (merge | review), level_<comparison>
    model: Model
    report: BlockingReport
    conflicts: pl.DataFrame  # left, right, why
    too_large: list[list[int]]  # rows of clusters over the size limit, which were not merged
    learned: Learned | None = None  # what labels did


def bits_of(chance: float) -> int:
    """The weight in thousandths of a bit that belongs to a probability."""
    return round(1000 * float(np.log2(chance / (1 - chance))))


def corroborated(weight: Ints, codes: list[Levels], weights: Weights, rules: MatchRules) -> Ints:
    """Weights with those of pairs that agree in none of `rules.corroborate` held below the merge threshold."""
    if not rules.corroborate:
        return weight
    agrees = np.zeros(len(weight), dtype=bool)
    for name, table, levels in zip(weights.names, weights.levels, codes, strict=True):
        if name in rules.corroborate:
            speaks = table[SAME] > table[DIFFERENT]
            speaks[MISSING] = False
            agrees |= speaks[levels]
    return np.where(agrees, weight, np.minimum(weight, bits_of(rules.merge_probability) - 1))


def labels_within(labels: Ints, order: Ints) -> Ints:
    """Labels of rows in canonical order as lowest row number in the frame's own order."""
    lowest = np.full(len(labels), len(labels), dtype=np.int64)
    np.minimum.at(lowest, labels, order)
    out = np.empty(len(labels), dtype=np.int64)
    out[order] = lowest[labels]
    return out


def level_names(ladder: Ladder, levels: Levels) -> pl.Series:
    """Level codes in words, of which each is a byte; null where a value is missing."""
    codes = pl.Series(levels)
    return (codes.set(codes == MISSING, None) - 1).cat.to(pl.Enum(level_words(ladder)))


def level_words(ladder: Ladder) -> list[str]:
    """What level codes from 1 on are called."""
    return [*(step.name for step in ladder.steps), *(f"exact, {word} value" for word in _RARITY)]


def pairs_frame(
    prepared: Prepared, model: Model, rules: MatchRules, scored: Scored, labels: Ints, order: Ints
) -> pl.DataFrame:
    """The pairs within clusters (merge) and those that a person should see (review)."""
    within = labels[scored.left] == labels[scored.right]
    review = ~within & (scored.weight >= bits_of(rules.review_probability))
    at = np.flatnonzero(within | review)
    a, b = order[scored.left[at]], order[scored.right[at]]
    low, high = np.minimum(a, b), np.maximum(a, b)
    by_rows = np.lexsort((high, low))
    at, low, high = at[by_rows], low[by_rows], high[by_rows]
    weight = scored.weight[at]
    columns = {
        "left": low,
        "right": high,
        "weight": weight,
        "probability": probability(weight),
        "decision": pl.Series(within[at].astype(np.uint8)).cat.to(_DECISIONS),
    }
    levels = {
        f"level_{ladder.name}": level_names(ladder, codes[at])
        for ladder, codes in zip(prepared.ladders, scored.codes, strict=True)
    }
    return pl.DataFrame({**columns, **levels})


def too_large_clusters(labels: Ints, same: Ints, limit: int | None) -> tuple[Ints, list[Ints]]:
    """Takes clusters over the limit apart, down to what people decided, and says which rows they were."""
    if limit is None:
        return labels, []
    sizes = np.bincount(labels, minlength=len(labels))
    over = np.flatnonzero(sizes > limit)
    if not len(over):
        return labels, []
    return taken_apart(labels, over, same), [np.flatnonzero(labels == label) for label in over]


def taken_apart(labels: Ints, which: Ints, same: Ints) -> Ints:
    """Labels with some clusters taken apart, down to what people decided to be the same."""
    held = components(same[:, 0], same[:, 1], len(labels))
    lowest = np.full(len(labels), len(labels), dtype=np.int64)
    np.minimum.at(lowest, held, np.arange(len(labels)))
    rows = np.isin(labels, which)
    out = labels.copy()
    out[rows] = lowest[held[rows]]
    return out
