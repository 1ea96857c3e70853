"""The connection to the database: engines, transactions, and errors that say what to do."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, Connection, Engine, make_url

from custhub.errors import StoreError, UsageError

BUSY_SECONDS = 60.0
_POLL_SECONDS = 0.002
_IDLE_SECONDS = 1.0


class Database:
    """One database by URL. `read` and `write` are the only ways to get a transaction."""

    def __init__(self, url: str) -> None:
        self.url = _parse(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.where = self.url.render_as_string(hide_password=True)
        self._bulk: Any = None
        self._opening = threading.Lock()
        self.engine: Engine = _sqlite_engine(self) if self.is_sqlite else _postgres_engine(self)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only reads."""
        with self.translated(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def look(self) -> Iterator[Connection]:
        """For single quick selects: on PostgreSQL without a transaction around them, which saves two round trips."""
        with self.translated(), self.engine.connect() as plain:
            yield plain if self.is_sqlite else plain.execution_options(isolation_level="AUTOCOMMIT")

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that commits at the end, or rolls back on an exception. Keep it short."""
        with self.translated(), self.engine.connect() as plain:
            connection = plain.execution_options(custhub_writes=True)
            with connection.begin():
                yield connection

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Turns driver errors into StoreError, without statements or values."""
        try:
            yield
        except Exception as error:
            found = explain(error, self.where)
            if found is None:
                raise
            raise found from None

    def insert(self, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
        """An insert that can say what to do on a conflict, in the same words on both databases."""
        return sqlite.insert(table) if self.is_sqlite else postgresql.insert(table)

    def libpq_url(self) -> str:
        """For drivers that speak libpq's own URLs. Holds the password: not for messages."""
        return self.url.set(drivername="postgresql").render_as_string(hide_password=False)

    def bulk_connection(self) -> Any:
        """A connection of the bulk driver (ADBC) to PostgreSQL; to be closed by who asked.

        The driver reads all types of the server when it opens a database, which takes longer than a small read; one
        opened database gives all connections.
        """
        with self._opening:
            if self._bulk is None:
                self._bulk = _open_bulk(self)
        return self._bulk.adbc_clone()

    def sqlite_path(self) -> Path:
        return Path((self.url.database or "").removeprefix("file:"))

    def close(self) -> None:
        self.engine.dispose()
        if self._bulk is not None:
            self._bulk.close()
            self._bulk = None


def _parse(url: str) -> URL:
    hint = 'give "sqlite:///path/golden.db" or "postgresql+psycopg://user@host/database"'
    try:
        parsed = make_url(url)
    except sa.exc.ArgumentError:
        raise UsageError("the store's URL cannot be read", hint) from None
    if parsed.get_backend_name() == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() != "sqlite":
        raise UsageError(f"no golden store on {parsed.get_backend_name()}", hint)
    if not parsed.database or parsed.database == ":memory:":
        raise UsageError("the golden store needs a file: SQLite in memory is gone with the process", hint)
    return parsed


def _open_bulk(database: Database) -> Any:
    try:
        from adbc_driver_postgresql import dbapi
    except ModuleNotFoundError:
        raise StoreError(
            database.where, "the bulk driver is missing (ADBC)", "pip install 'custhub[postgres]'"
        ) from None
    # autocommit: it lies idle, and must not do so in a transaction
    return dbapi.connect(database.libpq_url(), autocommit=True)


def _sqlite_engine(database: Database) -> Engine:
    path = database.sqlite_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(database.where, f"the folder cannot be made: {error.strerror}") from None
    engine = sa.create_engine(
        database.url, connect_args={"check_same_thread": False, "timeout": 10, "cached_statements": 256}
    )
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(raw: sqlite3.Connection, _: Any) -> None:
    raw.isolation_level = None  # we say BEGIN ourselves, see _begin_sqlite
    for pragma in (
        "page_size = 16384",  # of a new file; with documents of about 1 kB smaller pages leave a sixth of it empty
        "busy_timeout = 10000",
        "journal_mode = WAL",
        "synchronous = NORMAL",
        "cache_size = -65536",
        "temp_store = MEMORY",
        "secure_delete = ON",  # what is erased leaves no bytes behind
        "wal_autocheckpoint = 60000",  # pages; a steward's click should not write back what runs wrote, see bulk
    ):
        raw.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    if not connection.get_execution_options().get("custhub_writes"):
        connection.exec_driver_sql("BEGIN")
        return
    raw = connection.connection.driver_connection
    assert isinstance(raw, sqlite3.Connection)
    begin_immediate(raw)


def begin_immediate(raw: sqlite3.Connection) -> None:
    """BEGIN IMMEDIATE, asking again every 2 ms: SQLite's own waiting backs off to 100 ms and starves short writers."""
    raw.execute("PRAGMA busy_timeout = 0")
    deadline = time.monotonic() + BUSY_SECONDS
    try:
        while True:
            try:
                raw.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorname not in ("SQLITE_BUSY", "SQLITE_BUSY_RECOVERY", "SQLITE_BUSY_SNAPSHOT"):
                    raise
                if time.monotonic() > deadline:
                    raise
            time.sleep(_POLL_SECONDS)
    finally:
        raw.execute("PRAGMA busy_timeout = 10000")


def _postgres_engine(database: Database) -> Engine:
    try:
        engine = sa.create_engine(
            database.url,
            pool_size=5,
            max_overflow=15,
            connect_args={"connect_timeout": 10, "application_name": "custhub"},
        )
    except ModuleNotFoundError as error:
        raise StoreError(
            database.where, f"the driver is missing ({error.name})", "pip install 'custhub[postgres]'"
        ) from None
    event.listen(engine, "checkin", lambda _, record: record.info.update(left=time.monotonic()))
    event.listen(engine, "checkout", lambda raw, record, _: _ask_after(engine, raw, record))
    return engine


def _ask_after(engine: Engine, raw: Any, record: Any) -> None:
    """Makes sure that the server still knows a connection that lay idle; asking every time doubles a quick read."""
    if time.monotonic() - record.info.get("left", 0.0) > _IDLE_SECONDS:
        try:
            engine.dialect.do_ping(raw)
        except Exception as error:
            raise sa.exc.InvalidatePoolError from error


def explain(error: BaseException, where: str) -> StoreError | None:
    """The StoreError for a driver's error; None for errors that are not the database's."""
    if isinstance(error, sa.exc.DBAPIError):
        error = error.orig if error.orig is not None else error
    elif isinstance(error, sa.exc.TimeoutError):
        return StoreError(where, "no connection became free in time", "try again", retryable=True)
    if isinstance(error, sqlite3.Error):
        return _explain_sqlite(error, where)
    if type(error).__module__.startswith(("psycopg", "adbc_driver_manager")):
        return _explain_postgres(error, where)
    return None


_SQLITE = {
    "SQLITE_FULL": ("the disk is full", "make room and run again: it goes on where it stopped", True),
    "SQLITE_BUSY": ("another writer holds the file for too long", "try again", True),
    "SQLITE_LOCKED": ("another writer holds the file for too long", "try again", True),
    "SQLITE_CANTOPEN": ("the file cannot be opened", "check the path and its permissions", False),
    "SQLITE_READONLY": ("the file is read-only", "check its permissions", False),
    "SQLITE_NOTADB": ("the file is not a SQLite database", "check CUSTHUB_DATABASE_URL", False),
    "SQLITE_CORRUPT": ("the file is damaged", "restore it from a backup", False),
    "SQLITE_IOERR": ("the disk answers with an error", "check the disk", True),
}


def _explain_sqlite(error: sqlite3.Error, where: str) -> StoreError:
    name = getattr(error, "sqlite_errorname", None) or type(error).__name__
    for prefix, (problem, hint, retryable) in _SQLITE.items():
        if name.startswith(prefix):
            return StoreError(where, problem, hint, retryable=retryable)
    problem = str(error) if "no such table" in str(error) else f"SQLite says {name}"
    return StoreError(
        where, problem, "is the store migrated?" if "no such table" in problem else "report this as a bug"
    )


_SQLSTATES = {
    "53100": ("the server's disk is full", "make room and run again: it goes on where it stopped", True),
    "53300": ("the server has no connection free", "try again, or raise max_connections", True),
    "28": ("the server refuses the login", "check user and password", False),
    "3D000": ("there is no such database", "create it, then `custhub` makes the tables", False),
    "42501": ("the user lacks a permission", "grant CREATE and USAGE on the schema", False),
    "42P01": ("a table is missing", "is the store migrated?", False),
    "40": ("the server broke off a transaction", "try again", True),
    "55P03": ("a lock was not free in time", "try again", True),
    "57": ("the server is stopping or starting", "try again", True),
    "08": ("the connection was lost", "try again", True),
}


def _explain_postgres(error: BaseException, where: str) -> StoreError:
    state = getattr(error, "sqlstate", None) or ""
    for prefix, (problem, hint, retryable) in _SQLSTATES.items():
        if state.startswith(prefix):
            return StoreError(where, problem, hint, retryable=retryable)
    if not state and type(error).__name__ in ("OperationalError", "ConnectionTimeout"):
        return StoreError(where, "the server cannot be reached", "is it running, and the URL right?", retryable=True)
    return StoreError(where, f"PostgreSQL says {type(error).__name__} {state}".rstrip(), "report this as a bug")
