"""Which quarantined rows a run settles: those it worked on again and that are not refused again."""

from __future__ import annotations

import polars as pl

from custhub.store import CLOSING


def closings(open_rows: pl.DataFrame, worked: pl.DataFrame, refused: pl.DataFrame) -> pl.DataFrame:
    """CLOSING rows for `open_rows` (store.QUARANTINE) that the run worked on and that are not in `refused`.

    `worked` (system, row_key): rows that were mapped or deleted; row_key "?" stands for all rows without a key of a
    source that was read in full.
    """
    keyed = open_rows.join(worked, on=["system", "row_key"], how="semi")
    sources = worked.filter(pl.col("row_key") == "?").select("system")
    keyless = open_rows.filter(pl.col("row_key").str.starts_with("?")).join(sources, on="system", how="semi")
    settled = pl.concat([keyed, keyless]).join(refused, on=["system", "key", "rule_id"], how="anti")
    return settled.select(
        "id", status=pl.lit("resolved"), who=pl.lit("custhub"), why=pl.lit("the row passed, changed or is gone")
    ).match_to_schema(CLOSING)
