"""Release: lets go of what an undo holds, so that the next run may do it again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from custhub.errors import NotFoundError, UsageError
from custhub.model.decisions import Decision, Judgement
from custhub.model.hashing import text_hash
from custhub.pipeline import Hub
from custhub.plan import check_decisions
from custhub.store import BatchState, Changes, DecisionRow, Facts, RunKind


@dataclass(frozen=True, slots=True)
class Released:
    """What a release let go of: decisions that ended, people's decisions that count again, batches that wait again."""

    release_id: str
    ended: int
    again: int
    batches: tuple[str, ...]
    seq: int


def release(hub: Hub, target: str, *, by: str, at: datetime) -> Released:
    """Lets go of an undo, by its id, or of one decision that an undo holds. The next run plans what follows.

    Raises UsageError when nothing is held (any more), ConflictError when a decision that would count again contradicts
    another one.
    """
    every = hub.store.decisions(live=False)
    undone = {run.run_id: run for run in hub.store.runs(kind=RunKind.UNDO, limit=10**9) if run.seq is not None}
    if target in undone:
        run = undone[target]
        held = [row for row in every if row.run_no == run.run_no and row.superseded_by is None]
        runs = set(run.summary.get("runs", ()))
        numbers = {r.run_no for r in hub.store.runs(limit=10**9) if r.run_id in runs}
        withdrawn = hub.store.batches(states=(BatchState.WITHDRAWN,))
        batches = tuple(b.batch_id for b in withdrawn if b.run_no in numbers)
        rules = run.summary.get("rules")
        if rules:  # first: a release that dies after this is done again
            hub.store.save_summary(run.run_no, {**run.summary, "rules": []})
    else:
        numbers = {run.run_no for run in undone.values()}
        held = [row for row in every if row.decision.id == target and row.run_no in numbers and not row.superseded_by]
        batches, rules = (), None
        if not held and not any(row.decision.id == target for row in every):
            raise NotFoundError("undo or held decision", target)
    if not held and not batches and not rules:
        raise UsageError(f"{target} holds nothing any more", "the next run is free to do it again already")
    return _release(hub, held, batches, by=by, at=at)


def _release(hub: Hub, held: list[DecisionRow], batches: tuple[str, ...], *, by: str, at: datetime) -> Released:
    every = hub.store.decisions(live=False)
    before = {row.superseded_by: row.decision for row in every if row.decision.judgement is not Judgement.HELD}
    again = tuple(_again(before[row.decision.id], by, at) for row in held if row.decision.id in before)
    pairs = {(d.left, d.right) for d in again}
    ended = tuple(row.decision.id for row in held if row.pair not in pairs)
    going = {row.decision.id for row in held}
    check_decisions([*(r.decision for r in every if not r.superseded_by and r.decision.id not in going), *again])
    release_id = f"release-{at:%Y%m%dT%H%M%S%f}"
    facts = Facts(decisions=again, released=ended, returned=batches, by=by)
    seq = hub.store.write(release_id, at, Changes(), facts, kind=RunKind.RELEASE)
    return Released(release_id, len(held), len(again), batches, seq)


def _again(said: Decision, by: str, at: datetime) -> Decision:
    """A person's decision as it was before the undo set it aside, in that person's name."""
    when = f"{at:%Y-%m-%dT%H:%M:%S.%fZ}"
    name = text_hash(f"{said.id}|{by}|{when}")
    return replace(said, id=name, at=when, reason=f"{said.reason} (again: released by {by})".strip())
