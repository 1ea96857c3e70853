"""The store's own things: who it is, and the matching models."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from custhub.errors import NotFoundError
from custhub.store.database import Database
from custhub.store.schema import EPOCH
from custhub.store.tables import commit_log, house, model


def head(database: Database) -> int:
    with database.read() as connection:
        return connection.execute(sa.select(sa.func.max(commit_log.c.seq))).scalar() or 0


def epoch(database: Database) -> str:
    with database.read() as connection:
        return str(connection.execute(sa.select(house.c.value).where(house.c.name == EPOCH)).scalar_one())


def save_model(database: Database, version: str, text: str, at: str) -> None:
    """Keeps a model; a version names its text, so a second call changes nothing."""
    insert = database.insert(model).values(version=version, text=text, at=at)
    with database.write() as connection:
        connection.execute(insert.on_conflict_do_nothing(index_elements=[model.c.version]))


def adopt_model(database: Database, version: str, at: str) -> None:
    """Makes a kept model the one in use."""
    with database.write() as connection:
        last = connection.execute(sa.select(sa.func.max(model.c.adopted))).scalar() or ""
        adopted = _after(last, at)
        changed = connection.execute(model.update().where(model.c.version == version).values(adopted=adopted))
        if changed.rowcount == 0:
            raise NotFoundError("model", version)


def _after(last: str, at: str) -> str:
    """A time text that sorts after `last`, so that of two adoptions in one microsecond the later counts."""
    return at if at > last else f"{last}+"


def model_of(database: Database, version: str | None) -> tuple[str, str] | None:
    """Version and text of the model asked for, or of the one in use."""
    select: sa.Select[Any] = sa.select(model.c.version, model.c.text)
    if version is None:
        select = select.where(model.c.adopted.is_not(None)).order_by(model.c.adopted.desc()).limit(1)
    else:
        select = select.where(model.c.version == version)
    with database.read() as connection:
        row = connection.execute(select).first()
    return None if row is None else (row.version, row.text)
