"""Erasure with four eyes: one person asks for it, another one lets it happen or refuses."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import polars as pl

from custhub.errors import UsageError
from custhub.model.decisions import Task, TaskKind
from custhub.pipeline import Hub
from custhub.stewardship.deciding import click_id, open_task
from custhub.stewardship.erasing import ErasureReport, erase, rows_behind
from custhub.store import TASK, Changes, task_frame

_FIRST = 1_000_000


def request_erasure(hub: Hub, target: str, *, by: str, at: datetime, reason: str) -> str:
    """Asks for the erasure of a source row (`system:key`) or a golden customer; returns the key of the task in which it
    waits for a second person. Raises NotFoundError, UsageError without a reason or when it was asked for before."""
    refs = tuple(sorted(str(row) for row in rows_behind(hub, target)))
    if not reason.strip():
        raise UsageError("no reason given", "say who asked for it and how; no personal values")
    key = f"{TaskKind.ERASURE}:{refs[0]}"
    if not hub.store.tasks(kind=TaskKind.ERASURE).filter(pl.col("key") == key).is_empty():
        raise UsageError("this erasure was asked for already", "a second person has to confirm it")
    ids = tuple(sorted(hub.store.golden_ids_of(hub.store.records_of(rows_behind(hub, target)))))
    detail = json.dumps({"target": target, "by": by, "at": f"{at:%Y-%m-%dT%H:%M:%SZ}", "reason": reason.strip()})
    title = "Erasure for good: a second person has to agree"
    task = Task(key, TaskKind.ERASURE, title, refs, ids, detail, worth=_FIRST)
    hub.store.write(click_id(at, by, key), at, Changes(tasks=task_frame([task])))
    return key


def confirm_erasure(hub: Hub, key: str, *, by: str, at: datetime) -> ErasureReport:
    """The second person's word: it is erased now. Raises UsageError for the person who asked."""
    detail = json.loads(_request(hub, key)["detail"])
    if detail["by"] == by:
        raise UsageError(f"{by} has asked for it", "a second person has to agree")
    return erase(hub, detail["target"], by=f"{detail['by']} and {by}", at=at, reason=detail["reason"])


def refuse_erasure(hub: Hub, key: str, *, by: str, at: datetime) -> None:
    """Whoever refuses it, or takes his own request back."""
    told = {**_request(hub, key), "status": "closed", "answer": f"refused by {by}", "detail": "{}"}
    row = {name: told[name] for name in TASK}
    hub.store.write(click_id(at, by, key, "closed"), at, Changes(tasks=pl.DataFrame([row], schema=TASK)))


def _request(hub: Hub, key: str) -> dict[str, Any]:
    task = open_task(hub, key)
    if task["kind"] != TaskKind.ERASURE:
        raise UsageError(f"task {key} asks for no erasure", "see the inbox")
    return task
