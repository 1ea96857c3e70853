"""Pages beside the inbox: pinned values and accepted rows, each to be taken back, and requests for erasure."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel, Field

from custhub import stewardship
from custhub.pipeline import Hub
from custhub.serve.access import Steward
from custhub.serve.api.undoing import LEASE
from custhub.serve.finding import reference
from custhub.serve.hubs import HubOf
from custhub.serve.web.pages import answer, customer_page, page, task_page, to

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
    status = 422 if complaint else 200
    return page(request, "held.html", status=status, pins=pins, waived=waived, complaint=complaint)


class PinForm(BaseModel):
    """A value to be fixed, as text; empty: no value."""

    anchor: Text
    attribute: Text
    value: Text
    reason: Text


@router.post("/customers/{golden_id}/pin")
def pin(request: Request, golden_id: str, hub: HubOf, steward: Steward, asked: Annotated[PinForm, Form()]) -> Response:
    """Fixes a value of this customer."""

    def act() -> Response:
        fixed = stewardship.Fixed(reference(asked.anchor), asked.attribute.strip(), asked.value.strip() or None)
        stewardship.pin_value(hub, fixed, by=steward.name, at=datetime.now(UTC), reason=asked.reason)
        return to(request, "/held")

    return answer(act, lambda said: customer_page(request, hub, golden_id, complaint=said))


@router.post("/pins/{pin_id}/end")
def unpin(request: Request, pin_id: str, hub: HubOf, steward: Steward) -> Response:
    """Lets the rules choose again."""
    stewardship.unpin(hub, pin_id, by=steward.name, at=datetime.now(UTC))
    return to(request, "/held")


@router.post("/quarantine/{row}/unwaive")
def unwaive(request: Request, row: str, hub: HubOf, steward: Steward, reason: Reason) -> Response:
    """Takes a waiver back."""

    def act() -> Response:
        stewardship.unwaive(hub, row, by=steward.name, at=datetime.now(UTC), reason=reason)
        return to(request, "/?done=waits")

    return answer(act, lambda said: _held(request, hub, complaint=said))


@router.post("/customers/{golden_id}/erasure")
def request_erasure(request: Request, golden_id: str, hub: HubOf, steward: Steward, reason: Reason) -> Response:
    """Puts the erasure of this customer before a second person."""

    def act() -> Response:
        stewardship.request_erasure(hub, golden_id, by=steward.name, at=datetime.now(UTC), reason=reason)
        return to(request, "/?done=second_erasure")

    return answer(act, lambda said: customer_page(request, hub, golden_id, complaint=said))


@router.post("/tasks/{key:path}/erasure")
def answer_erasure(
    request: Request, key: str, hub: HubOf, steward: Steward, confirm: Annotated[bool, Form()]
) -> Response:
    """The second person confirms or refuses; a refusal may be the first person's own."""

    def act() -> Response:
        at = datetime.now(UTC)
        if not confirm:
            stewardship.refuse_erasure(hub, key, by=steward.name, at=at)
            return to(request, "/?done=refused")
        with hub.store.lease(f"erasure by {steward.name}", LEASE):
            report = stewardship.confirm_erasure(hub, key, by=steward.name, at=at)
        return page(request, "erased.html", report=report)

    return answer(act, lambda said: task_page(request, hub, key, complaint=said))
