"""Pages beside the inbox: pinned values and accepted rows, each to be taken back, and requests for erasure."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from custhub import stewardship
from custhub.errors import CusthubError, NotFoundError
from custhub.pipeline import Hub
from custhub.serve.access import Steward, root_of
from custhub.serve.api.undoing import LEASE
from custhub.serve.finding import reference
from custhub.serve.hubs import HubOf
from custhub.serve.web.pages import customer_page, page, task_page

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
Text = Annotated[str, Form(max_length=1000)]


@router.get("/held")
def held(request: Request, hub: HubOf, steward: Steward) -> Response:
    """Everything that people fixed or accepted and that still counts."""
    return _held(request, hub)


def _held(request: Request, hub: Hub, complaint: str | None = None) -> HTMLResponse:
    pins = [(one, json.loads(one.pin.value)) for one in stewardship.pins(hub)]
    waived = hub.store.quarantine(status="waived").drop("raw").to_dicts()
    status = 422 if complaint else 200
    return page(request, "held.html", status=status, pins=pins, waived=waived, complaint=complaint)


def _to(request: Request, path: str) -> RedirectResponse:
    return RedirectResponse(f"{root_of(request)}{path}", status_code=303)


@router.post("/customers/{golden_id}/pin")
def pin(
    request: Request,
    golden_id: str,
    hub: HubOf,
    steward: Steward,
    anchor: Text,
    attribute: Text,
    value: Text,
    reason: Text,
) -> Response:
    """Fixes a value of this customer, as text; empty: no value."""
    try:
        stewardship.pin_value(
            hub,
            reference(anchor),
            attribute.strip(),
            value.strip() or None,
            by=steward.name,
            at=datetime.now(UTC),
            reason=reason,
        )
    except NotFoundError:
        raise
    except CusthubError as e:
        return customer_page(request, hub, golden_id, complaint=str(e))
    return _to(request, "/held")


@router.post("/pins/{pin_id}/end")
def unpin(request: Request, pin_id: str, hub: HubOf, steward: Steward) -> Response:
    """Lets the rules choose again."""
    stewardship.unpin(hub, pin_id, by=steward.name, at=datetime.now(UTC))
    return _to(request, "/held")


@router.post("/quarantine/{row}/unwaive")
def unwaive(request: Request, row: str, hub: HubOf, steward: Steward, reason: Text) -> Response:
    """Takes a waiver back."""
    try:
        stewardship.unwaive(hub, row, by=steward.name, at=datetime.now(UTC), reason=reason)
    except NotFoundError:
        raise
    except CusthubError as e:
        return _held(request, hub, complaint=str(e))
    return _to(request, "/?done=waits")


@router.post("/customers/{golden_id}/erasure")
def request_erasure(request: Request, golden_id: str, hub: HubOf, steward: Steward, reason: Text) -> Response:
    """Puts the erasure of this customer before a second person."""
    try:
        stewardship.request_erasure(hub, golden_id, by=steward.name, at=datetime.now(UTC), reason=reason)
    except NotFoundError:
        raise
    except CusthubError as e:
        return customer_page(request, hub, golden_id, complaint=str(e))
    return _to(request, "/?done=second_erasure")


@router.post("/tasks/{key:path}/erasure")
def answer_erasure(
    request: Request, key: str, hub: HubOf, steward: Steward, confirm: Annotated[bool, Form()]
) -> Response:
    """The second person confirms or refuses; a refusal may be the first person's own."""
    at = datetime.now(UTC)
    try:
        if not confirm:
            stewardship.refuse_erasure(hub, key, by=steward.name, at=at)
            return _to(request, "/?done=refused")
        with hub.store.lease(f"erasure by {steward.name}", LEASE):
            report = stewardship.confirm_erasure(hub, key, by=steward.name, at=at)
    except NotFoundError:
        raise
    except CusthubError as e:
        return task_page(request, hub, key, complaint=str(e))
    return page(request, "erased.html", report=report)
