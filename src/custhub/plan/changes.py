"""The list of small changes, in the order in which a person reads them."""

from __future__ import annotations

import polars as pl

from custhub.model.frames import KEYS, RECORD, conform, ref_of
from custhub.plan.frames import CHANGE, Action
from custhub.plan.outcome import Outcome

_ORDER = {action.value: place for place, action in enumerate(Action)}


def record_changes(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Source record versions to write: RECORD plus `old` (status before) and `cause`.

    A record is written when its document, status, staleness or failed checks differ; being landed again is no change.
    """
    known = conform(before, RECORD).select(
        *KEYS,
        pl.col("hash").alias("hash_old"),
        pl.col("status").alias("old"),
        pl.col("stale").fill_null(False).alias("stale_old"),
        pl.col("failed_rules").list.sort().alias("rules_old"),
    )
    both = after.join(known, on=KEYS, how="left")
    back = pl.col("status") == "attached"
    cause = (
        pl.when(pl.col("old").is_null() & back)
        .then(pl.lit("new"))
        .when(pl.col("old").ne_missing(pl.col("status")))
        .then(pl.when(back).then(pl.lit("back")).otherwise("status"))
        .when(pl.col("hash").ne_missing(pl.col("hash_old")))
        .then(pl.lit("changed"))
        .when(pl.col("stale").fill_null(False) != pl.col("stale_old"))
        .then(pl.when("stale").then(pl.lit("stale")).otherwise(pl.lit("fresh")))
        .when(pl.col("failed_rules").list.sort().ne_missing(pl.col("rules_old")))
        .then(pl.lit("checks"))
    )
    differing = both.with_columns(cause.alias("cause")).filter(pl.col("cause").is_not_null())
    return differing.select(*RECORD.names(), "old", "cause").sort(KEYS)


def list_changes(
    outcome: Outcome, records: pl.DataFrame, causes: pl.DataFrame, payload: dict[str, pl.DataFrame]
) -> pl.DataFrame:
    """CHANGE rows for everything in the payload."""
    parts = [
        _ends(outcome),
        _members(outcome),
        _values(outcome),
        _links(outcome, payload["links"]),
        _records(records),
        _tasks(payload["tasks"]),
        _quarantine(payload["quarantine"], payload["closings"]),
    ]
    table = pl.concat([conform(part, CHANGE) for part in parts])
    table = table.join(causes, on="golden_id", how="left")
    table = table.with_columns(pl.coalesce("cause", "why").alias("cause")).drop("why")
    place = pl.col("action").replace_strict(_ORDER, return_dtype=pl.Int64)
    return table.sort(place, "golden_id", "ref", "attribute", nulls_last=True)


def _action(action: Action) -> pl.Expr:
    return pl.lit(action.value).alias("action")


def _with_moves(ids: pl.DataFrame, outcome: Outcome) -> pl.DataFrame:
    return ids.join(outcome.moves.select("golden_id", "gained", "lost"), on="golden_id", how="left")


def _ends(outcome: Outcome) -> pl.DataFrame:
    """Ids that merge, retire, come back or are new."""
    identity = outcome.identity
    named = (
        (identity.merged, Action.MERGE),
        (identity.retired, Action.RETIRE),
        (identity.revived, Action.REVIVE),
        (identity.created, Action.CREATE),
    )
    rows = [conform(_with_moves(ids, outcome).with_columns(_action(action)), CHANGE) for ids, action in named]
    return pl.concat(rows)


def _members(outcome: Outcome) -> pl.DataFrame:
    """Golden customers that go on and lose records to others (split) or have others come and go (update)."""
    identity = outcome.identity
    ended = pl.concat([x.select("golden_id") for x in (identity.merged, identity.retired)])
    begun = pl.concat([identity.revived, identity.created])
    staying = outcome.moves.join(ended, on="golden_id", how="anti").join(begun, on="golden_id", how="anti")
    lost = staying.select("golden_id", pl.col("lost").alias("ref")).explode("ref").drop_nulls("ref")
    elsewhere = lost.join(identity.links.select(ref_of()), on="ref", how="semi").select("golden_id").unique()
    split = staying.join(elsewhere, on="golden_id", how="semi").with_columns(_action(Action.SPLIT))
    other = staying.join(elsewhere, on="golden_id", how="anti").with_columns(_action(Action.UPDATE))
    return pl.concat([split, other])


def _values(outcome: Outcome) -> pl.DataFrame:
    return outcome.differences.with_columns(_action(Action.UPDATE))


def _links(outcome: Outcome, links: pl.DataFrame) -> pl.DataFrame:
    """Records that come to an existing golden customer, and those that are attached to none any more."""
    created = outcome.identity.created
    told = links.with_columns(ref_of())
    come = told.filter(pl.col("golden_id").is_not_null()).join(created, on="golden_id", how="anti")
    before = outcome.links_before.select(*KEYS, pl.col("golden_id").alias("was"))
    gone = told.filter(pl.col("golden_id").is_null()).join(before, on=KEYS, how="left")
    return pl.concat(
        [
            come.select(_action(Action.ATTACH), "golden_id", "ref"),
            gone.select(_action(Action.DETACH), pl.col("was").alias("golden_id"), "ref"),
        ]
    )


def _records(records: pl.DataFrame) -> pl.DataFrame:
    return records.select(_action(Action.RECORD), ref_of(), "old", pl.col("status").alias("new"), "cause")


def _tasks(tasks: pl.DataFrame) -> pl.DataFrame:
    closing = pl.col("status") == "closed"
    action = pl.when(closing).then(pl.lit(Action.TASK_CLOSE.value)).otherwise(pl.lit(Action.TASK_OPEN.value))
    return tasks.select(action.alias("action"), pl.col("key").alias("ref"), pl.col("kind").alias("rule"))


def _quarantine(quarantine: pl.DataFrame, closings: pl.DataFrame) -> pl.DataFrame:
    opened = quarantine.select(
        _action(Action.QUARANTINE),
        pl.concat_str("system", pl.lit(":"), pl.coalesce("key", "row_key").fill_null("")).alias("ref"),
        pl.col("field").alias("attribute"),
        pl.col("rule_id").alias("rule"),
        pl.col("severity").alias("cause"),
    )
    ended = closings.select(_action(Action.QUARANTINE_END), pl.col("id").alias("ref"), pl.col("status").alias("cause"))
    return pl.concat([conform(opened, CHANGE), conform(ended, CHANGE)])
