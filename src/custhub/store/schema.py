"""The schema's version: bringing a database up to it, and refusing what this custhub does not understand."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from uuid import uuid4

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

from custhub.errors import StoreError
from custhub.store import audit, tables
from custhub.store.database import Database

_MIGRATION_LOCK = 0x63757374  # any number that no other program locks
EPOCH = "epoch"


def migrate(database: Database) -> None:
    """Brings the schema up to date, from empty too; two processes at once wait for one another."""
    if _current(database) == _script().get_current_head():
        return
    with database.write() as connection:
        if not database.is_sqlite:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
        _refuse_newer(database, _revision(connection))
        config = _config()
        config.attributes["connection"] = connection
        before = _revision(connection)
        command.upgrade(config, "head")
        _found_house(connection)
        if before is not None and before < "0005":
            audit.take_up(connection, f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}", everything=before == "0001")


def check(database: Database) -> None:
    """Raises StoreError unless the schema is exactly the one that this custhub was made for."""
    revision = _current(database)
    _refuse_newer(database, revision)
    if revision is None:
        raise StoreError(database.where, "the store is empty, it has no tables yet", "run `custhub run` once")
    if revision != _script().get_current_head():
        raise StoreError(database.where, f"the store's schema {revision} is older than this custhub", "migrate it")


def _found_house(connection: Connection) -> None:
    head = tables.feed_head
    if connection.execute(sa.select(head.c.one)).first() is None:
        connection.execute(head.insert().values(one=1, seq=0, next_event=1, at=""))
        connection.execute(tables.house.insert().values(name=EPOCH, value=str(uuid4())))


def _refuse_newer(database: Database, revision: str | None) -> None:
    if revision is not None and revision not in {script.revision for script in _script().walk_revisions()}:
        raise StoreError(
            database.where, f"the store's schema {revision} is newer than this custhub", "use a newer custhub"
        )


def _current(database: Database) -> str | None:
    with database.read() as connection:
        return _revision(connection)


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


@cache
def _script() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())
