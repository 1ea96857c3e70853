"""Names: the parts move as one group from one record, unless the rules take them apart; other names become aliases."""

from __future__ import annotations

import polars as pl

from custhub.golden.choose import normal_form
from custhub.golden.rules import NAME_PARTS
from custhub.golden.units import WEIGHTS, Cluster, choose_attribute, common, single_candidates
from custhub.model.frames import CUSTOMER


def _part(part: str) -> pl.Expr:
    return pl.col("name").struct.field(part)


def name_choices(cluster: Cluster) -> dict[str, pl.DataFrame]:
    """The choice behind `name`, or behind each `name.<part>`."""
    if not cluster.rules.name_apart:
        return {"name": choose_attribute(cluster, "name", _group_candidates(cluster))}
    attributes = {f"name.{part}": part for part in NAME_PARTS}
    return {
        attribute: choose_attribute(cluster, attribute, single_candidates(cluster, attribute, _part(part)))
        for attribute, part in attributes.items()
    }


def with_names(cluster: Cluster, choices: dict[str, pl.DataFrame]) -> pl.Series:
    """The golden names as CUSTOMER's struct."""
    names = cluster.records["name"]
    parts = {
        part: cluster.pick(names.struct.field(part), choices.get(f"name.{part}", choices.get("name", _none())))
        for part in NAME_PARTS
    }
    chosen = pl.DataFrame({part: values.alias(part) for part, values in parts.items()})
    chosen = chosen.with_columns(_aliases(cluster, chosen))
    dtype = CUSTOMER["name"]
    assert isinstance(dtype, pl.Struct)
    return chosen.select(pl.struct([f.name for f in dtype.fields]).cast(dtype).alias("name")).to_series()


def _none() -> pl.DataFrame:
    return pl.DataFrame(schema={"c": pl.UInt32, "row": pl.UInt32})


def _group_candidates(cluster: Cluster) -> pl.DataFrame:
    """Whole names; one is as well supported as its parts are, each counted over the cluster."""
    parts = cluster.several.select(*WEIGHTS, *(_part(p).alias(p) for p in NAME_PARTS))
    plain = [normal_form(pl.col(p)).alias(f"n_{p}") for p in NAME_PARTS]
    parts = parts.with_columns(plain)
    filled = pl.sum_horizontal([pl.col(p).is_not_null().cast(pl.Int64) for p in NAME_PARTS])
    parts = parts.with_columns(filled.alias("parts")).filter(pl.col("parts") > 0)
    agreeing = [
        pl.when(pl.col(f"n_{p}").is_not_null()).then(pl.len().over("c", f"n_{p}")).otherwise(0).cast(pl.Int64)
        for p in NAME_PARTS
        if parts[p].null_count() < parts.height
    ]
    support = pl.sum_horizontal(agreeing) if agreeing else pl.lit(0, dtype=pl.Int64)
    candidates = parts.with_columns(
        support.alias("support"),
        pl.concat_str([pl.col(f"n_{p}").fill_null("") for p in NAME_PARTS], separator="\x1f").alias("text"),
        pl.concat_str([pl.col(p).fill_null("") for p in NAME_PARTS], separator="\x1f").alias("spelling"),
    )
    if cluster.frequencies is not None:
        seen = [common(cluster, f"name.{p}", candidates[f"n_{p}"]) for p in NAME_PARTS]
        total = pl.DataFrame({str(i): s for i, s in enumerate(seen)}).sum_horizontal()
        candidates = candidates.with_columns(total.alias("common"))
    return candidates


def _aliases(cluster: Cluster, chosen: pl.DataFrame) -> pl.Series:
    """Other names that any record of the cluster gives, the best record's first."""
    carried = ("c", "row", "trust", "recent", "order")
    given = cluster.records.select(*carried, _part("aliases").alias("alias")).filter(pl.col("alias").list.len() > 0)
    others = cluster.several.select(*carried, _part("full").alias("alias")).drop_nulls("alias")
    names = pl.concat([given.explode("alias"), others]).with_columns(normal_form(pl.col("alias")).alias("k"))
    names = names.filter(pl.col("k").fill_null("") != "").with_columns(pl.int_range(pl.len()).alias("pos"))
    own = [
        chosen.select(
            pl.int_range(pl.len(), dtype=pl.UInt32).alias("c"), normal_form(pl.col(p)).alias("k")
        ).drop_nulls()
        for p in ("full", "native")
    ]
    distinct = (
        names.join(pl.concat(own), on=["c", "k"], how="anti")
        .sort("c", "trust", "recent", "order", "pos", descending=[False, True, True, False, False])
        .unique(["c", "k"], keep="first", maintain_order=True)
        .group_by("c", maintain_order=True)
        .agg(pl.col("alias").alias("aliases"))
    )
    listed = cluster.heads.select("c").join(distinct, on="c", how="left").sort("c")
    return listed["aliases"].fill_null(pl.Series([[]], dtype=pl.List(pl.String)))
