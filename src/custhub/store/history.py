"""What runs have written, and who wrote the same again: what an undo has to know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl
import sqlalchemy as sa

from custhub.model.refs import SourceRef
from custhub.store.database import Database
from custhub.store.tables import commit_log, golden_version, link, source_version, task
from custhub.store.views import fetch_all

_REF = pl.Schema({"system": pl.String(), "key": pl.String()})
_KEYS = ((golden_version, ("golden_id",)), (link, ("system", "key")), (source_version, ("system", "key")))


@dataclass(frozen=True, slots=True)
class Written:
    """Keys of what some runs wrote: `refs` (system, key) of records and links, golden ids, task keys."""

    refs: pl.DataFrame
    golden_ids: list[str]
    tasks: list[str]


def written(database: Database, run_nos: Sequence[int]) -> Written:
    """Distinct and sorted, over all the runs."""

    def keys(table: sa.Table, schema: pl.Schema) -> pl.DataFrame:
        select = sa.select(*[table.c[name] for name in schema]).where(table.c.run_no.in_(list(run_nos)))
        return fetch_all(database, select.distinct(), schema)

    refs = pl.concat([keys(source_version, _REF), keys(link, _REF)]).unique().sort("system", "key")
    ids = keys(golden_version, pl.Schema({"golden_id": pl.String()}))["golden_id"].sort()
    return Written(refs, ids.to_list(), keys(task, pl.Schema({"key": pl.String()}))["key"].sort().to_list())


LINKED = pl.Schema({**_REF, "golden_id": pl.String(), "seq": pl.Int64()})
"""LINK with the commit that made it."""


def link_history(database: Database, refs: Sequence[SourceRef]) -> pl.DataFrame:
    """Where a few records were attached to over time (LINKED), in the order of commits; null: to none."""
    select = (
        sa.select(link.c.system, link.c.key, link.c.golden_id, commit_log.c.seq)
        .join(commit_log, commit_log.c.run_no == link.c.run_no)
        .where(sa.or_(*[sa.and_(link.c.system == ref.system, link.c.key == ref.key) for ref in refs]))
        .order_by(commit_log.c.seq)
    )
    return fetch_all(database, select, LINKED)


def later_writers(database: Database, run_no: int) -> dict[int, int]:
    """Runs committed after this one that wrote the same golden customers, links or records: run_no -> how many of them."""
    mine, theirs = commit_log.alias(), commit_log.alias()
    found: dict[int, int] = {}
    for table, names in _KEYS:
        old, new = table.alias(), table.alias()
        same = sa.and_(*[old.c[name] == new.c[name] for name in names])
        select = (
            sa.select(new.c.run_no, sa.func.count())
            .select_from(old)
            .join(mine, mine.c.run_no == old.c.run_no)
            .join(new, same)
            .join(theirs, theirs.c.run_no == new.c.run_no)
            .where(old.c.run_no == run_no, theirs.c.seq > mine.c.seq)
            .group_by(new.c.run_no)
        )
        with database.read() as connection:
            for other, count in connection.execute(select):
                found[other] = max(found.get(other, 0), count)
    return found
