"""Values that a person fixed: laid over the documents after every other rule."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import polars as pl

from custhub.golden.document import read_document, write_document
from custhub.model.decisions import Pin
from custhub.model.hashing import canonical_json, text_hash


@dataclass(frozen=True, slots=True)
class Pinned:
    """A document with its pins. `seen` says per attribute which pin holds and the hash of the value beneath it."""

    doc: str
    seen: dict[str, dict[str, str]]


def in_force(pins: Sequence[Pin], at: datetime) -> list[Pin]:
    """Pins that have not run out at logical time `at`, the earlier first."""
    now = at.astimezone(UTC)
    return sorted((p for p in pins if p.until is None or _moment(p.until) > now), key=lambda p: (p.at, p.id))


def value_hash(value: Any) -> str:
    """What `Pin.seen` holds: the hash of the value that the rules would choose (null: none)."""
    return text_hash(canonical_json(value))


def pin_document(doc: str, pins: Sequence[Pin]) -> Pinned:
    """Lays `pins` (in force, the later wins) over one document."""
    fields = read_document(doc)
    beneath = read_document(doc)
    seen: dict[str, dict[str, str]] = {}
    for pin in pins:
        set_value(fields, pin.attribute, json.loads(pin.value, parse_float=str))
        seen[pin.attribute] = {"pin": pin.id, "seen": value_hash(get_value(beneath, pin.attribute))}
    return Pinned(write_document(fields), seen)


def get_value(fields: dict[str, Any], attribute: str) -> Any:
    """The value at `name.family`, `extra.segment`, `birth_date` ...; null when it is not there."""
    whole, _, part = attribute.partition(".")
    value = fields.get(whole)
    if not part:
        return value
    return value.get(part) if isinstance(value, dict) else None


def set_value(fields: dict[str, Any], attribute: str, value: Any) -> None:
    whole, _, part = attribute.partition(".")
    if part:
        inner = dict(fields.get(whole) or {})
        inner[part] = value
        fields[whole] = inner
    else:
        fields[whole] = value


def pins_by_golden(pins: Sequence[Pin], records: pl.DataFrame) -> dict[str, list[Pin]]:
    """Pins by the golden customer that holds their anchor now; `records` has ref and golden_id."""
    anchors = pl.DataFrame(
        {"ref": [str(p.anchor) for p in pins], "n": range(len(pins))}, schema_overrides={"n": pl.Int64}
    )
    held = anchors.join(records.select("ref", "golden_id"), on="ref", how="inner").sort("n")
    grouped: dict[str, list[Pin]] = {}
    for n, golden_id in held.select("n", "golden_id").iter_rows():
        grouped.setdefault(golden_id, []).append(pins[n])
    return grouped


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
