"""Which quarantined rows a run settles: those it worked on again and that are not refused again."""

from __future__ import annotations

import polars as pl

from custhub.store import CLOSING

SAME = ["system", "key", "rule_id", "raw"]
"""A refused row with other content is another refusal: the old one ends, a new one begins."""


def fresh(open_rows: pl.DataFrame, refused: pl.DataFrame) -> pl.DataFrame:
    """`refused` (store.QUARANTINED) without what is in quarantine already, as in a file that is read whole each day."""
    return refused.join(open_rows, on=SAME, how="anti", nulls_equal=True, maintain_order="left")


def closings(open_rows: pl.DataFrame, worked: pl.DataFrame, refused: pl.DataFrame) -> pl.DataFrame:
    """CLOSING rows for `open_rows` (store.QUARANTINE) that the run worked on and that are not in `refused`.

    `worked` (system, row_key): rows that were mapped or deleted; row_key "?" stands for all rows without a key of a
    source that was read in full.
    """
    keyed = open_rows.join(worked, on=["system", "row_key"], how="semi")
    sources = worked.filter(pl.col("row_key") == "?").select("system")
    keyless = open_rows.filter(pl.col("row_key").str.starts_with("?")).join(sources, on="system", how="semi")
    settled = pl.concat([keyed, keyless]).join(refused, on=SAME, how="anti", nulls_equal=True)
    return settled.select(
        "id", status=pl.lit("resolved"), who=pl.lit("custhub"), why=pl.lit("the row passed, changed or is gone")
    ).match_to_schema(CLOSING)
