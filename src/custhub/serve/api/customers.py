"""Golden customers by id and by source key."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Annotated, Any

import polars as pl
from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, Field

from custhub.errors import ErasedError, NotFoundError
from custhub.golden import ValueStory
from custhub.pipeline import Hub, explain_golden, related
from custhub.serve.access import Reader
from custhub.serve.finding import find_ids
from custhub.serve.hubs import HubOf
from custhub.store import GoldenCustomer, View

router = APIRouter(tags=["customers"])
GONE: dict[int | str, dict[str, Any]] = {410: {"description": "erased: the right to erasure was used"}}


@dataclass(frozen=True, slots=True)
class Asked:
    """How a reader wants a golden customer. `related`: with those that belong to it without being the same."""

    view: View
    related: bool
    has: str | None


def _asked(
    request: Request,
    as_of: Annotated[AwareDatetime | None, Query(description="as it was then (ISO 8601 with offset)")] = None,
    related: Annotated[bool, Query(description="tell who belonged to it then without being the same")] = False,
) -> Asked:
    return Asked(View(as_of=as_of), related, request.headers.get("if-none-match"))


How = Annotated[Asked, Depends(_asked)]


@router.get("/customers/by-source/{system}/{key:path}", responses=GONE)
def by_source(system: str, key: str, hub: HubOf, reader: Reader, how: How) -> Response:
    """The golden customer that a source's record is attached to; 410 when the record was erased."""
    golden = hub.store.golden_by_source(system, key, view=how.view)
    if golden is None and len(hub.store.erased_keys(system, pl.Series([key]))):
        raise ErasedError("source record", f"{system}:{key}")
    return _answer(hub, golden, f"{system}:{key}", how)


class Sought(BaseModel):
    """What a reader knows of a customer; several of these together narrow the answer."""

    phone: Annotated[str | None, Field(description="in any form")] = None
    email: str | None = None
    identifier: str | None = None
    q: Annotated[str | None, Field(description="a name, as it stands")] = None
    limit: Annotated[int, Field(ge=1, le=200)] = 20
    cursor: Annotated[str | None, Field(description="`next` of the page before")] = None


class Lookup(BaseModel):
    """Customers that hold what was asked for, by golden id."""

    customers: list[dict[str, Any]]
    next: str | None


@router.get("/customers")
def look_up(hub: HubOf, reader: Reader, sought: Annotated[Sought, Query()]) -> Lookup:
    """Who is it? Customers by phone, e-mail, identifier or name; several of them together narrow the answer."""
    asked = {"phone": sought.phone, "email": sought.email, "identifier": sought.identifier, "name": sought.q}
    ids = find_ids(hub, {kind: value for kind, value in asked.items() if value})
    page = [golden_id for golden_id in ids if sought.cursor is None or golden_id > sought.cursor][: sought.limit + 1]
    shown_ids, more = page[: sought.limit], len(page) > sought.limit
    found = [golden for golden_id in shown_ids if (golden := hub.store.golden(golden_id)) is not None]
    return Lookup(customers=[shown(golden) for golden in found], next=shown_ids[-1] if more else None)


@router.get("/customers/{golden_id}", responses=GONE)
def by_id(golden_id: str, hub: HubOf, reader: Reader, how: How) -> Response:
    """A golden customer; a merged id answers with `moved_to` and the survivor, an erased one, or its past, with 410."""
    return _answer(hub, hub.store.golden(golden_id, view=how.view), golden_id, how)


class Version(BaseModel):
    """A version of a golden customer: what happened (as in the feed), in which run, why. `type` is null for a version that
    the feed did not tell of."""

    version: int
    at: str
    run_id: str
    run_kind: str
    type: str | None
    status: str
    changed: list[str]
    gained: list[str]
    lost: list[str]
    moved_to: str | None
    cause: dict[str, Any]


class Timeline(BaseModel):
    """All versions of one golden id, oldest first; `moved_to`: it lives on in that customer."""

    golden_id: str
    moved_to: str | None
    versions: list[Version]


@router.get("/customers/{golden_id}/timeline", responses=GONE)
def timeline(golden_id: str, hub: HubOf, reader: Reader) -> Timeline:
    """What happened to a golden customer, and why."""
    golden = _known(hub.store.golden(golden_id), golden_id)
    rows = hub.store.timeline(golden_id).rename({"seq": "version"}).to_dicts()
    versions = [Version(**{**row, "cause": json.loads(row["cause"] or "{}")}) for row in rows]
    return Timeline(golden_id=golden_id, moved_to=_moved(golden), versions=versions)


class Provenance(BaseModel):
    """Where the values of a golden customer come from, as rules, trust and pins are now."""

    golden_id: str
    moved_to: str | None
    values: list[ValueStory]


@router.get("/customers/{golden_id}/provenance", responses=GONE)
def provenance(
    golden_id: str,
    hub: HubOf,
    reader: Reader,
    attribute: Annotated[list[str] | None, Query(description="only this one, like name.family; may come again")] = None,
) -> Provenance:
    """Each value with its winning record and rule, and what every record says: trust, source fields, who lost."""
    golden = _known(hub.store.golden(golden_id), golden_id)
    values = list(explain_golden(hub, golden, attribute or ()))
    return Provenance(golden_id=golden_id, moved_to=_moved(golden), values=values)


def _known(golden: GoldenCustomer | None, asked: str) -> GoldenCustomer:
    """Raises NotFoundError, or ErasedError for an erased one and for what was a version of it."""
    if golden is None:
        raise NotFoundError("golden customer", asked)
    if golden.status == "erased" or (golden.status == "active" and golden.doc is None):
        raise ErasedError("golden customer", asked)
    return golden


def _moved(golden: GoldenCustomer) -> str | None:
    return golden.golden_id if golden.asked != golden.golden_id else None


def _answer(hub: Hub, golden: GoldenCustomer | None, asked: str, how: Asked) -> Response:
    """Related customers are no part of the version that the ETag names, so an answer with them has none."""
    golden = _known(golden, asked)
    if how.related:
        kin = [asdict(other) for other in related(hub, golden, how.view)]
        return _json({**shown(golden), "related": kin})
    etag = f'"{golden.hash or golden.seq}"'
    if how.has == etag:
        return Response(status_code=304, headers={"ETag": etag})
    return _json(shown(golden), ETag=etag)


def _json(body: dict[str, Any], **headers: str) -> Response:
    return Response(json.dumps(body, ensure_ascii=False), media_type="application/json", headers=headers)


def shown(golden: GoldenCustomer) -> dict[str, Any]:
    """A golden customer as the API tells it."""
    moved = {"moved_to": golden.golden_id} if _moved(golden) else {}
    return {
        "golden_id": golden.golden_id,
        **moved,
        "status": golden.status,
        "sources": list(golden.members),
        "version": golden.seq,
        "changed_at": golden.at,
        "customer": json.loads(golden.doc) if golden.doc else None,
    }
