"""Weights of one frame: from its candidates and random pairs alone, or with what people said of some pairs.

People say it of pairs near the threshold, not of a fair sample, and now and then they err. So labels do not tell how many
pairs are one customer: EM sees all candidates besides, a label counts as few pairs and is not quite certain. What is
corrected after it (the weight of each level) asks only what pairs of these levels are, which the choice of pairs does not
bend. Nothing is kept that does not foretell labels which it was not shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from custhub.matching.arrays import Bools, Floats, Ints, Levels, mix, sample
from custhub.matching.cluster import components
from custhub.matching.constraints import Decided, ordered_pairs
from custhub.matching.evaluate import Fit, log_losses
from custhub.matching.prepare import Prepared
from custhub.matching.weigh import (
    ERRORS,
    MOVED,
    SAME,
    Field,
    Seen,
    Weights,
    field_of,
    patterns_of,
    random_chances,
    train,
)

_RANDOM_PAIRS = 60_000
_TRAINING_PAIRS = 250_000
_FOLDS = 5
_FEWEST, _FEWEST_OF_EACH = 20, 5
_MOST_LABELS = 4_000  # of more a fixed sample
_WORTH, _MOST_WORTH = 10.0, 0.2
"""What a label counts in EM, in candidates; and all of them at most, as a share of the candidates."""
_LOOSE = (0.0, 0.4, 0.8)
"""How far labels may move the weight of a level after EM, as a standard deviation in natural logarithms; one is chosen."""
_STEPS = 300
_SURE = 2.0  # standard errors by which labels must be foretold better than without


@dataclass(frozen=True, slots=True)
class Labels:
    """What people said: pairs of rows, and by row the customer whose record it is (-1: nobody said)."""

    pairs: Decided
    customers: Ints | None = None

    def in_order(self, order: Ints, place: Ints) -> Labels:
        return Labels(self.pairs.in_order(place), None if self.customers is None else self.customers[order])

    def among(self, left: Ints, right: Ints) -> tuple[Ints, Bools]:
        """Labelled pairs, each once, and whether they are the same: those named, and the candidates of known customers."""
        same, different = ordered_pairs(self.pairs.same), ordered_pairs(self.pairs.different)
        pairs, said = [different, same], [np.zeros(len(different), dtype=bool), np.ones(len(same), dtype=bool)]
        if self.customers is not None:
            both = (self.customers[left] >= 0) & (self.customers[right] >= 0)
            pairs.append(ordered_pairs(np.stack([left[both], right[both]], axis=1)))
            said.append(self.customers[pairs[-1][:, 0]] == self.customers[pairs[-1][:, 1]])
        every, answers = np.concatenate(pairs), np.concatenate(said)
        ids, first = np.unique(every[:, 0] << np.int64(32) | every[:, 1], return_index=True)
        chosen = np.sort(np.argsort(mix(ids.astype(np.uint64)), kind="stable")[:_MOST_LABELS])
        return every[first[chosen]], answers[first[chosen]]


@dataclass(frozen=True, slots=True)
class Taught:
    """Patterns of labelled pairs: level codes, how many labels, whether same, and in which fold of the labels."""

    codes: list[Levels]
    counts: Floats
    same: Bools
    fold: Ints

    def at(self, chosen: Bools) -> Taught:
        return Taught([c[chosen] for c in self.codes], self.counts[chosen], self.same[chosen], self.fold[chosen])

    def folds(self) -> Iterator[tuple[Bools, Taught]]:
        """Each fold's patterns, and all others to learn from."""
        for number in range(_FOLDS):
            out = self.fold == number
            if out.any():
                yield out, self.at(~out)

    def beside(self, seen: Seen) -> Seen:
        """What EM sees: the candidates, and the labels at their worth."""
        worth = min(_WORTH, _MOST_WORTH * float(seen.counts.sum() / self.counts.sum()))
        codes = [np.concatenate([a, b]) for a, b in zip(seen.codes, self.codes, strict=True)]
        said = np.concatenate([np.zeros(len(seen.counts), dtype=np.int64), np.where(self.same, 1, -1)])
        return Seen(codes, np.concatenate([seen.counts, worth * self.counts]), said)


@dataclass(frozen=True, slots=True)
class Learned:
    """What labels did: how many there were, whether the weights follow them, and how well labels that a model was not
    shown are foretold without and with the others."""

    same: int
    different: int
    used: bool
    why: str
    without: Fit | None = None
    with_labels: Fit | None = None

    def as_text(self) -> str:
        lines = [f"labels: {self.same} same, {self.different} different; {self.why}"]
        if self.without and self.with_labels:
            a, b = self.without, self.with_labels
            lines.append("labels that the model was not shown, foretold without and with the others:")
            lines.append(f"  log loss {a.log_loss} -> {b.log_loss}, Brier score {a.brier} -> {b.brier}")
            lines += b.lines()
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Material:
    """What there is to learn from without labels: candidates, random pairs, what is known of each comparison."""

    fields: list[Field]
    seen: Seen
    chance: Seen
    rows: int

    @classmethod
    def of(cls, prepared: Prepared, seen: Seen) -> Material:
        rows = prepared.rows
        a, b = sample(max(rows, 1), _RANDOM_PAIRS, 1), sample(max(rows, 1), _RANDOM_PAIRS, 2)
        keep = a != b
        codes = prepared.levels(a[keep], b[keep])
        fields = [
            field_of(ladder, *random_chances(ladder, bins, levels))
            for ladder, bins, levels in zip(prepared.ladders, prepared.bins, codes, strict=True)
        ]
        _, chance, times = patterns_of(codes, prepared.widths())
        return cls(fields, seen, Seen(chance, times.astype(np.float64)), rows)

    def weights(self, taught: Taught | None = None) -> Weights:
        return train(self.fields, taught.beside(self.seen) if taught else self.seen, self.rows, self.chance)

    def corrected(self, weights: Weights, taught: Taught, loose: float) -> Weights:
        """Weights with the bits that labels add to each level: a logistic regression held to no change, whose start is
        the weight. A label that is hardly to be believed counts less (people err)."""
        if not loose:
            return weights
        exact = [f.exact for f in self.fields]
        levels = [np.minimum(codes, last) for codes, last in zip(taught.codes, exact, strict=True)]
        columns = [c == level for c, last in zip(levels, exact, strict=True) for level in range(2, last + 1)]
        x = np.column_stack([np.ones(len(taught.counts)), *columns]).astype(np.float64)
        start = np.clip(weights.of(taught.codes) * np.log(2) / 1000, -10, 10)
        held = np.full(x.shape[1], loose**-2)
        held[0] = 1.0
        # The curvature is at most a quarter: steps by that bound never overshoot.
        step = np.linalg.inv(0.25 * (x * taught.counts[:, None]).T @ x + np.diag(held))
        added = np.zeros(x.shape[1])
        for _ in range(_STEPS):
            chance = 1 / (1 + np.exp(-np.clip(start + x @ added, -30, 30)))
            added -= step @ (x.T @ (taught.counts * (chance - _believed(chance, taught.same))) + held * added)
        return _with_added(weights, np.rint(added / np.log(2) * 1000).astype(np.int64), exact)


def learn(material: Material, taught: Taught | None) -> tuple[Weights, Learned | None]:
    """Weights, with labels if they help: of the ways to follow them the one that best foretells labels not shown to it,
    if that is better than without by more than chance."""
    alone = material.weights()
    if taught is None:
        return alone, None
    same = round(float(taught.counts[taught.same].sum()))
    different = round(float(taught.counts.sum())) - same
    if same + different < _FEWEST or min(same, different) < _FEWEST_OF_EACH:
        asked = f"too few to learn from ({_FEWEST}, {_FEWEST_OF_EACH} of each), nothing changed"
        return alone, Learned(same, different, used=False, why=asked)
    chances = np.zeros((len(_LOOSE), len(taught.counts)))
    for out, others in taught.folds():
        weights = material.weights(others)
        for way, loose in enumerate(_LOOSE):
            chances[way, out] = material.corrected(weights, others, loose).chances(taught.at(out).codes)
    before = alone.chances(taught.codes)
    gains = log_losses(before, taught.same) - log_losses(chances, taught.same)
    way = int(np.argmax(np.round(gains @ taught.counts, 6)))
    fits = [Fit.of(c, taught.same, taught.counts) for c in (before, chances[way])]
    mean = gains[way] @ taught.counts / taught.counts.sum()
    error = np.sqrt(taught.counts @ (gains[way] - mean) ** 2) / taught.counts.sum()
    if mean <= _SURE * error:
        return alone, Learned(same, different, False, "it is not sure that they help: nothing changed", *fits)
    learned = material.corrected(material.weights(taught), taught, _LOOSE[way])
    learned = replace(learned, note="; ".join(filter(None, [learned.note, f"follows {same + different} labels"])))
    return learned, Learned(same, different, True, "the weights follow them", *fits)


def taught_by(prepared: Prepared, labels: Labels, left: Ints, right: Ints) -> Taught:
    """The labelled pairs of a frame in patterns. The pairs of one customer are in one fold."""
    pairs, same = labels.among(left, right)
    customer = components(pairs[same, 0], pairs[same, 1], prepared.rows)
    fold = mix(customer[pairs].min(axis=1).astype(np.uint64)) % np.uint64(_FOLDS)
    marks = (fold.astype(np.int64) * 2 + same).astype(np.uint8)
    codes = prepared.levels(pairs[:, 0], pairs[:, 1])
    _, patterns, counts = patterns_of([*codes, marks], [*prepared.widths(), 2 * _FOLDS])
    marks = patterns.pop()
    return Taught(patterns, counts.astype(np.float64), marks % 2 == 1, marks.astype(np.int64) // 2)


def training_sample(patterns: list[Levels], counts: Ints, numbers: Ints, left: Ints, right: Ints) -> Seen:
    """The patterns that EM sees: of very many pairs a fixed sample, each standing for several."""
    if len(left) <= _TRAINING_PAIRS:
        return Seen(patterns, counts.astype(np.float64))
    every = np.uint64(-(-len(left) // _TRAINING_PAIRS))
    chosen = mix(left.astype(np.uint64) << np.uint64(32) | right.astype(np.uint64)) % every == 0
    sampled = np.bincount(numbers[chosen], minlength=len(counts))
    some = np.flatnonzero(sampled)
    times = sampled[some].astype(np.float64) * (len(left) / float(chosen.sum()))
    return Seen([levels[some] for levels in patterns], times)


def _believed(chance: Floats, same: Bools) -> Floats:
    """The probability of being the same when people said so (or not) and err now and then."""
    if_same, if_not = np.where(same, 1 - ERRORS, ERRORS), np.where(same, ERRORS, 1 - ERRORS)
    believed: Floats = if_same * chance / (if_same * chance + if_not * (1 - chance))
    return believed


def _with_added(weights: Weights, added: Ints, exact: list[int]) -> Weights:
    """Both classes of one customer get the bits, so that a pair's weight moves by just these."""
    one = [SAME, MOVED]
    shares = weights.shares.copy()
    shares[one] += added[0]
    tables, at = [], 1
    for table, last in zip(weights.levels, exact, strict=True):
        bits = added[at : at + last - 1]
        at += last - 1
        moved = table.copy()
        moved[one, 2:last] += bits[:-1]
        moved[one, last:] += bits[-1]
        tables.append(moved)
    return replace(weights, levels=tuple(tables), shares=shares)
