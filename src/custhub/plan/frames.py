"""The one list of changes that a plan is, and the tasks beside it."""

from __future__ import annotations

from enum import StrEnum

import polars as pl


class Action(StrEnum):
    """What a change does; in this order they are listed."""

    MERGE = "merge"
    SPLIT = "split"
    RETIRE = "retire"
    REVIVE = "revive"
    CREATE = "create"
    UPDATE = "update"
    ATTACH = "attach"
    DETACH = "detach"
    RECORD = "record"
    QUARANTINE = "quarantine"
    QUARANTINE_END = "quarantine_end"
    TASK_OPEN = "task_open"
    TASK_CLOSE = "task_close"


class Why(StrEnum):
    """The cause of a change, as the change feed tells it."""

    DATA = "data"  # a source record is new, changed or back
    DELETED = "deleted"  # source records are gone
    QUARANTINED = "quarantined"  # a record has nothing good to offer any more
    DECISION = "decision"  # a person's word put records together or apart
    MATCH = "match"  # matching did
    REUSED = "key_reused"  # a source key means somebody else now
    PIN = "pin"  # a pin was set, changed or ended
    RULES = "rules"  # no record moved: rules or trust over time did
    ERASED = "erased"  # somebody has a right to be forgotten
    UNDO = "undo"  # a person took back what a run did


CHANGE = pl.Schema(
    {
        "action": pl.String(),
        "golden_id": pl.String(),
        "moved_to": pl.String(),  # merge: the survivor
        "ref": pl.String(),  # attach, detach, record, quarantine: source reference; task_*: the task's key
        "gained": pl.List(pl.String()),  # source references that come to the golden customer
        "lost": pl.List(pl.String()),
        "attribute": pl.String(),  # update: one row per attribute; null: only members move
        "old": pl.String(),  # JSON text of the value; of a record: its status
        "new": pl.String(),
        "rule": pl.String(),  # update: letter of golden.LETTERS; quarantine: rule id; task_*: the task's kind
        "cause": pl.String(),
    }
)
"""One row per small change. `old` and `new` of updates are personal values."""

PAYLOAD = ("records", "links", "goldens", "events", "tasks", "quarantine", "closings")
"""Names of the frames that applying the plan writes."""
