"""Weights without labels: EM over agreement patterns with six latent classes, anchored by what is known beforehand.

Classes: `same` (one customer), `moved` (one customer whose contact data changed), `household` (where they are is
shared, who they are is not), `branch` (who is shared, where is not), `different`, and `neighbours` (different
customers of one place). Of one customer's and related records only the levels of `same` are learned freely; in the
classes between, a field is either as in `same` or as in `different`, and only how often is learned. So fields that
change or agree together count once, and no class can run away with what belongs to another. What neighbours agree in
is learned from random pairs: an address, its city and its country, which agree together by accident, count once too.
How often different customers agree comes from value frequencies and random pairs over all records, not from the
candidates, so it is not distorted by blocking.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from custhub.matching.arrays import Floats, Ints, Levels, group
from custhub.matching.ladders.base import BINS, Ladder
from custhub.matching.ladders.names import NameLadder
from custhub.matching.ladders.plain import CATEGORY_STEPS, SOURCE_STEPS, VARIANT_STEPS

SAME, MOVED, HOUSEHOLD, BRANCH, DIFFERENT, NEIGHBOURS = range(6)
CLASSES = ("same", "moved", "household", "branch", "different", "neighbours")
_ROUNDS = 30
_ANCHOR = 120.0  # pairs' worth of prior knowledge in each class and comparison
_ANCHOR_SHARE = 0.02
_ANCHOR_CONTACT = 0.2
_PRIOR_PAIRS = 2_000.0
_FEW_PAIRS = 30.0  # agreeing pairs so few that it is not believed of nearly all that they are one customer
_FIRST_NEIGHBOURS = 0.02  # of all pairs, before any data
_MOST_NEIGHBOURS = 0.3
_NEAR_WHERE, _NEAR_WHO = 20.0, 500.0  # pairs' worth of belief that neighbours agree in a field as any two records do
_MOST_KEYS = 1 << 62
_SAYS_WHO = 0.05  # what households share less often tells their people apart; anything else all of them may share
ERRORS = 0.02  # of what people say about pairs
_MOST_AGAINST = 0.2  # of one customer's records: where more names or codes differ it is not one customer that was found
_MOST_VARIANTS = 0.005  # the same of sizes and colours
WEIGHT_LIMIT = 40_000


@dataclass(frozen=True, slots=True)
class Weights:
    """Log2 of each class's level chances, in thousandths of a bit (class, level code), and of the classes' shares."""

    names: tuple[str, ...]  # of the ladders, in order
    levels: tuple[Ints, ...]  # per ladder: array [6, width]
    shares: Ints  # [6]
    note: str = ""

    def of(self, codes: list[Levels]) -> Ints:
        """Match weights of pairs in thousandths of a bit: log2 of (same or moved) over all other classes."""
        logs = np.repeat(self.shares[:, None].astype(np.float64), len(codes[0]), axis=1)
        for table, levels in zip(self.levels, codes, strict=True):
            logs += np.take(table, levels, axis=1)
        logs /= 1000
        same = np.logaddexp2(logs[SAME], logs[MOVED])
        other = np.logaddexp2.reduce(logs[HOUSEHOLD:])
        weight: Ints = np.clip(np.rint((same - other) * 1000), -WEIGHT_LIMIT, WEIGHT_LIMIT).astype(np.int64)
        return weight

    def chances(self, codes: list[Levels]) -> Floats:
        """The probability that belongs to the weight of each pair."""
        return probability(self.of(codes))


def probability(weight: Ints) -> Floats:
    """The probability that belongs to a weight in thousandths of a bit."""
    return 1.0 / (1.0 + np.exp2(-weight.astype(np.float64) / 1000))


def patterns_of(codes: list[Levels], widths: list[int]) -> tuple[Ints, list[Levels], Ints]:
    """Number of each pair's pattern, the patterns' level codes, and how many pairs have each."""
    numbers, many = np.zeros(len(codes[0]), dtype=np.int64), 1
    for levels, width in zip(codes, widths, strict=True):
        if many * width >= _MOST_KEYS:  # of very many comparisons the patterns of some, then of all
            keys, numbers = group(numbers)
            many = len(keys)
        numbers, many = numbers * width + levels, many * width
    keys, numbers = group(numbers)
    member = np.zeros(len(keys), dtype=np.int64)
    member[numbers] = np.arange(len(numbers))
    return numbers, [levels[member] for levels in codes], np.bincount(numbers, minlength=len(keys))


@dataclass(frozen=True, slots=True)
class Field:
    """What EM knows of one comparison before it starts: level chances of one customer's records and of random pairs,
    how exact agreement spreads over frequency classes, and by class how often the field is as in `same`."""

    ladder: Ladder
    prior: Floats
    random: Floats
    spread: Floats
    kept: Floats
    most: Floats

    @property
    def exact(self) -> int:
        """The first level code of exact agreement."""
        return len(self.ladder.steps) + 1

    @property
    def both_known(self) -> float:
        """The share of pairs of records of which both have a value."""
        column = self.ladder.column
        return float(column.counts.sum() / max(len(column.codes), 1)) ** 2


def field_of(ladder: Ladder, random: Floats, spread: Floats) -> Field:
    """A comparison with its priors."""
    steps = np.array([step.same for step in ladder.steps])
    steps = steps / steps.sum()
    exact = len(steps) + 1
    prior = np.full(len(random), 1e-9)
    prior[2:exact] = steps[1:]
    prior[exact:] = np.maximum(steps[0] * spread, 1e-9)
    prior[0] = 1.0
    if ladder.steps is SOURCE_STEPS:
        prior = random.copy()
    household, branch = ladder.shared
    moved = 0.12 if ladder.contact else 1.0
    kept = np.array([1.0, moved, household, branch, 0.0])
    most = np.array([1.0, moved, *np.minimum(1.0, 1.5 * kept[2:4] + 0.05), 0.0])
    if household > _SAYS_WHO:
        most[HOUSEHOLD] = 0.95
    return Field(ladder, prior, random, spread, kept, most)


@dataclass(frozen=True, slots=True)
class Seen:
    """Patterns of level codes, how many pairs have each, and what people said of these pairs: 1 same, -1 different."""

    codes: list[Levels]
    counts: Floats
    said: Ints | None = None


def train(fields: list[Field], seen: Seen, rows: int, chance: Seen) -> Weights:
    """EM over the candidates' patterns; `chance` are random pairs' patterns."""
    pairs = max(1.0, rows * (rows - 1) / 2)
    same = [f.prior for f in fields]
    different = [f.random for f in fields]
    kept = [f.kept for f in fields]
    people = _people(fields)
    usual = [0.75, 0.25, 0.4, 0.1, 0.0] if people else [0.95, 0.05, 0.4, 1.0, 0.0]
    most_near = _MOST_NEIGHBOURS
    if not any(f.ladder.contact for f in fields):  # nothing says where somebody is: no households, branches, neighbours
        usual[HOUSEHOLD] = usual[BRANCH] = 1e-6
        most_near = 0.0
    most_moved = 0.6 if people else 0.1
    first = np.array(usual[:DIFFERENT]) * max(rows * 0.5, 2.0) / max(pairs, 4.0)
    first = np.minimum(first, 0.05)
    first = _with_neighbours(first, min(_FIRST_NEIGHBOURS, most_near))
    compared = [f.ladder.steps for f in fields if f.ladder.steps is not SOURCE_STEPS]
    alone = len(compared) == 1 and any(step.against for step in compared[0])
    anchor = max(2.0, rows * _share_anchor(fields))
    share = first.copy()
    near = [_first_near(f) for f in fields]
    for _ in range(_ROUNDS):
        before = share
        tables = [_tables(*known) for known in zip(same, different, kept, near, strict=True)]
        post = _posterior(tables, share, seen)
        by_chance = _posterior(tables, share, chance)[NEIGHBOURS]
        part = max(by_chance.sum(), 1.0) / max(chance.counts.sum(), 1.0)  # of all pairs: that are neighbours
        near = [
            f.random if f.ladder.steps is SOURCE_STEPS else _near(f, d, by_chance, v, 1 / part)
            for f, d, v in zip(fields, different, chance.codes, strict=True)
        ]
        share = _with_neighbours(_new_shares(post, first, pairs, anchor, most_moved), min(part, most_near))
        learned = [
            _learn(f, t, post, levels, s, k, pairs, alone=alone)
            for f, t, levels, s, k in zip(fields, tables, seen.codes, same, kept, strict=True)
        ]
        same, different, kept = ([row[i] for row in learned] for i in range(3))
        if np.all(np.abs(share - before)[:DIFFERENT] <= 5e-3 * share[SAME]):
            break
    tables = [_tables(*known) for known in zip(same, different, kept, near, strict=True)]
    logs = tuple(np.rint(np.log2(np.maximum(t, 1e-12)) * 1000).astype(np.int64) for t in tables)
    names = tuple(f.ladder.name for f in fields)
    shares = np.rint(np.log2(np.maximum(share, 1e-15)) * 1000).astype(np.int64)
    return Weights(names, logs, shares, _note(float(post[: MOVED + 1].sum())))


def _note(alike: float) -> str:
    """Says when the weights follow what was written down beforehand rather than these data."""
    if alike >= _ANCHOR:
        return ""
    return f"some {alike:.0f} pairs look like one customer's, too few to learn from: the weights are mostly the priors"


def _people(fields: list[Field]) -> bool:
    return any(isinstance(f.ladder, NameLadder) for f in fields)


def _tables(same: Floats, different: Floats, kept: Floats, near: Floats) -> Floats:
    """Level chances by class."""
    between = kept[:, None] * same[None, :] + (1 - kept[:, None]) * different[None, :]
    return np.vstack([between, near])


def _with_neighbours(share: Floats, near: float) -> Floats:
    """Shares of all classes from those of related pairs: the rest are neighbours or just different."""
    rest = 1 - share[:DIFFERENT].sum()
    return np.array([*share[:DIFFERENT], rest * (1 - near), rest * near])


def _first_near(field: Field) -> Floats:
    """Level chances of neighbours before any data: often they agree in what says where somebody is."""
    last = field.exact - 1
    near = field.random.copy()
    agree = near[1:].sum() - near[last]
    if field.ladder.contact and agree > 0:
        near[last] *= 0.5
        near[[*range(1, last), *range(field.exact, len(near))]] *= 1 + 0.5 * field.random[last] / agree
    return near


def _near(field: Field, different: Floats, weights: Floats, levels: Levels, most: float) -> Floats:
    """Level chances of neighbours, from random pairs that are neighbours by `weights`. Single levels of agreement are
    too rare to be seen: they are taken to be as much oftener than among any two records as all of them together, at
    `most` so much that no others agree."""
    last = field.exact - 1
    found = np.bincount(levels, weights=weights, minlength=len(different)).astype(np.float64)
    found[0] = 0.0
    usual = different / different[1:].sum()
    agree = np.ones(len(usual), dtype=bool)
    agree[[0, last]] = False
    held = _NEAR_WHERE if field.ladder.contact else _NEAR_WHO
    total, by_chance = found.sum() + held, usual[agree].sum()
    oftener = (found[agree].sum() + held * by_chance) / (total * by_chance)
    prior = np.where(agree, usual * np.clip(oftener, 1.0, 0.999 / by_chance), 0.0)
    prior[last] = 1 - prior.sum()
    near: Floats = (found + held * prior) / total
    near[agree] = np.minimum(near, most * usual)[agree]
    near = np.maximum(near / near[1:].sum(), 1e-9)
    near[0] = 1.0
    return near


def _posterior(tables: list[Floats], share: Floats, seen: Seen) -> Floats:
    """How many pairs of each pattern belong to each class; of what people said, as far as they are believed."""
    logs = np.repeat(np.log(np.maximum(share, 1e-15))[:, None], len(seen.counts), axis=1)
    for table, levels in zip(tables, seen.codes, strict=True):
        logs += np.take(np.log(np.maximum(table, 1e-12)), levels, axis=1)
    if seen.said is not None:
        doubt = np.log(ERRORS / (1 - ERRORS))
        logs[HOUSEHOLD:, seen.said > 0] += doubt
        logs[:HOUSEHOLD, seen.said < 0] += doubt
    logs -= logs.max(axis=0)
    chances = np.exp(logs)
    posterior: Floats = chances / chances.sum(axis=0) * seen.counts
    return posterior


def _share_anchor(fields: list[Field]) -> float:
    """How many pairs a record the first guess of the shares is worth: much where one or two comparisons say it all,
    because what agrees by chance can then not be told from what belongs together."""
    known = sum(f.both_known for f in fields if f.ladder.steps is not SOURCE_STEPS)
    return float(np.clip(0.5 * 0.2 ** (known - 1), 0.02, 0.5))


def _new_shares(post: Floats, first: Floats, pairs: float, anchor: float, most_moved: float) -> Floats:
    """Class shares, held to what is plausible by the first guess."""
    found = post.sum(axis=1)[:DIFFERENT]
    share: Floats = (found + anchor * first[:DIFFERENT] / first[:DIFFERENT].sum()) / (pairs + anchor)
    share[MOVED] = min(share[MOVED], most_moved * share[SAME])
    return share


def _learn(
    field: Field, tables: Floats, post: Floats, levels: Levels, same: Floats, kept: Floats, pairs: float, *, alone: bool
) -> tuple[Floats, Floats, Floats]:
    """The M step of one comparison: level chances of `same` and `different`, and how often each class keeps it."""
    width = len(same)
    counts: Floats = np.stack([np.bincount(levels, weights=post[k], minlength=width) for k in range(DIFFERENT)]).astype(
        np.float64
    )
    counts[:, 0] = 0
    # Of a class between, the part in which the field is as in `same`.
    part = counts * (kept[:DIFFERENT, None] * same[None, :] / tables[:DIFFERENT])
    found = part[SAME] + part[MOVED]
    # That contact data changed is what `moved` is for: there `same` is held to its prior more firmly.
    new_same = _anchored(found, field.prior, _ANCHOR_CONTACT if field.ladder.contact else _ANCHOR_SHARE)
    new_same[field.exact :] = new_same[field.exact :].sum() * field.spread
    if field.ladder.steps is SOURCE_STEPS:  # that a source has doubles says nothing of which records they are
        here = min(new_same[field.exact], field.random[field.exact])
        new_same[field.exact - 1 : field.exact + 1] = 1 - here, here
    against = np.flatnonzero([False, *(step.against for step in field.ladder.steps)])
    part_against = new_same[against].sum()
    most = _MOST_VARIANTS if field.ladder.steps is VARIANT_STEPS else _MOST_AGAINST
    if part_against > most:
        new_same[1:] *= (1 - most) / (1 - part_against)
        new_same[against] *= most / new_same[against].sum()
    new_same = np.maximum(new_same / new_same[1:].sum(), 1e-9)
    new_same[0] = 1.0
    total, shared = counts.sum(axis=1), part.sum(axis=1)
    strength = _ANCHOR + 0.2 * total
    new_kept = kept.copy()
    for k in (HOUSEHOLD, BRANCH):
        new_kept[k] = min(field.most[k], (shared[k] + strength[k] * field.kept[k]) / (total[k] + strength[k]))
    return new_same, _different(field, counts, pairs, alone=alone), new_kept


def _anchored(found: Floats, prior: Floats, part: float) -> Floats:
    strength = _ANCHOR + part * found.sum()
    mixed = found + strength * prior
    mixed[0] = 0.0
    chances: Floats = mixed / mixed.sum()
    return chances


def _different(field: Field, counts: Floats, pairs: float, *, alone: bool) -> Floats:
    """Chances of agreement by accident: all agreeing pairs but those that are one customer or related. Where a text
    that holds all there is stands `alone` these are taken off what is nearly the same, too: nothing else speaks for them."""
    if field.ladder.steps is SOURCE_STEPS:
        return field.random
    both = pairs * field.both_known
    known: Floats = field.random * both
    rest = known.copy()
    claimed = counts.sum(axis=0)
    at = slice(1 if alone else field.exact, None)
    least = 0.1 + 0.9 * _FEW_PAIRS / (_FEW_PAIRS + known[at])
    rest[at] = np.maximum((known - claimed)[at], least * known[at])
    out: Floats = np.maximum(rest / max(both, 1e-9), 1e-9)
    out[0] = 1.0
    return out


def exact_chances(ladder: Ladder, bins: Levels) -> tuple[Floats, Floats]:
    """By frequency class: how often two random records agree exactly, and how much of agreement of one customer."""
    counts = ladder.column.counts.astype(np.float64)
    total = counts.sum()
    pairs = np.bincount(bins, weights=counts * (counts - 1), minlength=BINS)
    share = np.bincount(bins, weights=counts * (counts > 1) + 0.0, minlength=BINS) + 1e-3
    # Few records say little about how common a value is: some pairs' worth of prior chance is mixed in.
    usual = 0.3 if ladder.steps in (CATEGORY_STEPS, SOURCE_STEPS, VARIANT_STEPS) else 0.003
    prior = _PRIOR_PAIRS * usual * share / share.sum()
    return (pairs / 2 + prior) / (total * (total - 1) / 2 + _PRIOR_PAIRS), share / share.sum()


def random_chances(ladder: Ladder, bins: Levels, levels: Levels) -> tuple[Floats, Floats]:
    """Level chances of random pairs (given that both have a value) and the spread of exact agreement."""
    width = len(ladder.steps) + 1 + BINS
    exact = len(ladder.steps) + 1
    counts = np.bincount(levels, minlength=width).astype(np.float64)
    counts[0] = 0
    by_bin, share = exact_chances(ladder, bins)
    prior = np.array([0.5] * width)
    inexact = counts[2:exact] + prior[2:exact]
    inexact = inexact / (counts[2:exact].sum() + prior[2:exact].sum()) * (1 - by_bin.sum())
    out = np.full(width, 1e-9)
    out[2:exact] = inexact
    out[exact:] = np.maximum(by_bin, 1e-10)
    out[0] = 1.0
    return out, share
