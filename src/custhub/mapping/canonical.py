"""The fields of the canonical customer as mappings name them: dotted path -> type, closed list, usual cleaner."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, StrEnum

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from custhub.model.customer import Customer, Instant, IsoDate


class FieldType(StrEnum):
    """What a field's text must be turned into. All but TEXT can fail."""

    TEXT = "text"
    DATE = "date"
    INSTANT = "instant"
    DECIMAL = "decimal"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    REFERENCE = "reference"


@dataclass(frozen=True, slots=True)
class CanonicalField:
    """One field: `path` from the customer down, list items without index (`phones.value`)."""

    path: str
    type: FieldType
    choices: tuple[str, ...] = ()
    code: bool = False  # the source's own code, in which `00` says something
    cleaner: str | None = None  # used when the mapping names none; BY_KIND: person or company as the row's kind says


BY_KIND = "by_kind"

_CLEANERS = {
    "name.full": BY_KIND,
    "emails.value": "email",
    "phones.value": "phone",
    "identifiers.value": "identifier",
    "addresses.raw": "address",
    "birth_date": "date",
    "founded_on": "date",
}
_CODES = {
    "identifiers.type",
    *(f"organisation_views.{name}" for name in ("organisation", "key", "owner", "payment_terms", "delivery_terms")),
    "organisation_views.price_list",
}
_TYPES = {
    "parent": FieldType.REFERENCE,
    "relations.to": FieldType.REFERENCE,
    "organisation_views.credit_limit": FieldType.DECIMAL,
}


def _field(path: str, info: FieldInfo) -> CanonicalField:
    options = typing.get_args(info.annotation) or (info.annotation,)
    kinds = {
        IsoDate: FieldType.DATE,
        Instant: FieldType.INSTANT,
        bool: FieldType.BOOLEAN,
        int: FieldType.INTEGER,
    }
    found = next((kinds[option] for option in options if option in kinds), FieldType.TEXT)
    choices = next((tuple(str(m.value) for m in o) for o in options if isinstance(o, type) and issubclass(o, Enum)), ())
    kind = FieldType.CHOICE if choices else _TYPES.get(path, found)
    return CanonicalField(path, kind, choices, path in _CODES, _CLEANERS.get(path))


def item_of(info: FieldInfo) -> object | None:
    """What a list field holds (str or a model); None when it is no list."""
    return typing.get_args(info.annotation)[0] if typing.get_origin(info.annotation) is list else None


def _fields(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """The fields of a model and of the models in it, by dotted path."""
    for name, info in model.model_fields.items():
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel):
            yield from _fields(info.annotation, f"{prefix}{name}.")
        else:
            yield prefix + name, info


SCALARS: dict[str, CanonicalField] = {
    path: _field(path, info) for path, info in _fields(Customer) if item_of(info) is None and path != "extra"
}
"""Fields with one value, in the order of the model."""

LISTS: dict[str, type[BaseModel] | None] = {
    path: item if isinstance(item, type) and issubclass(item, BaseModel) else None
    for path, info in _fields(Customer)
    if (item := item_of(info)) is not None
}
"""Fields with many values: the model of an item, None for plain text."""


def item_fields(path: str) -> dict[str, CanonicalField]:
    """The fields of one item of list `path`; plain text items have the one field `value`."""
    model = LISTS[path]
    if model is None:
        return {"value": CanonicalField(path, FieldType.TEXT)}
    return {name: _field(f"{path}.{name}", info) for name, info in model.model_fields.items() if item_of(info) is None}
