"""The change feed and a golden customer's timeline: what happened, in the order of commits."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from custhub.model.events import EVENT
from custhub.store.database import Database
from custhub.store.facts import FEED
from custhub.store.tables import commit_log, consumer, event, golden_version, run
from custhub.store.views import among

_COLUMNS = list(EVENT)
_RUNS_AT_ONCE = 400

TIMELINE = pl.Schema(
    {
        "seq": pl.Int64(),
        "at": pl.String(),
        "run_id": pl.String(),
        "run_kind": pl.String(),
        "type": pl.String(),
        "changed": pl.List(pl.String()),
        "gained": pl.List(pl.String()),
        "lost": pl.List(pl.String()),
        "moved_to": pl.String(),
        "cause": pl.String(),
        "status": pl.String(),
        "hash": pl.String(),
    }
)
"""Versions of one golden customer, oldest first; `type` is null where a version came without an event."""


@dataclass(frozen=True, slots=True)
class _Commit:
    """One commit's part of a page: its events `low` < ord <= `high`."""

    seq: int
    run_no: int
    run_id: str
    at: str
    first_event: int
    low: int
    high: int


def events(database: Database, since: int, limit: int) -> pl.DataFrame:
    """Up to `limit` events with a number above `since`, as FEED. The same question always has the same answer."""
    with database.read() as connection:
        commits = _page(connection, since, limit)
        rows = sorted(_numbered(connection, commits), key=lambda row: row[0])
        seqs = {(row[1]["golden_id"], row[2].seq - back) for row in rows for back in (0, 1)}
        around = _Versions(database, connection, seqs)
        found = [_feed_row(number, values, commit, around) for number, values, commit in rows]
    return pl.DataFrame(found, schema=FEED, orient="row")


def _page(connection: Connection, since: int, limit: int) -> list[_Commit]:
    """The commits that hold the page's events. Event numbers are given by range: first_event + ord - 1."""
    first = sa.select(commit_log.c.seq).where(commit_log.c.first_event <= since + 1)
    start = connection.execute(
        first.order_by(commit_log.c.first_event.desc(), commit_log.c.seq.desc()).limit(1)
    ).scalar()
    select = (
        sa.select(commit_log, run.c.run_id)
        .join(run, run.c.run_no == commit_log.c.run_no)
        .where(commit_log.c.seq >= (start or 0), commit_log.c.n_events > 0)
        .order_by(commit_log.c.seq)
        .limit(limit + 1)  # one event each at least, and the first may lie wholly before `since`
    )
    commits, left = [], limit
    for row in connection.execute(select):
        low = max(0, since + 1 - row.first_event)
        high = min(row.n_events, low + left)
        if high > low and left > 0:
            commits.append(_Commit(row.seq, row.run_no, row.run_id, row.at, row.first_event, low, high))
            left -= high - low
    return commits


def _numbered(connection: Connection, commits: Sequence[_Commit]) -> Iterable[tuple[int, Any, _Commit]]:
    by_run = {commit.run_no: commit for commit in commits}
    edges = {commit.seq: commit for commit in (*commits[:1], *commits[-1:])}  # the page may cut the first and the last
    for commit in edges.values():
        part = sa.select(event).where(
            event.c.run_no == commit.run_no, event.c.ord > commit.low, event.c.ord <= commit.high
        )
        for row in connection.execute(part).mappings():
            yield commit.first_event + row["ord"] - 1, row, commit
    inner = [commit.run_no for commit in commits[1:-1]]
    for start in range(0, len(inner), _RUNS_AT_ONCE):
        whole = sa.select(event).where(event.c.run_no.in_(inner[start : start + _RUNS_AT_ONCE]))
        for row in connection.execute(whole).mappings():
            commit = by_run[row["run_no"]]
            yield commit.first_event + row["ord"] - 1, row, commit


class _Versions:
    """Documents of some golden customers around some commits; only those versions are read."""

    def __init__(self, database: Database, connection: Connection, wanted: set[tuple[str, int]]) -> None:
        self._history = _history(database, connection, {golden_id for golden_id, _ in wanted})
        pairs = {place for golden_id, seq in wanted for place in [self._place(golden_id, seq)] if place is not None}
        self._documents = _documents(database, connection, pairs)

    def _place(self, golden_id: str, seq: int) -> tuple[str, int] | None:
        known = [version for version in self._history.get(golden_id, []) if version[0] <= seq]
        return (golden_id, max(known)[1]) if known else None

    def upto(self, golden_id: str, seq: int) -> tuple[str | None, list[str]]:
        """Document and members of the latest version of a commit up to `seq`; (None, []) when there was none."""
        place = self._place(golden_id, seq)
        return (None, []) if place is None else self._documents[place]


def _history(database: Database, connection: Connection, golden_ids: set[str]) -> dict[str, list[tuple[int, int]]]:
    """(seq, run_no) of every committed version."""
    history: dict[str, list[tuple[int, int]]] = {}
    select = sa.select(golden_version.c.golden_id, commit_log.c.seq, golden_version.c.run_no).join(
        commit_log, commit_log.c.run_no == golden_version.c.run_no
    )
    for golden_id, seq, run_no in among(database, connection, select, golden_version.c.golden_id, golden_ids):
        history.setdefault(golden_id, []).append((seq, run_no))
    return history


def _documents(
    database: Database, connection: Connection, wanted: Set[tuple[str, int]]
) -> dict[tuple[str, int], tuple[str | None, list[str]]]:
    """Document and members of versions (golden_id, run_no).

    Asked for by golden customer and by run apart: SQLite answers a list of pairs by reading the whole table.
    """
    found: dict[tuple[str, int], tuple[str | None, list[str]]] = {}
    version = golden_version.c
    runs = sorted({run_no for _, run_no in wanted})
    for first in range(0, len(runs), _RUNS_AT_ONCE):
        some = set(runs[first : first + _RUNS_AT_ONCE])
        select = sa.select(version.golden_id, version.run_no, version.doc, version.members).where(
            version.run_no.in_(some)
        )
        ids = {golden_id for golden_id, run_no in wanted if run_no in some}
        for row in among(database, connection, select, version.golden_id, ids):
            if (row.golden_id, row.run_no) in wanted:
                found[row.golden_id, row.run_no] = row.doc, json.loads(row.members)
    return found


def _feed_row(number: int, values: Any, commit: _Commit, around: _Versions) -> tuple[Any, ...]:
    before, members_before = around.upto(values["golden_id"], commit.seq - 1)
    after, members_after = around.upto(values["golden_id"], commit.seq)
    told = [json.loads(values[name]) if isinstance(EVENT[name], pl.List) else values[name] for name in _COLUMNS]
    return (number, *told, commit.run_id, commit.at, before, after, members_before, members_after)


def timeline(database: Database, golden_id: str) -> pl.DataFrame:
    """All committed versions of a golden customer with their causes, as TIMELINE."""
    version = golden_version
    told = sa.and_(event.c.run_no == version.c.run_no, event.c.ord == version.c.ord)
    select = (
        sa.select(
            commit_log.c.seq,
            commit_log.c.at,
            run.c.run_id,
            run.c.kind,
            *[event.c[name] for name in ("type", "changed", "gained", "lost")],
            version.c.moved_to,
            event.c.cause,
            version.c.status,
            version.c.hash,
        )
        .select_from(version)
        .join(commit_log, commit_log.c.run_no == version.c.run_no)
        .join(run, run.c.run_no == version.c.run_no)
        .outerjoin(event, told)
        .where(version.c.golden_id == golden_id)
        .order_by(commit_log.c.seq)
    )
    with database.read() as connection:
        rows = [
            [_listed(v, t) for v, t in zip(row, TIMELINE.values(), strict=True)] for row in connection.execute(select)
        ]
    return pl.DataFrame(rows, schema=TIMELINE, orient="row")


def _listed(value: Any, dtype: pl.DataType) -> Any:
    return json.loads(value or "[]") if isinstance(dtype, pl.List) else value


def consumer_seq(database: Database, name: str) -> int:
    """How far the consumer has read; 0 when it is new."""
    with database.read() as connection:
        return connection.execute(sa.select(consumer.c.seq).where(consumer.c.name == name)).scalar() or 0


def set_consumer(database: Database, name: str, seq: int, at: str) -> None:
    insert = database.insert(consumer).values(name=name, seq=seq, at=at)
    with database.write() as connection:
        connection.execute(insert.on_conflict_do_update(index_elements=[consumer.c.name], set_={"seq": seq, "at": at}))
