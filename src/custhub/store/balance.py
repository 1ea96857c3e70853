"""The key ledger: where every source key that was ever seen is now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import polars as pl
import sqlalchemy as sa

from custhub.model.frames import KEYS
from custhub.model.ledger import KeyLedger
from custhub.store.database import Database
from custhub.store.facts import View
from custhub.store.tables import batch, commit_log, golden_version, link, run_part, source_row, source_version
from custhub.store.views import commits, fetch_all, latest

_GOLDEN_ID = pl.Schema({"golden_id": pl.String()})
PLACED = pl.Schema(
    {"system": pl.String(), "key": pl.String(), "row_key": pl.String(), "status": pl.String(), "stale": pl.Boolean()}
)
"""Where a record is, without its document."""


def key_ledgers(database: Database, systems: Sequence[str], view: View) -> dict[str, KeyLedger]:
    """Counts record keys of each system, and landed row keys of the view's runs that no record came from.

    A key counts as attached only while its link leads to an active golden customer, so that a record that is nowhere
    makes the ledger not balance. Reads small columns only and joins them here: the databases are slower at it.
    """
    active = _active(database, view) if systems else pl.DataFrame()
    return {system: _key_ledger(database, system, view, active) for system in systems}


def _key_ledger(database: Database, system: str, view: View, active: pl.DataFrame) -> KeyLedger:
    records = _records(database, system, view)
    rows = fetch_all(database, landed(system, view), pl.Schema({"row_key": pl.String()}))
    uncovered = rows.join(records.select("row_key"), on="row_key", how="anti").n_unique()
    tied = _links(database, system, view).join(active, on="golden_id", how="semi")
    attached = records.filter(pl.col("status") == "attached").join(tied, on="key", how="semi")
    by_status = dict(records.group_by("status").len().iter_rows())
    return KeyLedger(
        seen=records.height + uncovered,
        attached=attached.height,
        quarantined=by_status.get("quarantined", 0),
        deleted=by_status.get("deleted", 0),
        excluded=by_status.get("excluded", 0),
        stale=int(attached["stale"].sum()),
        withdrawn=by_status.get("withdrawn", 0),
    )


def _records(database: Database, system: str, view: View) -> pl.DataFrame:
    version, commit, current = latest(source_version, tuple(KEYS), view)
    select = sa.select(*[version.c[name] for name in PLACED]).select_from(version).join(commit, current)
    return fetch_all(database, select.where(version.c.system == system), PLACED)


def _links(database: Database, system: str, view: View) -> pl.DataFrame:
    tie, commit, current = latest(link, tuple(KEYS), view)
    select = sa.select(tie.c.key, tie.c.golden_id).join(commit, current).where(tie.c.system == system)
    return fetch_all(database, select, pl.Schema({"key": pl.String(), **_GOLDEN_ID}))


def _active(database: Database, view: View) -> pl.DataFrame:
    """Ids of the active golden customers."""
    gold, commit, current = latest(golden_version, ("golden_id",), view)
    select = sa.select(gold.c.golden_id).join(commit, current).where(gold.c.status == "active")
    return fetch_all(database, select, _GOLDEN_ID)


def miscounted(
    database: Database, tables: Iterable[sa.Table], runs: Sequence[int] | None = None
) -> Iterator[tuple[str, int, int, int]]:
    """Tables in which one of the runs (None: any published one) has not as many rows as it wrote: with the run's number,
    rows written and rows there."""
    for table in tables:
        there = sa.select(table.c.run_no, sa.func.count().label("rows")).group_by(table.c.run_no)
        mine = run_part.c.run_no.in_(sa.select(commit_log.c.run_no) if runs is None else runs)
        there_ = (there if runs is None else there.where(table.c.run_no.in_(runs))).subquery()
        counted = sa.func.coalesce(there_.c.rows, 0)
        wrong = (
            sa.select(run_part.c.run_no, run_part.c.rows, counted)
            .outerjoin(there_, there_.c.run_no == run_part.c.run_no)
            .where(mine, run_part.c.name == table.name, run_part.c.rows != counted)
            .order_by(run_part.c.run_no)
        )
        with database.read() as connection:
            found = connection.execute(wrong).all()
        yield from ((table.name, *row) for row in found)


def landed(source: str, view: View) -> sa.Select[Any]:
    """Row keys of the source's batches that the view's runs consumed."""
    run = commits(view)
    return (
        sa.select(source_row.c.row_key)
        .join(batch, batch.c.batch_no == source_row.c.batch_no)
        .join(run, run.c.run_no == batch.c.run_no)
        .where(source_row.c.source == source)
    )
