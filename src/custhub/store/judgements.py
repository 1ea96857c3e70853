"""What people said: decisions, pins and approvals. Superseded rows stay and say by what."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from custhub.errors import NotFoundError
from custhub.model.decisions import Decision, Judgement, Pin
from custhub.model.refs import SourceRef
from custhub.store import audit, erasing
from custhub.store.database import Database
from custhub.store.facts import Approval, DecisionRow, Facts
from custhub.store.tables import approval, commit_log, decision, pin
from custhub.store.views import in_texts, pieces

RELEASED = "released"
"""`superseded_by` of what a person ended without a successor."""


def record(database: Database, connection: Connection, run_no: int, facts: Facts, at: str) -> None:
    """Writes a run's facts, and what the audit log says of them, in the caller's transaction.

    An undo may hold many thousands of pairs while everybody waits for the lock: a few statements for all of them.
    """
    said = [{**_pair(one), **_spoken(one), "id": one.id, "judgement": one.judgement.value} for one in facts.decisions]
    set_ = [{**_place(one), **_spoken(one), **{n: getattr(one, n) for n in _SET}} for one in facts.pins]
    for table, place, rows in ((decision, _PAIR, said), (pin, _PLACE, set_)):
        if rows:
            connection.execute(
                _superseding(table, place), [{f"_{name}": row[name] for name in (*place, "id")} for row in rows]
            )
            connection.execute(table.insert(), [{**row, "run_no": run_no} for row in rows])
    _release(database, connection, decision, facts.released)
    _release(database, connection, pin, facts.unpinned)
    moves = (("release", (*facts.released, *facts.unpinned)), ("withdraw", facts.withdrawn), ("return", facts.returned))
    named = [(what, facts.by, {"id": one}) for what, ids in moves for one in ids]
    audit.append(connection, at, [*audit.facts_of(connection, run_no), *named])
    if facts.erasing is not None:
        erasing.strip(connection, run_no, facts.erasing, at)


_PAIR = ("left_system", "left_key", "right_system", "right_key")
_PLACE = ("anchor_system", "anchor_key", "attribute")
_SET = ("id", "value", "until", "seen")


def _pair(one: Decision) -> dict[str, str]:
    return dict(zip(_PAIR, (one.left.system, one.left.key, one.right.system, one.right.key), strict=True))


def _place(one: Pin) -> dict[str, str]:
    return dict(zip(_PLACE, (one.anchor.system, one.anchor.key, one.attribute), strict=True))


def _spoken(one: Decision | Pin) -> dict[str, str]:
    return {"by": one.by, "at": one.at, "reason": one.reason}


def _superseding(table: sa.Table, place: Sequence[str]) -> sa.Update:
    """Ends the live fact of the place; takes the place and the id of its successor as `_name`."""
    same = [table.c[name] == sa.bindparam(f"_{name}") for name in place]
    return table.update().where(*same, table.c.superseded_by.is_(None)).values(superseded_by=sa.bindparam("_id"))


def _release(database: Database, connection: Connection, table: sa.Table, ids: Sequence[str]) -> None:
    for piece in pieces(ids):
        mine = sa.and_(in_texts(database, table.c.id, piece), table.c.superseded_by.is_(None))
        live = set(connection.scalars(sa.select(table.c.id).where(mine)))
        for one in piece:
            if one not in live:
                raise NotFoundError(f"live {table.name}", one)
        connection.execute(table.update().where(mine).values(superseded_by=RELEASED))


def decisions(database: Database, refs: pl.DataFrame | None, *, live: bool) -> list[DecisionRow]:
    """In the order in which they were made."""
    made = sa.select(decision, commit_log.c.seq).join(commit_log, commit_log.c.run_no == decision.c.run_no)
    select = made.order_by(commit_log.c.seq, decision.c.id)
    if live:
        select = select.where(decision.c.superseded_by.is_(None))
    with database.read() as connection:
        rows = [_decision(row) for row in connection.execute(select)]
    if refs is None:
        return rows
    wanted = {SourceRef(system, key) for system, key in refs.select("system", "key").iter_rows()}
    return [row for row in rows if not wanted.isdisjoint(row.pair)]


def _decision(row: Any) -> DecisionRow:
    said = Decision(
        id=row.id,
        left=SourceRef(row.left_system, row.left_key),
        right=SourceRef(row.right_system, row.right_key),
        judgement=Judgement(row.judgement),
        by=row.by,
        at=row.at,
        reason=row.reason,
    )
    return DecisionRow(said, row.run_no, row.superseded_by, row.seq)


def pins(database: Database, *, live: bool) -> list[Pin]:
    """In the order in which they were set."""
    select = sa.select(pin).order_by(pin.c.run_no, pin.c.id)
    if live:
        select = select.where(pin.c.superseded_by.is_(None))
    with database.read() as connection:
        return [
            Pin(
                id=row.id,
                anchor=SourceRef(row.anchor_system, row.anchor_key),
                attribute=row.attribute,
                value=row.value,
                by=row.by,
                at=row.at,
                reason=row.reason,
                until=row.until,
                seen=row.seen,
            )
            for row in connection.execute(select)
        ]


def approve(database: Database, given: Approval) -> None:
    values = asdict(given) | {"budget": json.dumps(dict(given.budget))}
    insert = database.insert(approval).values(values)
    again = insert.on_conflict_do_update(
        index_elements=[approval.c.plan_hash], set_={name: values[name] for name in ("run_id", "budget", "by", "at")}
    )
    with database.write() as connection:
        connection.execute(again)
        audit.append(connection, given.at, [audit.approval_of(values)])


def approvals(database: Database, run_id: str) -> list[Approval]:
    select = sa.select(approval).where(approval.c.run_id == run_id).order_by(approval.c.at, approval.c.plan_hash)
    with database.read() as connection:
        return [
            Approval(row.plan_hash, row.run_id, json.loads(row.budget), row.by, row.at)
            for row in connection.execute(select)
        ]
