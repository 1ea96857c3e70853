"""Search before create."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel

from custhub.model.customer import Customer
from custhub.pipeline import find_alike
from custhub.serve.access import Reader
from custhub.serve.hubs import HubOf

router = APIRouter(tags=["customers"])


class Candidates(BaseModel):
    """Golden customers that the customer asked for may be, the likeliest first."""

    candidates: list[dict[str, Any]]


@router.post("/match")
def match(customer: Customer, hub: HubOf, reader: Reader, limit: Annotated[int, Query(ge=1, le=50)] = 10) -> Candidates:
    """Is this customer known already? Candidates with probability, decision and how each comparison went."""
    return Candidates(candidates=[asdict(found) for found in find_alike(hub, customer, limit=limit)])
