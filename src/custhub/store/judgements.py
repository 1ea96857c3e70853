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

RELEASED = "released"
"""`superseded_by` of what a person ended without a successor."""


def record(connection: Connection, run_no: int, facts: Facts, at: str) -> None:
    """Writes a run's facts, and what the audit log says of them, in the caller's transaction."""
    for one in facts.decisions:
        pair = {
            "left_system": one.left.system,
            "left_key": one.left.key,
            "right_system": one.right.system,
            "right_key": one.right.key,
        }
        said = {"judgement": one.judgement.value, "by": one.by, "at": one.at, "reason": one.reason}
        _supersede(connection, decision, pair, one.id)
        connection.execute(decision.insert().values(id=one.id, run_no=run_no, **pair, **said))
    for fixed in facts.pins:
        place = {
            "anchor_system": fixed.anchor.system,
            "anchor_key": fixed.anchor.key,
            "attribute": fixed.attribute,
        }
        rest = {name: getattr(fixed, name) for name in ("id", "value", "by", "at", "reason", "until", "seen")}
        _supersede(connection, pin, place, fixed.id)
        connection.execute(pin.insert().values(run_no=run_no, **place, **rest))
    _release(connection, decision, facts.released)
    _release(connection, pin, facts.unpinned)
    moves = (("release", (*facts.released, *facts.unpinned)), ("withdraw", facts.withdrawn), ("return", facts.returned))
    named = [(what, facts.by, {"id": one}) for what, ids in moves for one in ids]
    audit.append(connection, at, [*audit.facts_of(connection, run_no), *named])
    if facts.erasing is not None:
        erasing.strip(connection, run_no, facts.erasing, at)


def _supersede(connection: Connection, table: sa.Table, place: dict[str, str], by: str) -> None:
    same = [table.c[name] == value for name, value in place.items()]
    connection.execute(table.update().where(*same, table.c.superseded_by.is_(None)).values(superseded_by=by))


def _release(connection: Connection, table: sa.Table, ids: Sequence[str]) -> None:
    for one in ids:
        ended = table.update().where(table.c.id == one, table.c.superseded_by.is_(None))
        if connection.execute(ended.values(superseded_by=RELEASED)).rowcount == 0:
            raise NotFoundError(f"live {table.name}", one)


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
    return [row for row in rows if row.decision.left in wanted or row.decision.right in wanted]


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
