"""What the DAGs' tasks do: open the hub under the run lease, do one step, report a few figures.

Nothing here knows Airflow. The engine is imported when a step runs, because DAG files import this module.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from custhub.errors import LeaseHeldError

if TYPE_CHECKING:
    from custhub.pipeline import Hub
    from custhub.store import Store

Report = dict[str, Any]
"""What goes through XCom: ids and figures, never rows or values."""

LEASE = timedelta(minutes=5)
BETWEEN_TASKS = timedelta(minutes=2)
"""How long a run keeps the lease while none of its tasks is running."""
PATIENCE = timedelta(minutes=10)
"""How long a task waits for another run's lease before it fails and is retried."""
POLL_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Call:
    """Which run of which project a step belongs to. `at` is the run's logical time, `holder` its name for the lease."""

    project: Path
    at: datetime
    holder: str


def extract(call: Call, source: str, *, full: bool, allow_deletes: bool) -> Report:
    """Lands one batch of a source."""
    from custhub import pipeline

    with _hub(call) as work:
        batch = pipeline.extract_batch(work.hub, source, at=call.at, full=full, allow_deletes=allow_deletes)
    ledger = batch.ledger
    return {
        "batch_id": batch.batch_id,
        **{name: getattr(ledger, name) for name in ("landed", "new", "changed", "unchanged", "unreadable")},
        "deleted": batch.deleted,
        "drift": list(batch.drift),
        "news": ledger.new + ledger.changed + ledger.unreadable + batch.deleted,
    }


def map_rows(call: Call) -> Report:
    """Maps what is landed, and maps again what a changed mapping or rule asks for."""
    from custhub import pipeline

    with _hub(call, keep=True) as work:
        pipeline.rework(work.hub, at=call.at)
        reports = pipeline.map_pending(work.hub)
    return {
        "batches": [r.batch_id for r in reports],
        **{name: sum(getattr(r, name) for r in reports) for name in ("rows", "customers", "rejected", "excluded")},
    }


def check(call: Call) -> Report:
    """Runs the expectations. `stopped`: batches that a rule holds back, with the rules."""
    from custhub import pipeline

    with _hub(call, keep=True) as work:
        reports = pipeline.check_pending(work.hub)
    return {
        "batches": len(reports),
        "quarantined": sum(r.quarantined for r in reports),
        "warned": sum(r.warned for r in reports),
        "stopped": {r.batch_id: list(r.stopped) for r in reports if r.stopped},
    }


def match(call: Call) -> Report:
    """Opens the run over the checked batches and matches."""
    from custhub import pipeline

    with _hub(call, keep=True) as work:
        run_id = pipeline.run_id_of(call.at)
        matched = pipeline.match_run(work.hub, run_id, at=call.at)
    return {"run_id": run_id, **_figures(matched)}


def plan(call: Call) -> Report:
    """Plans what would change. `over`: why a person has to approve it first; then the lease is given back."""
    from custhub import pipeline

    with _hub(call) as work:
        planned = pipeline.plan_run(work.hub, pipeline.run_id_of(call.at))
        work.keep = not planned.over or planned.approved_by is not None
    return {
        "run_id": planned.run_id,
        "summary": dict(planned.summary),
        "over": list(planned.over),
        "approved_by": planned.approved_by,
    }


def apply(call: Call) -> Report:
    """Applies the plan; plans again when it waited for a person or something it touches has moved meanwhile.

    Raises StoppedForPersonError for a plan that needs an approval and has none.
    """
    from custhub import pipeline

    with _hub(call, keep=True) as work:
        run_id = pipeline.run_id_of(call.at)
        run = work.hub.store.run(run_id)
        if run.seq is None and run.summary["plan"]["over"]:
            # While a person thought, another run may have swept this one: matching opens it over what is there now.
            pipeline.match_run(work.hub, run_id, at=call.at)
            pipeline.gate(pipeline.plan_run(work.hub, run_id))
        applied = pipeline.apply_run(work.hub, run_id)
    return {"run_id": run_id, "seq": applied.seq, "summary": dict(applied.summary)}


def publish(call: Call) -> Report:
    """Tells the readers, and gives the lease back. `news`: whether the change feed has something of this run."""
    from custhub import pipeline

    with _hub(call) as work:
        published = pipeline.publish_run(work.hub, pipeline.run_id_of(call.at))
    told = ("run_id", "seq", "golden_customers", "open_tasks", "quarantined_rows")
    return {**{name: getattr(published, name) for name in told}, "news": int(published.events > 0)}


def is_approved(call: Call, run_id: str) -> bool:
    """Whether a person has approved the run's plan, wherever that was done."""
    with _open(call) as hub:
        return bool(hub.store.approvals(run_id))


def approve(call: Call, run_id: str, *, by: str, at: datetime) -> None:
    """Stores a person's approval of the run's plan."""
    from custhub import pipeline

    with _open(call) as hub:
        pipeline.approve(hub, run_id, by=by, at=at)


@dataclass(slots=True)
class _Work:
    """An open hub under the lease. `keep`: the run's next task will want the lease."""

    hub: Hub
    keep: bool


@contextmanager
def _hub(call: Call, *, keep: bool = False) -> Iterator[_Work]:
    with _open(call) as hub:
        work = _Work(hub, keep)
        _wait_for_lease(hub.store, call.holder)
        with hub.store.lease(call.holder, LEASE):
            yield work
        if work.keep:
            hub.store.acquire_lease(call.holder, BETWEEN_TASKS)


@contextmanager
def _open(call: Call) -> Iterator[Hub]:
    from custhub.pipeline import Hub
    from custhub.settings import Settings

    hub = Hub.open(Settings.load(call.project))
    with hub.store:
        yield hub


def _wait_for_lease(store: Store, holder: str) -> None:
    """Takes the lease, waiting for the run that has it. Raises LeaseHeldError when that takes too long."""
    deadline = time.monotonic() + PATIENCE.total_seconds()
    while True:
        try:
            store.acquire_lease(holder, LEASE)
            return
        except LeaseHeldError:
            if time.monotonic() >= deadline:
                raise
        time.sleep(POLL_SECONDS)


def _figures(report: Any) -> Report:
    """A report's plain figures and texts."""
    plain = asdict(report)
    return {name: value for name, value in plain.items() if isinstance(value, int | str | bool)}
