"""Golden customers worked out anew from their records, outside a pipeline run."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from custhub.golden import decoded, survive
from custhub.pipeline import Hub, frequencies

KEYS = ["system", "key"]


def split_ref() -> tuple[pl.Expr, pl.Expr]:
    """Columns system and key of a column `ref`."""
    parts = pl.col("ref").str.splitn(":", 2).struct
    return parts.field("field_0").alias("system"), parts.field("field_1").alias("key")


def worked_out(hub: Hub, members: pl.DataFrame, at: datetime) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Records (RECORD) and golden customers (GOLDEN) of `members` (golden_id, ref), by the rules as they are."""
    homes = members.select("golden_id", *split_ref())
    records = hub.store.records(refs=homes)
    placed = decoded(records.join(homes, on=KEYS, how="left"))
    rules, pins = hub.project.golden.survivorship, hub.store.pins()
    return records, survive(placed, rules, pins, at=at, frequencies=frequencies(hub))
