"""What stewards do: decide on tasks, look at quarantined rows, try them again, accept them.

Each call is one small run of its own in the store (who, when, why); what follows from it for golden customers is planned
and applied by the next pipeline run.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from custhub.errors import NotFoundError, UsageError
from custhub.model.decisions import Decision, Judgement, TaskKind
from custhub.model.hashing import text_hash
from custhub.model.refs import SourceRef
from custhub.pipeline import Hub, rework_batch
from custhub.plan import check_decisions
from custhub.store import CLOSING, TASK, Changes, Facts, RunKind


@dataclass(frozen=True, slots=True)
class Answer:
    """What a decision did: the stored decision's id and the commit that holds it."""

    decision: str
    seq: int


def _run_id(at: datetime, *words: str) -> str:
    return f"click-{at:%Y%m%dT%H%M%S%f}-{text_hash('/'.join(words))[:8]}"


def decide(
    hub: Hub, left: SourceRef, right: SourceRef, judgement: Judgement, *, by: str, at: datetime, reason: str
) -> Answer:
    """A person's word on two source records; it takes the place of an earlier word on the same two.

    Raises UsageError for a record with itself or an empty reason on `different`, NotFoundError for unknown records,
    ConflictError when it contradicts other live decisions (same through others, yet different).
    """
    decision = _decision(hub, left, right, judgement, by=by, at=at, reason=reason)
    seq = hub.store.write(_run_id(at, by, decision.id), at, Changes(), Facts(decisions=[decision]))
    return Answer(decision.id, seq)


def answer_task(hub: Hub, key: str, judgement: Judgement, *, by: str, at: datetime, reason: str) -> Answer:
    """A person's word on the pair that a possible-duplicate task shows; the task is answered in the same commit.

    UNSURE puts the task to sleep until its evidence changes.
    """
    task = open_task(hub, key)
    if task["kind"] != TaskKind.POSSIBLE_DUPLICATE:
        raise UsageError(f"task {key} asks no such question", "only possible duplicates are the same or different")
    left, right = (SourceRef.parse(ref) for ref in pair_of(task))
    decision = _decision(hub, left, right, judgement, by=by, at=at, reason=reason)
    status = "asleep" if judgement is Judgement.UNSURE else "answered"
    row = {**{name: task[name] for name in TASK}, "status": status, "answer": f"{judgement.value} by {by}"}
    changes = Changes(tasks=pl.DataFrame([row], schema=TASK))
    return Answer(decision.id, hub.store.write(_run_id(at, by, decision.id), at, changes, Facts(decisions=[decision])))


def pair_of(task: dict[str, Any]) -> tuple[str, str]:
    """The two source records that a possible-duplicate task shows: the best pair across the two customers."""
    detail = json.loads(task["detail"] or "{}")
    return str(detail["left"]), str(detail["right"])


def open_task(hub: Hub, key: str) -> dict[str, Any]:
    """One open or sleeping task as a row. Raises NotFoundError when there is none."""
    for status in ("open", "asleep"):
        found = hub.store.tasks(status=status).filter(pl.col("key") == key)
        if not found.is_empty():
            return found.row(0, named=True)
    raise NotFoundError("open task", key)


def _decision(
    hub: Hub, left: SourceRef, right: SourceRef, judgement: Judgement, *, by: str, at: datetime, reason: str
) -> Decision:
    if left == right:
        raise UsageError(f"{left} is one record", "a decision is on two")
    if judgement is Judgement.DIFFERENT and not reason.strip():
        raise UsageError("no reason given", "say why the two are different customers")
    left, right = sorted((left, right))
    known = hub.store.records(refs=pl.DataFrame({"system": [left.system, right.system], "key": [left.key, right.key]}))
    for ref in (left, right):
        if known.filter((pl.col("system") == ref.system) & (pl.col("key") == ref.key)).is_empty():
            raise NotFoundError("source record", str(ref))
    when = f"{at:%Y-%m-%dT%H:%M:%S.%fZ}"
    name = text_hash(f"{left}|{right}|{judgement}|{by}|{when}")
    decision = Decision(name, left, right, judgement, by, when, reason.strip())
    _refuse_contradiction(hub, decision)
    return decision


def _refuse_contradiction(hub: Hub, new: Decision) -> None:
    """SAME may not join what a person holds apart, DIFFERENT may not part what people joined through others."""
    live = [d.decision for d in hub.store.decisions()]
    check_decisions([*(d for d in live if (d.left, d.right) != (new.left, new.right)), new])


def quarantined(hub: Hub, row: str) -> dict[str, Any]:
    """One open quarantined row by its id or a unique beginning of it. Raises NotFoundError or UsageError."""
    found = hub.store.quarantine().filter(pl.col("id").str.starts_with(row))
    if found.is_empty():
        raise NotFoundError("quarantined row", row)
    if found.height > 1:
        raise UsageError(f"{row} fits {found.height} quarantined rows", "give more characters of the id")
    return found.row(0, named=True)


def retry(hub: Hub, *, source: str | None, at: datetime) -> list[str]:
    """Puts all quarantined rows (of a source) to work again; the next run maps and checks them. Returns batch ids."""
    rows = hub.store.quarantine(system=source)
    made = [_rework(hub, str(name), part["row_key"], at, "retry") for (name,), part in rows.group_by("system")]
    return sorted(batch for batch in made if batch)


def retry_row(hub: Hub, row: str, *, at: datetime) -> str | None:
    """Puts one quarantined row to work again; a row without a key of its own comes again with its source only."""
    found = quarantined(hub, row)
    if found["row_key"].startswith("?"):
        raise UsageError("this row could not be read", "correct it at the source; the next extraction reads it again")
    return _rework(hub, found["system"], pl.Series([found["row_key"]]), at, "retry")


def waive(hub: Hub, row: str, *, by: str, at: datetime, reason: str) -> str | None:
    """Accepts a quarantined row in spite of its rule, until the row comes with other content; the next run takes it in.

    Only checks can be waived: a row that could not be read or mapped has nothing to take in (UsageError).
    """
    found = quarantined(hub, row)
    if not reason.strip():
        raise UsageError("no reason given", "say why the row is right in spite of the rule")
    if found["layer"] == "mapping" or found["key"].startswith("?"):
        raise UsageError("this row could not be read or mapped", "correct the source or the mapping, then retry")
    closing = pl.DataFrame([{"id": found["id"], "status": "waived", "who": by, "why": reason.strip()}], schema=CLOSING)
    hub.store.write(_run_id(at, by, found["id"]), at, Changes(closings=closing), Facts(), kind=RunKind.DECISION)
    return _rework(hub, found["system"], pl.Series([found["row_key"]]), at, "waived")


def _rework(hub: Hub, source: str, row_keys: pl.Series, at: datetime, why: str) -> str | None:
    rows = hub.store.rows(source).filter(pl.col("present") & pl.col("row_key").is_in(row_keys.implode()))
    return rework_batch(hub, source, rows, at=at, why=why)
