"""A project's own criterion: an SQL expression over one candidate, read by Polars; the highest score wins."""

from __future__ import annotations

import re

import polars as pl

COLUMNS = pl.Schema(
    {
        "value": pl.String(),
        "system": pl.String(),
        "trust": pl.Float64(),
        "updated_at": pl.Datetime("us", "UTC"),
        "filled": pl.Int64(),
        "failed": pl.Boolean(),
    }
)
"""What an expression may read: the value as the source wrote it (null: the source clears it), its source, the source's
trust (0 to 100), the record's date (null: not known), how many attributes the record fills, whether a check failed."""

_QUOTED = re.compile(r"'(?:[^']|'')*'")
_CLOCK = re.compile(r"\b(now|today|current_\w+|localtime\w*)\b", re.IGNORECASE)


def read_expression(text: str) -> pl.Expr:
    """The score (Int64, thousandths; null: lowest) that `text` gives a candidate.

    Raises ValueError when it cannot be read, reads other columns, looks beyond its own row or at the clock (the same
    data would then give another golden customer), or gives no number.
    """
    if _CLOCK.search(_QUOTED.sub("", text)):
        raise ValueError("an expression cannot look at the clock: let trust fall with age instead (`min` and `days`)")
    try:
        score = pl.sql_expr(text)
        unknown = sorted(set(score.meta.root_names()) - set(COLUMNS))
        if unknown:
            raise ValueError(f"there is no column {', '.join(unknown)}: only {', '.join(COLUMNS)}")
        if not _stays_in_its_row(score):
            raise ValueError("an expression sees one candidate at a time, so it cannot count or aggregate")
        dtype = pl.LazyFrame(schema=COLUMNS).select(score.alias("score")).collect_schema()["score"]
    except pl.exceptions.PolarsError as e:
        raise ValueError(f"this is no SQL expression: {str(e).splitlines()[0]}") from e
    if not (dtype.is_numeric() or dtype == pl.Boolean):
        raise ValueError(f"an expression gives a number or true/false, this one gives {dtype}")
    exact = (score.cast(pl.Float64) * 1000).fill_nan(None).round()
    return exact.clip(-(2**53), 2**53).cast(pl.Int64).fill_null(-(2**62))


def _stays_in_its_row(score: pl.Expr) -> bool:
    """Whether rows that differ in every column score the same together and each alone."""
    days = pl.datetime_range(pl.datetime(2024, 1, 1), pl.datetime(2024, 1, 3), "1d", time_zone="UTC", eager=True)
    values = [["a", "bb", "ccc"], ["x", "yy", "z"], [10.0, 20.0, 40.0], days, [1, 2, 4], [True, False, True]]
    probe = pl.DataFrame(dict(zip(COLUMNS, values, strict=True)), schema=COLUMNS)
    together = probe.with_columns(score.alias("score"))["score"]
    alone = pl.concat([row.with_columns(score.alias("score")) for row in probe.iter_slices(1)])["score"]
    return together.equals(alone, null_equal=True)


def score_candidates(candidates: pl.DataFrame, text: str, *, as_json: bool) -> pl.Series:
    """`read_expression` over candidates (golden.units), whose spelling may be JSON: one score per row."""
    value = pl.col("spelling").str.json_path_match("$") if as_json else pl.col("spelling")
    known = candidates.select(
        value.alias("value"),
        "system",
        pl.col("trust") / 1000,
        pl.when(pl.col("recent") > -(2**62)).then("recent").cast(COLUMNS["updated_at"]).alias("updated_at"),
        "filled",
        "failed",
    )
    return known.select(read_expression(text).alias("own")).to_series()
