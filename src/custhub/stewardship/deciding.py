"""Decisions: a person's word on two source records."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from custhub.errors import ConflictError, NotFoundError, UsageError
from custhub.model.decisions import Decision, Judgement, TaskKind
from custhub.model.frames import refs_frame
from custhub.model.hashing import text_hash
from custhub.model.refs import SourceRef
from custhub.pipeline import Hub
from custhub.plan import check_decisions, refused_word
from custhub.stewardship import four_eyes
from custhub.store import TASK, Changes, Facts, task_frame

ASKING = (TaskKind.POSSIBLE_DUPLICATE, TaskKind.DRIFTED_APART, TaskKind.FOUR_EYES)
"""Tasks that ask whether two records are the same customer."""
TELLING = (
    TaskKind.CONFLICT,
    TaskKind.TWO_OWNERS,
    TaskKind.CLUSTER_TOO_LARGE,
    TaskKind.KEY_REUSED,
    TaskKind.PIN_MOVED,
    TaskKind.CHECK_FAILED,
)
"""Tasks that tell something; a person may leave it at that."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a decision did: the stored decision's id and the commit that holds it. `waits`: for a second person's word; the
    decision is not stored before that."""

    decision: str
    seq: int
    waits: bool = False


def click_id(at: datetime, *words: str) -> str:
    """Names the small run of one click."""
    return f"click-{at:%Y%m%dT%H%M%S%f}-{text_hash('/'.join(words))[:8]}"


def decide(
    hub: Hub, left: SourceRef, right: SourceRef, judgement: Judgement, *, by: str, at: datetime, reason: str
) -> Answer:
    """A person's word on two source records; it takes the place of an earlier word on the same two.

    Raises UsageError for a record with itself or an empty reason on `different`, NotFoundError for unknown records,
    ConflictError when it contradicts other live decisions (same through others, yet different).
    """
    decision = _decision(hub, left, right, judgement, by=by, at=at, reason=reason)
    return _store(hub, decision, at)


def _store(hub: Hub, said: Decision, at: datetime, task: pl.DataFrame | None = None) -> Answer:
    """Stores the word with the task that it answers, or puts it before a second person."""
    waiting = four_eyes.waiting_task(hub, said)
    if waiting is not None:
        return Answer("", hub.store.write(click_id(at, said.by, said.id), at, Changes(tasks=waiting)), waits=True)
    tasks = [four_eyes.answered(hub, said), *([task] if task is not None else [])]
    changes = Changes(tasks=pl.concat(tasks).unique("key", keep="last", maintain_order=True))
    return Answer(said.id, hub.store.write(click_id(at, said.by, said.id), at, changes, Facts(decisions=[said])))


def answer_task(hub: Hub, key: str, judgement: Judgement, *, by: str, at: datetime, reason: str) -> Answer:
    """A person's word on the pair that a task shows; the task is answered in the same commit.

    UNSURE puts the task to sleep until its evidence changes.
    """
    task = open_task(hub, key)
    if task["kind"] not in ASKING:
        raise UsageError(
            f"task {key} asks no such question", "two records are the same or different where a task shows a pair"
        )
    left, right = (SourceRef.parse(ref) for ref in pair_of(task))
    decision = _decision(hub, left, right, judgement, by=by, at=at, reason=reason)
    status = "asleep" if judgement is Judgement.UNSURE else "answered"
    row = {**{name: task[name] for name in TASK}, "status": status, "answer": f"{judgement.value} by {by}"}
    return _store(hub, decision, at, pl.DataFrame([row], schema=TASK))


def acknowledge(hub: Hub, key: str, *, by: str, at: datetime, reason: str = "") -> int:
    """A person has seen what a task of `TELLING` tells and leaves it so: it sleeps until it tells something else, or ends
    and begins anew. The audit log holds who, when and why. Returns the commit. Raises NotFoundError, and UsageError for a task that asks."""
    task = open_task(hub, key)
    if task["kind"] not in TELLING:
        raise UsageError(f"task {key} asks for an answer", "decide on its records")
    answer = f"seen by {by}" + (f": {reason.strip()}" if reason.strip() else "")
    row = {**{name: task[name] for name in TASK}, "status": "asleep", "assignee": by, "answer": answer}
    return hub.store.write(click_id(at, by, key), at, Changes(tasks=pl.DataFrame([row], schema=TASK)), Facts(by=by))


def pair_of(task: dict[str, Any]) -> tuple[str, str]:
    """The two source records that a task of `ASKING` shows: the best pair across two customers, or parts of one."""
    detail = json.loads(task["detail"] or "{}")
    return str(detail["left"]), str(detail["right"])


def open_task(hub: Hub, key: str) -> dict[str, Any]:
    """One open or sleeping task as a row. Raises NotFoundError when there is none."""
    found = hub.store.task(key)
    if found["status"] not in ("open", "asleep"):
        raise NotFoundError("open task", key)
    return found


def _decision(
    hub: Hub, left: SourceRef, right: SourceRef, judgement: Judgement, *, by: str, at: datetime, reason: str
) -> Decision:
    if left == right:
        raise UsageError(f"{left} is one record", "a decision is on two")
    if judgement is Judgement.HELD:
        raise UsageError("only an undo holds two records apart", "say same, different or unsure")
    if judgement is Judgement.DIFFERENT and not reason.strip():
        raise UsageError("no reason given", "say why the two are different customers")
    left, right = sorted((left, right))
    known = hub.store.records(refs=refs_frame((left, right)))
    for ref in (left, right):
        if known.filter((pl.col("system") == ref.system) & (pl.col("key") == ref.key)).is_empty():
            raise NotFoundError("source record", str(ref))
    when = f"{at:%Y-%m-%dT%H:%M:%S.%fZ}"
    name = text_hash(f"{left}|{right}|{judgement}|{by}|{when}")
    decision = Decision(name, left, right, judgement, by, when, reason.strip())
    _refuse_contradiction(hub, decision, at)
    return decision


def _refuse_contradiction(hub: Hub, new: Decision, at: datetime) -> None:
    """SAME may not join what a person holds apart, DIFFERENT may not part what people joined through others; a task tells
    of both."""
    live = [d.decision for d in hub.store.decisions()]
    try:
        check_decisions([*(d for d in live if (d.left, d.right) != (new.left, new.right)), new])
    except ConflictError as e:
        against = [one for one in e.decision_ids if one != new.id]
        ids = hub.store.links(refs_frame((new.left, new.right)))["golden_id"].drop_nulls().unique().sort()
        task = refused_word(new, against, tuple(ids))
        hub.store.write(click_id(at, new.by, new.id), at, Changes(tasks=task_frame([task])))
        raise ConflictError(f"the word was not stored: {e.problem}", against) from None
