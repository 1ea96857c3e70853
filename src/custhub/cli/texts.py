"""Reports as text for people: counts first, then what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from custhub.model.ledger import KeyLedger
from custhub.pipeline import ApplyReport, BatchReport, PlanReport, RunReport
from custhub.pipeline.everything import TrainReport
from custhub.plan import Plan, explain


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


def row_balance(batches: tuple[BatchReport, ...]) -> str:
    head = ("batch of", "landed", "new", "changed", "unchanged", "superseded", "excluded", "unreadable", "deleted")
    rows = [
        (
            b.source,
            b.ledger.landed,
            b.ledger.new,
            b.ledger.changed,
            b.ledger.unchanged,
            b.ledger.superseded,
            b.ledger.excluded,
            b.ledger.unreadable,
            b.deleted,
        )
        for b in batches
    ]
    drift = [f"  {b.source}: {change}" for b in batches for change in b.drift]
    return "\n".join(
        ["Rows of this run (they balance):", table(head, rows), *(["Columns that moved:", *drift] if drift else [])]
    )


def key_balance(keys: Mapping[str, KeyLedger]) -> str:
    head = ("source", "keys seen", "attached", "(stale)", "quarantined", "excluded", "deleted")
    rows = [
        (name, k.seen, k.attached, k.stale, k.quarantined, k.excluded, k.deleted) for name, k in sorted(keys.items())
    ]
    return "\n".join(["Source keys (they balance):", table(head, rows)])


def run(report: RunReport) -> str:
    lines = [row_balance(report.batches), "", *_checks(report), summary(report.planned.summary), ""]
    published = report.published
    lines += [
        key_balance(report.applied.keys),
        "",
        f"Golden customers: {published.golden_customers}   open tasks: {published.open_tasks}   "
        f"rows in quarantine: {published.quarantined_rows}",
    ]
    return "\n".join(lines)


def _checks(report: RunReport) -> list[str]:
    failed = [(o, c.batch_id) for c in report.checked for o in c.outcomes if o.status != "passed"]
    if not failed:
        return []
    rows = [(o.rule_id, o.severity, o.status, o.failing, o.checked) for o, _ in failed]
    return ["Checks that did not pass:", table(("rule", "severity", "status", "failing", "of"), rows), ""]


def summary(counts: Mapping[str, int]) -> str:
    named = [f"{name} {count}" for name, count in counts.items() if count]
    return "Plan: " + (", ".join(named) if named else "nothing to change")


def plan(made: Plan, report: PlanReport, *, values: bool) -> str:
    lines = [explain(made, values=values)]
    if report.over:
        lines += ["", "Over its budget:", *(f"  {reason}" for reason in report.over)]
        next_step = "approved by " + report.approved_by if report.approved_by else f"custhub approve {report.run_id}"
        lines.append(f"  -> {next_step}")
    return "\n".join(lines)


def applied(report: ApplyReport) -> str:
    return f"applied {report.run_id} as commit {report.seq}\n{summary(report.summary)}\n{key_balance(report.keys)}"


def trained(report: TrainReport) -> str:
    was = f" in place of {report.was[:12]}" if report.was else ""
    return f"model {report.version[:12]} from {report.records} records{was}; see what it changes: custhub plan"


def checked(result: Any) -> str:
    return (
        f"{result.connectors} connectors, {result.mappings} mappings, {result.suites} suites, "
        f"{result.examples} files of examples: no mistake"
    )


def demo(report: Any) -> str:
    lines = [f"demo systems of day {report.day} in {report.folder}:"]
    lines += [f"  {name}: {count} rows" for name, count in sorted(report.rows.items())]
    lines.append(f"  {report.records} records of {report.customers} customers (truth.parquet)")
    return "\n".join(lines)
