"""Undo and release: taking back a run, a merge or a decision."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from fastapi import APIRouter
from pydantic import BaseModel, Field

from custhub import stewardship
from custhub.serve.access import Steward
from custhub.serve.hubs import HubOf

router = APIRouter(tags=["undo"])
LEASE = timedelta(minutes=5)


class UndoRequest(BaseModel):
    """What to take back."""

    target: str = Field(description="id of a run, of a merged golden customer, or of a decision")
    reason: str = Field(default="", max_length=1000)
    with_later: bool = Field(default=False, description="take back later work that depends on it too")
    dry_run: bool = Field(default=False, description="only say what would be taken back")


class Undone(BaseModel):
    """What was, or with `dry_run` would be, taken back. `seq` is the commit that did it; null: nothing was done."""

    undo_id: str = Field(description="names the undo: POST /release lets go of what it holds")
    what: str
    runs: list[str] = Field(description="runs taken back, later ones that depend on the first included")
    batches: list[str] = Field(description="batches withdrawn: their rows count no longer")
    counts: dict[str, int] = Field(description="changes of golden customers by action")
    held: int = Field(description="decisions stored so that the next run does not do it again")
    aside: list[str] = Field(description="people's decisions that these replace until the release")
    blocked: list[str] = Field(description="later work that stands in the way; empty when it may go on")
    notes: list[str]
    seq: int | None


class ReleaseRequest(BaseModel):
    """What to let go of."""

    target: str = Field(description="id of an undo, or of one decision that an undo holds")


class Released(BaseModel):
    """What the next run may do again."""

    release_id: str
    ended: int = Field(description="held decisions that ended")
    again: int = Field(description="people's decisions that count again")
    batches: list[str] = Field(description="batches that wait for the next run again")
    seq: int


@router.post("/undo", responses={409: {"description": "later work depends on it, or a run is under way"}})
def undo(asked: UndoRequest, hub: HubOf, steward: Steward) -> Undone:
    """Takes back what a run, a merge or a decision did; the feed tells it. 409 when later work depends on it."""
    with hub.store.lease(f"undo by {steward.name}", LEASE):
        report = stewardship.undo(
            hub,
            asked.target,
            by=steward.name,
            at=datetime.now(UTC),
            reason=asked.reason,
            with_later=asked.with_later,
            dry=asked.dry_run,
        )
    return Undone(**asdict(report))


@router.post("/release", responses={409: {"description": "a decision that would count again contradicts another"}})
def release(asked: ReleaseRequest, hub: HubOf, steward: Steward) -> Released:
    """Lets go of what an undo holds: the next run may do it again."""
    report = stewardship.release(hub, asked.target, by=steward.name, at=datetime.now(UTC))
    return Released(**asdict(report))
