"""What an extraction works from, and what comes of it besides the rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from custhub.extract.drift import Drift
from custhub.extract.landing import Landing
from custhub.extract.place import Place
from custhub.extract.secrets import Secrets
from custhub.extract.spec import Connector
from custhub.progress import Progress

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


@dataclass(slots=True)
class Outcome:
    """What came out of the streams besides their rows. `state`: what to remember, by stream."""

    full: bool
    state: dict[str, dict[str, Any]] = field(default_factory=dict)
    drift: list[Drift] = field(default_factory=list)
    deleted: list[str] | None = None
