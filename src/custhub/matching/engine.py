"""One run of matching: order, prepare, block, compare, weigh, cluster."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from custhub.matching.arrays import Bools, Ints, Levels
from custhub.matching.block import BlockingReport, BlockPlan, candidate_pairs, plan_splitters
from custhub.matching.cluster import cluster
from custhub.matching.constraints import Decided, decided_pairs, violations
from custhub.matching.keys import evidence_of, propose_keys
from custhub.matching.learn import Labels, Learned, Material, learn, taught_by, training_sample
from custhub.matching.model import Model
from custhub.matching.outcome import (
    MatchResult,
    bits_of,
    corroborated,
    labels_within,
    pairs_frame,
    taken_apart,
    too_large_clusters,
)
from custhub.matching.prepare import Prepared, columns_read, prepare
from custhub.matching.rules import MatchRules
from custhub.matching.values import as_texts
from custhub.matching.weigh import patterns_of
from custhub.progress import Progress, silent

_RULE_ROUNDS = 12
STEPS = 6


@dataclass(frozen=True, slots=True)
class Scored:
    """Candidate pairs (in canonical row order) with their level codes and weights."""

    left: Ints
    right: Ints
    codes: list[Levels]
    weight: Ints


@dataclass(frozen=True, slots=True)
class Matched:
    """A run of matching over records in canonical order; `order` tells which rows of the given frame they are."""

    order: Ints
    prepared: Prepared
    model: Model
    scored: Scored
    report: BlockingReport
    decided: Decided
    labels: Ints
    conflicts: pl.DataFrame
    too_large: list[Ints]
    learned: Learned | None

    def result(self, rules: MatchRules) -> MatchResult:
        """What was found, in rows of the given frame."""
        order = self.order
        pairs = pairs_frame(self.prepared, self.model, rules, self.scored, self.labels, order)
        conflicts = self.conflicts.with_columns(
            left=pl.Series(order[self.conflicts["left"]]), right=pl.Series(order[self.conflicts["right"]])
        )
        too_large = [sorted(order[rows].tolist()) for rows in self.too_large]
        labels = labels_within(self.labels, order)
        return MatchResult(labels, pairs, self.model, self.report, conflicts, too_large, self.learned)


def match(
    frame: pl.DataFrame,
    rules: MatchRules,
    *,
    model: Model | None = None,
    decided: Decided | None = None,
    labels: Labels | None = None,
    progress: Progress = silent,
) -> MatchResult:
    """Finds the records of the same customer. Without a model one is trained on the frame, with `labels` if there are any.

    Clusters and scores do not depend on the order of rows: they are brought into the order of source, id and content
    first. Row numbers in `decided`, `labels` and the result are those of `frame`.
    """
    matched = match_in_order(frame, rules, model=model, decided=decided, labels=labels, progress=progress)
    progress("pairs", 5, STEPS)
    result = matched.result(rules)
    progress("done", STEPS, STEPS)
    return result


def match_in_order(
    frame: pl.DataFrame,
    rules: MatchRules,
    *,
    model: Model | None = None,
    decided: Decided | None = None,
    labels: Labels | None = None,
    progress: Progress = silent,
) -> Matched:
    """As `match`, with what a search or a later increment builds on."""
    frame = as_texts(frame.select(columns_read(rules, frame)))
    order = canonical_order(frame, rules)
    frame = frame[order]
    progress("prepare", 0, STEPS)
    prepared = prepare(frame, rules, model.statistics if model else None)
    sources = single_sources(frame, rules)
    del frame  # memory is what large sets are short of
    progress("block", 1, STEPS)
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    given = labels.in_order(order, place) if labels else None
    model, scored, report, learned = _scored(prepared, rules, model, given, progress)
    progress("cluster", 4, STEPS)
    known = (decided or Decided()).in_order(place)
    found, conflicts, too_large = cluster_scored(prepared, rules, known, sources, scored)
    return Matched(order, prepared, model, scored, report, known, found, conflicts, too_large, learned)


def _scored(
    prepared: Prepared, rules: MatchRules, model: Model | None, labels: Labels | None, progress: Progress
) -> tuple[Model, Scored, BlockingReport, Learned | None]:
    evidence = evidence_of(prepared, rules, planned=model is not None)
    if model is None:
        keys = [tuple(key.parts) for key in rules.keys] or propose_keys(evidence, prepared)
        plan = BlockPlan(tuple(keys), tuple(plan_splitters(keys, evidence)))
    else:
        plan = model.plan
    left, right, plan, report = candidate_pairs(
        plan, evidence, prepared.rows, rules.max_block, frozen=model is not None
    )
    progress("compare", 2, STEPS)
    codes = prepared.levels(left, right)
    numbers, patterns, counts = patterns_of(codes, prepared.widths())
    progress("weigh", 3, STEPS)
    learned = None
    if model is None:
        material = Material.of(prepared, training_sample(patterns, counts, numbers, left, right))
        weights, learned = learn(material, taught_by(prepared, labels, left, right) if labels else None)
        model = Model(rules, prepared.statistics, plan, weights)
    weight = corroborated(model.weights.of(patterns), patterns, model.weights, rules)
    return model, Scored(left, right, codes, weight[numbers]), report, learned


def weights_of(frame: pl.DataFrame, model: Model, left: Ints, right: Ints) -> tuple[Ints, Bools]:
    """Weights of pairs of rows under a model, and whether a key brings them together, as in any other frame."""
    prepared = prepare(as_texts(frame), model.rules, model.statistics)
    codes = prepared.levels(left, right)
    evidence = evidence_of(prepared, model.rules, planned=True)
    met = candidate_pairs(model.plan, evidence, prepared.rows, model.rules.max_block, frozen=True)[:2]
    low, high = np.minimum(left, right), np.maximum(left, right)
    found = np.isin(low * np.int64(prepared.rows) + high, met[0] * np.int64(prepared.rows) + met[1])
    return corroborated(model.weights.of(codes), codes, model.weights, model.rules), found


def cluster_scored(
    prepared: Prepared, rules: MatchRules, decided: Decided, sources: Ints | None, scored: Scored
) -> tuple[Ints, pl.DataFrame, list[Ints]]:
    """Labels in canonical order, conflicts between decisions, and the rows of clusters over the size limit."""
    forced = decided_pairs(decided, prepared.rows)
    least = bits_of(rules.merge_probability)
    for _ in range(_RULE_ROUNDS):
        left, right, weight = forced.applied_to(scored.left, scored.right, scored.weight, prepared.rows)
        labels = cluster(left, right, weight, prepared.rows, least=least)
        broken = violations(prepared, rules, sources, labels, forced)
        if not len(broken):
            break
        forced = forced.and_forbidden(broken)
    else:
        labels = taken_apart(labels, np.unique(labels[broken[:, 0]]), forced.same())
    labels, too_large = too_large_clusters(labels, forced.same(), rules.max_cluster)
    return labels, forced.conflicts, too_large


def canonical_order(frame: pl.DataFrame, rules: MatchRules) -> Ints:
    """Row positions in the order of source, id and content."""
    first = [c for c in (rules.source_column, rules.id_column) if c and c in frame.columns]
    content = [c for rule in rules.fields for c in (*rule.columns, *rule.aliases)]
    columns = list(dict.fromkeys([*first, *content]))
    if rules.id_column in first and frame.select(first).is_duplicated().any() is False:
        columns = first
    texts = frame.select(pl.col(c).cast(pl.String) for c in columns).with_row_index("_row")
    return texts.sort(columns, maintain_order=True, nulls_last=True)["_row"].to_numpy().astype(np.int64)


def single_sources(frame: pl.DataFrame, rules: MatchRules) -> Ints | None:
    """By row the number of its source if that holds each customer at most once, else -1."""
    if not rules.single_sources or rules.source_column is None:
        return None
    names = frame[rules.source_column].cast(pl.String)
    out = np.full(frame.height, -1, dtype=np.int64)
    for number, source in enumerate(rules.single_sources):
        out[(names == source).fill_null(False).to_numpy()] = number
    return out
