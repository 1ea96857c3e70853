"""Reports as text for people: counts first, then what to do next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from custhub.model.ledger import KeyLedger, RowLedger
from custhub.pipeline import ApplyReport, Judged, PlanReport, RunReport, TrainReport
from custhub.plan import Plan, explain
from custhub.stewardship import ErasureReport, UndoReport

HELD_BACK = (
    "  {}: keys that are gone do not count as deleted: of some rows nobody can read whose they are (see the quarantine)"
)


def table(head: tuple[str, ...], rows: list[tuple[Any, ...]]) -> str:
    """Aligned columns: text to the left, numbers to the right."""
    cells = [tuple(str(c) for c in row) for row in (head, *rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    numeric = [all(isinstance(row[i], int) for row in rows) and bool(rows) for i in range(len(head))]
    lines = []
    for row in cells:
        parts = [c.rjust(w) if n else c.ljust(w) for c, w, n in zip(row, widths, numeric, strict=True)]
        lines.append("  " + "  ".join(parts).rstrip())
    return "\n".join(lines)


def row_balance(ledgers: Mapping[str, RowLedger], deleted: Mapping[str, int], drift: list[str]) -> str:
    head = ("batch of", "landed", "new", "changed", "unchanged", "superseded", "excluded", "unreadable", "deleted")
    rows = [(name, *asdict(ledger).values(), deleted.get(name, 0)) for name, ledger in sorted(ledgers.items())]
    lines = ["Rows (landed = new + changed + unchanged + superseded + excluded + unreadable):", table(head, rows)]
    return "\n".join([*lines, *(["Columns that moved:", *(f"  {d}" for d in drift)] if drift else [])])


def key_balance(keys: Mapping[str, KeyLedger]) -> str:
    names = ("attached", "stale", "quarantined", "excluded", "deleted", "withdrawn")
    shown = [n for n in names if n != "withdrawn" or any(k.withdrawn for k in keys.values())]  # only an undo withdraws
    head = ("source", "keys seen", *("(stale)" if n == "stale" else n for n in shown))
    rows = [(source, k.seen, *(getattr(k, n) for n in shown)) for source, k in sorted(keys.items())]
    return "\n".join(["Source keys (seen = attached + quarantined + excluded + deleted):", table(head, rows)])


def run(report: RunReport) -> str:
    drift = [f"{b.source}: {change}" for b in report.batches for change in b.drift]
    ledgers, deleted = {b.source: b.ledger for b in report.batches}, {b.source: b.deleted for b in report.batches}
    lines = [
        row_balance(ledgers, deleted, drift),
        *(HELD_BACK.format(b.source) for b in report.batches if b.held_back),
        "",
        *_mapping(report),
        *_checks(report),
        *_advice(report.planned),
        summary(report.planned.summary),
        "",
    ]
    published = report.published
    lines += [
        key_balance(report.applied.keys),
        "",
        f"Golden customers: {published.golden_customers}   open tasks: {published.open_tasks}   "
        f"rows in quarantine: {published.quarantined_rows}",
        f"This was {report.run_id}, commit {report.applied.seq}: `custhub undo {report.run_id}` takes it back.",
    ]
    return "\n".join(lines)


def carried(exported: Iterable[str], now: Iterable[str]) -> str:
    """What a store made anew has of the one before, and what it has not."""
    ids = set(exported)
    return (
        f"\n\nCarried over: {len(ids.intersection(now))} of {len(ids)} golden ids, with who is one customer.\n"
        "Not carried over: ids that were merged away or retired (they are unknown here), history and as_of before today, the\n"
        "change feed (readers begin at 0), decisions, pins, tasks, waivers and the audit log. Keep the former store for these."
    )


def _advice(report: PlanReport) -> list[str]:
    return [f"Advice: {report.advice}", ""] if report.advice else []


def _mapping(report: RunReport) -> list[str]:
    """Codes that no list knows and values that were let through with a warning."""
    lines = [
        f"  {m.batch_id}: unknown code {code} in {rows} rows"
        for m in report.mapped
        for code, rows in m.unknown_codes.items()
    ]
    lines += [f"  {m.batch_id}: {rule} in {rows} rows" for m in report.mapped for rule, rows in m.doubtful.items()]
    return ["Doubtful in mapping (let through):", *lines, ""] if lines else []


def _checks(report: RunReport) -> list[str]:
    failed: dict[tuple[str, str, str], list[int]] = {}
    outcomes = [*(o for c in report.checked for o in c.outcomes), *report.planned.checks]
    for outcome in (o for o in outcomes if o.status != "passed"):
        counts = failed.setdefault((outcome.rule_id, outcome.severity, outcome.status), [0, 0])
        counts[0], counts[1] = counts[0] + outcome.failing, counts[1] + outcome.checked
    if not failed:
        return []
    rows = [(*rule, *counts) for rule, counts in sorted(failed.items())]
    return ["Checks that did not pass:", table(("rule", "severity", "status", "failing", "of"), rows), ""]


def summary(counts: Mapping[str, int]) -> str:
    named = [f"{name} {count}" for name, count in counts.items() if count]
    return "Plan: " + (", ".join(named) if named else "nothing to change")


def plan(made: Plan, report: PlanReport, *, values: bool, consumers: Sequence[str]) -> str:
    lines = [*_advice(report), explain(made, values=values, over=report.over, consumers=consumers)]
    if report.over:
        next_step = "approved by " + report.approved_by if report.approved_by else f"custhub approve {report.run_id}"
        lines.append(f"  -> {next_step}")
    return "\n".join(lines)


def applied(report: ApplyReport) -> str:
    if report.before is not None:
        return f"{report.run_id} was applied already, as commit {report.seq} at {report.before}; nothing was changed"
    again = "; something it touches had moved, so it was planned again within its limits" if report.again else ""
    return (
        f"applied {report.run_id} as commit {report.seq}{again}\n{summary(report.summary)}\n{key_balance(report.keys)}"
    )


def undone(report: UndoReport) -> str:
    """What an undo takes back, counts first."""
    counts = (
        ", ".join(f"{count} {name}" for name, count in report.counts.items() if count) or "no golden customer changes"
    )
    lines = [
        f"{report.what}: {counts}",
        f"  runs taken back: {', '.join(report.runs) or '-'}",
        f"  batches withdrawn: {', '.join(report.batches) or '-'}",
        f"  decisions held: {report.held}" + (f", in place of {', '.join(report.aside)}" if report.aside else ""),
        *(f"  note: {note}" for note in report.notes),
        *(f"  in the way: {reason}" for reason in report.blocked),
    ]
    if report.seq is None:
        lines.append("nothing was done" + (": --with-later takes the later work back too" if report.blocked else ""))
    else:
        lines.append(
            f"taken back as commit {report.seq}; to let the next run do it again: custhub release {report.undo_id}"
        )
    return "\n".join(lines)


def erased(report: ErasureReport) -> str:
    """The report of an erasure, for the files of whoever has to prove it."""
    lines = [
        f"{report.erasure_id}, commit {report.seq}",
        f"  source rows: {', '.join(report.rows)}; records of them: {len(report.records)}",
        f"  golden customers erased: {', '.join(report.golden_erased) or '-'}",
        f"  golden customers that go on without them: {', '.join(report.golden_changed) or '-'}",
        f"  decisions removed: {report.decisions}; files rewritten: {report.files_rewritten}; "
        f"folders of runs removed: {report.run_folders_removed}",
        "  past versions and events hold no value of them any more; later loads of these keys are dropped",
        *(f"  left to you: {what}" for what in report.left),
    ]
    return "\n".join(lines)


def trained(report: TrainReport) -> str:
    was = f" in place of {report.was[:12]}" if report.was else ""
    told = f"model {report.version[:12]} from {report.records} records{was}; see what it changes: custhub plan"
    return f"{told}\n{report.learned.as_text()}" if report.learned else told


def judged(result: Judged) -> str:
    """The model beside people's decisions, which are on hard pairs."""
    m = result.merged
    lines = [
        f"model {result.model[:12]} beside decisions on {result.same} same and {result.different} different pairs, "
        "of which people were asked because they are hard",
        f"  of the same, {result.compared} have a key in common and were compared",
        f"  by itself it merges {m.found} of all, {m.right} rightly, and shows {result.shown} to a person",
        f"  precision {m.precision:.3f}, recall {m.recall:.3f}, F1 {m.f1:.3f} on these pairs; "
        f"log loss {result.fit.log_loss}, Brier score {result.fit.brier}",
        *result.fit.lines(),
    ]
    flattering = "  the model follows labels, perhaps these: custhub train --labels tells how it does with others"
    return "\n".join([*lines, flattering] if "labels" in result.note else lines)


def demo(report: Any) -> str:
    lines = [f"demo systems of day {report.day} in {report.folder}:"]
    lines += [f"  {name}: {count} rows" for name, count in sorted(report.rows.items())]
    lines.append(f"  {report.records} records of {report.customers} customers (truth.parquet)")
    return "\n".join(lines)


def demo_story(result: Any) -> str:
    a = result.accuracy
    events = ", ".join(f"{count} {kind}" for kind, count in result.events.items()) or "none: nothing has changed"
    tasks = ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in result.open_tasks.items()) or "none"
    lines = [
        "",
        row_balance(result.batches, {}, []),
        "",
        key_balance(result.keys),
        "",
        f"Golden customers   {result.golden_customers}, {result.merged_records} source records merged into shared ones",
        f"Events of this run {events}",
        f"For people         {tasks}; {result.quarantined_rows} rows in quarantine",
        f"Against the truth  precision {a.pairs.precision:.3f}, recall {a.pairs.recall:.3f}, F1 {a.pairs.f1:.3f} "
        f"(pairs, {a.pairs.true} true ones, {a.records} records)",
        f"Took               {result.seconds:.0f} s",
        "",
        "See it:",
        "  make serve                          steward app on http://127.0.0.1:8000, API under /api/v1",
    ]
    if result.example:
        lines.append(f"  .venv/bin/custhub explain {result.example}   where each of its values came from")
    lines += [
        "  .venv/bin/custhub quarantine list   rows that failed, with reasons",
        "  make demo                           again: the second day, with updates, deletes and a merge",
        "  make airflow                        the same DAGs under a real scheduler",
    ]
    return "\n".join(lines)
