"""Erasure in the tables: values of some source records go everywhere, and their keys cannot come back.

What stays are the keys themselves, which golden ids there were, and that something changed when: without it neither the
feed nor the ledgers would hold. The keys that may not come back are kept as digests under a salt of the store's own.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from custhub.errors import StoreError
from custhub.model.refs import CHILD_MARK, SourceRef
from custhub.store import audit
from custhub.store.database import Database
from custhub.store.facts import Erasing
from custhub.store.tables import (
    commit_log,
    decision,
    erased,
    golden_key,
    golden_version,
    house,
    link,
    pin,
    quarantine,
    source_row,
    source_version,
    task,
)

_SALT = "erasure_salt"


def records_of(database: Database, rows: Sequence[SourceRef]) -> list[SourceRef]:
    """All records that ever came from these landed rows."""
    keys = source_version.c
    found: set[SourceRef] = set()
    with database.read() as connection:
        for row in rows:
            child = row.key + CHILD_MARK
            mine = sa.or_(
                keys.key == row.key, sa.and_(keys.key >= child, keys.key < child[:-1] + chr(ord(child[-1]) + 1))
            )
            select = sa.select(keys.system, keys.key).where(keys.system == row.system, mine, keys.row_key == row.key)
            found |= {SourceRef(system, key) for system, key in connection.execute(select)}
    return sorted(found)


def golden_ids_of(database: Database, refs: Sequence[SourceRef]) -> list[str]:
    """All golden ids that these records were ever attached to."""
    found: set[str] = set()
    with database.read() as connection:
        for ref in refs:
            select = sa.select(link.c.golden_id).where(link.c.system == ref.system, link.c.key == ref.key)
            found |= {golden_id for golden_id in connection.scalars(select) if golden_id is not None}
    return sorted(found)


def last_members(database: Database, golden_id: str) -> list[str]:
    """Source references that the golden customer had when it had any."""
    select = (
        sa.select(golden_version.c.members)
        .join(commit_log, commit_log.c.run_no == golden_version.c.run_no)
        .where(golden_version.c.golden_id == golden_id, golden_version.c.members != "[]")
        .order_by(commit_log.c.seq.desc())
        .limit(1)
    )
    with database.read() as connection:
        return list(json.loads(connection.execute(select).scalar() or "[]"))


def strip(connection: Connection, run_no: int, what: Erasing, at: str) -> None:
    """Takes the values out of everything written before this run, in the caller's transaction."""
    salt = _salt(connection)
    ids: set[str] = set()
    for ref in what.refs:
        ids |= set(connection.scalars(sa.select(link.c.golden_id).where(*_is(link, ref))))
        connection.execute(source_version.update().where(*_is(source_version, ref)).values(doc=None, hash=None))
        for table, sides in ((decision, ("left", "right")), (pin, ("anchor",))):
            for side in sides:
                place = (table.c[f"{side}_system"] == ref.system, table.c[f"{side}_key"] == ref.key)
                connection.execute(table.delete().where(*place))
        named = task.c.refs.contains(json.dumps(str(ref), ensure_ascii=False), autoescape=True)
        connection.execute(task.update().where(named, task.c.run_no != run_no).values(detail="{}", answer=None))
    for row in what.rows:
        place = (quarantine.c.system == row.system, quarantine.c.row_key == row.key)
        connection.execute(quarantine.update().where(*place).values(raw=None))
        mine = (source_row.c.source == row.system, source_row.c.row_key == row.key)
        connection.execute(source_row.update().where(*mine).values(row_hash=None, present=False))
    _strip_versions(connection, run_no, sorted(golden_id for golden_id in ids if golden_id), set(map(str, what.refs)))
    for gone in sorted({*what.rows, *what.refs}):
        values = {"digest": _digest(salt, gone), "system": gone.system, "at": at}
        if connection.execute(sa.select(erased.c.at).where(erased.c.digest == values["digest"])).first() is None:
            connection.execute(erased.insert().values(values))
    audit.strip(connection, {(r.system, r.key) for r in what.refs}, by=what.by, at=at, name=what.name)


def _strip_versions(connection: Connection, run_no: int, golden_ids: Sequence[str], refs: set[str]) -> None:
    """Past versions that were made with one of the records; those without it hold nothing of it."""
    version, places = golden_version.c, defaultdict[int, list[int]](list)
    for golden_id in golden_ids:
        old = sa.select(version.run_no, version.ord, version.members)
        for row in connection.execute(old.where(version.golden_id == golden_id, version.run_no != run_no)).all():
            if refs.isdisjoint(json.loads(row.members)):
                continue
            one = (version.golden_id == golden_id, version.run_no == row.run_no)
            nothing = dict.fromkeys(("doc", "prov", "display_name", "hash"))
            connection.execute(golden_version.update().where(*one).values(nothing))
            places[row.run_no].append(row.ord)
    for number, ords in places.items():
        connection.execute(golden_key.delete().where(golden_key.c.run_no == number, golden_key.c.ord.in_(ords)))


def erased_keys(database: Database, source: str, keys: pl.Series) -> pl.Series:
    """Those of the row keys that were erased. Costs nothing for a source of which nothing was."""
    with database.read() as connection:
        digests = set(connection.scalars(sa.select(erased.c.digest).where(erased.c.system == source)))
        if not digests:
            return keys.clear()
        salt = _salt(connection)
    wanted = [_digest(salt, SourceRef(source, key)) in digests for key in keys]
    return keys.filter(pl.Series(wanted, dtype=pl.Boolean))


def _salt(connection: Connection) -> bytes:
    """Made at the first erasure. Raises StoreError when it is gone while there are digests: nobody could tell what they keep out."""
    known = connection.execute(sa.select(house.c.value).where(house.c.name == _SALT)).scalar()
    if known is None:
        if connection.execute(sa.select(erased.c.at).limit(1)).first() is not None:
            raise StoreError("house", f"{_SALT} is gone, erased customers could come back", "restore it from a backup")
        known = secrets.token_hex(32)
        connection.execute(house.insert().values(name=_SALT, value=known))
    return bytes.fromhex(known)


def _digest(salt: bytes, ref: SourceRef) -> str:
    return hmac.new(salt, str(ref).encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def _is(table: Any, ref: SourceRef) -> tuple[Any, Any]:
    return table.c.system == ref.system, table.c.key == ref.key
