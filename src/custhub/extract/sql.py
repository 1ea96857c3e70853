"""Extraction from a database: all rows, or the families that changed since the last run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import polars as pl
import sqlalchemy as sa

from custhub.extract.cursor import Mark, NoTimeError, moment_as, moment_of, start
from custhub.extract.database import Database, opened, source_url
from custhub.extract.job import Job, compare, require
from custhub.extract.landing import Outcome, key_rule
from custhub.extract.spec import CursorType, Deletes, SqlConnector, SqlStream
from custhub.extract.statements import Relation, clause_of, families
from custhub.model.hashing import canonical_json, text_hash

_AHEAD = timedelta(days=1)
"""Cursor values further ahead of the database's clock do not move the cursor: one typing error of a year would hide
every later change."""


def extract_sql(job: Job[SqlConnector]) -> Outcome:
    """Lands all streams of a database from one transaction."""
    connector = job.connector
    url = source_url(connector.connection, connector.source, job.base, job.secrets)
    outcome = Outcome(full=job.full or not _can_go_on(job))
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
            marks = _newest(job, database, relation)
            outcome.state[relation.name]["cursor"] = None if marks is None else [asdict(mark) for mark in marks]
        if not outcome.full and connector.deletes is Deletes.KEYS:
            _land_keys(job, database, next(r for r in relations if r.name == connector.root))
    return outcome


def _can_go_on(job: Job[SqlConnector]) -> bool:
    """Whether the state fits the connector as it is now; other streams, tables, keys or cursors begin anew."""
    streams = job.connector.streams
    before = {name: stream.get("shape") for name, stream in job.state.get("streams", {}).items()}
    now = {name: _shape(stream) for name, stream in streams.items()}
    return before == now and any(stream.cursor for stream in streams.values())


def _shape(stream: SqlStream) -> str:
    parts = stream.model_dump(mode="json", exclude={"columns", "cursor"})
    cursor = [*stream.cursor.columns, stream.cursor.type.value] if stream.cursor else []
    return text_hash(canonical_json(parts | {"cursor": cursor}))


def _relation(job: Job[SqlConnector], database: Database, name: str, outcome: Outcome) -> Relation:
    spec, place = job.connector.streams[name], job.place(name)
    asterisk: sa.ColumnElement[Any] = sa.literal_column("*")
    found = database.describe(sa.select(asterisk).select_from(clause_of(spec, "described", ())), place)
    types = dict(found)
    if len(types) < len(found):
        raise place.error("two columns have the same name", "name the columns of the query one by one, with AS")
    needed = (*(spec.expected or ()), *spec.key, *spec.parent, *(spec.cursor.columns if spec.cursor else ()))
    require(place, needed, types)
    seen = types if database.types_are_declared else dict.fromkeys(types, "")
    before = job.before(name).get("columns", {})
    outcome.drift.extend(compare(place, job.connector.contract, spec.expected, before, seen))
    outcome.state[name] = {"columns": seen, "shape": _shape(spec)}
    return Relation(name, spec, types)


def _land(job: Job[SqlConnector], database: Database, relation: Relation, statement: sa.Select[Any]) -> None:
    connector, name = job.connector, relation.name
    landing = job.landing.stream(name, tuple(relation.types), connector.streams)
    label = relation.spec.table or name
    for chunk in database.chunks(statement, tuple(relation.types.values()), job.place(name)):
        landing.reject(chunk.bad, label)
        landing.write(chunk.rows, chunk.positions, label)
        job.progress(f"extract {connector.source}.{name}", landing.table.rows)


def _land_keys(job: Job[SqlConnector], database: Database, root: Relation) -> None:
    rule = key_rule(root.spec)
    kinds = [root.types[name] for name in root.spec.key]
    job.landing.write_keys(pl.Series("_key", [], dtype=pl.String))
    done = 0
    for chunk in database.chunks(root.everything(database.as_text, root.spec.key), kinds, job.place(root.name)):
        if chunk.bad:
            job.landing.doubt_keys()
        job.landing.write_keys(chunk.rows.filter(~rule.missing).select(rule.text.alias("_key")).to_series())
        done += chunk.rows.height
        job.progress(f"compare keys of {job.connector.source}", done)


def _start(job: Job[SqlConnector], relation: Relation) -> Sequence[object] | None:
    """Where to begin reading; None: with the first row, for the stream was empty before."""
    marks, cursor = job.before(relation.name).get("cursor"), relation.spec.cursor
    if marks is None or cursor is None:
        return None
    try:
        return start([Mark(**mark) for mark in marks], cursor)
    except NoTimeError as e:
        raise _unfit(job, relation, e) from None


def _newest(job: Job[SqlConnector], database: Database, relation: Relation) -> tuple[Mark, ...] | None:
    cursor, place = relation.spec.cursor, job.place(relation.name)
    if cursor is None:
        return None
    kinds = [relation.types[name] for name in cursor.columns]
    marks = database.marks(relation.newest(database.as_text, None), kinds, place)
    if marks is None:
        return None
    try:
        if cursor.type is CursorType.TIMESTAMP:
            latest = moment_of([database.now(place)]) + _AHEAD
            if moment_of(marks) > latest:
                below = moment_as(marks, latest)[0]
                marks = database.marks(relation.newest(database.as_text, below), kinds, place)
        if marks is not None:
            start(marks, cursor)
    except NoTimeError as e:
        raise _unfit(job, relation, e) from None
    return marks


def _unfit(job: Job[SqlConnector], relation: Relation, error: NoTimeError) -> Exception:
    hint = "write `type: number` for a counter, or use a query that gives the time of the change as ISO text"
    return job.place(relation.name).error(f"cursor: {error}", hint)
