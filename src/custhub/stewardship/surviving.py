"""Golden customers worked out anew from their records, outside a pipeline run."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from custhub.golden import decoded, survive
from custhub.model.frames import KEYS, split_ref
from custhub.pipeline import Hub, frequencies


def emptied(records: pl.DataFrame, status: str) -> pl.DataFrame:
    """The records with nothing to say any more."""
    return records.with_columns(
        pl.lit(status).alias("status"),
        pl.lit(False).alias("stale"),
        pl.lit([], dtype=pl.List(pl.String)).alias("failed_rules"),
        *(pl.lit(None, dtype=pl.String).alias(name) for name in ("doc", "hash")),
    )


def worked_out(hub: Hub, members: pl.DataFrame, at: datetime) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Records (RECORD) and golden customers (GOLDEN) of `members` (golden_id, ref), by the rules as they are."""
    homes = members.select("golden_id", *split_ref())
    records = hub.store.records(refs=homes)
    placed = decoded(records.join(homes, on=KEYS, how="left"))
    rules, pins = hub.project.golden.survivorship, hub.store.pins()
    return records, survive(placed, rules, pins, at=at, frequencies=frequencies(hub))
