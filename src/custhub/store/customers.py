"""Reading golden customers, their source records and links, as a view sees them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from custhub.model.frames import GOLDEN, LINK, RECORD
from custhub.store.database import Database
from custhub.store.facts import GOLDENS, LATEST, GoldenCustomer, View
from custhub.store.staging import key_digests, key_form
from custhub.store.tables import golden_key, golden_version, link, source_version
from custhub.store.views import (
    STAGED_LAST,
    among,
    by_refs,
    commits,
    frame_among,
    latest,
    stamp,
)

_KEYS = ("system", "key")
_HOPS = 64
"""A chain of merges cannot be longer and be right: the end is looked for so far."""


def records(
    database: Database, *, systems: Sequence[str] | None = None, refs: pl.DataFrame | None = None, view: View = LATEST
) -> pl.DataFrame:
    """Current source records as RECORD, in no particular order."""
    version, commit, current = latest(source_version, _KEYS, view)
    select = sa.select(*[version.c[name] for name in RECORD]).select_from(version).join(commit, current)
    if systems is not None:
        select = select.where(version.c.system.in_(list(systems)))
    return by_refs(database, select, version, RECORD, refs)


def links(database: Database, *, refs: pl.DataFrame | None = None, view: View = LATEST) -> pl.DataFrame:
    """Current links as LINK, in no particular order; records attached to none are left out."""
    version, commit, current = latest(link, _KEYS, view)
    select = sa.select(*[version.c[name] for name in LINK]).select_from(version).join(commit, current)
    return by_refs(database, select.where(version.c.golden_id.is_not(None)), version, LINK, refs)


def former_links(database: Database, refs: pl.DataFrame, view: View = LATEST) -> pl.DataFrame:
    """For records that are attached to none now: LINK with the golden customer that each was attached to last."""
    if refs.is_empty():
        return pl.DataFrame(schema=LINK)
    commit = commits(view)
    schema = pl.Schema({**LINK, "seq": pl.Int64()})
    select = (
        sa.select(*[link.c[name] for name in LINK], commit.c.seq)
        .select_from(link)
        .join(commit, commit.c.run_no == link.c.run_no)
        .where(link.c.golden_id.is_not(None))
    )
    past = by_refs(
        database, select, link, schema, refs.join(links(database, refs=refs, view=view), on=_KEYS, how="anti")
    )
    return past.sort("seq").unique(_KEYS, keep="last", maintain_order=True).select(LINK.names()).sort(_KEYS)


def active_count(database: Database, view: View = LATEST) -> int:
    """How many golden customers there are now."""
    version, commit, current = latest(golden_version, ("golden_id",), view)
    select = sa.select(sa.func.count()).select_from(version).join(commit, current).where(version.c.status == "active")
    with database.read() as connection:
        return int(connection.scalar(select) or 0)


def goldens(database: Database, *, ids: Sequence[str] | None = None, view: View = LATEST) -> pl.DataFrame:
    """Golden customers as GOLDENS, merged and retired ones too; `moved_to` is at the end of its chain."""
    version, commit, current = latest(golden_version, ("golden_id",), view)
    born_commit, first = commits(view), golden_version.alias()
    born = (
        sa.select(first.c.golden_id, sa.func.min(first.c.run_no).label("born"))
        .join(born_commit, born_commit.c.run_no == first.c.run_no)
        .group_by(first.c.golden_id)
    )
    select = sa.select(*[version.c[name] for name in GOLDEN], commit.c.seq).select_from(version).join(commit, current)
    born_schema = pl.Schema({"golden_id": pl.String(), "born": pl.Int64()})
    found = frame_among(database, select, version.c.golden_id, pl.Schema({**GOLDEN, "seq": pl.Int64()}), ids)
    births = frame_among(database, born, first.c.golden_id, born_schema, ids)
    joined = found.join(births, on="golden_id", how="left").select(list(GOLDENS))
    return _collapsed(database, joined, view)


def _collapsed(database: Database, found: pl.DataFrame, view: View) -> pl.DataFrame:
    """Points every merged golden customer to the end of its chain."""
    moves = dict(found.filter(pl.col("moved_to").is_not_null()).select("golden_id", "moved_to").iter_rows())
    if not moves:
        return found
    known = moves | _further(database, set(moves.values()) - set(found["golden_id"]), view)
    ends = {start: _end(known, start) for start in moves}
    collapsed = pl.DataFrame(
        {"golden_id": list(ends), "end": list(ends.values())}, schema={"golden_id": pl.String(), "end": pl.String()}
    )
    moved = pl.coalesce("end", "moved_to").alias("moved_to")
    return found.join(collapsed, on="golden_id", how="left", maintain_order="left").with_columns(moved).drop("end")


def _further(database: Database, ids: set[str], view: View) -> dict[str, str]:
    """Where golden customers outside the frame moved to, and those in turn."""
    version, commit, current = latest(golden_version, ("golden_id",), view)
    select = sa.select(version.c.golden_id, version.c.moved_to).join(commit, current)
    found: dict[str, str] = {}
    with database.read() as connection:
        while ids:
            rows = among(database, connection, select, version.c.golden_id, ids)
            step = {golden_id: moved_to for golden_id, moved_to in rows if moved_to is not None}
            found |= step
            ids = set(step.values()) - set(found)
    return found


def _end(moves: dict[str, str], start: str) -> str:
    at = start
    for _ in range(_HOPS):
        if at not in moves:
            return at
        at = moves[at]
    return at


def golden(database: Database, golden_id: str, view: View = LATEST) -> GoldenCustomer | None:
    """The golden customer; where it was merged, the survivor. None when the id is unknown to the view."""
    with database.look() as connection:
        return _follow(connection, golden_id, view)


def golden_by_source(database: Database, system: str, key: str, view: View = LATEST) -> GoldenCustomer | None:
    """The golden customer that the source record is attached to; None when it is attached to none."""
    with database.look() as connection:
        place = {"system": system, "of_key": key, **_bounds(view)}
        golden_id = connection.execute(_tie(view.including), place).scalar()
        return None if golden_id is None else _follow(connection, golden_id, view)


def _follow(connection: Connection, golden_id: str, view: View) -> GoldenCustomer | None:
    at, row = golden_id, None
    for _ in range(_HOPS):
        row = connection.execute(_version(view.including), {"id": at, **_bounds(view)}).first()
        if row is None or row.status != "merged" or row.moved_to is None:
            break
        at = row.moved_to
    if row is None:
        return None
    return GoldenCustomer(
        asked=golden_id,
        golden_id=row.golden_id,
        status=row.status,
        kind=row.kind,
        display_name=row.display_name,
        members=tuple(json.loads(row.members)),
        doc=row.doc,
        prov=row.prov,
        hash=row.hash,
        seq=row.seq,
        at=row.at,
    )


def _bounds(view: View) -> dict[str, Any]:
    return {
        "upto": STAGED_LAST if view.upto is None else view.upto,
        "as_of": "9999" if view.as_of is None else stamp(view.as_of),
    }


@cache
def _tie(including: int | None) -> sa.Select[Any]:
    """A record's latest link. Made once: building a statement costs more than running it."""
    commit = commits(View(including=including))
    return _newest(
        sa.select(link.c.golden_id)
        .join(commit, commit.c.run_no == link.c.run_no)
        .where(link.c.system == sa.bindparam("system"), link.c.key == sa.bindparam("of_key")),
        commit,
    )


@cache
def _version(including: int | None) -> sa.Select[Any]:
    """The latest version; found by its number first, so that the older versions' documents are not read."""
    commit, mine = commits(View(including=including)), golden_version.c.golden_id == sa.bindparam("id")
    numbers = sa.select(golden_version.c.run_no, commit.c.seq, commit.c.at)
    newest = _newest(numbers.join(commit, commit.c.run_no == golden_version.c.run_no).where(mine), commit).subquery()
    select = sa.select(golden_version, newest.c.seq, newest.c.at)
    return select.join(newest, newest.c.run_no == golden_version.c.run_no).where(mine)


def _newest(select: sa.Select[Any], commit: Any) -> sa.Select[Any]:
    """Of what was committed within the bounds, the last; a staged run counts as within."""
    within = sa.and_(commit.c.seq <= sa.bindparam("upto", type_=sa.BigInteger()), commit.c.at <= sa.bindparam("as_of"))
    return select.where(sa.or_(within, commit.c.seq == STAGED_LAST)).order_by(commit.c.seq.desc()).limit(1)


def lookup(database: Database, kind: str, value: str, limit: int | None = None, view: View = LATEST) -> list[str]:
    """Golden ids of which the version that the view sees holds the value, sorted; at most so many."""
    form = pl.select(key_form(pl.lit(value))).to_series()
    digest = key_digests(pl.Series([kind]), form).item()
    with database.look() as connection:
        return list(connection.scalars(_holders(view).limit(limit), {"of": digest}))


@lru_cache(8)
def _holders(view: View) -> sa.Select[Any]:
    """Golden ids whose version in the view holds a value."""
    version, commit, current = latest(golden_version, ("golden_id",), view)
    same = sa.and_(golden_key.c.run_no == version.c.run_no, golden_key.c.ord == version.c.ord)
    return (
        sa.select(version.c.golden_id)
        .select_from(golden_key)
        .join(version, same)
        .join(commit, current)
        .where(golden_key.c.digest == sa.bindparam("of"))
        .order_by(version.c.golden_id)
    )
