"""Taking back whole runs: what they wrote becomes again what it was without them."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from custhub.errors import UsageError
from custhub.model.decisions import Judgement
from custhub.model.frames import KEYS, ref_of
from custhub.pipeline import Hub
from custhub.plan import APART, Before, Current
from custhub.stewardship.holding import Author, Holds, Part, crossing, parts_of, singles, told
from custhub.stewardship.surviving import emptied
from custhub.stewardship.taking import Taken
from custhub.store import CLOSING, QUARANTINED, TASK, BatchState, DecisionRow, Run, RunKind, RunState, View


def take_run(hub: Hub, run: Run, author: Author, *, with_later: bool) -> Taken:
    """Takes back a published run; with it all later ones that wrote what it wrote."""
    if run.state is not RunState.PUBLISHED:
        raise UsageError(f"{run.run_id} was never applied", "there is nothing to take back")
    runs, later = _with_dependents(hub, run)
    numbers = tuple(r.run_no for r in runs)
    current, before = _states(hub, numbers, author)
    merges = parts_of(_active(current.goldens), before.goldens)
    splits = parts_of(before.goldens, _active(current.goldens))
    holds = Holds(author, hub.store.decisions())
    for parts in merges:
        holds.apart(parts)
    explained = _changed_refs(current.records, before.records)
    rules = _other_rules(hub, runs)
    firm = [bool(rules) or explained.isdisjoint(frozenset().union(*parts)) for parts in splits]
    for parts, firmly in zip(splits, firm, strict=True):
        holds.together(parts, firmly=firmly)
    held = holds.result()
    joined = [singles(parts) if firmly else parts for parts, firmly in zip(splits, firm, strict=True)]
    said = told(_later_words(hub.store.decisions(), run, merges, joined))
    blocked = () if with_later else (*later, *said)
    batches = hub.store.batches(states=(BatchState.APPLIED, BatchState.PUBLISHED))
    return Taken(
        what=f"run {run.run_id}",
        current=current,
        before=before,
        held=held,
        runs=runs,
        batches=tuple(b.batch_id for b in batches if b.run_no in numbers),
        blocked=blocked,
        rules=rules,
    )


def _with_dependents(hub: Hub, run: Run) -> tuple[tuple[Run, ...], list[str]]:
    """The run and every later one that builds on it, in commit order, and a sentence for each of those."""
    known = {r.run_no: r for r in hub.store.runs(limit=10**9)}
    found, waiting, told = {run.run_no}, [run.run_no], {}
    while waiting:
        for other, count in hub.store.later_writers(waiting.pop()).items():
            if other not in found:
                found.add(other)
                waiting.append(other)
                told[other] = f"{known[other].run_id} has changed {count} of the same customers or records since"
    if any(known[number].kind is RunKind.ERASE for number in found):
        raise UsageError(f"{run.run_id} cannot be taken back", "somebody in it was erased since, and stays erased")
    order = sorted(found, key=lambda number: known[number].seq or 0)
    return tuple(known[number] for number in order), [told[number] for number in order if number in told]


def _states(hub: Hub, numbers: tuple[int, ...], author: Author) -> tuple[Current, Before]:
    """What the runs wrote, as it is now and as it was without them."""
    store, without = hub.store, View(without=numbers)
    keys = store.written(numbers)
    records, known = store.records(refs=keys.refs), store.records(refs=keys.refs, view=without)
    gone = emptied(records.join(known, on=KEYS, how="anti"), "withdrawn")
    current = Current(records=records, goldens=store.goldens(keys.golden_ids), active=store.active_count())
    quarantine, closings = _quarantine(hub, numbers, author)
    before = Before(
        goldens=_active(store.goldens(keys.golden_ids, view=without)),
        records=pl.concat([known, gone.select(known.columns)]),
        tasks=_tasks(hub, numbers, keys.tasks),
        quarantine=quarantine,
        closings=closings,
    )
    return current, before


def _active(goldens: pl.DataFrame) -> pl.DataFrame:
    return goldens.filter(pl.col("status") == "active")


def _tasks(hub: Hub, numbers: Sequence[int], keys: Sequence[str]) -> pl.DataFrame:
    """Tasks that the runs touched last, as they were; those that they opened are closed."""
    now = hub.store.tasks(status=None).filter(pl.col("key").is_in(list(keys)) & pl.col("run_no").is_in(list(numbers)))
    was = hub.store.tasks(status=None, view=View(without=tuple(numbers))).join(now, on="key", how="semi")
    new = now.join(was, on="key", how="anti").filter(pl.col("status") != "closed")
    closed = new.with_columns(pl.lit("closed").alias("status"), pl.lit("undone").alias("answer"))
    return pl.concat([was.select(TASK.names()), closed.select(TASK.names())]).sort("key")


def _quarantine(hub: Hub, numbers: Sequence[int], author: Author) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows that the runs let out of quarantine are in it again (QUARANTINED); those that they put in are closed."""
    rows = hub.store.quarantine(status=None)
    mine = pl.col("opened_run").is_in(list(numbers))
    freed = rows.filter(~mine & pl.col("closed_run").is_in(list(numbers)))
    put_in = rows.filter(mine & (pl.col("status") == "open")).select(
        "id", status=pl.lit("withdrawn"), who=pl.lit(author.by), why=pl.lit(author.reason)
    )
    return freed.select(QUARANTINED.names()), put_in.match_to_schema(CLOSING)


def _changed_refs(now: pl.DataFrame, before: pl.DataFrame) -> frozenset[str]:
    """Records that the runs themselves had changed: with their batches withdrawn they say again what they said."""
    both = now.join(before.select(*KEYS, was="hash"), on=KEYS).filter(pl.col("hash").ne_missing(pl.col("was")))
    return frozenset(both.select(ref_of())["ref"])


def _other_rules(hub: Hub, runs: Sequence[Run]) -> tuple[str, ...]:
    """Prints of rules and model by which the runs worked, where the run before them had worked by others."""
    first = min(runs, key=lambda r: r.seq or 0)
    done = [r for r in hub.store.runs(kind=RunKind.RUN, limit=10**9) if r.state is RunState.PUBLISHED]
    before = [r for r in done if (r.seq or 0) < (first.seq or 0)]
    if not before:
        return ()
    last = max(before, key=lambda r: r.seq or 0).summary.get("rules")
    return tuple(sorted({str(r.summary.get("rules")) for r in runs if r.kind is RunKind.RUN} - {str(last)}))


def _later_words(
    live: Sequence[DecisionRow], run: Run, merges: Sequence[tuple[Part, ...]], splits: Sequence[tuple[Part, ...]]
) -> list[DecisionRow]:
    """Decisions made since the run that its undo would go against."""
    since = [row for row in live if row.seq > (run.seq or 0)]
    across = [row for parts in merges for row in crossing(since, parts, (Judgement.SAME,))]
    return across + [row for parts in splits for row in crossing(since, parts, APART)]
