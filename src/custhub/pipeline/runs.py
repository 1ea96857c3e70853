"""The steps of a run from pending batches to published golden customers, each repeatable by its run id.

A run that was killed or that waits for a person leaves rows that nobody sees; the next run sweeps them and plans anew, so
that what is applied always follows from what is known now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime

import polars as pl

from custhub.errors import PlanMovedError, StoppedForPersonError
from custhub.model.hashing import text_hash
from custhub.model.ledger import KeyLedger
from custhub.pipeline import indexing, models, planning
from custhub.pipeline.extracting import rework_batch
from custhub.pipeline.hub import Hub
from custhub.pipeline.inspecting import RULES
from custhub.pipeline.refining import CheckReport, MapReport, check_batch, map_batch
from custhub.pipeline.resolving import MatchReport, lay_over, match_records, stand_still
from custhub.plan import Plan, apply_plan, over_budget, spending, within
from custhub.quality import RuleOutcome, loaded_beside
from custhub.store import Approval, Batch, BatchState, Facts, Run, RunKind, RunState

_REPLANS = 5
_MANY_ROWS = 10_000
PENDING = (BatchState.LANDED, BatchState.MAPPED, BatchState.CHECKED, BatchState.MATCHED, BatchState.PLANNED)

DONE = (BatchState.APPLIED, BatchState.PUBLISHED, BatchState.WITHDRAWN)


def run_id_of(at: datetime) -> str:
    return f"run-{at:%Y%m%dT%H%M%S%f}"


def pending(hub: Hub) -> list[Batch]:
    """Landed batches that no run has applied yet, oldest first."""
    return hub.store.batches(states=PENDING)


def fingerprint(hub: Hub, source: str) -> str:
    """Changes whenever the rows of a source have to be mapped and checked again."""
    names = (f"mappings/{source}.customer", f"expectations/landed.{source}", "expectations/canonical.customer")
    connector = hub.project.connectors[source]
    read = (connector.time_zone, connector.number.value)
    return text_hash("\n".join([*(hub.project.fingerprints.get(name, "-") for name in names), *read]))


def rework(hub: Hub, *, at: datetime, everything: bool = False) -> None:
    """Puts the rows of sources whose mapping or rules have changed since they were applied to work again."""
    for source in sorted(hub.project.connectors):
        applied = hub.store.batches(source=source, states=DONE)
        if applied and (everything or applied[-1].info.get("fingerprint") != fingerprint(hub, source)):
            rows = hub.store.rows(source).filter("present")
            waiting = [b.batch_id for b in pending(hub) if b.source == source]
            rows = rows.filter(~pl.col("batch_id").is_in(waiting))
            rework_batch(hub, source, rows, at=at, why="remap")


@contextmanager
def checks_beside(hub: Hub) -> Iterator[Callable[[], None]]:
    """Yields what is to be called when rows have come: as soon as there are many, what is needed to check them is loaded by
    another process, beside the extraction of further sources and the mapping."""
    with ExitStack() as stack:

        def look() -> None:
            if sum(b.ledger.new + b.ledger.changed for b in pending(hub)) >= _MANY_ROWS:
                stack.enter_context(loaded_beside())

        look()
        yield look


def map_pending(hub: Hub) -> list[MapReport]:
    """Maps all pending batches; those that a former run had mapped again, since the mapping may have changed."""
    reports = []
    for batch in pending(hub):
        reports.append(map_batch(hub, batch.batch_id))
        hub.store.set_batch(batch.batch_id, info={"fingerprint": fingerprint(hub, batch.source)})
        hub.progress("map", len(reports))
    return reports


def check_pending(hub: Hub, *, accept: bool = False) -> list[CheckReport]:
    """Checks all mapped batches. A stopped batch is left out of the run, and so are later ones of its source."""
    reports = []
    for batch in hub.store.batches(states=(BatchState.MAPPED, BatchState.CHECKED)):
        reports.append(check_batch(hub, batch.batch_id, accept=accept))
        hub.progress("check", len(reports))
    return reports


def _checked(hub: Hub) -> list[Batch]:
    held: set[str] = set()
    batches = []
    for batch in pending(hub):
        if batch.state in (BatchState.LANDED, BatchState.MAPPED):
            held.add(batch.source)
        elif batch.source not in held:
            batches.append(batch)
    return batches


def match_run(hub: Hub, run_id: str, *, at: datetime, review_only: bool = False) -> MatchReport:
    """Opens the run over all checked batches and matches. Runs left open by a crash or by a person are swept first."""
    sweep(hub, but=run_id)
    base_seq = hub.store.head()
    batches = _checked(hub)
    run = hub.store.open_run(run_id, at, batches=[b.batch_id for b in batches])
    changed = lay_over(hub, run_id, batches)
    calm = not changed and _nothing_else_new(hub, review_only=review_only)
    report = stand_still(hub, run_id) if calm else match_records(hub, run_id, review_only=review_only)
    everything = not calm and _rules_moved(hub)
    hub.store.save_summary(
        run.run_no,
        {
            "base_seq": base_seq,
            "declared": _declared(hub),
            "everything": everything,
            "review_only": review_only,
            "match": asdict(report),
        },
    )
    return report


def sweep(hub: Hub, *, but: str) -> None:
    """Clears away what runs and undos that were never published have staged."""
    for kind in (RunKind.RUN, RunKind.UNDO):
        for former in hub.store.runs(kind=kind):
            if former.state is RunState.OPEN and former.run_id != but:
                hub.store.abandon_run(former.run_no)


def _published(hub: Hub) -> list[Run]:
    return [r for r in hub.store.runs(kind=RunKind.RUN) if r.state is RunState.PUBLISHED]


def _declared(hub: Hub) -> list[str]:
    """Prints of the declarations by which golden customers are made; kept with a run from its start, for a plan may be
    applied when they have changed again."""
    return [hub.project.fingerprints.get("mappings/golden.customer", "-"), *hub.project.names_prints]


def _rules_print(hub: Hub, declared: Sequence[str]) -> str:
    model, (golden, *names) = hub.store.model(), declared
    return text_hash("/".join([golden, model[0] if model else "-", *names]))


def _rules_moved(hub: Hub) -> bool:
    """Whether rules, model, the passing of time or a release may change golden customers of which no record has changed."""
    last = _published(hub)
    timed = hub.project.golden.survivorship.decays or any(pin.until for pin in hub.store.pins())
    released = bool(last) and any(r.run_no > last[0].run_no for r in hub.store.runs(kind=RunKind.RELEASE, limit=1))
    return not last or timed or released or last[0].summary.get("rules") != _rules_print(hub, _declared(hub))


def _nothing_else_new(hub: Hub, *, review_only: bool) -> bool:
    """Whether the last run knew of every commit before its own, nobody has committed since, and it worked alike."""
    last = _published(hub)
    if not last or last[0].summary.get("review_only") != review_only:
        return False
    if not last[0].seq == hub.store.head() == last[0].summary["base_seq"] + 1:
        return False
    return not _rules_moved(hub)


@dataclass(frozen=True, slots=True)
class PlanReport:
    """What would change. `spending`: what it takes from the limits. `over`: why a person has to approve it, in words;
    empty when it may go on. `checks`: how the golden rules ended; they hold nothing up. `advice`: why a new matching model
    is due."""

    run_id: str
    plan_hash: str
    summary: dict[str, int]
    spending: dict[str, int]
    over: tuple[str, ...]
    approved_by: str | None
    checks: tuple[RuleOutcome, ...] = ()
    advice: str | None = None


def plan_run(hub: Hub, run_id: str) -> PlanReport:
    """Makes the run's plan from its clusters and writes it into the run's folder."""
    run = hub.store.run(run_id)
    last = _published(hub)
    reinspect = bool(last) and last[0].summary.get("inspected") != hub.project.fingerprints.get(RULES, "-")
    plan, checks = planning.make(hub, run, everything=bool(run.summary["everything"]), reinspect=reinspect)
    with hub.run_folder(run_id).whole("plan") as part:
        plan.keep(part)
    report = standing(hub, run, plan, checks)
    inspected = hub.project.fingerprints.get(RULES, "-")
    hub.store.save_summary(run.run_no, {**run.summary, "inspected": inspected, "plan": asdict(report)})
    return report


def standing(hub: Hub, run: Run, plan: Plan, checks: tuple[RuleOutcome, ...] = ()) -> PlanReport:
    """How a plan that was made stands to the limits and approvals of now."""
    over = (*over_budget(plan, hub.project.golden.limits), *(() if plan.empty else _taken_back(hub, run)))
    approval = _approval(hub, run, plan) if over else None
    approved_by = approval.by if approval else None
    advice = run.summary["match"].get("advice")
    return PlanReport(run.run_id, plan.hash, plan.counts, spending(plan), over, approved_by, checks, advice)


def _taken_back(hub: Hub, run: Run) -> list[str]:
    """A sentence for every undo that holds the rules or the model which this run works by."""
    undos, rules = hub.store.runs(kind=RunKind.UNDO, limit=10**9), _rules_print(hub, run.summary["declared"])
    held = [r for r in undos if r.seq is not None and rules in r.summary.get("rules", ())]
    return [f"{r.run_id} took back what these rules and this model did: custhub release {r.run_id}" for r in held]


def saved_plan(hub: Hub, run_id: str) -> Plan:
    """The plan in the run's folder, with its values."""
    return Plan.load(hub.run_folder(run_id).file("plan"))


def approve(hub: Hub, run_id: str, *, by: str, at: datetime) -> Approval:
    """A person lets the run's plan through. It stands for later plans as long as they stay within this one's figures."""
    planned = hub.store.run(run_id).summary["plan"]
    approval = Approval(planned["plan_hash"], run_id, planned["spending"], by, f"{at:%Y-%m-%dT%H:%M:%SZ}")
    hub.store.approve(approval)
    return approval


def _approval(hub: Hub, run: Run, plan: Plan) -> Approval | None:
    """The approval that covers `plan`: of this very plan, or of one since the last published run with figures as large."""
    done = max((r.run_no for r in _published(hub)), default=0)
    recent = [r.run_id for r in hub.store.runs(kind=RunKind.RUN) if done < r.run_no <= run.run_no]
    for approval in (a for run_id in recent for a in hub.store.approvals(run_id)):
        if approval.plan_hash == plan.hash or within(spending(plan), dict(approval.budget)):
            return approval
    return None


def gate(report: PlanReport) -> None:
    """Raises StoppedForPersonError when the plan is over its budget and nobody has approved it."""
    if report.over and report.approved_by is None:
        raise StoppedForPersonError(
            f"the plan of {report.run_id} is over its budget: {'; '.join(report.over)}",
            f"look at it and approve it: custhub approve {report.run_id}",
        )


@dataclass(frozen=True, slots=True)
class ApplyReport:
    """What was applied. `seq`: the commit that made it visible. `keys`: the key ledger of every source, balanced.
    `again`: something that the plan touches had moved, so that it was made again. `before`: when it had been applied
    already, so that nothing was done now."""

    run_id: str
    seq: int
    summary: dict[str, int]
    keys: dict[str, KeyLedger]
    again: bool = False
    before: str | None = None


def apply_run(hub: Hub, run_id: str) -> ApplyReport:
    """Writes the run's plan, checks the key ledgers and publishes it by one short commit. Again: the same answer.

    When something the plan touches has moved since it was made, it is planned again and has to pass the gate again.
    Raises BalanceError when a source key would be lost; nothing becomes visible then.
    """
    for again in range(_REPLANS):
        try:
            return _apply(hub, run_id, again=bool(again))
        except PlanMovedError:
            run = hub.store.run(run_id)
            match_run(hub, run_id, at=run.at, review_only=bool(run.summary["review_only"]))
            gate(plan_run(hub, run_id))
    return _apply(hub, run_id, again=True)


def _apply(hub: Hub, run_id: str, *, again: bool) -> ApplyReport:
    run = hub.store.run(run_id)
    keys: dict[str, KeyLedger] = {}
    if run.state is not RunState.PUBLISHED:
        plan = saved_plan(hub, run_id)
        models.adopt_proposed(hub, run_id)
        told = {"rules": _rules_print(hub, run.summary["declared"]), "events": plan.payload["events"].height}
        hub.store.save_summary(run.run_no, {**run.summary, **told})
        batches = [b.batch_id for b in pending(hub) if b.run_no == run.run_no]
        check = lambda run_no: keys.update(balanced(hub, run_no))  # noqa: E731
        apply_plan(hub.store, plan, batches=batches, facts=Facts(), check=check, progress=hub.progress)
    indexing.promote(hub, run_id)
    done = hub.store.run(run_id)
    assert done.seq is not None
    keys = keys or hub.store.key_ledgers(sorted(hub.project.connectors))
    return ApplyReport(run_id, done.seq, done.summary["plan"]["summary"], keys, again)


def balanced(hub: Hub, run_no: int) -> dict[str, KeyLedger]:
    """The key ledger of every source with the staged run. Raises BalanceError."""
    return hub.store.carry_keys(sorted(hub.project.connectors), run_no)
