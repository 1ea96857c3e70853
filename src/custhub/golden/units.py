"""Attributes with one value: from records in clusters to candidates, and from choices back to a column."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from custhub.golden.choose import CANDIDATES, choose, normal_form
from custhub.golden.expression import score_candidates
from custhub.golden.rules import EXTRA, Survivorship
from custhub.golden.trust import field_trust
from custhub.model.frames import conform

WEIGHTS = ("c", "row", "system", "trust", "recent", "filled", "failed", "order")
"""What a candidate carries with it beside its value."""

CLEARED = "\x00"
"""The text of a candidate that says: there is no value (a source that may clear)."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """Records in clusters. `c` counts the clusters from 0, `row` the records; both follow the lowest references."""

    records: pl.DataFrame  # CUSTOMER's columns, ref, c, row, trust, recent, filled, failed, order
    heads: pl.DataFrame  # one row per cluster: c, golden_id, members, first (row)
    several: pl.DataFrame  # the records of clusters with more than one, without their lists
    rules: Survivorship
    frequencies: pl.DataFrame | None

    def rows(self, choice: pl.DataFrame) -> pl.Series:
        """The row to take per cluster: the only record, the chosen one, or null."""
        first = self.heads["first"].to_numpy().astype(np.int64)
        size = self.heads["members"].list.len().to_numpy()
        rows = np.where(size == 1, first, -1)
        rows[choice["c"].to_numpy()] = choice["row"].to_numpy()
        return pl.Series("row", rows).replace(-1, None)

    def pick(self, values: pl.Series, choice: pl.DataFrame) -> pl.Series:
        """One value per cluster out of `values`, which has one per record."""
        return values.gather(self.rows(choice))


def single_candidates(cluster: Cluster, attribute: str, value: pl.Expr | None = None) -> pl.DataFrame:
    """Candidates of an attribute with one text value; empty values only of sources that may clear it."""
    value = pl.col(attribute) if value is None else value
    rows = cluster.several
    if attribute == "parent":
        own = cluster.records.select("c", pl.col("ref").alias("parent"))
        rows = rows.join(own, on=["c", "parent"], how="anti")
    spelled = rows.select(*WEIGHTS, value.alias("spelling"))
    clears = cluster.rules.may_clear(attribute)
    kept = spelled.filter(pl.col("spelling").is_not_null() | pl.col("system").is_in(sorted(clears)))
    return kept.with_columns(normal_form(pl.col("spelling")).fill_null(CLEARED).alias("text"))


def choose_attribute(cluster: Cluster, attribute: str, candidates: pl.DataFrame) -> pl.DataFrame:
    """The choice (CHOICE) among candidates, which have the records' weights beside text and spelling."""
    rule = cluster.rules.field(attribute)
    if rule.sources:
        candidates = candidates.with_columns(field_trust(candidates, rule.sources, cluster.rules))
    if cluster.frequencies is not None and "common" not in candidates.columns:
        candidates = candidates.with_columns(common(cluster, attribute, candidates["text"]))
    if rule.expression is not None:
        candidates = candidates.with_columns(
            score_candidates(candidates, rule.expression, as_json=attribute.startswith(EXTRA))
        )
    return choose(conform(candidates, CANDIDATES), cluster.rules.criteria(attribute))


def common(cluster: Cluster, attribute: str, texts: pl.Series) -> pl.Series:
    """How often the frozen model has seen each text as this attribute."""
    assert cluster.frequencies is not None
    known = cluster.frequencies.filter(pl.col("attribute") == attribute).group_by("value").agg(pl.col("count").sum())
    looked_up = texts.alias("value").to_frame().join(known, on="value", how="left", maintain_order="left")
    return looked_up["count"].fill_null(0).cast(pl.Int64).alias("common")
