"""The key ledgers of a staged run, worked out from what changed since they were last checked: a run that touches a
hundred records reads these, and not the million others.

What nobody has touched was in its place then. That it is still there is checked by number: every run must have as many
rows in each table as it wrote.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields

import polars as pl
import sqlalchemy as sa

from custhub.errors import BalanceError
from custhub.model.frames import KEYS, LINK, REF, split_ref
from custhub.model.ledger import KeyLedger
from custhub.model.refs import SourceRef
from custhub.store import erasing
from custhub.store.balance import PLACED, key_ledgers, landed, miscounted
from custhub.store.database import Database
from custhub.store.facts import View
from custhub.store.house import head
from custhub.store.tables import (
    batch,
    commit_log,
    golden_version,
    key_count,
    link,
    run_part,
    source_row,
    source_version,
)
from custhub.store.views import by_refs, commits, fetch_all, frame_among, in_texts

_MANY = 50_000
"""Rows written since; above, counting all anew is quicker."""
_SMALL = 100_000
"""Rows in all; below, counting them takes no time."""
_FEW_ROWS = 1_000
_FIGURES = [one.name for one in fields(KeyLedger)]
_WRITTEN = (source_version, link, golden_version)
_REF = pl.Schema(REF)
_ALIVE = pl.Schema({"golden_id": pl.String(), "status": pl.String()})
_COMMIT = pl.Schema({"run_no": pl.Int64(), "seq": pl.Int64()})
_ROW = pl.Schema({"system": pl.String(), "row_key": pl.String()})


def carry(database: Database, systems: Sequence[str], run_no: int) -> dict[str, KeyLedger]:
    """The key ledger of each system once the staged run is published; kept for the runs after it.

    Raises BalanceError when one does not balance, or when rows of runs are gone.
    """
    after = View(upto=head(database), including=run_no)  # what is committed meanwhile is the next run's
    base = _base(database)
    runs = _since(database, base, run_no)
    wrote, ever = _rows(database, runs), _rows(database)
    for table, run, written, there in miscounted(database, _WRITTEN, None if _grown(ever - wrote, ever) else runs):
        raise BalanceError(table, f"run {run}", {"written": written, "there": there})
    known = {system for system in systems if base and system in base.keys}
    change = _change(database, base, runs, after) if base and known and wrote <= _MANY else None
    found = {} if base is None or change is None else {s: _sum(base.keys[s], change.get(s, {})) for s in known}
    found |= key_ledgers(database, [system for system in systems if system not in found], after)
    for system, ledger in found.items():
        ledger.check(system)
    with database.write() as connection:
        connection.execute(key_count.delete().where(key_count.c.run_no == run_no))
        rows = [{"run_no": run_no, "system": s, "upto": after.upto, **asdict(one)} for s, one in found.items()]
        connection.execute(key_count.insert(), rows)
    return found


def _grown(before: int, now: int) -> bool:
    """Whether it is time to count the rows of all runs again, and not only of those since: always in a small store, else
    once for every eighth that it grows by, so that a run costs what it writes."""
    return now < _SMALL or int(math.log(now, 1.125)) > int(math.log(max(before, 1), 1.125))


@dataclass(frozen=True, slots=True)
class _Base:
    """Ledgers that balanced: they tell of the commits up to `upto`, and of the run that they were worked out for."""

    run_no: int
    upto: int
    keys: dict[str, KeyLedger]

    @property
    def view(self) -> View:
        return View(upto=self.upto, including=self.run_no)


def _base(database: Database) -> _Base | None:
    last = (
        sa.select(key_count.c.run_no)
        .join(commit_log, commit_log.c.run_no == key_count.c.run_no)
        .order_by(commit_log.c.seq.desc())
        .limit(1)
        .scalar_subquery()
    )
    with database.read() as connection:
        rows = connection.execute(sa.select(key_count).where(key_count.c.run_no == last)).mappings().all()
    keys = {row["system"]: KeyLedger(**{name: row[name] for name in _FIGURES}) for row in rows}
    return _Base(rows[0]["run_no"], rows[0]["upto"], keys) if rows else None


def _sum(ledger: KeyLedger, change: dict[str, int]) -> KeyLedger:
    return KeyLedger(**{name: value + change.get(name, 0) for name, value in asdict(ledger).items()})


def _change(database: Database, base: _Base, runs: Sequence[int], after: View) -> dict[str, dict[str, int]] | None:
    """By how much the figures of each system change; None: so much was written that counting anew is quicker."""
    seen = _commits(database, after)
    ties = _seen(_of_runs(database, link, LINK, runs), seen)
    goldens = _seen(_of_runs(database, golden_version, _ALIVE, runs), seen, "golden_id")
    ended = goldens.filter(pl.col("status") != "active")["golden_id"].sort().to_list()
    lost = (
        _goldens(database, base.view, ended).explode("members").select(ref="members").drop_nulls().select(split_ref())
    )
    moved = pl.concat([ties.select(KEYS), lost]).unique()
    refs = pl.concat([moved, _of_runs(database, source_version, _REF, runs).select(KEYS)]).unique().sort(KEYS)
    past = _past(database, source_version, PLACED, refs)
    was, now = _seen(past, _commits(database, base.view)), _seen(past, seen)
    attached = now.filter(pl.col("status") == "attached")
    stayed = was.filter(pl.col("status") == "attached").join(moved, on=KEYS, how="anti").select(KEYS)
    asked = attached.join(stayed, on=KEYS, how="anti")
    old = _seen(_past(database, link, LINK, asked.join(ties, on=KEYS, how="anti")), seen)
    tied = pl.concat([ties, old]).drop_nulls("golden_id").join(asked, on=KEYS, how="semi")
    others = tied.join(goldens, on="golden_id", how="anti")["golden_id"].unique().sort().to_list()
    alive = pl.concat([goldens, _goldens(database, after, others).select(list(_ALIVE))]).filter(
        pl.col("status") == "active"
    )
    placed = pl.concat([stayed, tied.join(alive, on="golden_id", how="semi").select(KEYS)])
    uncovered = _uncovered(database, runs, (was, now), after, seen)
    if uncovered is None:
        return None
    here = pl.concat([now.filter(pl.col("status") != "attached"), attached.join(placed, on=KEYS, how="semi")])
    return _counted((was, here), ((was, -1), (now, 1), (uncovered, 1)))


def _counted(
    sides: tuple[pl.DataFrame, pl.DataFrame], known: Sequence[tuple[pl.DataFrame, int]]
) -> dict[str, dict[str, int]]:
    """What has come less what has gone, by system and figure: of records where they were and are, and of keys seen."""
    change: dict[str, dict[str, int]] = {}
    for frame, sign in zip(sides, (-1, 1), strict=True):
        for system, name, count in frame.group_by("system", "status").len().iter_rows():
            _add(change, system, name, sign * count)
        for system, count in frame.filter("stale", pl.col("status") == "attached").group_by("system").len().iter_rows():
            _add(change, system, "stale", sign * count)
    for frame, sign in known:
        for system, count in frame.group_by("system").len().iter_rows():
            _add(change, system, "seen", sign * count)
    return change


def _add(change: dict[str, dict[str, int]], system: str, name: str, count: int) -> None:
    figures = change.setdefault(system, {})
    figures[name] = figures.get(name, 0) + count


def _since(database: Database, base: _Base | None, run_no: int) -> list[int]:
    """Runs that the base knows nothing of, this one among them."""
    newer = sa.select(commit_log.c.run_no)
    if base is not None:
        newer = newer.where(commit_log.c.seq > base.upto, commit_log.c.run_no != base.run_no)
    with database.read() as connection:
        return sorted({*connection.scalars(newer), run_no})


def _rows(database: Database, runs: Sequence[int] | None = None) -> int:
    """How many rows the runs, or all of them, wrote."""
    rows = sa.select(sa.func.coalesce(sa.func.sum(run_part.c.rows), 0))
    rows = rows.where(run_part.c.name.in_([table.name for table in _WRITTEN]))
    with database.read() as connection:
        return int(connection.scalar(rows if runs is None else rows.where(run_part.c.run_no.in_(runs))) or 0)


def _of_runs(database: Database, table: sa.Table, schema: pl.Schema, runs: Sequence[int]) -> pl.DataFrame:
    """What the runs wrote into the table, with run_no."""
    select = sa.select(*[table.c[name] for name in schema], table.c.run_no).where(table.c.run_no.in_(runs))
    return fetch_all(database, select, pl.Schema({**schema, "run_no": pl.Int64()}))


def _past(database: Database, table: sa.Table, schema: pl.Schema, refs: pl.DataFrame) -> pl.DataFrame:
    """All versions of these records. PostgreSQL answers a question for the latest of many by hashing whole tables."""
    select = sa.select(*[table.c[name] for name in schema], table.c.run_no)
    return by_refs(database, select, table, pl.Schema({**schema, "run_no": pl.Int64()}), refs)


def _commits(database: Database, view: View) -> pl.DataFrame:
    commit = commits(view)
    return fetch_all(database, sa.select(commit.c.run_no, commit.c.seq), _COMMIT)


def _seen(past: pl.DataFrame, seen: pl.DataFrame, *keys: str) -> pl.DataFrame:
    """Of each record (or other key) the latest version among the commits seen."""
    ordered = past.join(seen, on="run_no").sort("seq")
    return ordered.unique(keys or KEYS, keep="last", maintain_order=True).drop("run_no", "seq")


_GOLDEN = pl.Schema({**_ALIVE, "members": pl.List(pl.String), "seq": pl.Int64()})


def _goldens(database: Database, view: View, ids: Sequence[str]) -> pl.DataFrame:
    """Status and members of these golden customers, as the view sees them."""
    commit, version = commits(view), golden_version.c
    select = sa.select(version.golden_id, version.status, version.members, commit.c.seq).select_from(golden_version)
    joined = select.join(commit, commit.c.run_no == version.run_no)
    past = frame_among(database, joined, version.golden_id, _GOLDEN, ids)
    return past.sort("seq").unique("golden_id", keep="last", maintain_order=True)


def _uncovered(
    database: Database, runs: Sequence[int], placed: tuple[pl.DataFrame, pl.DataFrame], after: View, seen: pl.DataFrame
) -> pl.DataFrame | None:
    """Landed rows (system, row_key) that no record stands for any more or yet; None when too many have to be looked up."""

    def left(rows: pl.DataFrame, refs: pl.DataFrame) -> pl.DataFrame:
        return rows.join(_seen(_past(database, source_version, PLACED, refs), seen), on=_ROW.names(), how="anti")

    was, now = placed
    consumed = (
        sa.select(source_row.c.source, source_row.c.row_key)
        .join(batch, batch.c.batch_no == source_row.c.batch_no)
        .where(batch.c.run_no.in_(runs))
    )
    rows = pl.concat([fetch_all(database, consumed, _ROW), was.select(_ROW.names())]).unique()
    rows = rows.join(now, on=_ROW.names(), how="anti")
    rows = left(rows, rows.select("system", key="row_key"))
    if rows.height > _FEW_ROWS:
        return None
    parts = erasing.records_of(database, [SourceRef(*row) for row in rows.sort(_ROW.names()).iter_rows()])
    refs = pl.DataFrame([(r.system, r.key) for r in parts], schema=_REF, orient="row")
    rows = left(rows, refs)
    return rows.join(_landed(database, rows, after), on=_ROW.names(), how="semi")


def _landed(database: Database, rows: pl.DataFrame, view: View) -> pl.DataFrame:
    """Those of the rows that the view's runs consumed."""
    parts: Iterable[pl.DataFrame] = (
        fetch_all(
            database,
            landed(system, view).where(in_texts(database, source_row.c.row_key, mine["row_key"].to_list())),
            pl.Schema({"row_key": pl.String()}),
        ).select(system=pl.lit(system), row_key="row_key")
        for (system,), mine in rows.group_by("system")
    )
    return pl.concat([pl.DataFrame(schema=_ROW), *parts])
