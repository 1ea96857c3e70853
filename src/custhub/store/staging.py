"""A run's rows on their way into the tables: prepared as columns, then added so that a repeated call goes on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
import polars as pl
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from custhub.errors import StoreError
from custhub.model.events import EVENT
from custhub.model.frames import GOLDEN, LINK, RECORD, conform, read_docs
from custhub.progress import Progress
from custhub.store import bulk
from custhub.store.database import Database
from custhub.store.documents import packed
from custhub.store.facts import CLOSING, QUARANTINED, TASK, Changes
from custhub.store.kinship import KIN, kin_keys
from custhub.store.tables import (
    STAGED,
    closing,
    event,
    golden_key,
    golden_version,
    link,
    quarantine,
    run_part,
    source_version,
    task,
)

_REACHES = (("phone", "phones"), ("email", "emails"), ("identifier", "identifiers"))
"""The lists of a golden document by whose values it can be looked up."""

_READ = pl.Schema({**{name: pl.List(pl.Struct({"value": pl.String()})) for _, name in _REACHES}, **KIN})
"""What is read of a golden document: a third of what decoding all of it would cost."""

_PLACED = pl.Schema({**GOLDEN, "ord": pl.Int64()})


def prepare(changes: Changes, run_no: int) -> Iterator[tuple[sa.Table, pl.DataFrame]]:
    """The rows for each table, in the table's column names, sorted by key so that they go in fast."""
    if changes.records is not None:
        yield source_version, _rows(changes.records, RECORD, run_no).sort("system", "key")
    if changes.links is not None:
        yield link, _rows(changes.links, LINK, run_no).sort("system", "key")
    if changes.goldens is not None:
        placed = _placed(changes.goldens, changes.events)
        yield golden_version, _rows(placed, _PLACED, run_no)
        yield golden_key, _keys(placed, run_no)
    if changes.events is not None:
        yield event, _numbered(_rows(changes.events, EVENT, run_no))
    if changes.quarantine is not None:
        yield quarantine, _numbered(_rows(changes.quarantine, QUARANTINED, run_no))
    if changes.closings is not None:
        yield closing, _closings(changes.closings, run_no)
    if changes.tasks is not None:
        yield task, _rows(changes.tasks, TASK, run_no).sort("key")


def stage(database: Database, run_no: int, changes: Changes, progress: Progress) -> None:
    """Adds what of the changes is not there yet, in many short transactions."""
    for table, frame in _one_ahead((table, packed(table, frame)) for table, frame in prepare(changes, run_no)):
        done = _begin_part(database, table, run_no, frame)
        tell = partial(progress, f"apply {table.name}", total=frame.height)
        bulk.append(database, table, frame, _mark(run_no, table.name), start=done, tell=tell)


def _one_ahead(rows: Iterator[tuple[sa.Table, pl.DataFrame]]) -> Iterator[tuple[sa.Table, pl.DataFrame]]:
    """The same, each made on another core while the one before is written."""
    with ThreadPoolExecutor(1) as maker:
        ready = maker.submit(next, rows, None)
        while (item := ready.result()) is not None:
            ready = maker.submit(next, rows, None)
            yield item


Ready = Sequence[tuple[sa.Table, list[dict[str, Any]]]]


def ready(changes: Changes) -> Ready:
    """A small run's rows for each table, made before anything is locked; the run's number is still to come."""
    return [(table, frame.to_dicts()) for table, frame in prepare(changes, 0)]


def insert_now(connection: Connection, run_no: int, prepared: Ready) -> None:
    """Adds them in the caller's transaction."""
    parts = [{"name": table.name, "rows": len(rows), "done": len(rows)} for table, rows in prepared]
    if parts:
        connection.execute(run_part.insert(), [{"run_no": run_no, "digest": "", **part} for part in parts])
    for table, rows in prepared:
        if rows:
            connection.execute(table.insert(), [{**row, "run_no": run_no} for row in rows])


def sweep(database: Database, run_no: int) -> None:
    """Deletes everything that the run has staged."""
    for table in STAGED.values():
        bulk.sweep(database, table, table.c.run_no, run_no)
    bulk.sweep(database, run_part, run_part.c.run_no, run_no)


def incomplete(connection: Connection, run_no: int) -> list[str]:
    """Names of the tables into which the run has not staged all that it began."""
    mine = sa.select(run_part.c.name).where(run_part.c.run_no == run_no, run_part.c.done < run_part.c.rows)
    return sorted(connection.scalars(mine))


def counts(connection: Connection, run_no: int) -> dict[str, int]:
    """Rows of the run per table."""
    mine = sa.select(run_part.c.name, run_part.c.rows).where(run_part.c.run_no == run_no)
    return {row.name: row.rows for row in connection.execute(mine)}


def _begin_part(database: Database, table: sa.Table, run_no: int, frame: pl.DataFrame) -> int:
    """How many of the frame's rows are there already; rows of another frame are swept away."""
    digest = _digest(frame)
    mine = sa.and_(run_part.c.run_no == run_no, run_part.c.name == table.name)
    with database.read() as connection:
        known = connection.execute(sa.select(run_part.c.digest, run_part.c.done).where(mine)).first()
    if known is not None and known.digest == digest:
        return int(known.done)
    if known is not None:
        with database.write() as connection:  # first the mark, so that a crash in the sweep is seen as incomplete
            connection.execute(run_part.update().where(mine).values(digest="", rows=1, done=0))
        bulk.sweep(database, table, table.c.run_no, run_no)
    with database.write() as connection:
        connection.execute(run_part.delete().where(mine))
        connection.execute(_part_row(run_no, table.name, digest, frame.height, 0))
    return 0


def _part_row(run_no: int, name: str, digest: str, rows: int, done: int) -> sa.Insert:
    return run_part.insert().values(run_no=run_no, name=name, digest=digest, rows=rows, done=done)


def _mark(run_no: int, name: str) -> sa.Update:
    return run_part.update().where(run_part.c.run_no == run_no, run_part.c.name == name).values(done=bulk.SO_MANY)


def _digest(frame: pl.DataFrame) -> str:
    """Tells one frame from another within one version of Polars; another version stages again, which is harmless."""
    if not frame.height:
        return "empty"
    numbers = frame.hash_rows(seed=1)
    mixed = numbers ^ (pl.Series(range(frame.height), dtype=pl.UInt64) * 0x9E3779B97F4A7C15 % (2**61 - 1))
    return f"{pl.__version__}/{frame.height}/{numbers.sum()}/{mixed.sum()}"


def _rows(frame: pl.DataFrame, schema: pl.Schema, run_no: int) -> pl.DataFrame:
    lists = [_json_list(name) for name, dtype in schema.items() if isinstance(dtype, pl.List)]
    rows = conform(frame, schema).lazy().with_columns(pl.lit(run_no, dtype=pl.Int64()).alias("run_no"), *lists)
    if "stale" in schema:
        rows = rows.with_columns(pl.col("stale").fill_null(False))
    return bulk.without_nul(rows).collect(engine="in-memory")


def _json_list(name: str) -> pl.Expr:
    """A list of texts as a JSON array (Polars encodes structs only, so the wrapping is cut off)."""
    encoded = pl.struct(pl.col(name).alias("_")).struct.json_encode()
    return encoded.str.strip_prefix('{"_":').str.strip_suffix("}").alias(name)


def _placed(goldens: pl.DataFrame, events: pl.DataFrame | None) -> pl.DataFrame:
    """Adds each version's number in its run: that of the event that tells of it; versions without one come after."""
    told = pl.DataFrame(schema=EVENT) if events is None else events
    places = told.lazy().select("golden_id", ord=pl.int_range(1, pl.len() + 1, dtype=pl.Int64()))
    after = pl.int_range(told.height + 1, told.height + 1 + pl.len(), dtype=pl.Int64())
    first = places.unique("golden_id", keep="first", maintain_order=True)
    joined = conform(goldens, GOLDEN).lazy().join(first, on="golden_id", how="left", maintain_order="left")
    return joined.with_columns(pl.coalesce("ord", after)).sort("golden_id").collect(engine="in-memory")


def _numbered(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int64()).alias("ord"))


def _closings(frame: pl.DataFrame, run_no: int) -> pl.DataFrame:
    place = pl.col("id").str.split_exact("-", 1).struct
    rows = _rows(frame, CLOSING, run_no).select(
        place.field("field_0").cast(pl.Int64, strict=False).alias("opened_run"),
        place.field("field_1").cast(pl.Int64, strict=False).alias("opened_ord"),
        *("run_no", "status", "who", "why"),
    )
    if rows["opened_run"].null_count() or rows["opened_ord"].null_count():
        raise StoreError("closings", "an id is not that of a quarantine row", "take ids from store.quarantine()")
    return rows.unique(["opened_run", "opened_ord"], keep="last", maintain_order=True)


def _keys(placed: pl.DataFrame, run_no: int) -> pl.DataFrame:
    keys = keys_of(placed)
    filed = keys.lazy().select(key_digests(keys["kind"], keys["value"]), "golden_id")
    filed = filed.join(placed.lazy().select("golden_id", "ord"), on="golden_id")
    number = pl.lit(run_no, dtype=pl.Int64()).alias("run_no")
    return filed.select("digest", number, "ord").unique().sort("digest", "ord").collect(engine="in-memory")


def key_digests(kinds: pl.Series, values: pl.Series) -> pl.Series:
    """What is filed for look-ups: 64 bits, of which two in some billions of keys are alike by chance."""
    texts = (kinds + "\n" + values).cast(pl.Binary).to_list()
    digests = b"".join([hashlib.blake2b(text, digest_size=8).digest() for text in texts])
    return pl.Series("digest", np.frombuffer(digests, ">i8").astype(np.int64))


def keys_of(goldens: pl.DataFrame) -> pl.DataFrame:
    """kind, value, golden_id of every active golden customer (GOLDEN), distinct, in key order.

    Asked of Polars at once: for one customer, each question by itself costs as much as all of them.
    """
    plain = pl.col("golden_id", "kind", "display_name", "doc")
    active = goldens.lazy().filter(pl.col("status") == "active").select(plain).collect(engine="in-memory")
    active = active.drop("doc").hstack(read_docs(active["doc"], _READ))
    told = active.lazy()
    parts = [told.select(pl.lit("name").alias("kind"), pl.col("display_name").alias("value"), "golden_id")]
    for kind, name in _REACHES:
        values = pl.col(name).list.eval(pl.element().struct.field("value")).alias("value")
        parts.append(told.select(pl.lit(kind).alias("kind"), values, "golden_id").explode("value"))
    keys = pl.concat([*parts, *kin_keys(active)]).with_columns(key_form(pl.col("value")))
    return (
        keys.filter(pl.col("value").str.len_bytes() > 0)
        .unique()
        .sort("kind", "value", "golden_id")
        .collect(engine="in-memory")
    )


def key_form(value: pl.Expr) -> pl.Expr:
    """How a look-up value is compared: lower case, without space around it, at most 200 characters."""
    return value.str.strip_chars().str.to_lowercase().str.slice(0, 200)
