"""Customers that exist stay whole while the evidence is open: who moves or changes a number is still who they were.

Joining needs evidence for one customer, parting needs evidence against it; in between the customer stays as it is and a
person is asked. What people judged, never-rules, single sources and the size limit part at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from custhub.matching.arrays import Bools, Ints
from custhub.matching.cluster import cluster, components
from custhub.matching.constraints import CERTAIN, Decided, decided_pairs, pairs_within, violations
from custhub.matching.engine import single_sources
from custhub.matching.index import MatchIndex, pair_weights, within
from custhub.matching.model import Model
from custhub.matching.outcome import bits_of
from custhub.matching.prepare import prepare
from custhub.matching.values import as_texts
from custhub.matching.weigh import probability

KEPT = pl.Schema({"left": pl.Int64(), "right": pl.Int64(), "weight": pl.Int64(), "probability": pl.Float64()})


@dataclass(frozen=True, slots=True)
class Kept:
    """Clusters by place, and KEPT: for each part that stays with another, the places of the pair that says most for it."""

    clusters: Ints
    pairs: pl.DataFrame


@dataclass(frozen=True, slots=True)
class _Torn:
    """Records of customers who fell into several clusters: the cluster found and the customer of each, and the pairs of
    one customer's records across clusters (by place here) with their weights."""

    records: pl.DataFrame
    found: Ints
    whose: Ints
    pairs: Ints
    weight: Ints


def keep_together(
    index: MatchIndex, rows: Ints, clusters: Ints, homes: Ints, decided: Decided, *, part_below: float
) -> Kept:
    """Joins the clusters again into which a customer fell, unless it is one with a probability below `part_below`.

    By place: `rows` of the index, the `clusters` found, and `homes`, a number for each existing customer (0: none).
    A part that has joined another existing customer is not asked for back, unless a person's `same` joined the two: then they
    are one. Weights are means over the pairs across.
    """
    homes = _called_same(homes, decided.same)
    places = _parts_of_torn(clusters, homes, index.model.rules.max_cluster)
    if not len(places):
        return Kept(clusters, pl.DataFrame(schema=KEPT))
    local = np.full(len(clusters), -1, dtype=np.int64)
    local[places] = np.arange(len(places))
    found, whose = clusters[places], _homes_of_clusters(clusters, homes)[clusters[places]]
    # Newcomers too, as they count in the next run, which is not to find another answer.
    pairs = pairs_within(whose, np.ones(len(places), dtype=np.bool_))
    pairs = pairs[found[pairs[:, 0]] != found[pairs[:, 1]]]
    weight = pair_weights(index, rows[places[pairs[:, 0]]], rows[places[pairs[:, 1]]])
    known = Decided(within(decided.same, local), within(decided.different, local))
    torn = _Torn(index.records(rows[places]), found, whose, pairs, weight)
    labels = _joined(index.model, torn, known, bits_of(part_below))
    out = clusters.copy()
    out[places] = places[labels]
    kept = labels[pairs[:, 0]] == labels[pairs[:, 1]]
    return Kept(out, _strongest(places[pairs[kept]], found[pairs[kept]], weight[kept]))


def _called_same(homes: Ints, same: Ints) -> Ints:
    """The homes with one number for customers of whom a person called two records the same."""
    ends = homes[same]
    ends = ends[(ends > 0).all(axis=1)]
    return components(ends[:, 0], ends[:, 1], int(homes.max(initial=0)) + 1)[homes]


def _homes_of_clusters(clusters: Ints, homes: Ints) -> Ints:
    """By cluster label, the one existing customer that its records are of; 0 where there are none or several."""
    highest = np.zeros(len(clusters), dtype=np.int64)
    np.maximum.at(highest, clusters, homes)
    mixed = np.unique(clusters[(homes > 0) & (homes != highest[clusters])])
    highest[mixed] = 0
    return highest


def _parts_of_torn(clusters: Ints, homes: Ints, limit: int | None) -> Ints:
    """Places of all records in clusters that are parts of a customer who fell into several, and is not too large whole."""
    whose = _homes_of_clusters(clusters, homes)[clusters]
    parts = np.unique(np.stack([whose, clusters], axis=1), axis=0)
    torn = np.bincount(parts[:, 0]) > 1
    if limit is not None:
        torn &= np.bincount(whose) <= limit
    torn[:1] = False  # 0 is nobody; there may be no records at all
    return np.flatnonzero(torn[whose])


def _joined(model: Model, torn: _Torn, known: Decided, least: int) -> Ints:
    """Labels within these records: the clusters found, joined within a customer where the evidence leaves it open."""
    rules, rows = model.rules, torn.records.height
    prepared = prepare(as_texts(torn.records), rules, model.statistics)
    forced = decided_pairs(known, rows)
    forced = forced.and_forbidden(violations(prepared, rules, single_sources(torn.records, rules), torn.whose, forced))
    inside = _chained(torn.found)
    pairs = np.concatenate([inside, torn.pairs])
    weights = np.r_[np.full(len(inside), CERTAIN), torn.weight]
    return cluster(*forced.applied_to(pairs[:, 0], pairs[:, 1], weights, rows), rows, least=least, unseen=least)


def _chained(labels: Ints) -> Ints:
    """Pairs that tie each record to the first of its label."""
    _, first, number = np.unique(labels, return_index=True, return_inverse=True)
    pairs: Ints = np.stack([first[number], np.arange(len(labels))], axis=1)
    apart: Bools = pairs[:, 0] != pairs[:, 1]
    return pairs[apart]


def _strongest(pairs: Ints, found: Ints, weight: Ints) -> pl.DataFrame:
    """KEPT, one row per two parts that stay together."""
    frame = pl.DataFrame(
        {
            "left": pairs.min(axis=1, initial=np.iinfo(np.int64).max),
            "right": pairs.max(axis=1, initial=-1),
            "weight": weight,
            "probability": probability(weight),
            "low": found.min(axis=1, initial=np.iinfo(np.int64).max),
            "high": found.max(axis=1, initial=-1),
        }
    )
    best = frame.sort("weight", "left", "right", descending=[True, False, False])
    return best.unique(["low", "high"], keep="first", maintain_order=True).sort("left", "right").select(KEPT.names())
