"""All golden customers in one file, as they are or as they were."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import polars as pl

from custhub.errors import StoreError, UsageError
from custhub.model import frames
from custhub.pipeline.hub import Hub
from custhub.store import View
from custhub.whole import whole

KINDS = (".parquet", ".jsonl", ".csv")


def export(hub: Hub, path: Path, *, as_of: datetime | None = None) -> int:
    """Writes the active golden customers, by id, whole or not at all; returns how many. Parquet and JSON Lines hold
    the canonical columns nested, CSV one text column `customer` (JSON)."""
    if path.suffix not in KINDS:
        raise UsageError(f"{path.name} says no kind of file", f"let it end in one of {', '.join(KINDS)}")
    goldens = hub.store.goldens(view=View(as_of=as_of))
    active = goldens.filter(pl.col("status") == "active", pl.col("doc").is_not_null()).sort("golden_id")
    head = active.select("golden_id", "kind", "display_name", pl.col("members").alias("sources"))
    try:
        with whole(path) as part:
            _write(head, active["doc"], part, path.suffix)
    except OSError as e:
        hint = "look at the folder, its rights and space"
        raise StoreError(str(path), e.strerror or "cannot be written", hint) from e
    return active.height


def exported_ids(path: Path) -> pl.DataFrame:
    """Who was one customer in an export (Parquet), and under which id (LINK)."""
    try:
        kept = pl.read_parquet(path, columns=["golden_id", "sources"])
    except (OSError, pl.exceptions.PolarsError) as e:
        raise UsageError(f"{path.name} is no export", "write one with `custhub export FILE.parquet`") from e
    refs = kept.select("golden_id", ref="sources").explode("ref").drop_nulls("ref")
    return refs.select(*frames.split_ref(), "golden_id")


def _write(head: pl.DataFrame, docs: pl.Series, path: Path, suffix: str) -> None:
    if suffix == ".csv":
        head.with_columns(pl.col("sources").list.join(" "), customer=docs).write_csv(path)
        return
    customers = frames.decode_docs(docs).drop("kind")
    whole = pl.concat([head, customers], how="horizontal")
    whole.write_parquet(path) if suffix == ".parquet" else whole.write_ndjson(path)
