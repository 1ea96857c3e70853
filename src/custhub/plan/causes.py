"""Why each golden customer changes, and the events that tell it."""

from __future__ import annotations

import json
from collections.abc import Sequence

import polars as pl

from custhub.model.decisions import Decision, Judgement
from custhub.model.events import EVENT, EventType
from custhub.model.frames import conform, ref_of
from custhub.plan.frames import Why
from custhub.plan.inputs import RunInfo
from custhub.plan.outcome import Outcome

_BY_RECORD = (Why.REUSED, Why.DECISION, Why.MATCH, Why.DELETED, Why.QUARANTINED, Why.DATA)
_RANK = {why.value: rank for rank, why in enumerate(_BY_RECORD)}
_EVENT_ORDER = {kind.value: rank for rank, kind in enumerate(EventType)}


def find_causes(
    outcome: Outcome, records: pl.DataFrame, before: pl.DataFrame, decisions: Sequence[Decision]
) -> pl.DataFrame:
    """golden_id, why (frames.Why) of every golden customer that is written; `before` (GOLDEN): what they were.

    The strongest reason among its records: key re-used, a decision, matching, gone, quarantined, data; else a pin, or rules.
    """
    now = outcome.identity.links.select("golden_id", ref_of())
    was = outcome.links_before.select("golden_id", ref_of())
    moved = now.join(was, on="ref", suffix="_was").filter(pl.col("golden_id") != pl.col("golden_id_was"))
    reasons = pl.concat(
        [
            outcome.reused.select(ref_of(), pl.lit(Why.REUSED.value).alias("why")),
            moved.select("ref", pl.lit(Why.MATCH.value).alias("why")),
            _decided(moved["ref"], decisions, now, was).select("ref", pl.lit(Why.DECISION.value).alias("why")),
            records.select(ref_of(), _why_of_status().alias("why")),
        ]
    ).with_columns(pl.col("why").replace_strict(_RANK, return_dtype=pl.Int64).alias("rank"))
    members = pl.concat([now, was]).join(outcome.written.select("golden_id"), on="golden_id", how="semi")
    told = members.join(reasons, on="ref").sort("rank").unique("golden_id", keep="first")
    named = outcome.written.select("golden_id").join(told.select("golden_id", "why"), on="golden_id", how="left")
    pinned = outcome.written.select("golden_id", _PINS).join(
        before.select("golden_id", was=_PINS), on="golden_id", how="left"
    )
    pin = named["golden_id"].is_in(pinned.filter(pl.col("pins").ne_missing(pl.col("was")))["golden_id"].implode())
    rest = pl.when(pin).then(pl.lit(Why.PIN.value)).otherwise(pl.lit(Why.RULES.value))
    return named.with_columns(pl.coalesce("why", rest))


_PINS = (
    pl.when(pl.col("prov").str.contains('"pins":', literal=True))
    .then(pl.col("prov").str.json_path_match("$.pins"))
    .alias("pins")
)


def _decided(moved: pl.Series, decisions: Sequence[Decision], now: pl.DataFrame, was: pl.DataFrame) -> pl.DataFrame:
    """`ref`: records of decisions that came together, or apart, as the decision says."""
    said = [
        (str(d.left), str(d.right), d.judgement is Judgement.SAME)
        for d in decisions
        if d.judgement is not Judgement.UNSURE
    ]
    pairs = pl.DataFrame(said, schema={"l": pl.String(), "r": pl.String(), "same": pl.Boolean()}, orient="row")
    pairs = pairs.filter(pl.col("l").is_in(moved.implode()) | pl.col("r").is_in(moved.implode()))
    for when, homes in (("now", now), ("was", was)):
        for side in "lr":
            home = homes.select(pl.col("ref").alias(side), pl.col("golden_id").alias(f"{when}_{side}"))
            pairs = pairs.join(home, on=side, how="left")
    as_said = pl.col("same") == (pl.col("now_l") == pl.col("now_r"))
    turned = as_said & (pl.col("same") != (pl.col("was_l") == pl.col("was_r")))
    return pl.concat([pairs.filter(turned).select(ref=side) for side in "lr"])


def _why_of_status() -> pl.Expr:
    gone = pl.col("status").is_in(["deleted", "excluded"])
    held = pl.col("status") == "quarantined"
    return (
        pl.when(gone)
        .then(pl.lit(Why.DELETED.value))
        .when(held)
        .then(pl.lit(Why.QUARANTINED.value))
        .otherwise(pl.lit(Why.DATA.value))
    )


def make_events(outcome: Outcome, causes: pl.DataFrame, run: RunInfo) -> pl.DataFrame:
    """EVENT rows, one per golden customer that is written, in the feed's order.

    `changed` names attributes of customers that went on; of new and gone ones everything changed and it stays empty.
    """
    kinds = _event_types(outcome)
    changed = outcome.differences.group_by("golden_id").agg(pl.col("attribute").sort().alias("changed"))
    cause = {why.value: json.dumps({"run": run.run_id, "why": why.value}, separators=(",", ":")) for why in Why}
    rows = (
        outcome.written.select("golden_id", "moved_to")
        .join(kinds, on="golden_id", how="left")
        .join(outcome.moves.select("golden_id", "gained", "lost"), on="golden_id", how="left")
        .join(changed, on="golden_id", how="left")
        .join(causes, on="golden_id", how="left")
        .with_columns(
            pl.col("type").fill_null(EventType.UPDATED.value),
            pl.col("why").replace_strict(cause, return_dtype=pl.String).alias("cause"),
        )
    )
    place = pl.col("type").replace_strict(_EVENT_ORDER, return_dtype=pl.Int64)
    return conform(rows.sort(place, "golden_id"), EVENT)


def _event_types(outcome: Outcome) -> pl.DataFrame:
    """golden_id, type of every customer whose event is more than an update."""
    identity = outcome.identity
    clustered = identity.links.select(ref_of())
    lost = outcome.moves.select("golden_id", pl.col("lost").alias("ref")).explode("ref").drop_nulls("ref")
    split = lost.join(clustered, on="ref", how="semi").select("golden_id").unique()
    ends = pl.concat([identity.merged.select("golden_id"), identity.retired])
    named = (
        (identity.merged.select("golden_id"), EventType.MERGED),
        (identity.retired, EventType.DELETED),
        (pl.concat([identity.created, identity.revived]), EventType.CREATED),
        (split.join(ends, on="golden_id", how="anti"), EventType.SPLIT),
    )
    frames = [ids.select("golden_id", pl.lit(kind.value).alias("type")) for ids, kind in named]
    return pl.concat(frames).unique("golden_id", keep="first", maintain_order=True)
