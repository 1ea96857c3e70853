"""Decisions on any two records, tasks, pins, and requests for erasure."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, Literal

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, Field

from custhub import stewardship
from custhub.model.decisions import Judgement, Pin
from custhub.model.refs import reference
from custhub.serve.access import Steward
from custhub.serve.api.undoing import LEASE
from custhub.serve.hubs import HubOf

router = APIRouter(tags=["stewardship"])


class DecisionRequest(BaseModel):
    """A person's word on two source records, whether or not a task asks for it."""

    left: str = Field(description="a source record, system:key")
    right: str = Field(description="another one")
    judgement: Literal["same", "different", "unsure"]
    reason: str = Field(default="", max_length=1000, description="asked for with `different`")


class Decided(BaseModel):
    """`decision`: its id, for an undo; null while it waits for a second person's word."""

    decision: str | None
    seq: int


@router.post("/decisions", status_code=201, responses={409: {"description": "it contradicts other people's words"}})
def decide(asked: DecisionRequest, hub: HubOf, steward: Steward) -> Decided:
    """Merges (same) or parts (different) customers with the next run; it takes the place of an earlier word on the two."""
    left, right = reference(asked.left), reference(asked.right)
    said, at = Judgement(asked.judgement), datetime.now(UTC)
    done = stewardship.decide(hub, left, right, said, by=steward.name, at=at, reason=asked.reason)
    return Decided(decision=done.decision or None, seq=done.seq)


class OpenTask(BaseModel):
    """What waits for a person, the worthiest first. `detail`: what the kind has to tell (JSON); `may_be_left`: as seen."""

    key: str
    kind: str
    title: str
    refs: list[str]
    golden_ids: list[str]
    detail: str
    worth: int
    opened_at: str
    may_be_left: bool


@router.get("/tasks")
def list_tasks(hub: HubOf, steward: Steward, everything: bool = False) -> list[OpenTask]:
    """The day's inbox; `everything`: also what is beyond the day's budget."""
    day = stewardship.inbox(hub, at=datetime.now(UTC), everything=everything)
    rows = day.tasks.iter_rows(named=True)
    return [OpenTask(**row, may_be_left=row["kind"] in stewardship.TELLING) for row in rows]


class SeenTask(BaseModel):
    """A task that only tells something, and is left so."""

    task: str = Field(description="its key")
    reason: str = Field(default="", max_length=1000)


@router.post("/tasks/seen", status_code=204)
def seen(asked: SeenTask, hub: HubOf, steward: Steward) -> None:
    """It sleeps until it tells something else, or ends and begins anew."""
    stewardship.acknowledge(hub, asked.task, by=steward.name, at=datetime.now(UTC), reason=asked.reason)


class PinRequest(BaseModel):
    """A value to be fixed."""

    anchor: str = Field(description="a source record of the golden customer, system:key")
    attribute: str = Field(description="of the canonical customer: birth_date, name.family, extra.segment ...")
    value: Any = Field(description="as the canonical customer holds it; null: no value")
    reason: str = Field(max_length=1000)
    until: AwareDatetime | None = Field(default=None, description="runs out then; never when not given")


class Pinned(BaseModel):
    """A live pin. `golden_id`: whom it holds for now."""

    id: str
    anchor: str
    attribute: str
    value: Any
    by: str
    at: str
    reason: str
    until: str | None
    golden_id: str | None


@router.get("/pins")
def list_pins(hub: HubOf, steward: Steward) -> list[Pinned]:
    """All live pins, the latest first."""
    return [_pinned(one.pin, one.golden_id) for one in stewardship.pins(hub)]


@router.post("/pins", status_code=201)
def pin(asked: PinRequest, hub: HubOf, steward: Steward) -> Pinned:
    """Fixes a value; the next run applies it."""
    fixed = stewardship.Fixed(reference(asked.anchor), asked.attribute, asked.value, asked.until)
    made = stewardship.pin_value(hub, fixed, by=steward.name, at=datetime.now(UTC), reason=asked.reason)
    golden = hub.store.golden_by_source(made.anchor.system, made.anchor.key)
    return _pinned(made, golden.golden_id if golden else None)


@router.delete("/pins/{pin_id}", status_code=204)
def unpin(pin_id: str, hub: HubOf, steward: Steward) -> None:
    """Ends a pin; the next run lets the rules choose again."""
    stewardship.unpin(hub, pin_id, by=steward.name, at=datetime.now(UTC))


def _pinned(pin: Pin, golden_id: str | None) -> Pinned:
    told = {name: getattr(pin, name) for name in ("id", "attribute", "by", "at", "reason", "until")}
    return Pinned(**told, anchor=str(pin.anchor), value=json.loads(pin.value), golden_id=golden_id)


class ErasureRequest(BaseModel):
    """Whose values are to go."""

    target: str = Field(description="a source row as system:key, or a golden customer by its id")
    reason: str = Field(max_length=1000, description="who asked for it and how; no personal values")


class ErasureTask(BaseModel):
    """Where the request waits for a second person: POST /erasures/confirm or /erasures/refuse with this task."""

    task: str


class Erased(BaseModel):
    """What was erased, and what a person has to see to."""

    erasure_id: str
    rows: list[str]
    golden_erased: list[str]
    golden_changed: list[str]
    left: list[str]


@router.post("/erasures", status_code=202)
def request_erasure(asked: ErasureRequest, hub: HubOf, steward: Steward) -> ErasureTask:
    """Asks for an erasure; nothing happens before a second person confirms it."""
    key = stewardship.request_erasure(hub, asked.target, by=steward.name, at=datetime.now(UTC), reason=asked.reason)
    return ErasureTask(task=key)


@router.post("/erasures/confirm")
def confirm_erasure(asked: ErasureTask, hub: HubOf, steward: Steward) -> Erased:
    """The second person's word: the values go now, for good."""
    with hub.store.lease(f"erasure by {steward.name}", LEASE):
        report = stewardship.confirm_erasure(hub, asked.task, by=steward.name, at=datetime.now(UTC))
    return Erased(**{name: getattr(report, name) for name in Erased.model_fields})


@router.post("/erasures/refuse", status_code=204)
def refuse_erasure(asked: ErasureTask, hub: HubOf, steward: Steward) -> None:
    """Refuses it, or takes one's own request back."""
    stewardship.refuse_erasure(hub, asked.task, by=steward.name, at=datetime.now(UTC))
