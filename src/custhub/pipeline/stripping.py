"""Erasure in the files: batches are rewritten without the rows, folders of runs that are done go."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from custhub.extract import Extraction
from custhub.model.refs import SourceRef
from custhub.pipeline import indexing
from custhub.pipeline.hub import Hub
from custhub.store import RunState
from custhub.whole import whole


def strip_files(hub: Hub, rows: Sequence[SourceRef]) -> tuple[int, int]:
    """Rewrites every file of every batch that holds one of these landed rows, and removes the folders of runs and the match index.

    Returns how many files were rewritten and how many folders of runs removed. Again after a crash: it goes on.
    """
    indexing.forget(hub)
    rewritten = 0
    for source in sorted({row.system for row in rows}):
        keys = [row.key for row in rows if row.system == source]
        for batch in hub.store.batches(source=source):
            folder = hub.batch_folder(batch.batch_id).path
            rewritten += sum(_without(path, keys) for path in sorted(folder.rglob("*.parquet")))
    removed = 0
    for run in hub.store.runs(limit=10**9):
        folder = hub.run_folder(run.run_id).path
        if run.state is not RunState.OPEN and folder.exists():
            shutil.rmtree(folder)
            removed += 1
    return rewritten, removed


def drop_erased(hub: Hub, extraction: Extraction) -> None:
    """Takes rows of erased keys out of what was just extracted, before anything else sees them."""
    paths = [extraction.streams[extraction.root].path, extraction.unreadable]
    came = pl.concat([pl.read_parquet(path, columns=["_key"]) for path in paths])["_key"].drop_nulls().unique()
    keys = hub.store.erased_keys(extraction.source, came)
    if not keys.is_empty():
        for path in (extraction.unreadable, *(stream.path for stream in extraction.streams.values())):
            _without(path, keys.to_list())


def _without(path: Path, keys: Sequence[str]) -> bool:
    """Whether the file held rows of these row keys and had to be written again."""
    names = pl.read_parquet_schema(path)
    column = next((name for name in ("row_key", "_parent", "_key") if name in names), None)
    if column == "_parent" and pl.read_parquet(path, columns=["_parent"])["_parent"].null_count():
        column = "_key"  # a root stream has no parents
    if column is None and "key" not in names:
        return False
    mine = pl.col(column or "key").is_in(list(keys))
    if column is None:  # verdicts are keyed by record
        mine = mine | pl.any_horizontal(pl.col("key").str.starts_with(f"{key}#") for key in keys)
    frame = pl.read_parquet(path)
    kept = frame.filter(~mine.fill_null(False))
    if kept.height == frame.height:
        return False
    with whole(path) as part:
        kept.write_parquet(part, compression="zstd")
    return True
