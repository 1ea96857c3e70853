"""Extraction from a database: all rows, or the families that changed since the last run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import sqlalchemy as sa

from custhub.extract.cursor import Mark, NoTimeError, marks_from_json, marks_to_json, moment_as, moment_of, start
from custhub.extract.database import Database, opened, source_url
from custhub.extract.drift import Drift, Seen, compare, require
from custhub.extract.keys import key_rule
from custhub.extract.landing import Landing, open_stream
from custhub.extract.place import Place
from custhub.extract.secrets import Secrets
from custhub.extract.spec import CursorType, Deletes, SqlConnector, SqlStream
from custhub.extract.statements import Relation, clause_of, families
from custhub.model.hashing import canonical_json, text_hash
from custhub.progress import Progress

_AHEAD = timedelta(days=1)
"""Cursor values further ahead of the database's clock do not move the cursor: one typing error of a year would hide
every later change."""


@dataclass(frozen=True, slots=True)
class SqlJob:
    """What does not change while a database is extracted."""

    connector: SqlConnector
    base: Path
    landing: Landing
    state: Mapping[str, Any]
    full: bool
    secrets: Secrets
    progress: Progress

    def place(self, stream: str) -> Place:
        return Place(self.connector.source, stream)

    def before(self, stream: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.state.get("streams", {}).get(stream, {})
        return found


@dataclass(slots=True)
class SqlOutcome:
    """What came out of the streams besides their rows."""

    full: bool
    state: dict[str, Any]
    drift: list[Drift] = field(default_factory=list)


def extract_sql(job: SqlJob) -> SqlOutcome:
    """Lands all streams of a database from one transaction."""
    connector = job.connector
    url = source_url(connector.connection, connector.source, job.base, job.secrets)
    outcome = SqlOutcome(full=job.full or not _can_go_on(job), state={"streams": {}})
    with opened(url, job.place(connector.root)) as database:
        relations = [_relation(job, database, name, outcome) for name in connector.streams]
        starts = {} if outcome.full else {r.name: _start(job, r) for r in relations if r.spec.cursor}
        for relation in relations:
            statement = (
                relation.everything(database.as_text)
                if outcome.full
                else families(relation, relations, starts, database.as_text)
            )
            _land(job, database, relation, statement)
            outcome.state["streams"][relation.name]["cursor"] = marks_to_json(_newest(job, database, relation))
        if not outcome.full and connector.deletes is Deletes.KEYS:
            _land_keys(job, database, next(r for r in relations if r.name == connector.root))
    return outcome


def _can_go_on(job: SqlJob) -> bool:
    """Whether the state fits the connector as it is now; other streams, tables, keys or cursors begin anew."""
    streams = job.connector.streams
    before = {name: stream.get("shape") for name, stream in job.state.get("streams", {}).items()}
    now = {name: _shape(stream) for name, stream in streams.items()}
    return before == now and any(stream.cursor for stream in streams.values())


def _shape(stream: SqlStream) -> str:
    parts = stream.model_dump(mode="json", exclude={"columns", "cursor"})
    cursor = [*stream.cursor.columns, stream.cursor.type.value] if stream.cursor else []
    return text_hash(canonical_json(parts | {"cursor": cursor}))


def _relation(job: SqlJob, database: Database, name: str, outcome: SqlOutcome) -> Relation:
    spec, place = job.connector.streams[name], job.place(name)
    asterisk: sa.ColumnElement[Any] = sa.literal_column("*")
    found = database.describe(sa.select(asterisk).select_from(clause_of(spec, "described", ())), place)
    types = dict(found)
    if len(types) < len(found):
        raise place.error("two columns have the same name", "name the columns of the query one by one, with AS")
    needed = (*(spec.expected or ()), *spec.key, *spec.parent, *(spec.cursor.columns if spec.cursor else ()))
    require(place, needed, types)
    seen = Seen(types if database.types_are_declared else dict.fromkeys(types, ""))
    before = Seen.from_json(job.before(name))
    outcome.drift.extend(compare(place, job.connector.contract, spec.expected, before, seen))
    outcome.state["streams"][name] = seen.to_json() | {"shape": _shape(spec)}
    return Relation(name, spec, types)


def _land(job: SqlJob, database: Database, relation: Relation, statement: sa.Select[Any]) -> None:
    connector, name = job.connector, relation.name
    landing = open_stream(job.landing, connector.streams, connector.root, name, tuple(relation.types))
    label = relation.spec.table or name
    for chunk in database.chunks(statement, tuple(relation.types.values()), job.place(name)):
        landing.reject(chunk.bad, label)
        landing.write(chunk.rows, chunk.positions, label)
        job.progress(f"extract {connector.source}.{name}", landing.table.rows)


def _land_keys(job: SqlJob, database: Database, root: Relation) -> None:
    rule = key_rule(root.spec)
    kinds = [kind for name, kind in root.types.items() if name in root.spec.key]
    job.landing.write_keys(pl.Series("_key", [], dtype=pl.String))
    done = 0
    for chunk in database.chunks(root.keys(database.as_text), kinds, job.place(root.name)):
        if chunk.bad:
            job.landing.doubt_keys()
        job.landing.write_keys(chunk.rows.filter(~rule.missing).select(rule.text.alias("_key")).to_series())
        done += chunk.rows.height
        job.progress(f"compare keys of {job.connector.source}", done)


def _start(job: SqlJob, relation: Relation) -> Sequence[object] | None:
    """Where to begin reading; None: with the first row, for the stream was empty before."""
    marks = marks_from_json(job.before(relation.name).get("cursor"))
    cursor = relation.spec.cursor
    if marks is None or cursor is None:
        return None
    try:
        return start(marks, cursor)
    except NoTimeError as e:
        raise _unfit(job, relation, e) from None


def _newest(job: SqlJob, database: Database, relation: Relation) -> tuple[Mark, ...] | None:
    cursor, place = relation.spec.cursor, job.place(relation.name)
    if cursor is None:
        return None
    kinds = [kind for name, kind in relation.types.items() if name in cursor.columns]
    marks = _ordered(database.marks(relation.newest(database.as_text, None), kinds, place), relation)
    if marks is None:
        return None
    try:
        if cursor.type is CursorType.TIMESTAMP:
            latest = moment_of([database.now(place)]) + _AHEAD
            if moment_of(marks) > latest:
                below = moment_as(marks, latest)[0]
                marks = _ordered(database.marks(relation.newest(database.as_text, below), kinds, place), relation)
        if marks is not None:
            start(marks, cursor)
    except NoTimeError as e:
        raise _unfit(job, relation, e) from None
    return marks


def _ordered(marks: tuple[Mark, ...] | None, relation: Relation) -> tuple[Mark, ...] | None:
    """The marks in the cursor's order; they come in the table's."""
    cursor = relation.spec.cursor
    if marks is None or cursor is None:
        return marks
    by_name = dict(zip([name for name in relation.types if name in cursor.columns], marks, strict=True))
    return tuple(by_name[name] for name in cursor.columns)


def _unfit(job: SqlJob, relation: Relation, error: NoTimeError) -> Exception:
    hint = "write `type: number` for a counter, or use a query that gives the time of the change as ISO text"
    return job.place(relation.name).error(f"cursor: {error}", hint)
