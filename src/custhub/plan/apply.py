"""Writes exactly what the plan lists, through the store's invisible rows and its one short commit."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from custhub.errors import UsageError
from custhub.plan.plan import Plan
from custhub.progress import Progress, silent
from custhub.store import Changes, Facts, RunKind, Store


def apply_plan(
    store: Store,
    plan: Plan,
    *,
    kind: RunKind = RunKind.RUN,
    batches: Sequence[str] = (),
    facts: Facts | None = None,
    check: Callable[[int], object] | None = None,
    progress: Progress = silent,
) -> int:
    """The commit's `seq`. Repeated after a crash it goes on where it stopped; repeated after success it changes nothing.

    `check` gets the run's number when everything is written and nobody sees it yet; what it raises stops the commit.
    An empty plan commits too when it has batches or facts to settle; otherwise nothing is written and the store's head
    is returned. Raises PlanMovedError when something that the plan touches has moved, UsageError when the plan came
    from a file without values.
    """
    if not plan.has_values:
        raise UsageError("this plan was saved without values", "save it with --values, or apply it by its run")
    if plan.empty and not batches and facts is None:
        return store.head()
    run = store.open_run(plan.run.run_id, plan.run.at, kind=kind, batches=batches)
    store.stage(run.run_no, Changes(**plan.payload), progress=progress)
    if check is not None:
        check(run.run_no)
    return store.publish_run(run.run_no, plan.run.base_seq, facts or Facts())
