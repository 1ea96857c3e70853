"""publish: the run's batches are told done, and the golden customers stand ready for those who read."""

from __future__ import annotations

from dataclasses import dataclass

from custhub.pipeline.hub import Hub
from custhub.publish import Published, write_changes
from custhub.store import BatchState


@dataclass(frozen=True, slots=True)
class PublishReport:
    """What readers find. `events`: of this run in the change feed."""

    run_id: str
    seq: int
    golden_customers: int
    events: int
    open_tasks: int
    quarantined_rows: int
    targets: tuple[Published, ...] = ()


FEED_CHUNK = 100_000


def publish_run(hub: Hub, run_id: str) -> PublishReport:
    """Marks the run's batches as published and counts what there is to read."""
    run = hub.store.run(run_id)
    for batch in hub.store.batches(states=(BatchState.APPLIED,)):
        hub.store.set_batch(batch.batch_id, state=BatchState.PUBLISHED)
    assert run.seq is not None
    return PublishReport(
        run_id,
        seq=run.seq,
        golden_customers=hub.store.active_count(),
        events=int(run.summary.get("events", 0)),
        open_tasks=hub.store.tasks().height,
        quarantined_rows=hub.store.quarantine().height,
        targets=tuple(push(hub)),
    )


def push(hub: Hub) -> list[Published]:
    """Brings every target up to date. The cursor moves after the file is safe: a repeated push repeats the file."""
    pushed: list[Published] = []
    for target in hub.project.golden.publish:
        while True:
            since = hub.store.consumer(target.name)
            feed = hub.store.events(since, FEED_CHUNK)
            done = write_changes(target, hub.project.settings.project, feed, since)
            hub.store.set_consumer(target.name, done.upto)
            if done.events or not pushed:
                pushed.append(done)
            if done.events < FEED_CHUNK:
                break
    return pushed
