"""What an extraction works from, where in the source it is, and whether the columns are those that are wanted."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from custhub.errors import SourceError
from custhub.extract.landing import Drift, Landing
from custhub.extract.secrets import Secrets
from custhub.extract.spec import Connector, Contract
from custhub.model.frames import LANDED
from custhub.progress import Progress


@dataclass(frozen=True, slots=True)
class Place:
    """A stream of a source and, when it comes from files, the file."""

    source: str
    stream: str
    file: str = ""

    def error(self, problem: str, hint: str = "", *, retryable: bool = False) -> SourceError:
        where = f"stream {self.stream}" + (f", file {self.file}" if self.file else "")
        return SourceError(self.source, where, problem, hint, retryable=retryable)

    def cut_off(self, problem: str) -> SourceError:
        """The error for a file that ends too early."""
        return self.error(problem, "the file was cut off: have it sent again, then run again", retryable=True)


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


C = TypeVar("C", bound=Connector)


@dataclass(frozen=True, slots=True)
class Job(Generic[C]):
    """What does not change while a source is extracted."""

    connector: C
    base: Path
    landing: Landing
    state: Mapping[str, Any]
    full: bool
    secrets: Secrets
    progress: Progress

    def place(self, stream: str, file: str = "") -> Place:
        return Place(self.connector.source, stream, file)

    def before(self, stream: str) -> Mapping[str, Any]:
        """What the last run remembered of a stream."""
        found: Mapping[str, Any] = self.state.get("streams", {}).get(stream, {})
        return found
