"""Lays a run's mapped and checked records over the current ones: what each source record is now. Pure, on frames.

This is where "no row is lost" is decided: every row of the batch ends as an attached, quarantined, excluded or deleted
record, and a record whose new version is bad keeps its last good one, marked stale.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from custhub.model import frames
from custhub.model.hashing import hash_texts

RECORD = frames.RECORD


@dataclass(frozen=True, slots=True)
class Checked:
    """What a source's rows became: mapped customers, and what was wrong with which.

    `rows` (system, row_key, batch_id, position): every row worked on. `customers`: CANONICAL. `rejected`: REJECTED.
    `excluded` (row_key). `verdicts`: VERDICT of severity warn and quarantine. `deleted` (system, row_key).
    """

    rows: pl.DataFrame
    customers: pl.DataFrame
    rejected: pl.DataFrame
    excluded: pl.DataFrame
    verdicts: pl.DataFrame
    deleted: pl.DataFrame


def delta(current: pl.DataFrame, checked: Checked) -> pl.DataFrame:
    """The records (RECORD) that differ from `current` (RECORD) once `checked` is laid over it."""
    ref, row = ["system", "key"], ["system", "row_key"]
    bad = _bad_keys(checked)
    mapped = _mapped(checked)
    good = mapped.join(bad, on=ref, how="anti", maintain_order="left")
    touched = pl.concat([checked.rows.select(row), checked.deleted.select(row)]).unique()
    before = current.join(touched, on=row, how="semi", maintain_order="left")
    excluded = checked.excluded.select(row)
    places = checked.rows.select(*row, "batch_id", "position")

    failing = mapped.join(bad, on=ref, how="semi").select(*ref, *row[1:]).vstack(_row_keys_of(bad, checked)).unique(ref)
    wholly = _wholly_rejected(mapped, checked)
    kept = pl.concat([failing.select(ref), before.join(wholly, on=row, how="semi").select(ref)]).unique()

    stale = before.join(kept, on=ref, how="semi", maintain_order="left").filter(pl.col("doc").is_not_null())
    stale = stale.filter(pl.col("status") == "attached").with_columns(stale=pl.lit(True))
    known_bad = pl.concat([failing, _row_records(wholly)]).unique(ref).join(stale, on=ref, how="anti")
    known_bad = _without_siblings(known_bad, stale, wholly)
    quarantined = _placed(known_bad, places).with_columns(status=pl.lit("quarantined"))

    done = pl.concat([f.select(ref) for f in (good, stale, quarantined)])
    gone = before.join(done, on=ref, how="anti", maintain_order="left")
    left_out = gone.join(excluded, on=row, how="semi").with_columns(status=pl.lit("excluded"))
    vanished = gone.join(excluded, on=row, how="anti").with_columns(status=pl.lit("deleted"))
    fresh_out = _unseen(excluded, before, done).with_columns(status=pl.lit("excluded"))
    fresh_gone = _unseen(checked.deleted.select(row), before, done).with_columns(status=pl.lit("deleted"))
    parts = [good, stale, quarantined, left_out, vanished, _placed(fresh_out, places), _placed(fresh_gone, places)]
    after = pl.concat([frames.conform(_calm(part), RECORD) for part in parts])
    return differing(after, current)


def _mapped(checked: Checked) -> pl.DataFrame:
    """The mapped customers as attached records with document, hash and the warnings they failed."""
    customers = checked.customers
    warnings = (
        checked.verdicts.filter(pl.col("severity") == "warn")
        .group_by("system", "key")
        .agg(pl.col("rule_id").unique().sort().alias("failed_rules"))
    )
    docs = frames.encode_docs(customers)
    records = customers.select("system", "key", "row_key", "batch_id", "position").with_columns(
        doc=docs, hash=hash_texts(docs), status=pl.lit("attached"), stale=pl.lit(False)
    )
    joined = records.join(warnings, on=["system", "key"], how="left", maintain_order="left")
    return frames.conform(joined, RECORD)


def _bad_keys(checked: Checked) -> pl.DataFrame:
    """References that a rule of severity quarantine or the mapping refused."""
    verdicts = checked.verdicts.filter(pl.col("severity") == "quarantine").select("system", "key")
    return pl.concat([verdicts, checked.rejected.select("system", "key")]).unique()


def _row_keys_of(bad: pl.DataFrame, checked: Checked) -> pl.DataFrame:
    """Refused references with the row they came from, for those that were never mapped."""
    return (
        checked.rejected.select("system", "key", "row_key")
        .unique(["system", "key"])
        .join(bad, on=["system", "key"], how="semi")
    )


def _wholly_rejected(mapped: pl.DataFrame, checked: Checked) -> pl.DataFrame:
    """Rows (system, row_key) that were refused and gave no customer at all."""
    refused = checked.rejected.select("system", "row_key").unique()
    return refused.join(mapped, on=["system", "row_key"], how="anti")


def _row_records(rows: pl.DataFrame) -> pl.DataFrame:
    """A record that stands for its whole row, keyed by the row's key."""
    return rows.select("system", pl.col("row_key").alias("key"), "row_key")


def _without_siblings(bad: pl.DataFrame, stale: pl.DataFrame, wholly: pl.DataFrame) -> pl.DataFrame:
    """Drops the stand-in of a wholly refused row when records of it live on as stale: one place per row is enough."""
    living = stale.select("system", "row_key").unique().join(wholly, on=["system", "row_key"], how="semi")
    stand_in = bad.filter(pl.col("key") == pl.col("row_key")).join(living, on=["system", "row_key"], how="semi")
    return bad.join(stand_in, on=["system", "key"], how="anti")


def _unseen(rows: pl.DataFrame, before: pl.DataFrame, done: pl.DataFrame) -> pl.DataFrame:
    """Rows that no record stands for yet, as stand-ins."""
    unseen = _row_records(rows.join(before, on=["system", "row_key"], how="anti"))
    return unseen.join(done, on=["system", "key"], how="anti")


def _placed(records: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    return records.join(places, on=["system", "row_key"], how="left", maintain_order="left")


def _calm(records: pl.DataFrame) -> pl.DataFrame:
    """`stale` is only for attached records; no null in the flag."""
    if "stale" not in records.columns:
        return records.with_columns(stale=pl.lit(False))
    return records.with_columns(stale=pl.col("stale").fill_null(False) & (pl.col("status") == "attached"))


def differing(after: pl.DataFrame, current: pl.DataFrame) -> pl.DataFrame:
    """Records that are new or differ in what matters; a new batch or position alone is no change."""
    matters = pl.struct("row_key", "hash", "status", "stale", pl.col("failed_rules").list.join("\n"))
    old = current.select("system", "key", old=matters)
    compared = after.join(old, on=["system", "key"], how="left", maintain_order="left")
    differs = compared.filter(pl.col("old").is_null() | matters.ne_missing(pl.col("old")))
    return differs.select(RECORD.names()).sort("system", "key")
