"""Merges of golden customers that already exist need stronger evidence than a new record that joins one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from custhub.golden.identity import CLUSTERS
from custhub.model.decisions import Decision, Judgement
from custhub.model.frames import KEYS, LINK, conform, ref_of
from custhub.plan.plan import MERGES

HELD = pl.Schema(
    {
        "system_l": pl.String(),
        "key_l": pl.String(),
        "system_r": pl.String(),
        "key_r": pl.String(),
        "golden_l": pl.String(),
        "golden_r": pl.String(),
        "probability": pl.Float64(),
    }
)
"""Pairs that would have merged two existing golden customers and were not strong enough for that."""


_PERSON = 1.1
"""Surer than any probability: a person's word."""


@dataclass(frozen=True, slots=True)
class Held:
    """Clusters without the merges that are held back, and the pair behind each of these."""

    clusters: pl.DataFrame  # system, key, cluster
    held: pl.DataFrame  # HELD


def hold_merges(
    clusters: pl.DataFrame,
    links: pl.DataFrame,
    pairs: pl.DataFrame,
    *,
    at_least: float,
    decisions: tuple[Decision, ...] = (),
    confirmed: frozenset[str] = frozenset(),
) -> Held:
    """Takes clusters apart again that join existing golden customers on evidence below `at_least` (a probability).

    Within such a cluster the pairs are taken strongest first: parts that both hold an existing golden customer are
    joined only by a pair that is strong enough or by a person's `same`; new records go where their strongest pair
    leads. Clusters of one existing customer, or of none, stay as they are. Two `confirmed` customers are joined by a
    person's `same` only.
    """
    members = conform(clusters, CLUSTERS).with_columns(ref_of())
    members = members.join(conform(links, LINK), on=KEYS, how="left")
    joining = pl.col("golden_id").drop_nulls().n_unique().over("cluster") > 1
    touched = members.filter(joining).sort("cluster", "ref")
    if touched.is_empty():
        return Held(conform(clusters, CLUSTERS), pl.DataFrame(schema=HELD))
    parts = _Parts(touched, confirmed)
    for left, right, probability in _edges(touched, pairs, decisions):
        parts.join(left, right, probability, at_least)
    parts.gather_rest(touched.select("cluster", "ref").iter_rows())
    label = {ref: parts.root(ref) for ref in touched["ref"]}
    number = touched.select("system", "key", pl.col("ref").replace_strict(label, return_dtype=pl.String).alias("root"))
    fresh: int = members.select(pl.col("cluster").max() + 1).item()
    split = number.with_columns((pl.col("root").rank("dense").cast(pl.Int64) + fresh).alias("cluster"))
    rest = members.filter(~joining).select(CLUSTERS.names())
    return Held(pl.concat([rest, split.select(CLUSTERS.names())]), parts.report(touched))


def merge_probabilities(merged: pl.DataFrame, links: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """MERGES: for each merged id the best probability of a pair between its records and those of its survivor."""
    left = links.select(
        pl.col("system").alias("system_l"), pl.col("key").alias("key_l"), pl.col("golden_id").alias("a")
    )
    right = links.select(
        pl.col("system").alias("system_r"), pl.col("key").alias("key_r"), pl.col("golden_id").alias("b")
    )
    crossed = pairs.join(left, on=["system_l", "key_l"]).join(right, on=["system_r", "key_r"])
    both_ways = pl.concat(
        [crossed.select("a", "b", "probability"), crossed.select(a="b", b="a", probability="probability")]
    )
    best = both_ways.group_by("a", "b").agg(pl.col("probability").max())
    joined = merged.join(best.rename({"a": "golden_id", "b": "moved_to"}), on=["golden_id", "moved_to"], how="left")
    return conform(joined.sort("golden_id"), MERGES)


def _edges(touched: pl.DataFrame, pairs: pl.DataFrame, decisions: tuple[Decision, ...]) -> list[tuple[str, str, float]]:
    """Pairs inside the touched clusters as (ref, ref, probability), a person's `same` first, then the strongest."""
    inside = dict(touched.select("ref", "cluster").iter_rows())
    people = [(str(d.left), str(d.right), _PERSON) for d in decisions if d.judgement is Judgement.SAME]
    refs = pairs.select(
        pl.concat_str("system_l", pl.lit(":"), "key_l").alias("l"),
        pl.concat_str("system_r", pl.lit(":"), "key_r").alias("r"),
        "probability",
    ).filter(pl.col("l").is_in(list(inside)))
    found = [(a, b, p) for a, b, p in (*people, *refs.iter_rows()) if a in inside and inside.get(b) == inside[a]]
    return sorted(found, key=lambda e: (-e[2], min(e[:2]), max(e[:2])))


class _Parts:
    """Disjoint sets of references of one cluster (ref, cluster, golden_id); a set holds any number of existing golden customers
    that were strong enough. What matching took apart in different clusters stays apart, though it had one golden id."""

    def __init__(self, touched: pl.DataFrame, confirmed: frozenset[str]) -> None:
        rows = touched.select("ref", "cluster", "golden_id").sort("ref").rows()
        self._confirmed = confirmed
        self._parent = {ref: ref for ref, _, _ in rows}
        self._ids: dict[str, set[str]] = {ref: {golden_id} if golden_id else set() for ref, _, golden_id in rows}
        self._held: dict[tuple[str, str], tuple[str, str, float]] = {}
        homes: dict[tuple[int, str], str] = {}
        for ref, cluster, golden_id in rows:
            if golden_id is not None:
                self._unite(homes.setdefault((cluster, golden_id), ref), ref)

    def root(self, ref: str) -> str:
        while self._parent[ref] != ref:
            self._parent[ref] = self._parent[self._parent[ref]]
            ref = self._parent[ref]
        return ref

    def join(self, left: str, right: str, probability: float, at_least: float) -> None:
        a, b = self.root(left), self.root(right)
        if a == b:
            return
        both_confirmed = self._ids[a] & self._confirmed and self._ids[b] & self._confirmed
        if self._ids[a] and self._ids[b] and probability < (_PERSON if both_confirmed else at_least):
            key = (min(self._ids[a]), min(self._ids[b]))
            self._held.setdefault((min(key), max(key)), (left, right, probability))
            return
        self._unite(a, b)

    def gather_rest(self, members: Iterable[tuple[int, str]]) -> None:
        """Records that no pair ties to a part go with their cluster's part of the lowest reference."""
        first: dict[int, str] = {}
        for cluster, ref in members:
            home = first.setdefault(cluster, ref)
            if not self._ids[self.root(ref)] and self._ids[self.root(home)]:
                self._unite(self.root(home), self.root(ref))

    def report(self, touched: pl.DataFrame) -> pl.DataFrame:
        named = {ref: (system, key) for system, key, ref in touched.select("system", "key", "ref").iter_rows()}
        rows = [
            (*named[left], *named[right], *ids, probability)
            for ids, (left, right, probability) in sorted(self._held.items())
            if self.root(left) != self.root(right)
        ]
        return pl.DataFrame(rows, schema=HELD, orient="row")

    def _unite(self, a: str, b: str) -> None:
        a, b = self.root(a), self.root(b)
        if a != b:
            low, high = min(a, b), max(a, b)
            self._parent[high] = low
            self._ids[low] = self._ids[low] | self._ids[high]
