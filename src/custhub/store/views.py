"""What a read sees: commits, the latest version per key, and how result sets become frames."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Connection
from sqlalchemy.sql.selectable import FromClause

from custhub.model.frames import KEYS
from custhub.store.database import Database
from custhub.store.documents import Document, unpacked
from custhub.store.facts import LATEST, View
from custhub.store.tables import commit_log

STAGED_LAST = 2**62
"""The seq that a run still to be published has under View(including=...)."""

_FETCH_ROWS = 20_000
_KEYS_AT_ONCE = 5_000
FEW = 50_000
"""Up to so many keys are looked up one by one; above, the whole set is read and filtered."""


def stamp(at: datetime) -> str:
    """An instant as the tables hold it. Raises ValueError for a naive time."""
    if at.tzinfo is None:
        raise ValueError("times given to the store need a time zone")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def commits(view: View = LATEST) -> FromClause:
    """run_no, seq and at of the commits that the view sees; a new alias every time."""
    if view == LATEST:
        return commit_log.alias()
    seen = sa.select(commit_log.c.run_no, commit_log.c.seq, commit_log.c.at)
    if view.upto is not None:
        seen = seen.where(commit_log.c.seq <= view.upto)
    if view.as_of is not None:
        seen = seen.where(commit_log.c.at <= stamp(view.as_of))
    if view.without:
        seen = seen.where(commit_log.c.run_no.not_in(view.without))
    if view.including is None:
        return seen.subquery()
    staged = sa.select(
        sa.literal(view.including, sa.BigInteger()).label("run_no"),
        sa.literal(STAGED_LAST, sa.BigInteger()).label("seq"),
        sa.literal("", sa.Text()).label("at"),
    )
    return sa.union_all(seen.where(commit_log.c.run_no != view.including), staged).subquery()


@lru_cache(64)
def latest(table: sa.Table, keys: tuple[str, ...], view: View = LATEST) -> tuple[FromClause, FromClause, Any]:
    """Versions, their commits, and the condition under which a version is the latest that the view sees.

    The same ones every time, for making them costs more than reading a few rows: not to stand twice in one statement.
    """
    version, commit = table.alias(), commits(view)
    later, later_commit = table.alias(), commits(view)
    superseded = (
        sa.select(sa.literal(1))
        .select_from(later.join(later_commit, later.c.run_no == later_commit.c.run_no))
        .where(*[later.c[key] == version.c[key] for key in keys], later_commit.c.seq > commit.c.seq)
        .exists()
    )
    return version, commit, sa.and_(version.c.run_no == commit.c.run_no, ~superseded)


def in_texts(database: Database, column: Any, values: Sequence[str]) -> Any:
    """`column` is one of `values`, however many, as one parameter."""
    text = sa.literal(json.dumps(list(values), ensure_ascii=False), sa.Text())
    if database.is_sqlite:
        return column.in_(sa.select(sa.func.json_each(text).table_valued("value").c.value))
    return column.in_(
        sa.select(sa.func.json_array_elements_text(sa.cast(text, sa.JSON())).column_valued("value").collate("C"))
    )


def among(
    database: Database, connection: Connection, select: sa.Select[Any], column: Any, values: Iterable[str]
) -> Iterator[Any]:
    """Rows whose `column` is one of the values, in the order of the values' pieces."""
    for piece in pieces(sorted(values)):
        yield from connection.execute(select.where(in_texts(database, column, piece)))


def frame_among(
    database: Database, select: sa.Select[Any], column: Any, schema: pl.Schema, values: Sequence[str] | None
) -> pl.DataFrame:
    """The same as a frame, where the column is in the schema; None: all rows. Many values are picked out of all rows."""
    if values is None:
        return fetch_all(database, select, schema)
    wanted = pl.DataFrame({column.name: values}, schema={column.name: pl.String}).unique()
    if wanted.height > FEW:
        return fetch_all(database, select, schema).join(wanted, on=column.name, how="semi")
    with database.read() as connection:
        rows = among(database, connection, select, column, wanted[column.name].to_list())
        return to_frame([tuple(row) for row in rows], schema)


def by_refs(
    database: Database, select: sa.Select[Any], version: Any, schema: pl.Schema, refs: pl.DataFrame | None
) -> pl.DataFrame:
    """The select's rows of some records (system, key) as a frame; None: of all."""
    if refs is None:
        return fetch_all(database, select, schema)
    wanted = refs.select(KEYS).unique()
    if wanted.height > FEW:
        return fetch_all(database, select, schema).join(wanted, on=KEYS, how="semi")
    parts = [
        frame_among(database, select.where(version.c.system == system), version.c.key, schema, group["key"].to_list())
        for (system,), group in wanted.sort(KEYS).group_by("system", maintain_order=True)
    ]
    return pl.concat([pl.DataFrame(schema=schema), *parts])


def pieces(values: Sequence[str]) -> Iterator[Sequence[str]]:
    """The values, so many at a time as one statement takes."""
    for start in range(0, len(values), _KEYS_AT_ONCE):
        yield values[start : start + _KEYS_AT_ONCE]


def to_frame(rows: Sequence[Sequence[Any]], schema: pl.Schema, documents: Sequence[bool] = ()) -> pl.DataFrame:
    """Rows of the schema's columns as a frame; JSON text becomes lists where the schema says so, 0/1 booleans."""
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
    series = [
        unpacked(name, values) if stored else _series(name, values, dtype)
        for (name, dtype), values, stored in zip(
            schema.items(), columns, documents or [False] * len(schema), strict=True
        )
    ]
    return pl.DataFrame(series)


def _documents(statement: sa.Select[Any]) -> list[bool]:
    return [isinstance(column.type, Document) for column in statement.selected_columns]


def _series(name: str, values: Sequence[Any], dtype: pl.DataType) -> pl.Series:
    if isinstance(dtype, pl.List):
        return pl.Series(name, values, dtype=pl.String()).str.json_decode(dtype)
    if isinstance(dtype, pl.Boolean):
        return pl.Series(name, [None if v is None else bool(v) for v in values], dtype=dtype)
    return pl.Series(name, values, dtype=dtype)


def fetch_all(database: Database, statement: sa.Select[Any], schema: pl.Schema) -> pl.DataFrame:
    """The rows as a frame of `schema`; for any number of rows."""
    with database.translated():
        if database.is_sqlite:
            return _fetch_sqlite(database, statement, schema)
        return _fetch_postgres(database, statement, schema)


def _fetch_sqlite(database: Database, statement: sa.Select[Any], schema: pl.Schema) -> pl.DataFrame:
    parts = [to_frame([], schema)]
    with database.engine.connect() as connection:
        cursor = connection.execute(statement).cursor  # the driver's rows as they are
        assert cursor is not None
        while rows := cursor.fetchmany(_FETCH_ROWS):
            parts.append(to_frame(rows, schema, _documents(statement)))
    return pl.concat(parts, rechunk=False)


def _fetch_postgres(database: Database, statement: sa.Select[Any], schema: pl.Schema) -> pl.DataFrame:
    dialect = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call]
    text = str(statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    with database.bulk_connection() as connection, connection.cursor() as cursor:
        cursor.execute(text)
        found = pl.from_arrow(cursor.fetch_arrow_table())
    assert isinstance(found, pl.DataFrame)
    columns: list[pl.Series | pl.Expr] = []
    for raw_name, (name, dtype), stored in zip(found.columns, schema.items(), _documents(statement), strict=True):
        column = pl.col(raw_name)
        decoded = column.str.json_decode(dtype) if isinstance(dtype, pl.List) else column.cast(dtype)
        columns.append(unpacked(name, found[raw_name]) if stored else decoded.alias(name))
    return found.select(columns)
