"""Databases through SQLAlchemy: rows streamed in chunks from one transaction."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.exc import DBAPIError, NoSuchModuleError, ProgrammingError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from custhub.errors import SourceError
from custhub.extract.chunks import Chunk, chunk_of, is_whole, text_of
from custhub.extract.cursor import Mark
from custhub.extract.database import first_line, refused_query, unreachable
from custhub.extract.job import Place
from custhub.extract.landing import BadRow
from custhub.extract.statements import ZERO_DATE

_ROWS = 10_000
_MYSQL_KINDS: dict[Any, str] = {
    7: ZERO_DATE,
    10: ZERO_DATE,
    12: ZERO_DATE,
    14: ZERO_DATE,
    15: "str",
    253: "str",
    254: "str",
}
"""By the type codes of the protocol: a first row that is null or 0000-00-00 would tell nothing, or the wrong thing."""

_MISSING_IN_SQLITE = ("no such table", "no such column", "syntax error", "unrecognized token")


@contextmanager
def opened_relational(url: URL, place: Place) -> Iterator[Relational]:
    with _told(url, place):
        engine = _engine(url)
    try:
        with _told(url, place):
            connection = engine.connect()
            _begin(connection)
        try:
            yield Relational(connection, url)
        finally:
            connection.invalidate() if connection.invalidated else connection.close()
    finally:
        engine.dispose()


class Relational:
    """A connection with its transaction begun."""

    types_are_declared = False

    def __init__(self, connection: Connection, url: URL) -> None:
        self._connection, self._url = connection, url

    def describe(self, statement: sa.Select[Any], place: Place) -> list[tuple[str, str]]:
        with _told(self._url, place):
            result = self._connection.execute(statement.limit(1))
            codes = [told[1] for told in result.cursor.description] if result.cursor else []
            row = result.first()
        names = list(result.keys())
        known = _MYSQL_KINDS if self._connection.dialect.name in ("mysql", "mariadb") else {}
        return [
            (name, known.get(code, "" if value is None else type(value).__name__))
            for name, value, code in zip(names, row or [None] * len(names), codes, strict=True)
        ]

    def as_text(self, column: sa.ColumnElement[Any], kind: str) -> sa.ColumnElement[Any]:
        return column

    def chunks(self, statement: sa.Select[Any], kinds: Sequence[str], place: Place) -> Iterator[Chunk]:
        names, start = [column.name for column in statement.selected_columns], 1
        with _told(self._url, place):
            result = self._connection.execute(statement, execution_options={"yield_per": _ROWS})
        with result:
            parts, unread = result.partitions(), getattr(result.cursor, "_result", None)
            while True:
                with _told(self._url, place), _let_go(unread):
                    rows = next(parts, None)
                if rows is None:
                    return
                yield _chunk(names, rows, start)
                start += len(rows)

    def marks(self, statement: sa.Select[Any], kinds: Sequence[str], place: Place) -> tuple[Mark, ...] | None:
        with _told(self._url, place):
            row = self._connection.execute(statement).first()
        return None if row is None else tuple(Mark.of(value) for value in row)

    def now(self, place: Place) -> Mark:
        with _told(self._url, place):
            return Mark.of(str(self._connection.execute(sa.select(sa.func.current_timestamp())).scalar_one()))


def _engine(url: URL) -> Engine:
    engine = sa.create_engine(url, poolclass=NullPool, hide_parameters=True)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: Any, record: object) -> None:
    connection.isolation_level = None  # the driver would only begin a transaction before it writes
    connection.execute("PRAGMA query_only = ON")  # a query of a connector reads
    connection.text_factory = lambda data: data.decode("utf-8", "surrogateescape")


def _begin(connection: Connection) -> None:
    """Begins a transaction that sees one state of the database."""
    match connection.dialect.name:
        case "sqlite":
            connection.exec_driver_sql("BEGIN")
        case "mysql" | "mariadb":
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            connection.exec_driver_sql("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
        case _:
            pass


@contextmanager
def _told(url: URL, place: Place) -> Iterator[None]:
    """Tells a driver's error without values, SQL or password; its own text may hold all of them."""
    try:
        yield
    except (SQLAlchemyError, ImportError) as e:
        raise _error(e, url, place) from None
    except UnicodeDecodeError:
        raise place.error("the database sends text that is not in its character set", "correct it there") from None


@contextmanager
def _let_go(unread: Any) -> Iterator[None]:
    """When it fails, tells pymysql's result that nothing more is to come: it would wait for it on a lost connection."""
    try:
        yield
    except DBAPIError as e:
        if e.connection_invalidated and hasattr(unread, "unbuffered_active"):
            unread.unbuffered_active = False
        raise


def _error(error: SQLAlchemyError | ImportError, url: URL, place: Place) -> SourceError:
    if isinstance(error, ImportError | NoSuchModuleError):
        return place.error(f"the driver for {url.drivername} is not installed", "install it, e.g. custhub[mysql]")
    if not isinstance(error, DBAPIError):
        return place.error(f"the database cannot be read ({type(error).__name__})", "look at the connector")
    said = first_line(error.orig or error, url)
    if isinstance(error, ProgrammingError) or any(words in said for words in _MISSING_IN_SQLITE):
        return refused_query(place, said)
    code = next((str(arg) for arg in error.orig.args[:1] if isinstance(arg, int)), "") if error.orig else ""
    kind = type(error.orig or error).__name__ + (f" {code}" if code else "")
    return unreachable(place, kind)


def _chunk(names: Sequence[str], rows: Sequence[Any], start: int) -> Chunk:
    positions = range(start, start + len(rows))
    try:
        return chunk_of(names, rows, positions)
    except UnicodeEncodeError:
        good = [i for i, row in enumerate(rows) if all(map(is_whole, row))]
        bad = [_bad(names, start + i, rows[i]) for i in sorted({*range(len(rows))} - {*good})]
        return chunk_of(names, [rows[i] for i in good], [start + i for i in good], tuple(bad))


def _bad(names: Sequence[str], position: int, row: Sequence[object]) -> BadRow:
    values = {name: text_of(value) for name, value in zip(names, row, strict=True)}
    shown = {
        name: text and text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
        for name, text in values.items()
    }
    raw = json.dumps(shown, ensure_ascii=False, separators=(",", ":"))
    saved = {name: text for name, text in values.items() if text is not None and is_whole(text)}
    return BadRow(position, "encoding", "a column holds bytes that are not utf-8", raw, saved)
