"""What a cleaner gives back, the options it takes and the names of its parts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

KINDS = ("text", "person", "company", "phone", "email", "address", "identifier", "date")
"""The kinds of value that can be cleaned and compared."""

PARTS: dict[str, tuple[str, ...]] = {
    "text": (),
    "person": ("family", "given", "middle", "title", "suffix", "nick", "western", "native", "latin"),
    "company": ("core", "place", "trade", "legal", "branch", "head", "flags"),
    "phone": ("e164", "extension", "country", "type", "national"),
    "email": ("local", "domain", "role", "free", "suggestion"),
    "address": ("country", "province", "city", "county", "detail", "street", "house_number", "unit", "postcode"),
    "identifier": ("type", "country", "org_code"),
    "date": ("year", "month", "day"),
}
"""The parts of each kind, in the order in which cleaners give them."""

LONGEST = {"person": 200, "company": 400, "phone": 400, "email": 400, "address": 400, "identifier": 400, "date": 60}
"""Longer display forms are kept whole as text and not taken apart (see columns): to take one apart may cost more than
linear time, and nobody means anything by a name or number that long. Free text has no bound."""
LONGEST_LIST = 4000
"""The same for a field of several phones or e-mails."""


class Result(NamedTuple):
    """One cleaned value as cleaners hand it on: `parts` in the order of PARTS."""

    display: str | None
    key: str | None
    parts: tuple[str | None, ...] = ()
    reasons: tuple[str, ...] = ()
    valid: bool | None = None


@dataclass(frozen=True, slots=True)
class Options:
    """What the caller knows about a value; kinds ignore what is senseless for them.

    `region` is the ISO 3166 country of the source, `type` the identifier's type (see identifier.TYPES), `city` the
    place whose area code bare phone numbers have, `order` how dates are written (dmy, mdy or ymd), `kind_hint` what
    a name is expected to be (person or company).
    """

    region: str = "CN"
    type: str | None = None
    city: str | None = None
    order: str | None = None
    kind_hint: str | None = None


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A cleaned value. `display` may be loaded; `key` is for matching only; both are null when nothing is left.

    `readings` are the ways the name can be spelled in Latin letters (persons and companies). `valid` is null where
    the kind has no notion of validity.
    """

    raw: str
    display: str | None
    key: str | None
    parts: dict[str, str | None] = field(default_factory=dict)
    readings: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    valid: bool | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """`decision` is match (the same value), review (cannot be decided on this field alone) or no-match."""

    left: str
    right: str
    decision: str
    level: str
    reason: str


def nothing(kind: str, *reasons: str, valid: bool | None = None) -> Result:
    """The result for a value that says nothing."""
    return Result(None, None, (None,) * len(PARTS[kind]), reasons, valid)
