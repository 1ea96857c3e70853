"""Did anybody commit something that this run touches? Always asked from the smaller side, by keys."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from custhub.errors import PlanMovedError
from custhub.store.database import Database
from custhub.store.staging import counts
from custhub.store.tables import (
    commit_log,
    decision,
    golden_version,
    link,
    pin,
    run_part,
    source_version,
    task,
)
from custhub.store.views import among, latest

Key = tuple[str, ...]


@dataclass(slots=True)
class Moved:
    """What was found: golden ids, and whether anything was found that has none."""

    golden_ids: set[str] = field(default_factory=set)
    any: bool = False

    def add(self, golden_ids: Iterable[str | None]) -> None:
        self.any = True
        self.golden_ids.update(g for g in golden_ids if g is not None)


def refuse_moved(database: Database, connection: Connection, run_no: int, base_seq: int) -> None:
    """Raises PlanMovedError when a commit after `base_seq` wrote what the staged run writes.

    Golden customers, links, source records and tasks count, and decisions and pins on records that the run moves.
    """
    check = _Check(database, connection, run_no, base_seq)
    if not check.newer_runs():
        return
    moved = Moved()
    for (golden_id,) in check.shared(golden_version, ("golden_id",)):
        moved.add([golden_id])
    refs = check.shared(link, ("system", "key")) | check.shared(source_version, ("system", "key"))
    refs |= check.judged_refs()
    if refs:
        moved.add(check.golden_ids_of(refs))
    for (key,) in check.shared(task, ("key",)):
        moved.add(check.golden_ids_of_task(key))
    if moved.any:
        raise PlanMovedError(sorted(moved.golden_ids))


@dataclass(frozen=True, slots=True)
class _Check:
    database: Database
    connection: Connection
    run_no: int
    base_seq: int

    def newer(self) -> Any:
        return sa.and_(commit_log.c.seq > self.base_seq, commit_log.c.run_no != self.run_no)

    def newer_runs(self) -> bool:
        return self.connection.execute(sa.select(commit_log.c.seq).where(self.newer()).limit(1)).first() is not None

    def shared(self, table: sa.Table, columns: Sequence[str]) -> set[Key]:
        """Keys that both this run and a newer commit wrote into the table."""
        mine = counts(self.connection, self.run_no).get(table.name, 0)
        theirs = self._newer_rows(table)
        if not mine or not theirs:
            return set()
        keys = [table.c[name] for name in columns]
        of_mine = sa.select(*keys).where(table.c.run_no == self.run_no)
        of_theirs = sa.select(*keys).join(commit_log, commit_log.c.run_no == table.c.run_no).where(self.newer())
        few, many = (of_mine, of_theirs) if mine <= theirs else (of_theirs, of_mine)
        wanted = {tuple(row) for row in self.connection.execute(few)}
        return self._among(many, keys, wanted)

    def _newer_rows(self, table: sa.Table) -> int:
        rows = (
            sa.select(sa.func.coalesce(sa.func.sum(run_part.c.rows), 0))
            .join(commit_log, commit_log.c.run_no == run_part.c.run_no)
            .where(self.newer(), run_part.c.name == table.name)
        )
        return int(self.connection.execute(rows).scalar_one())

    def _among(self, select: sa.Select[Any], keys: Sequence[Any], wanted: set[Key]) -> set[Key]:
        """Those of the wanted keys that the select has; all but the last key column has few values."""
        found: set[Key] = set()
        for head in sorted({key[:-1] for key in wanted}):
            tails = [key[-1] for key in wanted if key[:-1] == head]
            fixed = select.where(*[column == value for column, value in zip(keys[:-1], head, strict=True)])
            found |= {tuple(row) for row in among(self.database, self.connection, fixed, keys[-1], tails)}
        return found

    def judged_refs(self) -> set[Key]:
        """Records of newer decisions and pins whose link or golden customer this run writes."""
        refs = set()
        for table, sides in ((decision, ("left", "right")), (pin, ("anchor",))):
            for side in sides:
                pair = (table.c[f"{side}_system"], table.c[f"{side}_key"])
                newer = sa.select(*pair).join(commit_log, commit_log.c.run_no == table.c.run_no).where(self.newer())
                refs |= {tuple(row) for row in self.connection.execute(newer)}
        if not refs:
            return set()
        return {ref for ref in refs if self._moves(ref)}

    def _moves(self, ref: Key) -> bool:
        for table in (link, source_version):
            mine = sa.select(table.c.run_no).where(
                table.c.system == ref[0], table.c.key == ref[1], table.c.run_no == self.run_no
            )
            if self.connection.execute(mine).first() is not None:
                return True
        golden_ids = self.golden_ids_of({ref})
        mine = sa.select(golden_version.c.run_no).where(
            golden_version.c.golden_id.in_(sorted(golden_ids)), golden_version.c.run_no == self.run_no
        )
        return bool(golden_ids) and self.connection.execute(mine).first() is not None

    def golden_ids_of(self, refs: set[Key]) -> set[str]:
        """Where the records are attached now, as far as committed."""
        version, commit, current = latest(link, ("system", "key"))
        select = sa.select(version.c.system, version.c.key, version.c.golden_id).join(commit, current)
        found = set()
        for system in sorted({system for system, _ in refs}):
            here, keys = select.where(version.c.system == system), [key for of, key in refs if of == system]
            rows = among(self.database, self.connection, here, version.c.key, keys)
            found |= {row.golden_id for row in rows if row.golden_id is not None}
        return found

    def golden_ids_of_task(self, key: str) -> list[str]:
        mine = sa.select(task.c.golden_ids).where(task.c.key == key, task.c.run_no == self.run_no)
        return list(json.loads(self.connection.execute(mine).scalar_one()))
