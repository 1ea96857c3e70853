"""Rejected rows as they came: the row and its child rows as one JSON text, so that nothing is lost in quarantine."""

from __future__ import annotations

import json

import polars as pl

from custhub.mapping.tables import Tables
from custhub.model.frames import LANDED


def raw_rows(tables: Tables, root: str, rows: pl.Series) -> pl.Series:
    """`{"<root stream>": {...}, "<child stream>": [{...}, ...]}` for each of `rows` (row numbers of the root)."""
    wanted = rows.unique().sort().alias("_p")
    frame = pl.DataFrame({"_p": wanted, "root": _json(tables.frames[root], wanted)})
    members = [_member(tables.plans[root].stream), pl.col("root")]
    told = {tables.plans[root].stream}
    for table, plan in tables.plans.items():
        if plan.parent is None or plan.stream in told or tables.frames[table].height == 0:
            continue
        told.add(plan.stream)
        pairs = _pairs(tables, table, root).filter(pl.col("_p").is_in(wanted.implode()))
        pairs = pairs.with_columns(_json(tables.frames[table], pairs["_t"]).alias(table))
        children = pairs.group_by("_p").agg(pl.col(table).str.join(","))
        frame = frame.join(children, on="_p", how="left", maintain_order="left")
        members += [_member(plan.stream, before=",", after="["), pl.col(table).fill_null(""), pl.lit("]")]
    whole = frame.select("_p", raw=pl.concat_str(pl.lit("{"), *members, pl.lit("}")))
    return pl.DataFrame({"_p": rows}).join(whole, on="_p", how="left", maintain_order="left")["raw"]


def _member(name: str, before: str = "", after: str = "") -> pl.Expr:
    return pl.lit(f"{before}{json.dumps(name, ensure_ascii=False)}:{after}")


def _json(frame: pl.DataFrame, rows: pl.Series) -> pl.Series:
    columns = [name for name in frame.columns if name not in LANDED]
    text = pl.struct(columns).struct.json_encode() if columns else pl.lit("{}")
    return frame[rows].with_columns(text.alias("_json"))["_json"]


def _pairs(tables: Tables, table: str, root: str) -> pl.DataFrame:
    """Every row of `table` with the root row that it belongs to, directly or through another table."""
    links, parent = tables.all_links(table), tables.plans[table].parent
    if parent == root or parent is None:
        return links
    above = _pairs(tables, parent, root).rename({"_t": "_m"})
    return links.rename({"_p": "_m"}).join(above, on="_m", how="inner", maintain_order="left").select("_p", "_t")
