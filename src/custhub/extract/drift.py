"""Columns that come, go or change their type at the source."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from custhub.extract.place import Place
from custhub.extract.spec import Contract
from custhub.model.frames import LANDED


@dataclass(frozen=True, slots=True)
class Drift:
    """One change of a stream's columns. `change` is added, missing or type."""

    stream: str
    column: str
    change: str


Types = Mapping[str, str]
"""Columns with their types ("" where the source knows none), as a run found them."""


def require(place: Place, needed: Sequence[str], found: Collection[str]) -> None:
    """Raises SourceError when a declared column is not there, or one has a name that is ours."""
    missing = list(dict.fromkeys(column for column in needed if column not in found))
    if missing:
        there = ", ".join(list(found)[:30])
        hint = f"there are {there}; correct the connector, or have the column back at the source"
        raise place.error(f"column {', '.join(missing)} is missing", hint)
    ours = [column for column in found if column in LANDED]
    if ours:
        raise place.error(f"column {', '.join(ours)} has a name that custhub uses itself", "rename it at the source")


def compare(
    place: Place, contract: Contract, expected: Sequence[str] | None, before: Types, now: Types
) -> tuple[Drift, ...]:
    """What is new against the last run and the declaration. Raises SourceError for new columns under `freeze`."""
    known = set(expected) if expected is not None else set(before)
    added = [column for column in now if column not in known] if known else []
    if added and contract is Contract.FREEZE:
        hint = "declare it under `columns`, or write `contract: evolve`"
        raise place.error(f"column {', '.join(added)} is new and the contract is frozen", hint)
    changes = [(column, "added") for column in added if column not in before]
    changes += [(column, "missing") for column in before if column not in now]
    both = [column for column in now if before.get(column) and now[column]]
    changes += [(column, "type") for column in both if before[column] != now[column]]
    return tuple(Drift(place.stream, column, change) for column, change in changes)
