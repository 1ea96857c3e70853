"""The change feed."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel

from custhub.serve.access import Reader
from custhub.serve.hubs import HubOf

router = APIRouter(tags=["changes"])


class Change(BaseModel):
    """One golden customer changed in one run. `type`: created, updated, merged, split, deleted, erased; `before` and `after`
    are null where there was or is nothing, and where it was erased. `cause.why` is `undo` when a person took something back."""

    seq: int
    type: str
    golden_id: str
    moved_to: str | None
    gained: list[str]
    lost: list[str]
    changed: list[str]
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    cause: dict[str, Any]
    at: str


class Feed(BaseModel):
    """Changes in commit order. `next` is the cursor to ask with next time; the same cursor gives the same answer."""

    changes: list[Change]
    next: int


@router.get("/changes")
def changes(
    hub: HubOf,
    reader: Reader,
    since: Annotated[int, Query(ge=0, description="cursor: changes after this number")] = 0,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 1000,
) -> Feed:
    """Every change once, in order."""
    rows = hub.store.events(since, limit).to_dicts()
    found = [
        Change(**{**row, **{k: _document(row[k]) for k in ("before", "after")}, "cause": _document(row["cause"]) or {}})
        for row in rows
    ]
    return Feed(changes=found, next=found[-1].seq if found else since)


def _document(text: str | None) -> dict[str, Any] | None:
    return None if text is None else dict(json.loads(text))
