"""The pages: inbox, task, quarantined row, customer, search, sign-in. Thin: one call each, one template each."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import jinja2
import polars as pl
from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from custhub import stewardship
from custhub.errors import NotFoundError
from custhub.model.decisions import Judgement, TaskKind
from custhub.pipeline import Hub, related
from custhub.serve.access import COOKIE, Access, Reader, Steward, root_of
from custhub.serve.hubs import HubOf
from custhub.serve.web import views
from custhub.serve.web.words import LANGUAGES, words_for

_templates = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
)
_LIST = 200
AllTasks = Annotated[bool, Query(alias="all")]
_YEAR = 365 * 24 * 3600


router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


def to(request: Request, path: str) -> RedirectResponse:
    return RedirectResponse(f"{root_of(request)}{path}", status_code=303)


def on_complaint(request: Request, shown: Callable[[str], Response]) -> None:
    """From here on, what a steward can mend is said on the page that `shown` makes of it, not as an error."""
    request.state.complain = shown


def page(request: Request, template: str, status: int = 422, **values: Any) -> HTMLResponse:
    """A page in the reader's language; `status` is for one with a complaint."""
    plain = {"notice": None, "complaint": None, "q": "", "root": root_of(request)}
    given = {**plain, **values, "w": words_for(request), "languages": LANGUAGES}
    status = status if given["complaint"] else 200
    return HTMLResponse(_templates.get_template(template).render(given), status_code=status)


@router.get("/")
def inbox(request: Request, hub: HubOf, steward: Steward, done: str = "", all_: AllTasks = False) -> Response:
    """Open tasks, the worthiest first and no more than a day's work unless all are asked for, and quarantined rows."""
    day = stewardship.inbox(hub, at=datetime.now(UTC), everything=all_)
    rows = hub.store.quarantine().drop("raw")
    words = words_for(request)
    return page(
        request,
        "inbox.html",
        tasks=views.task_lines(hub, day.tasks.head(_LIST)),
        waiting=day.waiting,
        rows=rows.head(_LIST).to_dicts(),
        task_count=day.tasks.height + day.waiting,
        quarantine_count=hub.store.quarantined_rows(),
        golden_count=hub.store.active_count(),
        notice=words[done] if done in ("decided", "left_so", "waits", "second", "second_erasure", "refused") else None,
    )


@router.get("/tasks/{key:path}")
def task(request: Request, key: str, hub: HubOf, steward: Steward) -> Response:
    """One task with its records side by side."""
    return task_page(request, hub, key)


def task_page(request: Request, hub: Hub, key: str, **refused: str) -> HTMLResponse:
    """One task with its records side by side; `refused` is what was answered and could not be stored: judgement, reason,
    complaint."""
    found = stewardship.open_task(hub, key)
    decidable = found["kind"] in stewardship.ASKING
    refs = stewardship.pair_of(found) if decidable else found["refs"]
    records = views.records(hub, refs, words_for(request).term)
    return page(
        request,
        "task.html",
        status=409,
        task=found,
        records=records,
        lines=views.side_by_side(records),
        evidence=views.evidence(hub, *refs[:2]) if decidable else None,
        request_of=json.loads(found["detail"]) if found["kind"] == TaskKind.ERASURE else None,
        words_said=views.words_said(hub, found) if found["kind"] == TaskKind.CONFLICT else (),
        checked=views.checked_values(hub, found) if found["kind"] == TaskKind.CHECK_FAILED else None,
        decidable=decidable,
        telling=found["kind"] in stewardship.TELLING,
        **{"judgement": "", "reason": "", **refused},
    )


@router.post("/tasks/{key:path}/decide")
def decide(
    request: Request,
    key: str,
    hub: HubOf,
    steward: Steward,
    judgement: Annotated[Judgement, Form()],
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Stores the steward's word; what contradicts another person's word is shown, not stored."""
    on_complaint(request, lambda said: task_page(request, hub, key, complaint=said, reason=reason, judgement=judgement))
    done = stewardship.answer_task(hub, key, judgement, by=steward.name, at=datetime.now(UTC), reason=reason)
    return to(request, "/?done=second" if done.waits else "/?done=decided")


@router.post("/tasks/{key:path}/seen")
def seen(
    request: Request, key: str, hub: HubOf, steward: Steward, reason: Annotated[str, Form(max_length=1000)] = ""
) -> Response:
    """The steward has seen what the task tells and leaves it so."""
    on_complaint(request, lambda said: task_page(request, hub, key, complaint=said, reason=reason))
    stewardship.acknowledge(hub, key, by=steward.name, at=datetime.now(UTC), reason=reason)
    return to(request, "/?done=left_so")


@router.get("/quarantine/{row}")
def quarantine(request: Request, row: str, hub: HubOf, steward: Steward) -> Response:
    """One quarantined row with its raw values and reason."""
    return _quarantine(request, hub, row)


def _quarantine(request: Request, hub: Any, row: str, complaint: str | None = None) -> HTMLResponse:
    found = stewardship.quarantined(hub, row)
    return page(request, "quarantine.html", row=found, values=views.raw_values(found["raw"]), complaint=complaint)


@router.post("/quarantine/{row}/retry")
def retry(request: Request, row: str, hub: HubOf, steward: Steward) -> Response:
    """Puts one row to work again with the next run."""
    on_complaint(request, lambda said: _quarantine(request, hub, row, complaint=said))
    stewardship.retry_row(hub, row, at=datetime.now(UTC))
    return to(request, "/?done=waits")


@router.post("/quarantine/{row}/waive")
def waive(request: Request, row: str, hub: HubOf, steward: Steward, reason: Annotated[str, Form()]) -> Response:
    """Accepts one row in spite of its rule."""
    on_complaint(request, lambda said: _quarantine(request, hub, row, complaint=said))
    stewardship.waive(hub, row, by=steward.name, at=datetime.now(UTC), reason=reason)
    return to(request, "/?done=waits")


@router.get("/customers/{golden_id}")
def customer(request: Request, golden_id: str, hub: HubOf, reader: Reader) -> Response:
    return customer_page(request, hub, golden_id)


def customer_page(request: Request, hub: Hub, golden_id: str, complaint: str | None = None) -> HTMLResponse:
    """One golden customer: values with their sources, records, history."""
    golden = hub.store.golden(golden_id)
    if golden is None:
        raise NotFoundError("golden customer", golden_id)
    term = words_for(request).term
    records = views.records(hub, golden.members, term)
    history = hub.store.timeline(golden.golden_id).to_dicts()
    lines, done, kin = views.golden_lines(golden, term), views.undoable(hub, golden), related(hub, golden)
    shown: dict[str, Any] = {"lines": lines, "records": records, "history": history, "undoable": done, "related": kin}
    return page(request, "customer.html", golden=golden, complaint=complaint, **shown)


@router.get("/find")
def find(request: Request, hub: HubOf, reader: Reader, q: str = "") -> Response:
    """Looks for a golden customer by whatever the person has at hand."""
    ids = views.find(hub, q.strip())
    if len(ids) == 1:
        return to(request, f"/customers/{ids[0]}")
    found = hub.store.goldens(ids=ids[:_LIST]).filter(pl.col("status") == "active").to_dicts() if ids else []
    return page(request, "found.html", q=q, found=found)


@router.get("/login")
def login_form(request: Request) -> Response:
    return page(request, "login.html")


@router.post("/login")
def login(request: Request, token: Annotated[str, Form()]) -> Response:
    """Keeps a valid token in a cookie that scripts and other sites cannot read."""
    access = request.app.state.access
    if not isinstance(access, Access) or access.client(token) is None:
        return page(request, "login.html", status=401, complaint=words_for(request)["wrong_token"])
    answer = to(request, "/")
    secure = request.url.scheme == "https"
    answer.set_cookie(COOKIE, token, httponly=True, samesite="strict", secure=secure)
    return answer


@router.get("/language/{tag}")
def language(request: Request, tag: str) -> Response:
    """Keeps the reader's language."""
    back = urlsplit(request.headers.get("referer", "")).path
    known = back.startswith(f"{root_of(request)}/") and not back.startswith("//")
    answer = RedirectResponse(back, status_code=303) if known else to(request, "/")
    if tag in LANGUAGES:
        answer.set_cookie("custhub_language", tag, max_age=_YEAR, samesite="lax")
    return answer
