"""Connections to databases: PostgreSQL through ADBC, all others through SQLAlchemy; both give text columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from custhub.errors import SourceError
from custhub.extract.chunks import Chunk
from custhub.extract.cursor import Mark
from custhub.extract.job import Place
from custhub.extract.secrets import Secrets
from custhub.extract.spec import CONNECTION_NAME


class Database(Protocol):
    """One transaction that sees one state of the source, as far as the database can."""

    types_are_declared: bool

    def describe(self, statement: sa.Select[Any], place: Place) -> list[tuple[str, str]]:
        """Column and type, in order; types may be empty."""

    def as_text(self, column: sa.ColumnElement[Any], kind: str) -> sa.ColumnElement[Any]:
        """How to ask for a column, so that it comes in a form that is the same for all databases."""

    def chunks(self, statement: sa.Select[Any], kinds: Sequence[str], place: Place) -> Iterator[Chunk]:
        """The rows as text columns; `kinds` are the types of the columns."""

    def marks(self, statement: sa.Select[Any], kinds: Sequence[str], place: Place) -> tuple[Mark, ...] | None:
        """The first row as cursor marks; None when there is none."""

    def now(self, place: Place) -> Mark:
        """The database's clock."""


def source_url(connection: str, source: str, base: Path, secrets: Secrets) -> URL:
    """The URL of a connection, by its name or as it stands. Relative SQLite files begin at `base`."""
    text = secrets(connection) if CONNECTION_NAME.fullmatch(connection) else connection
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        hint = "write it as dialect+driver://user:password@host/database"
        raise SourceError(source, f"connection {_name(connection)}", "is not a database URL", hint) from None
    database = url.database
    if url.get_backend_name() != "sqlite" or not database or database == ":memory:":
        return url
    path = base / database
    if not path.is_file():
        # SQLite would make an empty database of that name and find no table in it.
        hint = "look at the path in the connection"
        raise SourceError(source, f"connection {_name(connection)}", "there is no such SQLite file", hint)
    return url.set(database=str(path))


def _name(connection: str) -> str:
    return connection if CONNECTION_NAME.fullmatch(connection) else "in the connector"


@contextmanager
def opened(url: URL, place: Place) -> Iterator[Database]:
    """A database with its transaction begun."""
    if url.get_backend_name() == "postgresql":
        from custhub.extract.postgres import opened_postgres  # needs the extra `postgres`

        with opened_postgres(url, place) as postgres:
            yield postgres
    else:
        from custhub.extract.relational import opened_relational

        with opened_relational(url, place) as relational:
            yield relational


def first_line(error: BaseException, url: URL) -> str:
    """What the driver says in its first line, without the password."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    text = lines[0][:300]
    for secret in (url.password, url.render_as_string(hide_password=False)):
        text = text.replace(str(secret), "***") if secret else text
    return text


def refused_query(place: Place, said: str) -> SourceError:
    return place.error(f"the database refuses the query: {said}", "correct table, query or rights")


def unreachable(place: Place, kind: str) -> SourceError:
    hint = "look at the server, then run again"
    return place.error(f"the database cannot be reached or went away ({kind})", hint, retryable=True)
