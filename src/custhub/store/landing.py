"""What was landed: batches, the latest row per source key, and the sources' cursors.

Rows are added under their batch's number, like a run's: nobody sees them until the batch row says `landed`, and that
row and the cursors change in one short transaction.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from custhub.errors import NotFoundError, StoreError
from custhub.model.ledger import RowLedger
from custhub.store import bulk
from custhub.store.database import Database
from custhub.store.facts import ROW, Batch, BatchState
from custhub.store.tables import batch, source_row, source_state
from custhub.store.views import fetch_all, stamp

LANDING = "landing"
_HIDDEN = (LANDING, BatchState.WITHDRAWN.value)

_ROWS = pl.Schema({"row_key": pl.String(), "row_hash": pl.String(), "position": pl.Int64(), "present": pl.Boolean()})


@dataclass(frozen=True, slots=True)
class Landed:
    """What a batch brings: `rows` row_key, row_hash, position (new and changed); `gone` row_key; the new cursors."""

    rows: pl.DataFrame
    gone: pl.DataFrame | None
    state: Mapping[str, Any] | None


def land(database: Database, new: Batch, landed: Landed) -> None:
    """Makes the batch, its rows and its cursors known, all or nothing. Raises StoreError when it comes too late."""
    batch_no, state = _announce(database, new)
    if state != LANDING:
        return
    bulk.sweep(database, source_row, source_row.c.batch_no, batch_no)
    frame = _source_rows(landed, new.source, batch_no)
    unchanged = batch.update().where(batch.c.batch_no == batch_no).values(state=LANDING)
    bulk.append(database, source_row, frame, unchanged, tell=lambda _: None)
    with database.write() as connection:
        _refuse_late(database, connection, new.source, batch_no)
        whole = batch.update().where(batch.c.batch_no == batch_no, batch.c.state == LANDING)
        connection.execute(whole.values(state=new.state.value, **_details(new)))
        if landed.state is not None:
            _save_state(database, connection, new.source, landed.state)


def _announce(database: Database, new: Batch) -> tuple[int, str]:
    values = {
        "batch_id": new.batch_id,
        "source": new.source,
        "state": LANDING,
        "full_load": new.full,
        "run_no": None,
        **_details(new),
    }
    insert = database.insert(batch).values(values).on_conflict_do_nothing(index_elements=[batch.c.batch_id])
    known = sa.select(batch.c.batch_no, batch.c.state).where(batch.c.batch_id == new.batch_id)
    with database.write() as connection:
        connection.execute(insert)
        row = connection.execute(known).one()
    return row.batch_no, row.state


def _details(new: Batch) -> dict[str, Any]:
    return {
        "at": stamp(new.at),
        "folder": new.folder,
        "ledger": json.dumps(asdict(new.ledger)),
        "info": json.dumps(dict(new.info), ensure_ascii=False),
    }


def _source_rows(landed: Landed, source: str, batch_no: int) -> pl.DataFrame:
    parts = [landed.rows.with_columns(pl.lit(True).alias("present"))]
    if landed.gone is not None:
        parts.append(landed.gone.select("row_key", pl.lit(False).alias("present")))
    columns = list(_ROWS)
    rows = pl.concat([_aligned(part) for part in parts]).select(columns).sort("row_key")
    if rows["row_key"].null_count() or rows["row_key"].n_unique() != rows.height:
        raise StoreError(f"landing of {source}", "a row key is empty or comes twice", "report this as a bug")
    number = pl.lit(batch_no, dtype=pl.Int64()).alias("batch_no")
    return bulk.without_nul(rows.lazy().with_columns(pl.lit(source).alias("source"), number)).collect()


def _aligned(part: pl.DataFrame) -> pl.DataFrame:
    return part.select(
        pl.col(name).cast(dtype) if name in part.columns else pl.lit(None, dtype=dtype).alias(name)
        for name, dtype in _ROWS.items()
    )


def _refuse_late(database: Database, connection: Connection, source: str, batch_no: int) -> None:
    newer = sa.select(batch.c.batch_id).where(
        batch.c.source == source, batch.c.batch_no > batch_no, batch.c.state != LANDING
    )
    if connection.execute(newer).first() is not None:
        raise StoreError(
            database.where, f"a later batch of {source} has been landed meanwhile", "extract the source again"
        )


def _save_state(database: Database, connection: Connection, source: str, state: Mapping[str, Any]) -> None:
    text = json.dumps(dict(state), ensure_ascii=False)
    insert = database.insert(source_state).values(source=source, state=text)
    connection.execute(insert.on_conflict_do_update(index_elements=[source_state.c.source], set_={"state": text}))


def state_of(database: Database, source: str) -> dict[str, Any]:
    with database.read() as connection:
        text = connection.execute(sa.select(source_state.c.state).where(source_state.c.source == source)).scalar()
    return {} if text is None else dict(json.loads(text))


def rows_of(database: Database, source: str, *, withdrawn: bool = False) -> pl.DataFrame:
    """The latest landed row of every key of the source, as ROW; with `withdrawn`, those that an undo took back count too."""
    hidden = (LANDING,) if withdrawn else _HIDDEN
    row, whole, later, later_whole = source_row.alias(), batch.alias(), source_row.alias(), batch.alias()
    superseded = (
        sa.select(sa.literal(1))
        .select_from(later.join(later_whole, later.c.batch_no == later_whole.c.batch_no))
        .where(
            later.c.source == row.c.source,
            later.c.row_key == row.c.row_key,
            later.c.batch_no > row.c.batch_no,
            later_whole.c.state.not_in(hidden),
        )
        .exists()
    )
    select = (
        sa.select(row.c.row_key, row.c.row_hash, whole.c.batch_id, row.c.position, row.c.present)
        .join(whole, row.c.batch_no == whole.c.batch_no)
        .where(row.c.source == source, whole.c.state.not_in(hidden), ~superseded)
    )
    return fetch_all(database, select, ROW)


def batches(database: Database, source: str | None, states: Sequence[BatchState]) -> list[Batch]:
    select = sa.select(batch).where(batch.c.state != LANDING).order_by(batch.c.batch_no)
    if source is not None:
        select = select.where(batch.c.source == source)
    if states:
        select = select.where(batch.c.state.in_([state.value for state in states]))
    with database.read() as connection:
        return [_batch(row) for row in connection.execute(select)]


def batch_of(database: Database, batch_id: str) -> Batch:
    with database.read() as connection:
        row = connection.execute(sa.select(batch).where(batch.c.batch_id == batch_id, batch.c.state != LANDING)).first()
    if row is None:
        raise NotFoundError("batch", batch_id)
    return _batch(row)


def set_batch(
    database: Database,
    batch_id: str,
    *,
    state: BatchState | None,
    ledger: RowLedger | None,
    info: Mapping[str, Any] | None,
) -> None:
    """Changes what is given; `info` is merged into what is there."""
    with database.write() as connection:
        one = sa.select(batch).where(batch.c.batch_id == batch_id, batch.c.state != LANDING).with_for_update()
        row = connection.execute(one).first()
        if row is None:
            raise NotFoundError("batch", batch_id)
        values: dict[str, Any] = {}
        if state is not None:
            values["state"] = state.value
        if ledger is not None:
            values["ledger"] = json.dumps(asdict(ledger))
        if info is not None:
            values["info"] = json.dumps({**json.loads(row.info), **info}, ensure_ascii=False)
        if values:
            connection.execute(batch.update().where(batch.c.batch_no == row.batch_no).values(**values))


def _batch(row: Any) -> Batch:
    return Batch(
        batch_id=row.batch_id,
        source=row.source,
        at=datetime.fromisoformat(row.at).astimezone(UTC),
        folder=row.folder,
        full=bool(row.full_load),
        ledger=RowLedger(**json.loads(row.ledger)),
        state=BatchState(row.state),
        info=json.loads(row.info),
        run_no=row.run_no,
    )
