"""The whole story of a golden value, worked out again from the records: winner, rule, source fields and what lost."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import polars as pl

from custhub.golden.choose import LETTERS
from custhub.golden.document import read_document
from custhub.golden.lists import entry_key
from custhub.golden.pins import get_value
from custhub.golden.rules import LISTS, Survivorship
from custhub.golden.survive import decoded, survive
from custhub.golden.trust import weigh
from custhub.model.decisions import Pin
from custhub.model.frames import CUSTOMER, encode_docs, ref_of

SourceFields = Mapping[str, Mapping[str, tuple[str, ...]]]
"""Per system: canonical field -> the source's own columns (`Mapping.fields`)."""


@dataclass(frozen=True, slots=True)
class Basis:
    """What golden values were chosen by, beside the records."""

    rules: Survivorship
    at: datetime
    pins: Sequence[Pin] = ()
    frequencies: pl.DataFrame | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """What one source record says on an attribute; `trust` in thousandths at the run's time."""

    ref: str
    value: Any
    trust: int
    updated_at: str | None
    source_fields: tuple[str, ...]
    won: bool


@dataclass(frozen=True, slots=True)
class ValueStory:
    """One golden value. `source` is the winning record; None for pins, united lists and values that nobody has."""

    attribute: str
    value: Any
    source: str | None
    rule: str  # a letter of choose.LETTERS
    because: str
    pin: str | None
    candidates: tuple[Candidate, ...]


def explain_values(
    records: pl.DataFrame, attributes: Sequence[str], basis: Basis, fields: SourceFields | None = None
) -> tuple[ValueStory, ...]:
    """The stories of `attributes` (`name`, `name.family`, `emails`, `extra.segment` ...) of one golden customer.

    `records` are all members of that customer: RECORD's columns and `golden_id`.
    """
    golden = survive(records, basis.rules, basis.pins, at=basis.at, frequencies=basis.frequencies).row(0, named=True)
    document, said = read_document(golden["doc"]), _said(records, basis)
    return tuple(
        _story(golden, document, attribute, _candidates(said, attribute, fields or {}), records)
        for attribute in attributes
    )


def _story(
    golden: Mapping[str, Any],
    document: dict[str, Any],
    attribute: str,
    candidates: list[Candidate],
    records: pl.DataFrame,
) -> ValueStory:
    note = json.loads(golden["prov"])
    pin = note.get("pins", {}).get(attribute) or note.get("pins", {}).get(attribute.partition(".")[0])
    winner, rule = (None, "p") if pin is not None else _winner(golden["members"], note, attribute)
    won = _holders(records, attribute) if rule == "a" else {winner}
    return ValueStory(
        attribute=attribute,
        value=get_value(document, attribute),
        source=winner,
        rule=rule,
        because=LETTERS[rule],
        pin=None if pin is None else pin["pin"],
        candidates=tuple(replace(one, won=one.ref in won) for one in candidates),
    )


def _winner(members: Sequence[str], note: dict[str, Any], attribute: str) -> tuple[str | None, str]:
    whole = attribute.partition(".")[0]
    if whole in LISTS:
        return (members[0], "u") if len(members) == 1 else (None, "a")
    if len(members) == 1:
        return members[0], "u"
    chosen = note.get(attribute) or note.get(whole)
    return (None, "u") if chosen is None else (members[chosen[0]], chosen[1])


def _said(records: pl.DataFrame, basis: Basis) -> list[tuple[Candidate, str]]:
    """What every record is worth, the most trusted first, with its system; its document stands for the value."""
    whole = decoded(records).with_columns(ref_of())
    whole = whole.with_columns(weigh(whole, basis.rules, basis.at))
    rows = whole.with_columns(encode_docs(whole)).sort("trust", "recent", "order", descending=[True, True, False])
    found = rows.select("ref", "doc", "trust", "source_updated_at", "system").iter_rows()
    return [(Candidate(ref, read_document(doc), trust, at, (), False), system) for ref, doc, trust, at, system in found]


def _candidates(said: list[tuple[Candidate, str]], attribute: str, fields: SourceFields) -> list[Candidate]:
    """What the records say on the attribute, as far as they say anything."""
    return [
        replace(one, value=value, source_fields=_source_fields(fields, system, attribute))
        for one, system in said
        if (value := get_value(one.value, attribute)) not in (None, [])
    ]


def _source_fields(fields: SourceFields, system: str, attribute: str) -> tuple[str, ...]:
    """The source's columns behind an attribute: those declared for it, for its parts or for its whole."""
    known = fields.get(system, {})
    under = [
        column
        for field in sorted(known)
        if field == attribute or field.startswith(f"{attribute}.")
        for column in known[field]
    ]
    found = under or list(known.get(attribute.partition(".")[0], ()))
    return tuple(dict.fromkeys(found))


def _holders(records: pl.DataFrame, attribute: str) -> set[str | None]:
    """References of the records that brought an entry to a united list."""
    entries = decoded(records).select(ref_of(), pl.col(attribute).cast(CUSTOMER[attribute]).alias("e"))
    entries = entries.filter(pl.col("e").list.len() > 0).explode("e")
    return set(entries.filter(entry_key(attribute).is_not_null())["ref"])
