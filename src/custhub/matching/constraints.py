"""What weights may not decide: people's judgements, never-rules and sources without duplicates."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from custhub.matching.arrays import Bools, Ints, group, ranges
from custhub.matching.cluster import cluster, components
from custhub.matching.ladders.base import compare_rows
from custhub.matching.prepare import Prepared
from custhub.matching.rules import MatchRules

FORBIDDEN = -(10**12)
CERTAIN = 10**9
NO_PAIRS = np.zeros((0, 2), dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Decided:
    """What people decided, as pairs of row numbers."""

    same: Ints = field(default_factory=lambda: NO_PAIRS)
    different: Ints = field(default_factory=lambda: NO_PAIRS)

    def in_order(self, place: Ints) -> Decided:
        """The same pairs when each row has gone to its place."""
        same, different = (np.asarray(p, dtype=np.int64).reshape(-1, 2) for p in (self.same, self.different))
        return Decided(place[same], place[different])


@dataclass(frozen=True, slots=True)
class Forced:
    """Pairs whose weight is not for the model to say, and decisions that contradict each other."""

    left: Ints
    right: Ints
    weight: Ints
    conflicts: pl.DataFrame

    def same(self) -> Ints:
        """The pairs that people decided to be one customer."""
        at = self.weight > 0
        return np.stack([self.left[at], self.right[at]], axis=1)

    def and_forbidden(self, pairs: Ints) -> Forced:
        """With more pairs that may never be in one cluster."""
        weights = np.full(len(pairs), FORBIDDEN, dtype=np.int64)
        left, right = np.concatenate([self.left, pairs[:, 0]]), np.concatenate([self.right, pairs[:, 1]])
        return Forced(left, right, np.concatenate([self.weight, weights]), self.conflicts)

    def applied_to(self, left: Ints, right: Ints, weight: Ints, rows: int) -> tuple[Ints, Ints, Ints]:
        """The scored pairs with the forced weights in place of theirs."""
        if not len(self.left):
            return left, right, weight
        ids = np.concatenate([self.left * np.int64(rows) + self.right, left * np.int64(rows) + right])
        weights = np.concatenate([self.weight, weight])
        keys, numbers = group(ids)
        first = np.full(len(keys), len(ids), dtype=np.int64)
        np.minimum.at(first, numbers, np.arange(len(ids)))
        return keys // rows, keys % rows, weights[first]


CONFLICT = pl.Schema({"left": pl.Int64(), "right": pl.Int64(), "why": pl.String()})


def decided_pairs(decided: Decided, rows: int) -> Forced:
    """What people decided, as forced weights.

    A judgement `different` holds also through a third record. Judgements `same` that together contradict one are not
    applied: each such `different` pair comes back as a conflict for people to settle.
    """
    same, different = ordered_pairs(decided.same), ordered_pairs(decided.different)
    held = components(same[:, 0], same[:, 1], rows)
    broken = held[different[:, 0]] == held[different[:, 1]]
    conflicting = np.isin(held[same[:, 0]], held[different[broken, 0]])
    conflicts = pl.DataFrame({"left": different[broken, 0], "right": different[broken, 1]}, schema_overrides=CONFLICT)
    conflicts = conflicts.with_columns(why=pl.lit("decided different and same"))
    kept = same[~conflicting]
    # `different` comes first: of equal pairs the first counts.
    pairs = np.concatenate([different, kept])
    weights = np.repeat(np.array([FORBIDDEN, CERTAIN]), [len(different), len(kept)])
    return Forced(pairs[:, 0], pairs[:, 1], weights, conflicts)


def clusters_by_people(homes: Ints, found: Ints, decided: Decided) -> Ints:
    """Labels that only people change: records with one home (0: none) are together, unless a `different` parts them; then
    they go by the clusters that matching `found`. A `same` joins."""
    rows = len(homes)
    homed = pl.DataFrame({"row": np.arange(rows), "home": homes, "found": found}).filter(pl.col("home") > 0)
    first = pl.col("row").min()
    ties = [homed.select(first.over(by).alias("first"), "row").to_numpy() for by in (["home", "found"], ["home"])]
    pairs = ordered_pairs(np.concatenate(ties))
    weights = np.ones(len(pairs), dtype=np.int64)
    near = found[pairs[:, 0]] == found[pairs[:, 1]]
    weights[near] += 1
    forced = decided_pairs(decided, rows).applied_to(pairs[:, 0], pairs[:, 1], weights, rows)
    return cluster(*forced, rows, unseen=0)


def violations(prepared: Prepared, rules: MatchRules, sources: Ints | None, labels: Ints, forced: Forced) -> Ints:
    """Pairs within clusters that never-rules or single sources forbid; a person's `same` is above both."""
    found = []
    for rule in rules.never:
        for ladder, bins in zip(prepared.ladders, prepared.bins, strict=True):
            if ladder.name == rule.field:
                pairs = pairs_within(labels, ladder.column.codes >= 0)
                levels = compare_rows(ladder, bins, pairs[:, 0], pairs[:, 1])
                found.append(pairs[levels == len(ladder.steps)])
    if sources is not None:
        pairs = pairs_within(labels, sources >= 0)
        found.append(pairs[sources[pairs[:, 0]] == sources[pairs[:, 1]]])
    if not found:
        return NO_PAIRS
    pairs = np.concatenate(found)
    same = forced.same()
    held = components(same[:, 0], same[:, 1], prepared.rows)
    apart: Ints = pairs[held[pairs[:, 0]] != held[pairs[:, 1]]]
    return apart


def ordered_pairs(pairs: Ints) -> Ints:
    pairs = np.asarray(pairs, dtype=np.int64).reshape(-1, 2)
    return np.sort(pairs[pairs[:, 0] != pairs[:, 1]], axis=1)


def pairs_within(labels: Ints, keep: Bools) -> Ints:
    """All pairs of kept rows that share a label."""
    rows = np.flatnonzero(keep)
    rows = rows[np.lexsort((rows, labels[rows]))]
    starts = np.flatnonzero(np.r_[True, labels[rows][1:] != labels[rows][:-1]]) if len(rows) else np.zeros(0, dtype=int)
    sizes = np.diff(np.r_[starts, len(rows)])
    place = ranges(sizes)
    after = np.repeat(sizes, sizes) - 1 - place
    at = np.arange(len(rows))
    first = np.repeat(at, after)
    return np.stack([rows[first], rows[first + 1 + ranges(after)]], axis=1)
