"""PostgreSQL through ADBC: the server writes every value as text, COPY brings it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import adbc_driver_postgresql.dbapi as adbc
import polars as pl
import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import URL

from custhub.errors import SourceError
from custhub.extract.chunks import Chunk, arrow_texts, text_of
from custhub.extract.cursor import Mark
from custhub.extract.database import first_line, refused_query, unreachable
from custhub.extract.job import Place

_DIALECT = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call]  # SQLAlchemy does not type it
_PLAIN = frozenset({"text", "varchar", "name", "citext"})
_FLOATS = frozenset({"float4", "float8"})
_INSTANTS = frozenset({"timestamp", "timestamptz"})
_REFUSED = ("42", "3D", "28", "3F", "22", "0A")  # query, database, login, schema, value, feature: again is no help
_FAILED = (adbc.Error, pa.ArrowException, OSError)


@contextmanager
def opened_postgres(url: URL, place: Place) -> Iterator[Postgres]:
    with _told(url, place):
        connection = adbc.connect(url.set(drivername="postgresql").render_as_string(hide_password=False))
    try:
        database = Postgres(connection, url)
        database.begin(place)
        yield database
    finally:
        _close(connection)


def _close(connection: Any) -> None:
    try:
        connection.close()
    except _FAILED:
        # A server that went away cannot be told good-bye; what failed before is already on its way up.
        return


class Postgres:
    """A connection with its transaction begun."""

    types_are_declared = True

    def __init__(self, connection: Any, url: URL) -> None:
        self._connection, self._url = connection, url

    def begin(self, place: Place) -> None:
        with _told(self._url, place), self._connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            for setting in ("TimeZone = 'UTC'", "DateStyle = 'ISO'", "IntervalStyle = 'iso_8601'"):
                cursor.execute(f"SET LOCAL {setting}")
            cursor.execute("SET LOCAL extra_float_digits = 1")

    def describe(self, statement: sa.Select[Any], place: Place) -> list[tuple[str, str]]:
        with _told(self._url, place), self._connection.cursor() as cursor:
            cursor.execute(_sql(statement.limit(0)))
            schema = cursor.fetch_arrow_table().schema
        kinds = [(field.metadata or {}).get(b"POSTGRESQL:type", b"").decode() for field in schema]
        return list(zip(schema.names, kinds, strict=True))

    def as_text(self, column: sa.ColumnElement[Any], kind: str) -> sa.ColumnElement[Any]:
        if kind in _PLAIN:
            return column
        return sa.func.encode(column, "hex") if kind == "bytea" else sa.cast(column, sa.Text)

    def chunks(self, statement: sa.Select[Any], kinds: Sequence[str], place: Place) -> Iterator[Chunk]:
        start = 1
        with self._connection.cursor() as cursor:
            with _told(self._url, place):
                cursor.execute(_sql(statement))
                reader = cursor.fetch_record_batch()
            while True:
                with _told(self._url, place):
                    batch = next(reader, None)
                if batch is None:
                    return
                rows = _frame(pa.Table.from_batches([batch]), kinds)
                yield Chunk(rows, pl.Series(range(start, start + rows.height), dtype=pl.Int64))
                start += rows.height

    def marks(self, statement: sa.Select[Any], kinds: Sequence[str], place: Place) -> tuple[Mark, ...] | None:
        for chunk in self.chunks(statement, kinds, place):
            for row in chunk.rows.iter_rows():
                return tuple(Mark.of(value) for value in row)
        return None

    def now(self, place: Place) -> Mark:
        marks = self.marks(sa.select(sa.cast(sa.func.now(), sa.Text).label("now")), ["timestamptz"], place)
        assert marks is not None, "a SELECT without FROM has one row"
        return marks[0]


def _sql(statement: sa.Select[Any]) -> str:
    # Values stand in the text, quoted: with parameters the driver would not use COPY.
    return str(statement.compile(dialect=_DIALECT, compile_kwargs={"literal_binds": True}))


def _frame(table: pa.Table, kinds: Sequence[str]) -> pl.DataFrame:
    columns = []
    for name, kind in zip(table.column_names, kinds, strict=True):
        column = arrow_texts(name, table[name])
        if kind in _INSTANTS:
            column = column.str.replace(" ", "T", literal=True).str.replace(r"\+00$", "+00:00")
        if kind in _FLOATS:
            column = pl.Series(name, [None if v is None else text_of(float(v)) for v in column], dtype=pl.String)
        columns.append(column)
    return pl.DataFrame(columns)


@contextmanager
def _told(url: URL, place: Place) -> Iterator[None]:
    """Tells the driver's error without values, SQL or password; its own text may hold all of them."""
    try:
        yield
    except _FAILED as e:
        raise _error(e, url, place) from None


def _error(error: BaseException, url: URL, place: Place) -> SourceError:
    state = str(getattr(error, "sqlstate", None) or "")
    if state.startswith(("42", "3F")):
        return refused_query(place, first_line(error, url))
    kind = f"SQLSTATE {state}" if state.strip("0") else type(error).__name__
    if state.startswith(_REFUSED):
        return place.error(f"the database refuses ({kind})", "look at the connection's user, database and rights")
    return unreachable(place, kind)
