"""A project's own attributes (`extra`, JSON text): each key is an attribute with its own rule."""

from __future__ import annotations

import json
from collections.abc import Iterator

import polars as pl

from custhub.golden.choose import normal_form
from custhub.golden.rules import EXTRA
from custhub.golden.units import CLEARED, WEIGHTS, Cluster, choose_attribute
from custhub.model.hashing import canonical_json

_OPENED = pl.Schema({"extra": pl.String(), "name": pl.String(), "spelling": pl.String()})


def merge_extras(cluster: Cluster) -> tuple[pl.Series, dict[str, pl.DataFrame]]:
    """Golden `extra` per cluster as canonical JSON text (null: nothing), and the choice behind every `extra.<key>`."""
    several = cluster.several.select(*WEIGHTS, "extra").filter(_says_something())
    opened = _open(several["extra"].unique())
    choices: dict[str, pl.DataFrame] = {}
    members: list[pl.DataFrame] = []
    for name in sorted(opened["name"].unique()):
        attribute = EXTRA + name
        candidates = several.join(opened.filter(pl.col("name") == name), on="extra", how="inner")
        allowed = pl.col("spelling").is_not_null() | pl.col("system").is_in(sorted(cluster.rules.may_clear(attribute)))
        candidates = candidates.filter(allowed).with_columns(
            normal_form(pl.col("spelling")).fill_null(CLEARED).alias("text")
        )
        choices[attribute] = choose_attribute(cluster, attribute, candidates)
        won = (
            choices[attribute].join(candidates.select("row", "spelling"), on="row", how="inner").drop_nulls("spelling")
        )
        label = json.dumps(name, ensure_ascii=False) + ":"
        members.append(won.select("c", pl.concat_str(pl.lit(label), "spelling").alias("member")))
    return _column(cluster, members), choices


def _says_something() -> pl.Expr:
    return pl.col("extra").is_not_null() & (pl.col("extra") != "{}")


def _members(text: str) -> Iterator[tuple[str, str | None]]:
    for name, value in json.loads(text, parse_float=str).items():
        yield name, None if value is None else canonical_json(value)


def _open(texts: pl.Series) -> pl.DataFrame:
    """(extra, name, spelling): the members of each JSON object, values as canonical JSON; null stays null."""
    rows = [(text, name, value) for text in texts for name, value in _members(text)]
    return pl.DataFrame(rows, schema=_OPENED, orient="row")


def _tidy(text: str) -> str | None:
    kept = {name: json.loads(value) for name, value in _members(text) if value is not None}
    return canonical_json(kept) if kept else None


def _column(cluster: Cluster, members: list[pl.DataFrame]) -> pl.Series:
    """One text per cluster; what a single record says is only put in order."""
    schema = pl.Schema({"c": pl.UInt32(), "member": pl.String()})
    # Keys come sorted bytewise, which is the order of canonical JSON for all of Unicode's basic plane.
    united = pl.concat([pl.DataFrame(schema=schema), *members]).group_by("c", maintain_order=True).agg("member")
    joined = united.select("c", pl.concat_str(pl.lit("{"), pl.col("member").list.join(","), pl.lit("}")).alias("extra"))
    alone = cluster.heads.filter(pl.col("members").list.len() == 1).select("c", pl.col("first").alias("row"))
    single = cluster.records.select("row", "extra").filter(_says_something()).join(alone, on="row", how="inner")
    texts = single["extra"].unique()
    tidied = pl.DataFrame({"extra": texts, "tidy": [_tidy(t) for t in texts]}, schema_overrides={"tidy": pl.String})
    ordered = single.join(tidied, on="extra", how="left").select("c", pl.col("tidy").alias("extra"))
    return cluster.heads.select("c").join(pl.concat([joined, ordered]), on="c", how="left").sort("c")["extra"]
