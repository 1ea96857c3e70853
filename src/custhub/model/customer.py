"""The canonical customer: what every source's records are mapped to and what golden customers are made of.

These pydantic models are the single source of truth: JSON Schemas, the frames' dtypes (`model.frames`) and the API's
answers are derived from them. Dates are ISO 8601 text (a year or year-month alone is allowed), money is decimal text.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

IsoDate = Annotated[
    str, Field(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$", description="ISO date; year or year-month alone allowed")
]
Instant = Annotated[str, Field(description="ISO 8601 instant in UTC, ending in Z")]


class Kind(StrEnum):
    """What a customer is."""

    PERSON = "person"
    ORGANISATION = "organisation"


class Status(StrEnum):
    """Whether the source still does business with the customer."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    BLOCKED = "blocked"


class RelationType(StrEnum):
    """How one customer is tied to another without being the same."""

    BRANCH_OF = "branch_of"
    PROJECT_OF = "project_of"
    CHANNEL_OF = "channel_of"
    CONTACT_OF = "contact_of"
    HOUSEHOLD = "household"
    RELATED = "related"


class ConsentState(StrEnum):
    """From most to least permissive; on a merge the least permissive wins."""

    GRANTED = "granted"
    UNKNOWN = "unknown"
    REVOKED = "revoked"
    DENIED = "denied"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Name(_Part):
    full: str | None = None
    given: str | None = None
    middle: str | None = None
    family: str | None = None
    prefix: str | None = None
    suffix: str | None = None
    native: str | None = None
    legal_form: str | None = None
    aliases: list[str] = []


class Identifier(_Part):
    type: str
    value: str
    country: str | None = None
    valid: bool | None = None


class ContactPoint(_Part):
    """An e-mail or phone; `value` is the standard form (E.164 for phones), `raw` what the source said."""

    value: str
    raw: str | None = None
    type: str | None = None
    rank: int | None = None


class Address(_Part):
    type: str | None = None
    lines: list[str] = []
    street: str | None = None
    house_number: str | None = None
    unit: str | None = None
    district: str | None = None
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None
    raw: str | None = None


class Relation(_Part):
    type: RelationType
    to: str = Field(description="source reference, system:key")


class Consent(_Part):
    purpose: str
    channel: str
    state: ConsentState
    at: Instant | None = None
    source: str | None = None


class OrganisationView(_Part):
    """One organisation's own terms with the customer (company code, sales area, 使用组织); never mixed by a merge."""

    system: str
    organisation: str
    key: str | None = None
    owner: str | None = None
    currency: str | None = None
    credit_limit: str | None = None
    payment_terms: str | None = None
    delivery_terms: str | None = None
    price_list: str | None = None
    blocked: bool | None = None


class Customer(_Part):
    """A customer in the canonical model."""

    kind: Kind
    name: Name = Name()
    birth_date: IsoDate | None = None
    founded_on: IsoDate | None = None
    gender: str | None = None
    identifiers: list[Identifier] = []
    emails: list[ContactPoint] = []
    phones: list[ContactPoint] = []
    addresses: list[Address] = []
    languages: list[str] = []
    websites: list[str] = []
    parent: str | None = Field(default=None, description="source reference of the parent, system:key")
    relations: list[Relation] = []
    status: Status | None = None
    consents: list[Consent] = []
    organisation_views: list[OrganisationView] = []
    source_updated_at: Instant | None = None
    extra: dict[str, Any] = Field(default={}, description="a project's own attributes, as declared in its YAML")
