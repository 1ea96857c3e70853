"""Runs: opened, staged, and made visible all at once by one row in the commit log."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from custhub.errors import NotFoundError, StoreError
from custhub.progress import Progress, silent
from custhub.store import judgements, staging
from custhub.store.conflicts import refuse_moved
from custhub.store.database import Database
from custhub.store.facts import BatchState, Changes, Facts, Run, RunKind, RunState
from custhub.store.tables import batch, commit_log, feed_head, run
from custhub.store.views import stamp

Clock = Callable[[], datetime]

_BEFORE_APPLIED = (
    BatchState.LANDED,
    BatchState.MAPPED,
    BatchState.CHECKED,
    BatchState.MATCHED,
    BatchState.PLANNED,
)


@dataclass(frozen=True, slots=True)
class NewRun:
    """What names a run: its id, its logical time and who makes it."""

    run_id: str
    at: datetime
    kind: RunKind


@dataclass(frozen=True, slots=True)
class Runs:
    """Writes runs into one database; `clock` gives the time of commits."""

    database: Database
    clock: Clock

    def open(self, new: NewRun, batches: Sequence[str]) -> Run:
        with self.database.write() as connection:
            _insert_run(self.database, connection, new)
            opened = _one(connection, new.run_id)
            if opened.state is RunState.ABANDONED:
                connection.execute(_of(opened.run_no).values(state=RunState.OPEN.value))
            if batches:
                mine = batch.update().where(batch.c.batch_id.in_(list(batches)))
                free = sa.or_(batch.c.run_no.is_(None), batch.c.run_no == opened.run_no)
                taken = connection.execute(mine.where(free).values(run_no=opened.run_no)).rowcount
                if taken != len(set(batches)):
                    raise StoreError("batches", "a batch is unknown or belongs to another run", "see store.batches()")
            return _one(connection, new.run_id)

    def stage(self, run_no: int, changes: Changes, progress: Progress = silent) -> None:
        with self.database.read() as connection:
            state = connection.execute(sa.select(run.c.state).where(run.c.run_no == run_no)).scalar()
        if state == RunState.PUBLISHED:
            return
        if state != RunState.OPEN:
            raise StoreError("runs", f"run {run_no} is not open", "open it first")
        staging.stage(self.database, run_no, changes, progress)

    def publish(self, run_no: int, base_seq: int, facts: Facts) -> int:
        """The check runs before the lock over all newer commits, and inside it over those that came meanwhile."""
        with self.database.read() as connection:
            done = _seq_of(connection, run_no)
            if done is not None:
                return done
            parts = staging.incomplete(connection, run_no)
            if parts:
                raise StoreError("runs", f"run {run_no} is not fully staged ({', '.join(parts)})", "stage it again")
            checked = connection.execute(sa.select(feed_head.c.seq)).scalar_one()
            refuse_moved(self.database, connection, run_no, base_seq)
        with self.database.write() as connection:
            seq = self._switch(connection, run_no, (base_seq, max(checked, base_seq)), facts)
            mine = batch.update().where(batch.c.run_no == run_no, batch.c.state.in_([s.value for s in _BEFORE_APPLIED]))
            connection.execute(mine.values(state=BatchState.APPLIED.value))
            return seq

    def write(self, new: NewRun, changes: Changes, facts: Facts, base_seq: int | None) -> int:
        ready = staging.ready(changes)
        with self.database.write() as connection:
            _insert_run(self.database, connection, new)
            run_no = _one(connection, new.run_id).run_no
            done = _seq_of(connection, run_no)
            if done is not None:
                return done
            staging.insert_now(connection, run_no, ready)
            return self._switch(connection, run_no, None if base_seq is None else (base_seq, base_seq), facts)

    def _switch(self, connection: Connection, run_no: int, bases: tuple[int, int] | None, facts: Facts) -> int:
        """The serial part: takes the next place in the commit order and holds it until the commit. Everybody waits for
        it, so that no statement is made that is not needed. No `bases`: made from what there is now."""
        head = connection.execute(
            sa.select(feed_head).with_for_update()
        ).one()  # SQLite: the write lock is ours already
        if bases is not None:
            done = _seq_of(connection, run_no)
            if done is not None:  # somebody else published the same run meanwhile
                return done
            refuse_moved(self.database, connection, run_no, bases[1])
        staged = staging.counts(connection, run_no)
        n_events = staged.get("event", 0)
        seq, at = head.seq + 1, max(stamp(self.clock()), head.at)
        connection.execute(feed_head.update().values(seq=seq, next_event=head.next_event + n_events, at=at))
        connection.execute(
            commit_log.insert().values(seq=seq, run_no=run_no, first_event=head.next_event, n_events=n_events, at=at)
        )
        if facts != Facts() or staged.get("closing"):
            judgements.record(self.database, connection, run_no, facts, at)
            _move_batches(connection, facts)
        base_seq = head.seq if bases is None else bases[0]
        connection.execute(_of(run_no).values(state=RunState.PUBLISHED.value, base_seq=base_seq))
        return int(seq)

    def abandon(self, run_no: int) -> None:
        with self.database.write() as connection:
            if _seq_of(connection, run_no) is not None:
                raise StoreError("runs", f"run {run_no} is published", "undo it instead")
            connection.execute(_of(run_no).values(state=RunState.ABANDONED.value))
            connection.execute(batch.update().where(batch.c.run_no == run_no).values(run_no=None))
        staging.sweep(self.database, run_no)

    def save_summary(self, run_no: int, summary: Mapping[str, Any]) -> None:
        with self.database.write() as connection:
            connection.execute(_of(run_no).values(summary=json.dumps(dict(summary), ensure_ascii=False)))

    def one(self, run_id: str) -> Run:
        with self.database.read() as connection:
            return _one(connection, run_id)

    def recent(self, kind: RunKind | None, limit: int) -> list[Run]:
        select = _select().order_by(run.c.run_no.desc()).limit(limit)
        with self.database.read() as connection:
            rows = connection.execute(select if kind is None else select.where(run.c.kind == kind.value))
            return [_run(row) for row in rows]


def _of(run_no: int) -> sa.Update:
    return run.update().where(run.c.run_no == run_no)


def _move_batches(connection: Connection, facts: Facts) -> None:
    """Takes batches back, or puts them before the next run again."""
    back = {"state": BatchState.LANDED.value, "run_no": None}
    for ids, values in ((facts.withdrawn, {"state": BatchState.WITHDRAWN.value}), (facts.returned, back)):
        for one in ids:
            connection.execute(batch.update().where(batch.c.batch_id == one).values(values))


def _seq_of(connection: Connection, run_no: int) -> int | None:
    return connection.execute(sa.select(commit_log.c.seq).where(commit_log.c.run_no == run_no)).scalar()


def _insert_run(database: Database, connection: Connection, new: NewRun) -> None:
    values = {
        "run_id": new.run_id,
        "kind": new.kind.value,
        "at": stamp(new.at),
        "state": RunState.OPEN.value,
        "summary": "{}",
    }
    insert = database.insert(run).values(values).on_conflict_do_nothing(index_elements=[run.c.run_id])
    connection.execute(insert)


def _select() -> sa.Select[Any]:
    return sa.select(run, commit_log.c.seq, commit_log.c.at.label("committed")).outerjoin(
        commit_log, commit_log.c.run_no == run.c.run_no
    )


def _one(connection: Connection, run_id: str) -> Run:
    row = connection.execute(_select().where(run.c.run_id == run_id)).first()
    if row is None:
        raise NotFoundError("run", run_id)
    return _run(row)


def _run(row: Any) -> Run:
    return Run(
        run_no=row.run_no,
        run_id=row.run_id,
        kind=RunKind(row.kind),
        at=datetime.fromisoformat(row.at).astimezone(UTC),
        state=RunState(row.state),
        base_seq=row.base_seq,
        seq=row.seq,
        committed=row.committed,
        summary=json.loads(row.summary),
    )
