"""How much a record's values weigh: the source's trust, its fall with age, and what a failed check takes away."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl

from custhub.golden.rules import Curve, SourceTrust, Survivorship

_SECONDS_A_DAY = 86_400
UNKNOWN_DATE = -(2**62)
"""What `recent` is for a record whose source does not say when it changed: older than anything."""


def weigh(records: pl.DataFrame, rules: Survivorship, at: datetime) -> pl.DataFrame:
    """Per record, all Int64: `trust` (thousandths), `recent` (microseconds), `filled` and `order` (lower is earlier).

    `order` runs over the whole frame: sources as declared, then others by name, then the references' bytes.
    `at` is the run's logical time; trust falls by whole days only, so that one day gives one answer.
    """
    recent = _instant(pl.col("source_updated_at"))
    weighed = records.select(
        "system",
        "ref",
        recent.fill_null(UNKNOWN_DATE).alias("recent"),
        pl.col("failed_rules").list.len().gt(0).fill_null(False).alias("failed"),
        _filled(records).alias("filled"),
    ).with_columns(_age(at).alias("age"))
    keep = 100 - rules.failed_check
    return weighed.select(
        (_trust(rules) * pl.when("failed").then(keep).otherwise(100) // 100).alias("trust"),
        "recent",
        "filled",
        "failed",
        _place(weighed, rules).alias("order"),
    )


def field_trust(records: pl.DataFrame, sources: tuple[str, ...], rules: Survivorship) -> pl.Series:
    """The `trust` column of a field that names its own order of sources; sources not named come last, alike."""
    ranks = {source: (len(sources) - i) * 1000 for i, source in enumerate(sources)}
    keep = 100 - rules.failed_check
    rank = pl.col("system").replace_strict(ranks, default=0, return_dtype=pl.Int64)
    return records.select(
        (rank * pl.when("failed").then(keep).otherwise(100) // 100).alias("trust"),
    ).to_series()


def _instant(text: pl.Expr) -> pl.Expr:
    """Microseconds since 1970 of an ISO instant (a date alone counts as its midnight in UTC); null when unreadable."""
    exact = text.str.to_datetime(time_zone="UTC", time_unit="us", strict=False, format="%Y-%m-%dT%H:%M:%S%.fZ")
    day = text.str.slice(0, 10).str.to_datetime("%Y-%m-%d", time_unit="us", strict=False).dt.replace_time_zone("UTC")
    return pl.coalesce(exact, day).dt.epoch("us")


def _age(at: datetime) -> pl.Expr:
    """Whole days since the record changed; null when the date is not known."""
    now = int(at.astimezone(UTC).timestamp())
    known = pl.when(pl.col("recent") != UNKNOWN_DATE).then(pl.col("recent") // 1_000_000)
    return ((now - known) // _SECONDS_A_DAY).clip(0)


def _trust(rules: Survivorship) -> pl.Expr:
    trust = pl.lit(rules.default_trust * 1000, dtype=pl.Int64)
    for name, source in sorted(rules.sources.items()):
        trust = pl.when(pl.col("system") == name).then(_faded(source)).otherwise(trust)
    return trust


def _faded(source: SourceTrust) -> pl.Expr:
    """Trust at the value's age in integers; a value of unknown age counts as old."""
    top = source.trust * 1000
    if source.min is None or source.days is None:
        return pl.lit(top, dtype=pl.Int64)
    days, span = source.days, (source.trust - source.min) * 1000
    age = pl.col("age").fill_null(days).clip(0, days)
    match source.curve:
        case Curve.STRAIGHT:
            fallen = span * age // days
        case Curve.SLOW_FIRST:
            fallen = span * age * age // (days * days)
        case Curve.FAST_FIRST:
            fallen = span - span * (days - age) * (days - age) // (days * days)
    return pl.lit(top, dtype=pl.Int64) - fallen


def _filled(records: pl.DataFrame) -> pl.Expr:
    """How many attributes a record has something to say on."""
    singles = ("birth_date", "founded_on", "gender", "parent", "status", "source_updated_at")
    lists = [name for name, dtype in records.schema.items() if isinstance(dtype, pl.List) and name != "failed_rules"]
    name_type = records.schema["name"]
    assert isinstance(name_type, pl.Struct)
    said = [
        *(pl.col(name).is_not_null() for name in singles),
        *(pl.col(name).list.len().fill_null(0) > 0 for name in lists),
        *(pl.col("name").struct.field(f.name).is_not_null() for f in name_type.fields if f.dtype == pl.String),
    ]
    return pl.sum_horizontal([s.cast(pl.Int64) for s in said])


def _place(weighed: pl.DataFrame, rules: Survivorship) -> pl.Series:
    declared = {name: i for i, name in enumerate(rules.sources)}
    sorted_ = (
        weighed.select("system", "ref", pl.int_range(pl.len(), dtype=pl.Int64).alias("row"))
        .with_columns(
            pl.col("system").replace_strict(declared, default=len(declared), return_dtype=pl.Int64).alias("s")
        )
        .sort("s", "system", "ref")
    )
    places = sorted_.with_columns(pl.int_range(pl.len(), dtype=pl.Int64).alias("order")).sort("row")
    return places["order"]
