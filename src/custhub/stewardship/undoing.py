"""Undo: takes back a run, a merge or a decision, tells it in the feed, and holds it until a person releases it.

An undo is a run of its own: staged where nobody sees it, then published by one short commit together with what it holds,
so that a kill leaves all of it or nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from custhub.errors import NotFoundError, StoppedForPersonError, UsageError
from custhub.pipeline import Hub, balanced, push, sweep
from custhub.plan import RunInfo, apply_plan, make_undo
from custhub.stewardship.holding import Author
from custhub.stewardship.taking import Taken
from custhub.stewardship.undo_part import take_decision, take_merge
from custhub.stewardship.undo_run import take_run
from custhub.store import Facts, Run, RunKind

_RULES = (
    "the run worked by changed rules or another model: change them back too; until then, or until the undo is released, runs "
    "that would work by them stop for a person"
)


@dataclass(frozen=True, slots=True)
class UndoReport:
    """What an undo takes back, or took back when `seq` says so.

    `counts`: its changes by action. `held`: decisions that it stores. `aside`: people's decisions that these replace.
    `blocked`: later work that depends on it. `notes`: what a person should know before.
    """

    undo_id: str
    what: str
    runs: tuple[str, ...]
    batches: tuple[str, ...]
    counts: dict[str, int]
    held: int
    aside: tuple[str, ...]
    blocked: tuple[str, ...]
    notes: tuple[str, ...]
    seq: int | None = None


def undo(
    hub: Hub, target: str, *, by: str, at: datetime, reason: str = "", with_later: bool = False, dry: bool = False
) -> UndoReport:
    """Takes back `target`: the id of a run, of a merged golden customer, or of a decision. `dry` only says what it would.

    Raises StoppedForPersonError when later work depends on it and `with_later` is not given, UsageError for what cannot be
    taken back, NotFoundError, PlanMovedError when somebody changes the same customers at the same moment.
    """
    undo_id = f"undo-{at:%Y%m%dT%H%M%S%f}"
    author = Author(by, at, reason.strip() or f"undo of {target}", undo_id)
    base = hub.store.head()
    taken = _take(hub, target, author, with_later=with_later)
    plan = make_undo(taken.current, taken.before, RunInfo(undo_id, at, base))
    held = taken.held
    report = UndoReport(
        undo_id,
        taken.what,
        tuple(run.run_id for run in taken.runs),
        taken.batches,
        plan.counts,
        len(held.decisions),
        tuple(row.decision.id for row in held.aside),
        taken.blocked,
        (_RULES,) if taken.rules else (),
    )
    if dry:
        return report
    if taken.blocked:
        hint = "take the later work back too: --with-later"
        raise StoppedForPersonError(f"later work depends on {taken.what}: {'; '.join(taken.blocked)}", hint)
    sweep(hub, but=undo_id)
    run = hub.store.open_run(undo_id, at, RunKind.UNDO)
    told = {"what": taken.what, "by": by, "reason": author.reason, "runs": report.runs, "rules": taken.rules}
    hub.store.save_summary(run.run_no, told)
    facts = Facts(decisions=held.decisions, released=taken.ended, withdrawn=taken.batches, by=by)
    check = lambda run_no: balanced(hub, run_no)  # noqa: E731
    seq = apply_plan(hub.store, plan, kind=RunKind.UNDO, facts=facts, check=check, progress=hub.progress)
    push(hub)
    return replace(report, seq=seq)


def _take(hub: Hub, target: str, author: Author, *, with_later: bool) -> Taken:
    """What the target is, and what taking it back means."""
    run = _run(hub, target)
    if run is not None:
        match run.kind:
            case RunKind.RUN:
                return take_run(hub, run, author, with_later=with_later)
            case RunKind.DECISION:
                made = [row for row in hub.store.decisions(live=False) if row.run_no == run.run_no]
                if len(made) == 1:
                    return take_decision(hub, made[0], author, with_later=with_later)
                raise UsageError(f"{target} decided nothing that can be taken back", "name a decision")
            case RunKind.UNDO:
                raise UsageError(f"{target} is an undo", f"let the next run do it again: custhub release {target}")
            case RunKind.ERASE:
                raise UsageError(f"{target} is an erasure", "what was erased is gone")
            case RunKind.RELEASE:
                raise UsageError(f"{target} only let go of an undo", "undo the run that did it again")
    for row in hub.store.decisions(live=False):
        if row.decision.id == target:
            return take_decision(hub, row, author, with_later=with_later)
    if hub.store.golden(target) is not None:
        return take_merge(hub, target, author, with_later=with_later)
    raise NotFoundError("run, decision or golden customer", target)


def _run(hub: Hub, run_id: str) -> Run | None:
    try:
        return hub.store.run(run_id)
    except NotFoundError:
        return None
