"""Right to erasure: the values of source rows go out of everything that custhub keeps, and do not come back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import polars as pl

from custhub.errors import NotFoundError, UsageError
from custhub.model.decisions import TaskKind
from custhub.model.events import EventType
from custhub.model.frames import refs_frame
from custhub.model.refs import SourceRef
from custhub.pipeline import Hub, push, strip_files, sweep
from custhub.plan import Before, Current, Plan, RunInfo, Why, make_undo
from custhub.stewardship.surviving import emptied, worked_out
from custhub.store import CLOSING, TASK, Changes, Erasing, Facts, RunKind

_ERASED = "erased"


@dataclass(frozen=True, slots=True)
class ErasureReport:
    """What was erased. `left`: what a person has to see to, since custhub cannot."""

    erasure_id: str
    rows: tuple[str, ...]
    records: tuple[str, ...]
    golden_erased: tuple[str, ...]
    golden_changed: tuple[str, ...]
    decisions: int
    files_rewritten: int
    run_folders_removed: int
    left: tuple[str, ...]
    seq: int


def erase(hub: Hub, target: str, *, by: str, at: datetime, reason: str = "") -> ErasureReport:
    """Erases a source row (`system:key`) or all rows of a golden customer, by its id.

    Landed rows, records, golden versions, past events, quarantined raw rows, decisions and pins lose the values; later
    loads of the same keys are dropped before they are landed. Repeated after a crash it goes on. There is no undo.
    Raises NotFoundError, UsageError for a record that is only a part of its row.
    """
    rows = rows_behind(hub, target)
    refs = hub.store.records_of(rows)
    ids = hub.store.golden_ids_of(refs)
    name = f"erase-{at:%Y%m%dT%H%M%S%f}"
    sweep(hub, but=name)
    said = [d for d in hub.store.decisions(live=False) if set(d.pair) & set(refs)]
    base = hub.store.head()
    plan = _plan(hub, refs, RunInfo(name, at, base))
    gone = plan.payload["goldens"].filter(pl.col("status") == _ERASED)["golden_id"]
    facts = Facts(by=by, erasing=Erasing(tuple(rows), tuple(refs), by, name))
    tasks = pl.concat([plan.payload["tasks"], _answered(hub, rows, by)]).unique("key", keep="last", maintain_order=True)
    changes = Changes(**{**plan.payload, "closings": _settled(hub, rows, by), "tasks": tasks})
    seq = hub.store.write(name, at, changes, facts, kind=RunKind.ERASE, base_seq=base)
    run = hub.store.run(name)
    hub.store.save_summary(run.run_no, {"by": by, "reason": reason})
    rewritten, removed = strip_files(hub, rows)
    hub.store.settle()
    push(hub)
    return ErasureReport(
        name,
        tuple(map(str, rows)),
        tuple(map(str, refs)),
        tuple(gone.sort()),
        tuple(golden_id for golden_id in ids if golden_id not in set(gone)),
        len(said),
        rewritten,
        removed,
        _left(hub),
        seq,
    )


def _answered(hub: Hub, rows: Sequence[SourceRef], by: str) -> pl.DataFrame:
    """Requests (TASK) for the erasure of these rows, whoever made them: they are answered."""
    asked = hub.store.tasks(kind=TaskKind.ERASURE)
    mine = pl.col("refs").list.set_difference([str(row) for row in rows]).list.len() == 0
    done = {"status": "answered", "answer": f"erased by {by}", "detail": "{}"}
    return asked.filter(mine).with_columns(**{name: pl.lit(value) for name, value in done.items()}).select(TASK.names())


def rows_behind(hub: Hub, target: str) -> list[SourceRef]:
    """The landed rows behind a reference or a golden id."""
    if ":" not in target:
        golden = hub.store.golden(target)
        if golden is None:
            raise NotFoundError("golden customer", target)
        known = hub.store.goldens([golden.golden_id])["members"].explode().drop_nulls().to_list()
        refs = [SourceRef.parse(ref) for ref in known or hub.store.last_members(golden.golden_id)]
        wanted = refs_frame(refs)
        found = hub.store.records(refs=wanted).select("system", "row_key").unique().sort("system", "row_key")
        if found.is_empty():
            raise UsageError(f"golden customer {target} has no records", "name the source records: system:key")
        return [SourceRef(system, key) for system, key in found.iter_rows()]
    ref = SourceRef.parse(target)
    records = hub.store.records(refs=refs_frame([ref]))
    row = records["row_key"].to_list()
    if row and row[0] != ref.key:
        hint = f"erase the row with all its customers: {ref.system}:{row[0]}"
        raise UsageError(f"{target} is a part of the source row {row[0]}", hint)
    if not row and hub.store.rows(ref.system).filter(pl.col("row_key") == ref.key).is_empty():
        raise NotFoundError("source row", target)
    return [ref]


def _plan(hub: Hub, refs: Sequence[SourceRef], run: RunInfo) -> Plan:
    """Golden customers without the records; those that have no others are erased."""
    store = hub.store
    texts = [str(ref) for ref in refs]
    frame = refs_frame(refs)
    goldens = store.goldens(store.links(frame)["golden_id"].unique().to_list())
    members = goldens.select("golden_id", ref="members").explode("ref").drop_nulls("ref")
    others, made = worked_out(hub, members.filter(~pl.col("ref").is_in(texts)), run.at)
    records = store.records(refs=frame)
    current = Current(records=pl.concat([records, others]), goldens=goldens, active=store.active_count())
    plan = make_undo(
        current, Before(goldens=made, records=pl.concat([emptied(records, "deleted"), others])), run, why=Why.ERASED
    )
    ended = pl.col("status") == "retired"
    told = pl.col("type") == EventType.DELETED.value
    payload = {
        **plan.payload,
        "goldens": plan.payload["goldens"].with_columns(
            status=pl.when(ended).then(pl.lit(_ERASED)).otherwise("status")
        ),
        "events": plan.payload["events"].with_columns(
            type=pl.when(told).then(pl.lit(EventType.ERASED.value)).otherwise("type")
        ),
    }
    return replace(plan, payload=payload)


def _settled(hub: Hub, rows: Sequence[SourceRef], by: str) -> pl.DataFrame:
    """Ends the rows' open refusals (CLOSING): there is nothing left to correct."""
    mine = pl.DataFrame([(r.system, r.key) for r in rows], schema=["system", "row_key"], orient="row")
    waiting = hub.store.quarantine().join(mine, on=["system", "row_key"], how="semi")
    told = {"status": pl.lit("resolved"), "who": pl.lit(by), "why": pl.lit("erased")}
    return waiting.select("id", **told).match_to_schema(CLOSING)


def _left(hub: Hub) -> tuple[str, ...]:
    """Copies that custhub does not hold or cannot tell apart."""
    targets = [f"files that were written to publish target {t.name} before" for t in hub.project.golden.publish]
    vacuum = [] if hub.store.database.is_sqlite else ["PostgreSQL's dead rows, until VACUUM, and its write-ahead log"]
    return (
        "the source systems themselves, and backups",
        *vacuum,
        "the matching model and its value frequencies, which count values without saying whose: custhub train makes new ones",
        *targets,
    )
