"""publish: the run's batches are told done, and the golden customers stand ready for those who read; and export."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from custhub.errors import StoreError, UsageError
from custhub.model import frames
from custhub.pipeline.hub import Hub
from custhub.publish import Published, write_changes
from custhub.store import BatchState, View
from custhub.whole import whole


@dataclass(frozen=True, slots=True)
class PublishReport:
    """What readers find. `events`: of this run in the change feed."""

    run_id: str
    seq: int
    golden_customers: int
    events: int
    open_tasks: int
    quarantined_rows: int
    targets: tuple[Published, ...] = ()


FEED_CHUNK = 100_000


def publish_run(hub: Hub, run_id: str) -> PublishReport:
    """Marks the run's batches as published and counts what there is to read."""
    run = hub.store.run(run_id)
    for batch in hub.store.batches(states=(BatchState.APPLIED,)):
        hub.store.set_batch(batch.batch_id, state=BatchState.PUBLISHED)
    assert run.seq is not None
    return PublishReport(
        run_id,
        seq=run.seq,
        golden_customers=hub.store.active_count(),
        events=int(run.summary.get("events", 0)),
        open_tasks=hub.store.tasks().height,
        quarantined_rows=hub.store.quarantined_rows(),
        targets=tuple(push(hub)),
    )


def push(hub: Hub) -> list[Published]:
    """Brings every target up to date. The cursor moves after the file is safe: a repeated push repeats the file."""
    pushed: list[Published] = []
    for target in hub.project.golden.publish:
        while True:
            since = hub.store.consumer(target.name)
            feed = hub.store.events(since, FEED_CHUNK)
            done = write_changes(target, hub.project.settings.project, feed, since)
            hub.store.set_consumer(target.name, done.upto)
            if done.events or not pushed:
                pushed.append(done)
            if done.events < FEED_CHUNK:
                break
    return pushed


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
