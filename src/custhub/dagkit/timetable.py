"""When each source is read, and by whose order: the few keys of `connectors/*.yml` that make a DAG."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from custhub import declaration
from custhub.declaration import Source
from custhub.errors import ConfigError, Mistake

GOLDEN_DAG = "custhub_golden"


class Timetable(BaseModel):
    """One connector as a DAG sees it; everything else in its YAML is the engine's business."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    source: str = Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")
    description: str = ""
    owner: str = ""
    tags: tuple[str, ...] = ()
    schedule: str | None = None
    retries: int = Field(default=3, ge=0, le=100)
    connection: str | None = None


@dataclass(frozen=True, slots=True)
class Timetables:
    """The connectors of a project. `sources` names them all, `mistakes` are those of the ones left out of `readable`."""

    sources: tuple[str, ...]
    readable: tuple[Timetable, ...]
    mistakes: tuple[Mistake, ...]
    declared: dict[str, Source]


def read_timetables(project: Path) -> Timetables:
    """Reads `connectors/*.yml` of a project; one that cannot be read does not hide the others."""
    readable: list[Timetable] = []
    mistakes: list[Mistake] = []
    declared: dict[str, Source] = {}
    files = sorted((project / "connectors").glob("*.yml"))
    for path in files:
        try:
            declared[path.stem] = declaration.read(path, project)
            readable.append(_timetable(declared[path.stem], path.stem))
        except ConfigError as e:
            mistakes.extend(e.mistakes)
    return Timetables(tuple(path.stem for path in files), tuple(readable), tuple(mistakes), declared)


def _timetable(source: Source, name: str) -> Timetable:
    timetable = declaration.check(source, Timetable)
    if timetable.source != name:
        problem = f"is {timetable.source!r} in a file named {name}.yml"
        raise ConfigError([source.mistake(("source",), problem, "name the file after the source")])
    return timetable
