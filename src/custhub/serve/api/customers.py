"""Golden customers by id and by source key."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

import polars as pl
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from custhub.errors import NotFoundError
from custhub.pipeline import Hub, related
from custhub.serve.access import Reader
from custhub.serve.finding import find_ids
from custhub.serve.hubs import HubOf
from custhub.serve.problems import problem
from custhub.store import GoldenCustomer, View

router = APIRouter(tags=["customers"])
GONE: dict[int | str, dict[str, Any]] = {410: {"description": "erased: the right to erasure was used"}}
AsOf = Annotated[datetime | None, Query(description="as it was then (ISO 8601 with offset)")]
WithRelated = Annotated[
    bool, Query(alias="related", description="tell who belongs to it without being the same, as of now")
]


@router.get("/customers/by-source/{system}/{key:path}", responses=GONE)
def by_source(
    system: str, key: str, hub: HubOf, reader: Reader, request: Request, as_of: AsOf = None, kin: WithRelated = False
) -> Response:
    """The golden customer that a source's record is attached to; 410 when the record was erased."""
    golden = hub.store.golden_by_source(system, key, view=View(as_of=as_of))
    if golden is None and len(hub.store.erased_keys(system, pl.Series([key]))):
        return problem(410, "erased", f"source record {system}:{key} was erased")
    return _answer(golden, f"{system}:{key}", request, hub if kin else None)


class Lookup(BaseModel):
    """Customers that hold what was asked for, by golden id."""

    customers: list[dict[str, Any]]
    next: str | None


@router.get("/customers")
def look_up(
    hub: HubOf,
    reader: Reader,
    phone: Annotated[str | None, Query(description="in any form")] = None,
    email: str | None = None,
    identifier: str | None = None,
    q: Annotated[str | None, Query(description="a name, as it stands")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 20,
    cursor: Annotated[str | None, Query(description="`next` of the page before")] = None,
) -> Lookup:
    """Who is it? Customers by phone, e-mail, identifier or name; several of them together narrow the answer."""
    asked = {"phone": phone, "email": email, "identifier": identifier, "name": q}
    ids = find_ids(hub, {kind: value for kind, value in asked.items() if value})
    page = [golden_id for golden_id in ids if cursor is None or golden_id > cursor][: limit + 1]
    found = [golden for golden_id in page[:limit] if (golden := hub.store.golden(golden_id)) is not None]
    return Lookup(customers=[shown(golden) for golden in found], next=page[limit - 1] if len(page) > limit else None)


@router.get("/customers/{golden_id}", responses=GONE)
def by_id(
    golden_id: str, hub: HubOf, reader: Reader, request: Request, as_of: AsOf = None, kin: WithRelated = False
) -> Response:
    """A golden customer; a merged id answers with `moved_to` and the survivor, an erased one, or its past, with 410."""
    return _answer(hub.store.golden(golden_id, view=View(as_of=as_of)), golden_id, request, hub if kin else None)


def _answer(golden: GoldenCustomer | None, asked: str, request: Request, kin_in: Hub | None) -> Response:
    """`kin_in`: where to look for related customers; they are no part of the version that the ETag names, so such an
    answer has none."""
    if golden is None:
        raise NotFoundError("golden customer", asked)
    if golden.status == "erased" or (golden.status == "active" and golden.doc is None):  # a past version of one
        return problem(410, "erased", f"golden customer {asked} was erased")
    if kin_in is not None:
        kin = [asdict(other) for other in related(kin_in, golden)]
        return _json({**shown(golden), "related": kin})
    etag = f'"{golden.hash or golden.seq}"'
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers={"ETag": etag})
    return _json(shown(golden), ETag=etag)


def _json(body: dict[str, Any], **headers: str) -> Response:
    return Response(json.dumps(body, ensure_ascii=False), media_type="application/json", headers=headers)


def shown(golden: GoldenCustomer) -> dict[str, Any]:
    """A golden customer as the API tells it."""
    moved = {"moved_to": golden.golden_id} if golden.asked != golden.golden_id else {}
    return {
        "golden_id": golden.golden_id,
        **moved,
        "status": golden.status,
        "sources": list(golden.members),
        "version": golden.seq,
        "changed_at": golden.at,
        "customer": json.loads(golden.doc) if golden.doc else None,
    }
