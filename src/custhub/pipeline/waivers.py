"""A waiver that is taken back: its row's records are laid over what they were before it was accepted."""

from __future__ import annotations

import polars as pl

from custhub.model import frames
from custhub.pipeline.hub import Hub
from custhub.store import Batch, View


def taken_back(hub: Hub, batch: Batch, current: pl.DataFrame) -> pl.DataFrame:
    """Of a batch that takes a waiver back: its rows' records (RECORD) as they were before it; of any other batch none.

    Records that were not there before are deleted: what was taken in since is no last good version.
    """
    if batch.info.get("as_before") is None:
        return frames.empty(frames.RECORD)
    row, ref = ["system", "row_key"], ["system", "key"]
    rows = hub.batch_folder(batch.batch_id).read("work").select(pl.lit(batch.source).alias("system"), "row_key")
    then = hub.store.records([batch.source], view=View(upto=int(batch.info["as_before"])))
    before = then.join(rows, on=row, how="semi", maintain_order="left")
    later = current.join(rows, on=row, how="semi", maintain_order="left").join(before, on=ref, how="anti")
    nothing = {name: pl.lit(None, dtype=pl.String) for name in ("doc", "hash")}
    gone = later.with_columns(status=pl.lit("deleted"), stale=pl.lit(False), **nothing)
    return pl.concat([before, frames.conform(gone, frames.RECORD)])
