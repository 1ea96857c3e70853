"""Many rows in, in short transactions: COPY through ADBC on PostgreSQL, sized chunks of executemany on SQLite.

ADBC's SQLite driver is never used: it brings a second copy of SQLite into the process, which breaks file locks.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from itertools import chain
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import UpdateBase

from custhub.store.database import Database, begin_immediate
from custhub.store.tables import feed_head

Mark = UpdateBase
"""The statement that notes "so many rows are in" (`SO_MANY`), run in each chunk's own transaction."""

SO_MANY: sa.ColumnElement[int] = sa.literal_column("{so_many}", sa.BigInteger())
"""Stands in a mark for the number; the text is made once, for making it costs more than running it."""

_SQLITE_SECONDS = 0.03  # a click waits for one chunk at most
_SQLITE_PAUSE = 0.003  # lets a waiting writer in: it asks every 2 ms
_SQLITE_GIVE_WAY = 0.015  # instead, while others write: on a busy machine a waiting one comes late to its turn
_SQLITE_ROWS = (200, 8_000)
_SQLITE_PARAMETERS = 2_000  # at a time: after each statement the lock's holder waits for Python's other threads
_SQLITE_CHECKPOINT = 40  # chunks; each waits for the disk
_SQLITE_WRITE_BACK = 20_000  # pages, that many small runs may leave behind
_POSTGRES_ROWS = 8_000
_POSTGRES_BESIDE_OTHERS = 1_000  # instead, while others write: their commits wait for what we left before the disk
_POSTGRES_MANY = 10_000  # so many rows, if a table grows a tenth by them, change how the server should look
_SWEEP_ROWS = 2_000
_OTHERS_SECONDS = 1.0  # after somebody's commit in which he is thought to go on

NUL = "\0"  # PostgreSQL's text cannot hold it


def append(
    database: Database, table: sa.Table, frame: pl.DataFrame, mark: Mark, *, start: int = 0, tell: Callable[[int], None]
) -> None:
    """Adds the frame's rows from `start` on. Columns are matched by name; every chunk commits with its mark."""
    if start >= frame.height:
        return
    write = _append_sqlite if database.is_sqlite else _append_postgres
    with database.translated():
        write(database, table, frame.select([column.name for column in table.columns]), mark, start, tell)


def without_nul(rows: pl.LazyFrame) -> pl.LazyFrame:
    """The rows with U+0000 in texts replaced by U+FFFD, on both databases alike."""
    return rows.with_columns(pl.col(pl.String).str.replace_all(NUL, "\ufffd", literal=True))


def sweep(database: Database, table: sa.Table, column: sa.Column[int], value: int) -> None:
    """Deletes the rows with `column` = `value`, some at a time."""
    keys = list(table.primary_key.columns)
    delete = table.delete().where(*[key == sa.bindparam(f"k{i}") for i, key in enumerate(keys)])
    with database.read() as connection:
        rows = connection.execute(sa.select(*keys).where(column == value)).all()
    for start in range(0, len(rows), _SWEEP_ROWS):
        some = [{f"k{i}": part for i, part in enumerate(row)} for row in rows[start : start + _SWEEP_ROWS]]
        with database.write() as connection:
            connection.execute(delete, some)


class _Others:
    """Whether somebody else writes, by a number that changes with what he commits."""

    def __init__(self, ask: Callable[[], int]) -> None:
        self._ask, self._number, self._until = ask, ask(), 0.0

    def write(self) -> bool:
        number, now = self._ask(), time.perf_counter()
        if number != self._number:
            self._number, self._until = number, now + _OTHERS_SECONDS
        return now < self._until


# --- SQLite ---


def _append_sqlite(
    database: Database, table: sa.Table, frame: pl.DataFrame, mark: Mark, start: int, tell: Callable[[int], None]
) -> None:
    insert = str(table.insert().compile(dialect=sqlite.dialect(), column_keys=frame.columns))
    into, _, one = insert.partition(" VALUES ")
    together = max(1, _SQLITE_PARAMETERS // frame.width)
    with closing(database.engine.raw_connection()) as pooled:
        raw = pooled.driver_connection
        assert isinstance(raw, sqlite3.Connection)
        raw.execute(f"PRAGMA wal_autocheckpoint = {_SQLITE_WRITE_BACK}")
        done, size, chunks, text = start, _SQLITE_ROWS[0] * 2, 0, _literal(mark, sqlite.dialect())
        others = _Others(lambda: raw.execute("PRAGMA data_version").fetchone()[0])
        while done < frame.height:
            free = time.perf_counter()
            rows = frame.slice(done, size).rows()
            done += len(rows)
            pause = _SQLITE_GIVE_WAY if others.write() else _SQLITE_PAUSE
            time.sleep(max(0.0, pause - (time.perf_counter() - free)))
            parts = [rows[at : at + together] for at in range(0, len(rows), together)]
            inserts = [(f"{into} VALUES {', '.join([one] * len(p))}", list(chain.from_iterable(p))) for p in parts]
            seconds = _sqlite_chunk(raw, inserts, text.format(so_many=done))
            chunks += 1
            tell(done)
            if chunks % _SQLITE_CHECKPOINT == 0:
                raw.execute("PRAGMA wal_checkpoint(PASSIVE)")
            size = _next_size(size, seconds)


def _sqlite_chunk(raw: sqlite3.Connection, inserts: Sequence[tuple[str, list[Any]]], mark: str) -> float:
    begin_immediate(raw)
    try:
        began = time.perf_counter()
        for insert, values in inserts:
            raw.execute(insert, values)
        raw.execute(mark)
        raw.execute("COMMIT")
    except BaseException:
        if raw.in_transaction:
            raw.execute("ROLLBACK")
        raise
    return time.perf_counter() - began


def _next_size(size: int, seconds: float) -> int:
    low, high = _SQLITE_ROWS
    wanted = int(size * min(2.0, _SQLITE_SECONDS / max(seconds, 1e-6)))
    return max(low, min(high, wanted))


def _literal(statement: UpdateBase, dialect: sa.Dialect) -> str:
    """The statement's text with its (our own, whole) numbers in it."""
    return str(statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))


# --- PostgreSQL ---


def _append_postgres(
    database: Database, table: sa.Table, frame: pl.DataFrame, mark: Mark, start: int, tell: Callable[[int], None]
) -> None:
    text = _literal(mark, postgresql.dialect(paramstyle="named"))  # type: ignore[no-untyped-call]
    with database.bulk_connection() as connection, connection.cursor() as cursor:
        others = _Others(partial(_head, cursor))
        done = start
        while done < frame.height:
            beside = others.write()
            # Nobody sees the rows before a commit that does wait for the disk, and with it for these. Beside others not
            # much may lie before the disk, or their commits wait for all of it.
            cursor.execute(f"SET synchronous_commit = {'on' if beside else 'off'}")
            chunk = frame.slice(done, _POSTGRES_BESIDE_OTHERS if beside else _POSTGRES_ROWS)
            done += chunk.height
            cursor.adbc_ingest(table.name, chunk.to_arrow(compat_level=pl.CompatLevel.oldest()), mode="append")
            cursor.execute(text.format(so_many=done))
            connection.commit()
            tell(done)
        if frame.height - start >= _POSTGRES_MANY:
            _look_at(cursor, table, frame.height - start)
            connection.commit()


def _head(cursor: Any) -> int:
    cursor.execute(str(sa.select(feed_head.c.seq)))
    return int(cursor.fetchone()[0])


def _look_at(cursor: Any, table: sa.Table, more: int) -> None:
    """Makes the server look at a table that has grown by a tenth; it takes minutes to notice by itself, and a while to look."""
    cursor.execute("SELECT CAST(reltuples AS bigint) FROM pg_class WHERE oid = to_regclass($1)", (table.name,))
    if more * 10 >= cursor.fetchone()[0]:
        of_indexes = (column for index in table.indexes for column in index.columns)
        indexed = sorted({column.name for column in (*table.primary_key.columns, *of_indexes)})
        cursor.execute(f"ANALYZE {table.name} ({', '.join(indexed)})")
