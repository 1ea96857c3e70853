"""All steps in one go, as `custhub run`, `plan`, and `apply` call them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import polars as pl

from custhub.errors import (
    CusthubError,
    NotFoundError,
    SourceError,
    SourcesFailedError,
    StoppedForPersonError,
    UsageError,
)
from custhub.pipeline.extracting import BatchReport, batch_report, extract_batch
from custhub.pipeline.hub import Hub
from custhub.pipeline.publishing import PublishReport, publish_run
from custhub.pipeline.refining import CheckReport, MapReport, refuse_stopped
from custhub.pipeline.resolving import MatchReport, keep_standing
from custhub.pipeline.runs import (
    ApplyReport,
    PlanReport,
    apply_run,
    approve,
    check_pending,
    checks_beside,
    gate,
    map_pending,
    match_run,
    plan_run,
    rework,
    run_id_of,
    saved_plan,
    standing,
)
from custhub.plan import Plan


@dataclass(frozen=True, slots=True)
class Options:
    """How `run_all` treats what it meets. `approve`: `by` stands for it where a person would be asked. `standing` (LINK): for
    the first run of a store, what was one customer in the one before, and under which id."""

    full: bool = False
    review_only: bool = False
    approve: bool = False
    by: str = "custhub"
    standing: pl.DataFrame | None = None


@dataclass(frozen=True, slots=True)
class RunReport:
    """All a run has to say."""

    run_id: str
    batches: tuple[BatchReport, ...]
    mapped: tuple[MapReport, ...]
    checked: tuple[CheckReport, ...]
    matched: MatchReport
    planned: PlanReport
    applied: ApplyReport
    published: PublishReport


def run_all(hub: Hub, *, sources: Sequence[str] | None, at: datetime, options: Options) -> RunReport:
    """Extracts `sources` (default: all) and brings everything pending to the golden customers.

    A source that cannot be read does not hold up the others: its error is raised at the end, after the rest is applied;
    so is a batch that a check stopped. Several errors come as one SourcesFailedError.
    """
    run_id = run_id_of(at)
    if options.standing is not None:
        if hub.store.active_count():
            raise UsageError("there are golden customers already", "ids are carried over into a new store only")
        keep_standing(hub, run_id, options.standing)
    with checks_beside(hub) as rows_came:
        batches, failed = _extract(hub, sources or sorted(hub.project.connectors), at, options, rows_came)
        rework(hub, at=at, everything=options.full)
        rows_came()
        mapped = map_pending(hub)
        checked = check_pending(hub, accept=options.approve)
        matched = match_run(hub, run_id, at=at, review_only=options.review_only)
        planned = plan_run(hub, run_id)
    if planned.over and options.approve:
        approve(hub, run_id, by=options.by, at=at)
        planned = plan_run(hub, run_id)
    with _told_with(failed):
        gate(planned)
        applied = apply_run(hub, run_id)
        published = publish_run(hub, run_id)
        if not options.approve:
            refuse_stopped(checked)
    landed = tuple(batch_report(hub, b.batch_id) for b in batches)
    return RunReport(run_id, landed, tuple(mapped), tuple(checked), matched, planned, applied, published)


@contextmanager
def _told_with(failed: Sequence[CusthubError]) -> Iterator[None]:
    """Raises what failed before, when the block is done, together with what a person has to look at in it."""
    errors = list(failed)
    try:
        yield
    except StoppedForPersonError as e:
        errors.append(e)
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise SourcesFailedError(errors)


def _extract(
    hub: Hub, sources: Sequence[str], at: datetime, options: Options, rows_came: Callable[[], None]
) -> tuple[list[BatchReport], list[SourceError | StoppedForPersonError]]:
    batches: list[BatchReport] = []
    failed: list[SourceError | StoppedForPersonError] = []
    for source in sources:
        try:
            batches.append(extract_batch(hub, source, at=at, full=options.full, allow_deletes=options.approve))
            rows_came()
        except (SourceError, StoppedForPersonError) as e:
            failed.append(e)
    return batches, failed


def plan_all(hub: Hub, *, at: datetime) -> tuple[PlanReport, Plan]:
    """Plans over what is landed and declared now, and applies nothing. The run stays open until the next one."""
    run_id = run_id_of(at)
    rework(hub, at=at)
    with checks_beside(hub):
        map_pending(hub)
        check_pending(hub)
        match_run(hub, run_id, at=at)
        report = plan_run(hub, run_id)
    return report, saved_plan(hub, run_id)


def apply_saved(hub: Hub, plan: str) -> ApplyReport:
    """Applies a plan (a saved one, or the id of its run) exactly as it was made, whatever is declared by now; one that was
    applied before changes nothing.

    Raises StoppedForPersonError when it needs an approval that it has not, UsageError when the run was planned again
    since the file was saved.
    """
    run_id = run_of_plan(plan)
    run = hub.store.run(run_id)
    if run.seq is None:
        kept = saved_plan(hub, run_id)
        if run_id != plan and Plan.load(Path(plan)).hash != kept.hash:
            raise UsageError(f"{run_id} was planned again since this plan was saved", "plan, review and save it again")
        gate(standing(hub, run, kept))
    applied = apply_run(hub, run_id)
    publish_run(hub, run_id)
    return replace(applied, before=run.committed)


def run_of_plan(plan: str) -> str:
    """The run that a saved plan belongs to; a run id stands for itself. Raises NotFoundError."""
    if plan.startswith("run-") and not Path(plan).exists():
        return plan
    if not Path(plan).exists():
        raise NotFoundError("plan", plan)
    return Plan.load(Path(plan)).run.run_id
