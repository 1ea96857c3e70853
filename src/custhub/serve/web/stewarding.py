"""What stewards do beside the inbox: words on any two records, pins and waivers, requests for erasure."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel, Field

from custhub import stewardship
from custhub.model.decisions import Judgement
from custhub.model.refs import reference
from custhub.pipeline import Hub
from custhub.serve.access import Steward
from custhub.serve.api.stewarding import DecisionRequest
from custhub.serve.api.undoing import LEASE
from custhub.serve.hubs import HubOf
from custhub.serve.web.pages import customer_page, on_complaint, page, task_page, to

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
Text = Annotated[str, Field(max_length=1000)]
Reason = Annotated[str, Form(max_length=1000)]


@router.get("/held")
def held(request: Request, hub: HubOf, steward: Steward) -> Response:
    """Everything that people fixed or accepted and that still counts."""
    return _held(request, hub)


def _held(request: Request, hub: Hub, complaint: str | None = None) -> HTMLResponse:
    pins = [(one, json.loads(one.pin.value)) for one in stewardship.pins(hub)]
    waived = hub.store.quarantine(status="waived").drop("raw").to_dicts()
    return page(request, "held.html", pins=pins, waived=waived, complaint=complaint)


@router.post("/customers/{golden_id}/decide")
def decide(
    request: Request, golden_id: str, hub: HubOf, steward: Steward, said: Annotated[DecisionRequest, Form()]
) -> Response:
    """Says that a record of this customer is, or is not, the same as another one: its own, or of another customer."""
    on_complaint(request, lambda told: customer_page(request, hub, golden_id, complaint=told))
    left, right = reference(said.left), reference(said.right)
    word, at, reason = Judgement(said.judgement), datetime.now(UTC), said.reason
    done = stewardship.decide(hub, left, right, word, by=steward.name, at=at, reason=reason)
    return to(request, "/?done=second" if done.waits else "/?done=decided")


class PinForm(BaseModel):
    """A value to be fixed, as text; empty: no value. `until`: a day (UTC), empty: for good."""

    anchor: Text
    attribute: Text
    value: Text
    reason: Text
    until: Annotated[str, Field(pattern=r"^(\d{4}-\d\d-\d\d)?$")] = ""


@router.post("/customers/{golden_id}/pin")
def pin(request: Request, golden_id: str, hub: HubOf, steward: Steward, asked: Annotated[PinForm, Form()]) -> Response:
    """Fixes a value of this customer."""
    on_complaint(request, lambda said: customer_page(request, hub, golden_id, complaint=said))
    until = datetime.fromisoformat(asked.until).replace(tzinfo=UTC) if asked.until else None
    fixed = stewardship.Fixed(reference(asked.anchor), asked.attribute.strip(), asked.value.strip() or None, until)
    stewardship.pin_value(hub, fixed, by=steward.name, at=datetime.now(UTC), reason=asked.reason)
    return to(request, "/held")


@router.post("/pins/{pin_id}/end")
def unpin(request: Request, pin_id: str, hub: HubOf, steward: Steward) -> Response:
    """Lets the rules choose again."""
    stewardship.unpin(hub, pin_id, by=steward.name, at=datetime.now(UTC))
    return to(request, "/held")


@router.post("/quarantine/{row}/unwaive")
def unwaive(request: Request, row: str, hub: HubOf, steward: Steward, reason: Reason) -> Response:
    """Takes a waiver back."""
    on_complaint(request, lambda said: _held(request, hub, complaint=said))
    stewardship.unwaive(hub, row, by=steward.name, at=datetime.now(UTC), reason=reason)
    return to(request, "/?done=waits")


@router.post("/customers/{golden_id}/erasure")
def request_erasure(request: Request, golden_id: str, hub: HubOf, steward: Steward, reason: Reason) -> Response:
    """Puts the erasure of this customer before a second person."""
    on_complaint(request, lambda said: customer_page(request, hub, golden_id, complaint=said))
    stewardship.request_erasure(hub, golden_id, by=steward.name, at=datetime.now(UTC), reason=reason)
    return to(request, "/?done=second_erasure")


@router.post("/tasks/{key:path}/erasure")
def answer_erasure(
    request: Request, key: str, hub: HubOf, steward: Steward, confirm: Annotated[bool, Form()]
) -> Response:
    """The second person confirms or refuses; a refusal may be the first person's own."""
    on_complaint(request, lambda said: task_page(request, hub, key, complaint=said))
    at = datetime.now(UTC)
    if not confirm:
        stewardship.refuse_erasure(hub, key, by=steward.name, at=at)
        return to(request, "/?done=refused")
    with hub.store.lease(f"erasure by {steward.name}", LEASE):
        report = stewardship.confirm_erasure(hub, key, by=steward.name, at=at)
    return page(request, "erased.html", report=report)
