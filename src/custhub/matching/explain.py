"""Why two records are (not) one customer: levels, bits, words, the keys on which they met, and a waterfall picture."""

from __future__ import annotations

from dataclasses import dataclass, replace
from html import escape

import numpy as np
import polars as pl

from custhub.matching.arrays import Ints
from custhub.matching.block import postings
from custhub.matching.keys import evidence_of
from custhub.matching.ladders.base import MISSING
from custhub.matching.model import Model
from custhub.matching.outcome import MatchResult, bits_of, corroborated, level_names
from custhub.matching.prepare import prepare
from custhub.matching.values import as_texts
from custhub.matching.weigh import DIFFERENT, SAME, probability


@dataclass(frozen=True, slots=True)
class Reason:
    """One comparison: its level in words, its weight in thousandths of a bit, and the values as they were compared."""

    comparison: str
    level: str
    weight: int
    left: str | None
    right: str | None

    def as_text(self) -> str:
        return f"{self.weight / 1000:+6.1f} bits  {self.comparison}: {self.level}"


@dataclass(frozen=True, slots=True)
class Explanation:
    """A pair's weight, taken apart: what is expected beforehand, each comparison, and what counts only once."""

    start: int  # log2 odds of any two records being one customer
    reasons: tuple[Reason, ...]
    once: int  # for fields that agree or change together
    weight: int
    probability: float
    met_on: tuple[str, ...]  # keys that brought the records together
    verdict: str

    def as_text(self) -> str:
        """A waterfall in words."""
        lines = [f"{self.start / 1000:+6.1f} bits  any two records", *(r.as_text() for r in self.reasons)]
        lines.append(f"{self.once / 1000:+6.1f} bits  fields that agree or change together count once")
        lines.append(f"{self.weight / 1000:+6.1f} bits  together: probability {self.probability:.4f}")
        met = ", ".join(self.met_on) or "none: they were never compared"
        return "\n".join([*lines, f"common keys: {met}", self.verdict])


def explain_pair(frame: pl.DataFrame, model: Model) -> Explanation:
    """Explains the two records of a frame of two rows under a model."""
    frame = as_texts(frame)
    prepared = prepare(frame, model.rules, model.statistics)
    left, right = np.array([0]), np.array([1])
    codes = prepared.levels(left, right)
    weight = int(corroborated(model.weights.of(codes), codes, model.weights, model.rules)[0])
    reasons = []
    for ladder, table, levels in zip(prepared.ladders, model.weights.levels, codes, strict=True):
        code = int(levels[0])
        bits = 0 if code == MISSING else int(table[SAME, code] - table[DIFFERENT, code])
        words = level_names(ladder, levels)[0] or "missing on one side or both, or told by another comparison"
        values = [
            None if c < 0 else str(ladder.column.values[int(c)]).replace("\x1f", "; ") for c in ladder.column.codes[:2]
        ]
        reasons.append(Reason(ladder.name, words, bits, values[0], values[1]))
    start = int(model.weights.shares[SAME] - model.weights.shares[DIFFERENT])
    once = weight - start - sum(r.weight for r in reasons)
    met = _met_on(frame, model)
    chance = float(probability(np.array([weight]))[0])
    return Explanation(start, tuple(reasons), once, weight, chance, met, _verdict(model, reasons, weight, met))


def explain_result(frame: pl.DataFrame, result: MatchResult, left: int, right: int) -> Explanation:
    """Explains two rows of a matched frame; the verdict also says what the other records of their clusters did."""
    pair = explain_pair(frame[[left, right]], result.model)
    clusters = result.clusters
    ours, theirs = (np.flatnonzero(clusters == clusters[row]) for row in (left, right))
    if clusters[left] == clusters[right]:
        if pair.met_on and pair.weight > 0:
            return replace(pair, verdict="one customer")
        others = len(ours) - 2
        return replace(pair, verdict=f"one customer through {others} other records of the cluster; {pair.verdict}")
    if pair.weight < bits_of(result.model.rules.merge_probability) or len(ours) * len(theirs) == 1:
        return pair
    a, b = np.repeat(ours, len(theirs)), np.tile(theirs, len(ours))
    prepared = prepare(as_texts(frame[np.concatenate([a, b])]), result.model.rules, result.model.statistics)
    codes = prepared.levels(np.arange(len(a)), np.arange(len(a)) + len(a))
    weight = corroborated(result.model.weights.of(codes), codes, result.model.weights, result.model.rules)
    worst = int(np.argmin(weight))
    text = (
        f"the two alone speak for one customer, but not the clusters they are in: {weight.sum() / 1000:+.1f} bits over "
        f"{len(a)} pairs, least between rows {a[worst]} and {b[worst]} ({weight[worst] / 1000:+.1f} bits)"
    )
    return replace(pair, verdict=text)


def _met_on(frame: pl.DataFrame, model: Model) -> tuple[str, ...]:
    evidence = evidence_of(prepare(frame, model.rules, model.statistics), model.rules)
    met = []
    for blocks in postings(model.plan, evidence, frame.height):
        met += [part.key for part in blocks if _share(part.hashes, part.rows)]
    return tuple(dict.fromkeys(met))


def _share(hashes: Ints, rows: Ints) -> bool:
    return bool(np.isin(hashes[rows == 0], hashes[rows == 1]).any())


def _verdict(model: Model, reasons: list[Reason], weight: int, met: tuple[str, ...]) -> str:
    rules = model.rules
    forbidden = [
        r.comparison for r in reasons if r.level == "different" and r.comparison in {n.field for n in rules.never}
    ]
    if forbidden:
        return f"never the same customer: they differ in {', '.join(forbidden)}"
    if not met:
        return "not found: the records have no key in common, so they were not compared"
    if weight >= bits_of(rules.merge_probability):
        return "speaks for one customer; whether they are merged depends on the other records of both clusters too"
    against = sorted((r for r in reasons if r.weight < 0), key=lambda r: r.weight)[:3]
    what = ", ".join(f"{r.comparison} ({r.level})" for r in against) or "too little agrees"
    near = "for a person to decide" if weight >= bits_of(rules.review_probability) else "not one customer"
    return f"below the merge threshold, {near}; against it: {what}"


def waterfall_svg(explanation: Explanation, width: int = 640) -> str:
    """The explanation as bars from start to total; green speaks for one customer, red against it."""
    bars = [("any two records", explanation.start)]
    bars += [(f"{r.comparison}: {r.level}", r.weight) for r in explanation.reasons if r.weight]
    bars += [("counted once", explanation.once)]
    edges = np.concatenate([[0], np.cumsum([weight for _, weight in bars])]).astype(float)
    low, high = min(edges.min(), 0.0), max(edges.max(), 1.0)
    text, row = 280, 22

    def x(value: float) -> float:
        return float(text + (value - low) / (high - low) * (width - text - 60))

    parts = []
    for number, (name, weight) in enumerate(bars):
        top = 8 + number * row
        left, right = sorted((x(edges[number]), x(edges[number + 1])))
        colour = "#2a9d5c" if weight > 0 else "#c8453b"
        parts.append(f'<text x="{text - 8}" y="{top + 13}" text-anchor="end">{escape(name)}</text>')
        parts.append(
            f'<rect x="{left:.1f}" y="{top}" width="{max(right - left, 1):.1f}" height="{row - 6}" fill="{colour}"/>'
        )
        parts.append(f'<text x="{right + 4:.1f}" y="{top + 13}">{weight / 1000:+.1f}</text>')
    height = 8 + (len(bars) + 1) * row + 6
    total = f"{explanation.weight / 1000:+.1f} bits, probability {explanation.probability:.4f}"
    parts.append(f'<text x="{text - 8}" y="{height - 14}" text-anchor="end" font-weight="bold">{escape(total)}</text>')
    parts.append(
        f'<line x1="{x(0):.1f}" x2="{x(0):.1f}" y1="4" y2="{height - 28}" stroke="#555" stroke-dasharray="3 3"/>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">'
        f"<title>{escape(total)}</title>{''.join(parts)}</svg>"
    )
