"""extract -> land: rows of a source, safe in the batch's folder and in the books before the cursor moves."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from custhub.errors import CusthubError, SourceError, StoppedForPersonError, UsageError
from custhub.extract import Connector, Extraction, environment_secrets, extract
from custhub.model.hashing import hash_texts
from custhub.model.ledger import RowLedger
from custhub.pipeline.hub import Folder, Hub
from custhub.pipeline.landing import NO_DOUBT, Brought, Doubt, Landing, sort_out
from custhub.pipeline.stripping import drop_erased
from custhub.store import Batch


@dataclass(frozen=True, slots=True)
class BatchReport:
    """What an extraction brought. `drift`: columns that came or went, as `stream.column added`. `held_back`: there are keys
    that do not count as deleted, because nobody can read whose some new rows are: they may be theirs."""

    batch_id: str
    source: str
    full: bool
    ledger: RowLedger
    deleted: int
    drift: tuple[str, ...]
    held_back: bool = False


def extract_batch(
    hub: Hub, source: str, *, at: datetime, full: bool = False, allow_deletes: bool = False
) -> BatchReport:
    """Extracts one source into a new batch, named by source and `at`; again with the same `at`: the same batch.

    Raises SourceError when the source cannot be read, StoppedForPersonError when more known rows would vanish than
    the connector's `delete_limit` allows (unless `allow_deletes`). Nothing is landed then, and the cursor stays.
    """
    connector = hub.project.connectors.get(source)
    if connector is None:
        raise UsageError(f"no connector {source!r}", f"there are: {', '.join(sorted(hub.project.connectors))}")
    batch_id = f"{source}-{at:%Y%m%dT%H%M%S%f}"
    done = [b for b in hub.store.batches(source=source) if b.batch_id == batch_id]
    if done:
        return _report(done[0])
    folder = hub.batch_folder(batch_id)
    shutil.rmtree(folder.path, ignore_errors=True)  # of an attempt that was killed before it landed
    try:
        extraction = _extract(hub, connector, folder, full=full)
        landing = _sort_out(hub, batch_id, extraction)
        _guard_deletes(hub, connector, landing, allow_deletes=allow_deletes)
        return _land(hub, batch_id, at, extraction, landing)
    except CusthubError:
        shutil.rmtree(folder.path, ignore_errors=True)  # rows that are in no book must not lie about
        raise


def _extract(hub: Hub, connector: Connector, folder: Folder, *, full: bool) -> Extraction:
    """Raises SourceError too when rows came without a column that is mapped: mapping would hold up all sources."""
    source = connector.source
    extraction = extract(
        connector,
        folder.path / "landed",
        base=hub.project.settings.project,
        state=hub.store.source_state(source),
        full=full,
        secrets=environment_secrets(),
        progress=hub.progress,
    )
    landed = {name: stream.columns for name, stream in extraction.streams.items() if stream.rows}
    lost = hub.project.mappings[source].missing(landed)
    if lost:
        hint = "correct the mapping, or the source if it lost the column; nothing was landed"
        raise SourceError(source, "its rows", f"came without {', '.join(lost)}, which the mapping reads", hint)
    drop_erased(hub, extraction)
    return extraction


def rework_batch(
    hub: Hub, source: str, rows: pl.DataFrame, *, at: datetime, why: str, as_before: int | None = None
) -> str | None:
    """Puts rows that were landed before (row_key, row_hash, batch_id, position) to work again, as a batch without rows
    of its own: after a new mapping, or for quarantined rows. Returns its id, None when there is nothing to do.

    `as_before` (seq): what the rows' records were at that commit is what they are to be laid over.
    """
    if rows.is_empty():
        return None
    batch_id = f"{source}-{at:%Y%m%dT%H%M%S%f}-{why}"
    folder = hub.batch_folder(batch_id)
    folder.write("work", rows.select("row_key", "row_hash", "batch_id", "position", change=pl.lit(why)))
    folder.write("deleted", pl.DataFrame(schema={"row_key": pl.String}))
    info = {"streams": {}, "root": "", "deleted": 0, "drift": [], "why": why, "as_before": as_before}
    batch = Batch(batch_id, source, at, folder=batch_id, full=False, ledger=RowLedger(landed=0), info=info)
    nothing = pl.DataFrame(schema={"row_key": pl.String, "row_hash": pl.String, "position": pl.Int64})
    hub.store.land(batch, nothing, gone=None, state=hub.store.source_state(source))
    return batch_id


def _sort_out(hub: Hub, batch_id: str, extraction: Extraction) -> Landing:
    root = extraction.streams[extraction.root]
    columns = ["_position", "_file", "_key", "_hash"]
    children = {
        name: pl.read_parquet(stream.path, columns=[*columns, "_parent"])
        for name, stream in extraction.streams.items()
        if name != extraction.root
    }
    lost = pl.read_parquet(extraction.unreadable).rename({"position": "_position", "file": "_file"})
    stream = pl.col("stream").replace(extraction.root, None)
    brought = Brought(
        root=pl.read_parquet(root.path, columns=columns),
        children=children,
        unreadable=lost.with_columns(stream, _hash=hash_texts(lost["raw"])),
        present=None if extraction.keys is None else pl.read_parquet(extraction.keys)["_key"],
        gone=None if extraction.deleted is None else pl.read_parquet(extraction.deleted)["_key"],
        in_doubt=extraction.keys_in_doubt,
        before=_doubt_before(hub, extraction.source),
    )
    known = hub.store.rows(extraction.source, withdrawn=True)  # what an undo took back is no news
    return sort_out(batch_id, brought, known)


def _doubt_before(hub: Hub, source: str) -> Doubt:
    """What the last batch of the source left in doubt."""
    landed = [batch for batch in hub.store.batches(source=source) if batch.info["root"]]
    folder = hub.batch_folder(landed[-1].batch_id) if landed else None
    if folder is None or not folder.has("strangers"):
        return NO_DOUBT
    return Doubt(folder.read("strangers"), folder.read("held"))


def _guard_deletes(hub: Hub, connector: Connector, landing: Landing, *, allow_deletes: bool) -> None:
    known = hub.store.rows(connector.source, withdrawn=True).filter("present").height
    if not allow_deletes and landing.deleted.height > max(1.0, connector.delete_limit * known):
        raise StoppedForPersonError(
            f"source {connector.source}: {landing.deleted.height} of {known} known rows are gone, "
            f"more than its delete_limit {connector.delete_limit:.0%}; nothing was landed",
            "check the source; if it is right, run again with --approve",
        )


def _land(hub: Hub, batch_id: str, at: datetime, extraction: Extraction, landing: Landing) -> BatchReport:
    folder = hub.batch_folder(batch_id)
    for name in ("work", "unread", "deleted", "orphans"):
        folder.write(name, getattr(landing, name))
    folder.write("strangers", landing.doubt.strangers)
    folder.write("held", landing.doubt.held)
    landing.ledger.check(batch_id)
    for stream, ledger in landing.children.items():
        ledger.check(f"{batch_id}/{stream}")
    info: dict[str, Any] = {
        "streams": {name: stream.path.name for name, stream in extraction.streams.items()},
        "sha256": {name: stream.sha256 for name, stream in extraction.streams.items()},
        "root": extraction.root,
        "unreadable": extraction.unreadable.name,
        "deleted": landing.deleted.height,
        "held_back": landing.held_back,
        "drift": [f"{d.stream}.{d.column} {d.change}" for d in extraction.drift],
    }
    batch = Batch(batch_id, extraction.source, at, batch_id, extraction.full, landing.ledger, info=info)
    rows = landing.work.select("row_key", "row_hash", "position")
    hub.store.land(batch, rows, gone=landing.deleted, state=dict(extraction.state))
    return _report(batch)


def batch_report(hub: Hub, batch_id: str) -> BatchReport:
    """The batch as the store knows it now: mapping moves rows of its ledger to `excluded`."""
    return _report(hub.store.batch(batch_id))


def _report(batch: Batch) -> BatchReport:
    info = batch.info
    told = int(info["deleted"]), tuple(info["drift"]), bool(info.get("held_back"))
    return BatchReport(batch.batch_id, batch.source, batch.full, batch.ledger, *told)


def landed_rows(hub: Hub, source: str, work: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """The landed rows of `work` (row_key, batch_id, position), by stream, out of the batches they were landed in."""
    found: dict[str, list[pl.DataFrame]] = {}
    for batch_id in work["batch_id"].unique().sort():
        keys = work.filter(pl.col("batch_id") == batch_id)
        batch = hub.store.batch(batch_id)
        folder = Folder(hub.batch_folder(batch_id).path / "landed")
        for stream, file in batch.info["streams"].items():
            rows = pl.scan_parquet(folder.path / file)
            if stream == batch.info["root"]:
                places = keys.select(_key="row_key", _position="position").lazy()
                rows = rows.join(places, on=["_key", "_position"], how="semi", maintain_order="left")
                # Two files may hold one key at the same position: the later file counts, as in `landing.families`.
                rows = rows.sort("_file", "_position").unique("_key", keep="last", maintain_order=True)
            else:
                parents = keys.select(_parent="row_key").lazy()
                rows = rows.join(parents, on="_parent", how="semi", maintain_order="left")
            found.setdefault(stream, []).append(rows.collect())
    return {stream: pl.concat(parts, how="diagonal") for stream, parts in found.items()}
