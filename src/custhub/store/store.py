"""The store as its users see it: one object, each method one call into the module that does it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, closing
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self

import polars as pl

from custhub.errors import NotFoundError
from custhub.model.decisions import Pin
from custhub.model.ledger import KeyLedger, RowLedger
from custhub.model.refs import SourceRef
from custhub.progress import Progress, silent
from custhub.store import (
    audit,
    balance,
    carrying,
    customers,
    erasing,
    feed,
    history,
    house,
    inbox,
    judgements,
    landing,
    schema,
)
from custhub.store.database import Database
from custhub.store.facts import (
    LATEST,
    Approval,
    Batch,
    BatchState,
    Changes,
    DecisionRow,
    Facts,
    GoldenCustomer,
    Run,
    RunKind,
    View,
)
from custhub.store.history import Written
from custhub.store.lease import HeldLease, Leases
from custhub.store.runs import NewRun, Runs
from custhub.store.views import stamp


def _now() -> datetime:
    return datetime.now(UTC)


class Store:
    """The golden store; see the package's docstring. Safe to share between threads."""

    def __init__(self, database: Database, clock: Callable[[], datetime] = _now) -> None:
        self.database = database
        self._clock = clock
        self._runs = Runs(database, clock)
        self._leases = Leases(database, clock)

    @classmethod
    def open(cls, url: str, *, clock: Callable[[], datetime] = _now) -> Self:
        """Connects on first use. `clock` gives the time of commits, leases and adoptions."""
        return cls(Database(url), clock)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self.database.close()

    def migrate(self) -> None:
        schema.migrate(self.database)

    def check_schema(self) -> None:
        schema.check(self.database)

    def head(self) -> int:
        return house.head(self.database)

    def epoch(self) -> str:
        return house.epoch(self.database)

    # --- landing ---

    def source_state(self, source: str) -> dict[str, Any]:
        return landing.state_of(self.database, source)

    def rows(self, source: str, *, withdrawn: bool = False) -> pl.DataFrame:
        return landing.rows_of(self.database, source, withdrawn=withdrawn)

    def land(
        self,
        batch: Batch,
        rows: pl.DataFrame,
        gone: pl.DataFrame | None = None,
        state: Mapping[str, Any] | None = None,
    ) -> None:
        landing.land(self.database, batch, landing.Landed(rows, gone, state))

    def batch(self, batch_id: str) -> Batch:
        return landing.batch_of(self.database, batch_id)

    def batches(self, source: str | None = None, states: Sequence[BatchState] = ()) -> list[Batch]:
        return landing.batches(self.database, source, states)

    def set_batch(
        self,
        batch_id: str,
        *,
        state: BatchState | None = None,
        ledger: RowLedger | None = None,
        info: Mapping[str, Any] | None = None,
    ) -> None:
        landing.set_batch(self.database, batch_id, state=state, ledger=ledger, info=info)

    # --- runs ---

    def open_run(self, run_id: str, at: datetime, kind: RunKind = RunKind.RUN, *, batches: Sequence[str] = ()) -> Run:
        return self._runs.open(NewRun(run_id, at, kind), batches)

    def stage(self, run_no: int, changes: Changes, progress: Progress = silent) -> None:
        self._runs.stage(run_no, changes, progress)

    def publish_run(self, run_no: int, base_seq: int, facts: Facts | None = None) -> int:
        return self._runs.publish(run_no, base_seq, facts or Facts())

    def write(
        self,
        run_id: str,
        at: datetime,
        changes: Changes | None = None,
        facts: Facts | None = None,
        *,
        kind: RunKind = RunKind.DECISION,
        base_seq: int | None = None,
    ) -> int:
        return self._runs.write(NewRun(run_id, at, kind), changes or Changes(), facts or Facts(), base_seq)

    def abandon_run(self, run_no: int) -> None:
        self._runs.abandon(run_no)

    def save_summary(self, run_no: int, summary: Mapping[str, Any]) -> None:
        self._runs.save_summary(run_no, summary)

    def run(self, run_id: str) -> Run:
        return self._runs.one(run_id)

    def runs(self, kind: RunKind | None = None, limit: int = 50) -> list[Run]:
        return self._runs.recent(kind, limit)

    def lease(self, holder: str, ttl: timedelta) -> AbstractContextManager[HeldLease]:
        return self._leases.hold(holder, ttl)

    def acquire_lease(self, holder: str, ttl: timedelta) -> None:
        self._leases.acquire(holder, ttl)

    def release_lease(self, holder: str) -> None:
        self._leases.release(holder)

    def written(self, run_nos: Sequence[int]) -> Written:
        return history.written(self.database, run_nos)

    def records_of(self, rows: Sequence[SourceRef]) -> list[SourceRef]:
        return erasing.records_of(self.database, rows)

    def golden_ids_of(self, refs: Sequence[SourceRef]) -> list[str]:
        return erasing.golden_ids_of(self.database, refs)

    def last_members(self, golden_id: str) -> list[str]:
        return erasing.last_members(self.database, golden_id)

    def settle(self) -> None:
        """Writes the log of changes back into the file and empties it (SQLite), so that nothing old lies in it."""
        if self.database.is_sqlite:
            with closing(self.database.engine.raw_connection()) as raw:
                raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def erased_keys(self, source: str, keys: pl.Series) -> pl.Series:
        return erasing.erased_keys(self.database, source, keys)

    def link_history(self, refs: Sequence[SourceRef]) -> pl.DataFrame:
        return history.link_history(self.database, refs)

    def later_writers(self, run_no: int) -> dict[int, int]:
        return history.later_writers(self.database, run_no)

    # --- golden customers ---

    def records(
        self,
        systems: Sequence[str] | None = None,
        refs: pl.DataFrame | None = None,
        *,
        view: View = LATEST,
    ) -> pl.DataFrame:
        return customers.records(self.database, systems=systems, refs=refs, view=view)

    def links(self, refs: pl.DataFrame | None = None, *, view: View = LATEST) -> pl.DataFrame:
        return customers.links(self.database, refs=refs, view=view)

    def former_links(self, refs: pl.DataFrame, *, view: View = LATEST) -> pl.DataFrame:
        return customers.former_links(self.database, refs, view)

    def active_count(self, *, view: View = LATEST) -> int:
        return customers.active_count(self.database, view)

    def goldens(self, ids: Sequence[str] | None = None, *, view: View = LATEST) -> pl.DataFrame:
        return customers.goldens(self.database, ids=ids, view=view)

    def golden(self, golden_id: str, *, view: View = LATEST) -> GoldenCustomer | None:
        return customers.golden(self.database, golden_id, view)

    def golden_by_source(self, system: str, key: str, *, view: View = LATEST) -> GoldenCustomer | None:
        return customers.golden_by_source(self.database, system, key, view)

    def lookup(self, kind: str, value: str, limit: int | None = None, *, view: View = LATEST) -> list[str]:
        return customers.lookup(self.database, kind, value, limit, view)

    def timeline(self, golden_id: str) -> pl.DataFrame:
        return feed.timeline(self.database, golden_id)

    def events(self, since: int, limit: int) -> pl.DataFrame:
        return feed.events(self.database, since, limit)

    def key_ledger(self, system: str, *, view: View = LATEST) -> KeyLedger:
        return self.key_ledgers([system], view=view)[system]

    def key_ledgers(self, systems: Sequence[str], *, view: View = LATEST) -> dict[str, KeyLedger]:
        return balance.key_ledgers(self.database, systems, view)

    def carry_keys(self, systems: Sequence[str], run_no: int) -> dict[str, KeyLedger]:
        return carrying.carry(self.database, systems, run_no)

    # --- people ---

    def decisions(self, refs: pl.DataFrame | None = None, *, live: bool = True) -> list[DecisionRow]:
        return judgements.decisions(self.database, refs, live=live)

    def pins(self, *, live: bool = True) -> list[Pin]:
        return judgements.pins(self.database, live=live)

    def quarantine(
        self, system: str | None = None, status: str | None = "open", limit: int | None = None
    ) -> pl.DataFrame:
        return inbox.quarantined(self.database, system=system, status=status, limit=limit)

    def quarantined_rows(self) -> int:
        """How many source rows wait in quarantine, each once however many reasons it has."""
        return self.quarantine().n_unique(["system", "row_key", "batch_id", "stream", "position"])

    def tasks(
        self,
        status: str | None = "open",
        kind: str | None = None,
        limit: int | None = None,
        *,
        view: View = LATEST,
    ) -> pl.DataFrame:
        return inbox.tasks(self.database, status=status, kind=kind, limit=limit, view=view)

    def task(self, key: str) -> dict[str, Any]:
        found = inbox.tasks(self.database, status=None, key=key)
        if not found.height:
            raise NotFoundError("task", key)
        return found.row(0, named=True)

    def verify_audit(self, expect: str | None = None) -> audit.AuditReport:
        return audit.verify(self.database, expect)

    def audit(self, limit: int = 50) -> list[dict[str, Any]]:
        return audit.entries(self.database, limit)

    def approve(self, approval: Approval) -> None:
        judgements.approve(self.database, approval)

    def approvals(self, run_id: str) -> list[Approval]:
        return judgements.approvals(self.database, run_id)

    def save_model(self, version: str, text: str) -> None:
        house.save_model(self.database, version, text, stamp(self._clock()))

    def adopt_model(self, version: str) -> None:
        house.adopt_model(self.database, version, stamp(self._clock()))

    def model(self, version: str | None = None) -> tuple[str, str] | None:
        return house.model_of(self.database, version)

    def consumer(self, name: str) -> int:
        return feed.consumer_seq(self.database, name)

    def set_consumer(self, name: str, seq: int) -> None:
        feed.set_consumer(self.database, name, seq, stamp(self._clock()))
