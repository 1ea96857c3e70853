"""How often each value stands in a whole set of records: the last evidence when a cluster alone cannot decide."""

from __future__ import annotations

import polars as pl

from custhub.golden.choose import normal_form
from custhub.golden.rules import NAME_PARTS, SINGLES
from custhub.golden.survive import FREQUENCIES, decoded

MIN_COUNT = 2


def count_values(records: pl.DataFrame, extra: tuple[str, ...] = ()) -> pl.DataFrame:
    """Frequencies (FREQUENCIES) over canonical records; values that stand once tell nothing and are left out.

    Belongs into the frozen model: taken once from the records that the model was trained on, then kept with it.
    `extra` names the project's own attributes to count, without `extra.`.
    """
    whole = decoded(records)
    counted = [_count(whole, name, pl.col(name)) for name in SINGLES if name not in ("kind", "parent")]
    counted += [_count(whole, f"name.{part}", pl.col("name").struct.field(part)) for part in NAME_PARTS]
    counted += [_count(whole, f"extra.{key}", _member(key)) for key in extra]
    return pl.concat(counted).sort("attribute", "value").cast(FREQUENCIES)


def _member(key: str) -> pl.Expr:
    """A text member of `extra`, as the canonical JSON under which it is compared."""
    value = pl.col("extra").str.json_decode(pl.Struct({key: pl.String()})).struct.field(key)
    return pl.when(value.is_not_null()).then(pl.concat_str(pl.lit('"'), value, pl.lit('"')))


def _count(records: pl.DataFrame, attribute: str, value: pl.Expr) -> pl.DataFrame:
    texts = records.select(normal_form(value).alias("value")).drop_nulls()
    counts = texts.group_by("value").agg(pl.len().cast(pl.Int64).alias("count")).filter(pl.col("count") >= MIN_COUNT)
    return counts.select(pl.lit(attribute).alias("attribute"), "value", "count")
