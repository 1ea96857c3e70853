"""What waits for a person: quarantined rows and tasks."""

from __future__ import annotations

from typing import Any

import polars as pl
import sqlalchemy as sa

from custhub.store.database import Database
from custhub.store.facts import LATEST, QUARANTINE, QUARANTINED, TASK, View
from custhub.store.tables import closing, commit_log, quarantine, task
from custhub.store.views import commits, fetch_all, latest

REVOKED = "revoked"
"""The closing that takes a waiver back; it counts before all others of its row."""

TASKS = pl.Schema({**TASK, "opened_run": pl.Int64(), "opened_at": pl.String(), "run_no": pl.Int64()})


def quarantined(
    database: Database, *, system: str | None = None, status: str | None = "open", limit: int | None = None
) -> pl.DataFrame:
    """Quarantined rows of committed runs, oldest first; the first committed closing of a row counts, unless it was a
    waiver that somebody took back (`revoked`)."""
    opened, closed = commits(), _first_closings()
    mine = sa.and_(closed.c.opened_run == quarantine.c.run_no, closed.c.opened_ord == quarantine.c.ord)
    found_status = sa.func.coalesce(closed.c.status, "open")
    select = (
        sa.select(
            (sa.cast(quarantine.c.run_no, sa.Text()) + "-" + sa.cast(quarantine.c.ord, sa.Text())).label("id"),
            *[quarantine.c[name] for name in QUARANTINED],
            found_status.label("status"),
            closed.c.who,
            closed.c.why,
            quarantine.c.run_no.label("opened_run"),
            closed.c.run_no.label("closed_run"),
        )
        .join(opened, opened.c.run_no == quarantine.c.run_no)
        .outerjoin(closed, mine)
        .order_by(quarantine.c.run_no, quarantine.c.ord)
    )
    if system is not None:
        select = select.where(quarantine.c.system == system)
    if status is not None:
        select = select.where(found_status == status)
    return fetch_all(database, select if limit is None else select.limit(limit), QUARANTINE)


def _first_closings() -> Any:
    closed, commit = closing.alias(), commits()
    place = (closed.c.opened_run, closed.c.opened_ord)
    first = (sa.case((closed.c.status == REVOKED, 0), else_=1), commit.c.seq)
    nth = sa.func.row_number().over(partition_by=place, order_by=first).label("nth")
    numbered = (
        sa.select(*place, closed.c.run_no, closed.c.status, closed.c.who, closed.c.why, nth)
        .join(commit, commit.c.run_no == closed.c.run_no)
        .subquery()
    )
    return sa.select(numbered).where(numbered.c.nth == 1).subquery()


def tasks(
    database: Database,
    *,
    status: str | None = "open",
    kind: str | None = None,
    key: str | None = None,
    limit: int | None = None,
    view: View = LATEST,
) -> pl.DataFrame:
    """Tasks as they stand, the most worthy first: TASK + opened_run, opened_at (first seen) and run_no (latest)."""
    version, commit, current = latest(task, ("key",), view)
    first, first_commit = task.alias(), commits(view)
    of_key = first.c.key == version.c.key
    opened = (
        sa.select(first_commit.c.run_no)
        .join(first, first.c.run_no == first_commit.c.run_no)
        .where(of_key)
        .order_by(first_commit.c.seq)
        .limit(1)
        .scalar_subquery()
        .correlate(version)
    )
    opened_at = sa.select(commit_log.c.at).where(commit_log.c.run_no == opened).scalar_subquery()
    select = (
        sa.select(*[version.c[name] for name in TASK], opened, opened_at, version.c.run_no)
        .select_from(version)
        .join(commit, current)
        .order_by(version.c.worth.desc(), version.c.key)
    )
    for column, value in ((version.c.status, status), (version.c.kind, kind), (version.c.key, key)):
        if value is not None:
            select = select.where(column == value)
    return fetch_all(database, select if limit is None else select.limit(limit), TASKS)
