"""What goes into and comes out of the store besides the frames of `model.frames`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import polars as pl

from custhub.model.decisions import Decision, Pin, Task
from custhub.model.events import EVENT
from custhub.model.frames import GOLDEN, REJECTED, conform
from custhub.model.ledger import RowLedger
from custhub.model.refs import SourceRef


class BatchState(StrEnum):
    """How far a batch has come, in this order; WITHDRAWN: taken back by an undo."""

    LANDED = "landed"
    MAPPED = "mapped"
    CHECKED = "checked"
    MATCHED = "matched"
    PLANNED = "planned"
    APPLIED = "applied"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class RunKind(StrEnum):
    """Who changes golden customers: the pipeline, a steward's click, or an undo; a release lets go of what an undo holds."""

    RUN = "run"
    DECISION = "decision"
    UNDO = "undo"
    RELEASE = "release"
    ERASE = "erase"


class RunState(StrEnum):
    """OPEN runs may hold staged rows that nobody sees; ABANDONED ones have been swept."""

    OPEN = "open"
    PUBLISHED = "published"
    ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True)
class Batch:
    """One landing of one source. `folder` and `info` are the pipeline's own; `run_no` is the run that consumes it."""

    batch_id: str
    source: str
    at: datetime
    folder: str
    full: bool
    ledger: RowLedger
    state: BatchState = BatchState.LANDED
    info: Mapping[str, Any] = field(default_factory=dict)
    run_no: int | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """A run as the store knows it; `seq` is its place in the commit order, `committed` when that was, None until it is
    published."""

    run_no: int
    run_id: str
    kind: RunKind
    at: datetime
    state: RunState
    base_seq: int | None
    seq: int | None
    committed: str | None
    summary: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Changes:
    """What a run writes, all of it invisible until the run is published. None: the run has none of that.

    records RECORD, links LINK, goldens GOLDEN, events EVENT (in feed order), quarantine REJECTED + severity (see
    QUARANTINED), closings CLOSING, tasks TASK. Goldens and events belong into one call. A task's row is its new state: the same key opens, changes or closes it.
    """

    records: pl.DataFrame | None = None
    links: pl.DataFrame | None = None
    goldens: pl.DataFrame | None = None
    events: pl.DataFrame | None = None
    quarantine: pl.DataFrame | None = None
    closings: pl.DataFrame | None = None
    tasks: pl.DataFrame | None = None


@dataclass(frozen=True, slots=True)
class Erasing:
    """What is to be erased: landed rows (source and row key) and all records that came from them."""

    rows: tuple[SourceRef, ...]
    refs: tuple[SourceRef, ...]
    by: str
    name: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What people decided, written in the publishing transaction itself.

    A decision supersedes the pair's live one, a pin the anchor's live pin of that attribute. `released` (decisions) and
    `unpinned` (pins) end live ones by id without a successor. `withdrawn` batches count no longer, `returned` ones wait
    for the next run again (batch ids). `by`: who says so, where the facts do not.
    """

    decisions: Sequence[Decision] = ()
    released: Sequence[str] = ()
    pins: Sequence[Pin] = ()
    unpinned: Sequence[str] = ()
    withdrawn: Sequence[str] = ()
    returned: Sequence[str] = ()
    by: str = ""
    erasing: Erasing | None = None


@dataclass(frozen=True, slots=True)
class View:
    """Which commits a read sees: all of them, those up to a `seq`, or those up to a time.

    `including` adds the staged rows of one unpublished run, as if it were published last. `without` leaves runs out, as if
    they had never been (reads of frames only).
    """

    upto: int | None = None
    as_of: datetime | None = None
    including: int | None = None
    without: tuple[int, ...] = ()


LATEST = View()


@dataclass(frozen=True, slots=True)
class GoldenCustomer:
    """One version of one golden customer. `asked` is the id or, by source key, what it was attached to when asked."""

    asked: str
    golden_id: str  # differs from `asked` when that was merged: the survivor at the end of the chain
    status: str
    kind: str | None
    display_name: str | None
    members: tuple[str, ...]
    doc: str | None
    prov: str | None
    hash: str | None
    seq: int  # of the commit that made this version
    at: str  # of that commit


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """A decision with its place in history: `seq` is its commit, `superseded_by` a decision id, or "released"; None while
    it is live."""

    decision: Decision
    run_no: int
    superseded_by: str | None
    seq: int

    @property
    def pair(self) -> tuple[SourceRef, SourceRef]:
        return self.decision.left, self.decision.right


@dataclass(frozen=True, slots=True)
class Approval:
    """A person let a plan through: for exactly that plan, or for any plan of the run within `budget`."""

    plan_hash: str
    run_id: str
    budget: Mapping[str, int]
    by: str
    at: str


ROW = pl.Schema(
    {
        "row_key": pl.String(),
        "row_hash": pl.String(),
        "batch_id": pl.String(),
        "position": pl.Int64(),
        "present": pl.Boolean(),
    }
)
"""Latest landed row per key of one source; `present` is false when the source has deleted it."""

QUARANTINED = pl.Schema({**REJECTED, "severity": pl.String()})

QUARANTINE = pl.Schema(
    {
        "id": pl.String(),
        **QUARANTINED,
        "status": pl.String(),  # open | waived | fixed | resolved
        "who": pl.String(),
        "why": pl.String(),
        "opened_run": pl.Int64(),
        "closed_run": pl.Int64(),
    }
)

CLOSING = pl.Schema({"id": pl.String(), "status": pl.String(), "who": pl.String(), "why": pl.String()})
"""Ends quarantine rows by id; status waived | fixed | resolved."""

TASK = pl.Schema(
    {
        "key": pl.String(),
        "kind": pl.String(),
        "title": pl.String(),
        "refs": pl.List(pl.String()),
        "golden_ids": pl.List(pl.String()),
        "detail": pl.String(),
        "worth": pl.Int64(),
        "status": pl.String(),  # open | asleep | answered | closed
        "assignee": pl.String(),
        "answer": pl.String(),
    }
)
"""Tasks as they are staged; reads add opened_run, opened_at and run_no of the latest version."""

GOLDENS = pl.Schema({**GOLDEN, "born": pl.Int64(), "seq": pl.Int64()})
"""GOLDEN plus the first run that wrote the id, and the commit of this version."""

FEED = pl.Schema(
    {
        "seq": pl.Int64(),
        **EVENT,
        "run_id": pl.String(),
        "at": pl.String(),
        "before": pl.String(),
        "after": pl.String(),
        "members_before": pl.List(pl.String()),
        "members_after": pl.List(pl.String()),
    }
)
"""The change feed: EVENT with its number, its run and the golden documents (JSON text) around it."""


def task_frame(tasks: Sequence[Task], *, status: str = "open") -> pl.DataFrame:
    """Tasks of the model as TASK rows, all in one status."""
    columns = {
        "key": [t.key for t in tasks],
        "kind": [t.kind.value for t in tasks],
        "title": [t.title for t in tasks],
        "refs": _lists([t.refs for t in tasks]),
        "golden_ids": _lists([t.golden_ids for t in tasks]),
        "detail": [t.detail for t in tasks],
        "worth": [t.worth for t in tasks],
        "status": [status] * len(tasks),
    }
    return conform(pl.DataFrame(columns, schema_overrides={name: TASK[name] for name in columns}), TASK)


def _lists(values: Sequence[Sequence[str]]) -> pl.Series:
    """Many short lists as a column; Polars' own way there makes a column of each list first."""
    return pl.Series([json.dumps(list(value)) for value in values], dtype=pl.String).str.json_decode(TASK["refs"])
