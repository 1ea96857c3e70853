"""Pins: values that a person fixed on a golden customer, anchored to one of its source records."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from custhub.errors import NotFoundError, UsageError
from custhub.golden import get_value, read_document, set_value, value_hash
from custhub.model.customer import Customer
from custhub.model.decisions import Pin
from custhub.model.frames import refs_frame
from custhub.model.hashing import text_hash
from custhub.model.refs import SourceRef
from custhub.pipeline import Hub
from custhub.stewardship.deciding import click_id
from custhub.store import Changes, Facts

_NEVER = ("kind", "extra", "relations", "parent", "organisation_views", "source_updated_at")
"""What records are, not what somebody is called or where he lives: a pin there would hide it."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A live pin and the golden customer that it holds for now; null when its record is attached to none."""

    pin: Pin
    golden_id: str | None


def pins(hub: Hub) -> list[Standing]:
    """All live pins, the latest first."""
    live = hub.store.pins()
    frame = refs_frame(pin.anchor for pin in live).unique()
    homes = {(system, key): golden_id for system, key, golden_id in hub.store.links(frame).iter_rows()}
    standing = [Standing(pin, homes.get((pin.anchor.system, pin.anchor.key))) for pin in live]
    return sorted(standing, key=lambda one: (one.pin.at, one.pin.id), reverse=True)


@dataclass(frozen=True, slots=True)
class Fixed:
    """A value for an attribute of the golden customer that `anchor` is attached to; it runs out at `until`."""

    anchor: SourceRef
    attribute: str
    value: Any
    until: datetime | None = None


def pin_value(hub: Hub, fixed: Fixed, *, by: str, at: datetime, reason: str) -> Pin:
    """Fixes a value; the next run lays it over the document.

    It takes the place of an earlier pin of the same anchor and attribute. Raises NotFoundError, and UsageError when
    there is no reason, it has run out already, or the canonical customer cannot hold the value.
    """
    anchor, attribute, value, until = fixed.anchor, fixed.attribute, fixed.value, fixed.until
    golden = hub.store.golden_by_source(anchor.system, anchor.key)
    if golden is None or golden.doc is None:
        raise NotFoundError("golden customer of source record", str(anchor))
    if not reason.strip():
        raise UsageError("no reason given", "say how you know the value")
    if until is not None and until <= at:
        raise UsageError("the pin would have run out already", "name a later day, or none")
    document = read_document(golden.doc)
    _refuse_unfit(document, attribute, value)
    noted = json.loads(golden.prov or "{}").get("pins", {}).get(attribute)
    seen = noted["seen"] if noted else value_hash(get_value(document, attribute))
    when, text = f"{at:%Y-%m-%dT%H:%M:%S.%fZ}", json.dumps(value, ensure_ascii=False)
    name = text_hash(f"{anchor}|{attribute}|{by}|{when}")
    ends = f"{until:%Y-%m-%dT%H:%M:%S%z}" if until else None
    made = Pin(name, anchor, attribute, text, by, when, reason.strip(), until=ends, seen=seen)
    hub.store.write(click_id(at, by, made.id), at, Changes(), Facts(pins=[made]))
    return made


def unpin(hub: Hub, pin_id: str, *, by: str, at: datetime) -> int:
    """Ends a pin; the next run lets the rules choose again. Returns the commit. Raises NotFoundError."""
    return hub.store.write(click_id(at, by, pin_id), at, Changes(), Facts(unpinned=[pin_id], by=by))


def _refuse_unfit(document: dict[str, Any], attribute: str, value: Any) -> None:
    """The error names the attribute, never the value."""
    if attribute.partition(".")[0] in _NEVER and not attribute.startswith("extra."):
        raise UsageError(f"{attribute} cannot be pinned", "correct it at the source")
    trial = dict(document)
    set_value(trial, attribute, value)
    try:
        Customer.model_validate(trial)
    except ValidationError as e:
        problem = e.errors(include_input=False)[0]["msg"]
        raise UsageError(f"{attribute} cannot hold this value ({problem})", "see the canonical customer") from None
