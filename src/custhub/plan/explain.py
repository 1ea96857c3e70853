"""A plan in words: counts first, then a few examples of each kind of change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from custhub.golden import LETTERS
from custhub.model.decisions import TaskKind
from custhub.plan.frames import Action
from custhub.plan.plan import Plan

_SAMPLES = 5
_TOLD = (Action.MERGE, Action.SPLIT, Action.RETIRE, Action.REVIVE, Action.CREATE, Action.UPDATE)
"""What the change feed tells."""

_WORDS = {
    Action.MERGE: "golden customers merge into another",
    Action.SPLIT: "golden customers lose records to another",
    Action.RETIRE: "golden customers retire (all their records are gone)",
    Action.REVIVE: "golden customers come back",
    Action.CREATE: "golden customers are new",
    Action.UPDATE: "golden customers change",
    Action.ATTACH: "records come to an existing golden customer",
    Action.DETACH: "records leave their golden customer",
    Action.RECORD: "source records are new or changed",
    Action.QUARANTINE: "quarantine entries open",
    Action.QUARANTINE_END: "quarantine entries end",
    Action.TASK_OPEN: "tasks open or change",
    Action.TASK_CLOSE: "tasks close",
}


def explain(plan: Plan, *, values: bool = False, over: Sequence[str] = (), consumers: Sequence[str] = ()) -> str:
    """Text for a terminal. Personal values only with `values`; `over` are the sentences of `over_budget`; `consumers` the
    names of those to whom changes are pushed."""
    head = f"Plan {plan.hash[:12]} of run {plan.run.run_id}"
    if plan.empty:
        return f"{head}: nothing changes."
    counts = plan.counts
    lines = [f"{head} on {plan.active_before} golden customers:"]
    lines += [f"  {counts[action.value]:>9,}  {word}" for action, word in _WORDS.items() if counts[action.value]]
    lines += _record_causes(plan)
    lines += _attributes(plan)
    lines += _contradicted(plan)
    if told := plan.changes.filter(pl.col("action").is_in(_TOLD))["golden_id"].n_unique():
        readers = ", ".join([*consumers, "the API's readers"])
        lines.append(f"change feed: {told:,} changes for {readers}")
    for action in (action for action in (*_TOLD, Action.TASK_OPEN) if action is not Action.CREATE):
        lines += _samples(plan, action, values)
    lines += [f"OVER BUDGET  {sentence}" for sentence in over]
    return "\n".join(lines)


def _record_causes(plan: Plan) -> list[str]:
    records = plan.changes.filter(pl.col("action") == Action.RECORD)
    if records.is_empty():
        return []
    said = pl.when(pl.col("cause") == "status").then(pl.col("new")).otherwise(pl.col("cause"))
    counts = records.group_by(said.alias("what")).len().sort("what")
    told = ", ".join(f"{count:,} {what}" for what, count in counts.iter_rows())
    return [f"source records: {told}"]


def _attributes(plan: Plan) -> list[str]:
    """How many golden values change, by attribute and rule."""
    updates = plan.changes.filter((pl.col("action") == Action.UPDATE) & pl.col("attribute").is_not_null())
    if updates.is_empty():
        return []
    by_rule = updates.group_by("attribute", "rule").len().sort("attribute", "rule")
    lines = ["golden values that change:"]
    for (attribute,), rows in by_rule.group_by(["attribute"], maintain_order=True):
        rules = "; ".join(f"{n:,} {LETTERS.get(rule, rule)}" for rule, n in rows.select("rule", "len").iter_rows())
        lines.append(f"  {rows['len'].sum():>9,}  {attribute}: {rules}")
    return lines


def _contradicted(plan: Plan) -> list[str]:
    """What of people's decisions cannot hold together any more, or is not followed."""
    found = plan.changes.filter((pl.col("action") == Action.TASK_OPEN) & (pl.col("rule") == TaskKind.CONFLICT))
    return [f"decisions contradicted: {found.height:,}, a conflict task each"] if found.height else []


def _samples(plan: Plan, action: Action, values: bool) -> Iterator[str]:
    rows = plan.changes.filter(pl.col("action") == action)
    if rows.is_empty():
        return
    shown = rows.unique(["golden_id", "ref"], keep="first", maintain_order=True).head(_SAMPLES)
    yield f"{action.value} ({shown.height} of {rows.height:,}):"
    chances = dict(plan.merges.select("golden_id", "probability").iter_rows())
    for row in shown.iter_rows(named=True):
        yield f"  {_sentence(action, row, chances, values)}"


def _sentence(action: Action, row: dict[str, object], chances: dict[str, float | None], values: bool) -> str:
    golden_id = row["golden_id"]
    match action:
        case Action.MERGE:
            chance = chances.get(str(golden_id))
            sure = "" if chance is None else f", probability {chance:.3f}"
            return f"{golden_id} -> {row['moved_to']} with {_refs(row['lost'])}{sure}"
        case Action.UPDATE if row["attribute"] is not None:
            change = f": {_short(row['old'])} -> {_short(row['new'])}" if values else ""
            rule = LETTERS.get(str(row["rule"]), str(row["rule"]))
            return f"{golden_id} {row['attribute']}{change} ({rule}; {row['cause']})"
        case Action.TASK_OPEN:
            return str(row["ref"])
        case _:
            moved = [f"{sign}{_refs(row[side])}" for sign, side in (("+", "gained"), ("-", "lost")) if row[side]]
            return " ".join([str(golden_id), *moved, f"({row['cause']})"])


def _short(value: object, most: int = 100) -> str:
    text = str(value or "none")
    return text if len(text) <= most else f"{text[:most]}…"


def _refs(refs: object, most: int = 3) -> str:
    listed = list(refs) if isinstance(refs, list) else []
    more = f" and {len(listed) - most} more" if len(listed) > most else ""
    return ", ".join(listed[:most]) + more
