"""The undo page: first what would be taken back, counts first; then a button."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response

from custhub import stewardship
from custhub.errors import CusthubError, NotFoundError
from custhub.pipeline import Hub
from custhub.serve.access import Client, Steward
from custhub.serve.api.undoing import LEASE
from custhub.serve.hubs import HubOf
from custhub.serve.web.pages import on_complaint, page

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/undo/{target}")
def shown(request: Request, target: str, hub: HubOf, steward: Steward) -> Response:
    """What taking back a run, a merge or a decision would do."""
    return _shown(request, hub, target, steward)


def _shown(request: Request, hub: Hub, target: str, steward: Client, complaint: str | None = None) -> Response:
    report = None
    try:
        report = stewardship.undo(hub, target, by=steward.name, at=datetime.now(UTC), dry=True)
    except NotFoundError:
        raise
    except CusthubError as e:
        complaint = complaint or str(e)
    return page(request, "undo.html", status=409, target=target, report=report, complaint=complaint)


@router.post("/undo/{target}")
def undo(
    request: Request,
    target: str,
    hub: HubOf,
    steward: Steward,
    reason: Annotated[str, Form()] = "",
    with_later: Annotated[bool, Form()] = False,
) -> Response:
    """Takes it back."""
    on_complaint(request, lambda said: _shown(request, hub, target, steward, complaint=said))
    at = datetime.now(UTC)
    with hub.store.lease(f"undo by {steward.name}", LEASE):
        report = stewardship.undo(hub, target, by=steward.name, at=at, reason=reason, with_later=with_later)
    return page(request, "undo.html", target=target, report=report)


@router.post("/release/{target}")
def release(request: Request, target: str, hub: HubOf, steward: Steward) -> Response:
    """Lets go of what an undo holds."""
    told = {"target": target, "report": None}
    on_complaint(request, lambda said: page(request, "released.html", status=409, complaint=said, **told))
    report = stewardship.release(hub, target, by=steward.name, at=datetime.now(UTC))
    return page(request, "released.html", target=target, report=report)
