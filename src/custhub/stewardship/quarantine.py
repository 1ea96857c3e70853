"""Quarantined rows: looked at, tried again, accepted."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import polars as pl

from custhub.errors import NotFoundError, UsageError
from custhub.pipeline import Hub, cannot_be_read, rework_batch
from custhub.stewardship.deciding import click_id
from custhub.store import CLOSING, REVOKED, Changes, Facts, RunKind


def quarantined(hub: Hub, row: str, *, status: str = "open") -> dict[str, Any]:
    """One quarantined row by its id or a unique beginning of it. Raises NotFoundError or UsageError."""
    found = hub.store.quarantine(status=status).filter(pl.col("id").str.starts_with(row))
    if found.is_empty():
        raise NotFoundError("quarantined row" if status == "open" else f"{status} row", row)
    if found.height > 1:
        raise UsageError(f"{row} fits {found.height} quarantined rows", "give more characters of the id")
    return found.row(0, named=True)


def retry(hub: Hub, *, source: str | None, at: datetime) -> list[str]:
    """Puts all quarantined rows (of a source) to work again; the next run maps and checks them. Returns batch ids."""
    rows = hub.store.quarantine(system=source)
    made = [_rework(hub, str(name), part["row_key"], at, "retry") for (name,), part in rows.group_by("system")]
    return sorted(batch for batch in made if batch)


def retry_row(hub: Hub, row: str, *, at: datetime) -> str | None:
    """Puts one quarantined row to work again; a row without a key of its own comes again with its source only."""
    found = quarantined(hub, row)
    if _is_unreadable(hub, found):
        raise UsageError("this row could not be read", "correct it at the source; the next extraction reads it again")
    return _rework(hub, found["system"], pl.Series([found["row_key"]]), at, "retry")


def waive(hub: Hub, row: str, *, by: str, at: datetime, reason: str) -> str | None:
    """Accepts a quarantined row in spite of its rule, until the row comes with other content; the next run takes it in.

    Only checks can be waived: a row that could not be read or mapped has nothing to take in (UsageError).
    """
    found = quarantined(hub, row)
    if not reason.strip():
        raise UsageError("no reason given", "say why the row is right in spite of the rule")
    if found["layer"] == "mapping" or _is_unreadable(hub, found):
        raise UsageError("this row could not be read or mapped", "correct the source or the mapping, then retry")
    closing = pl.DataFrame([{"id": found["id"], "status": "waived", "who": by, "why": reason.strip()}], schema=CLOSING)
    hub.store.write(click_id(at, by, found["id"]), at, Changes(closings=closing), Facts(), kind=RunKind.DECISION)
    return _rework(hub, found["system"], pl.Series([found["row_key"]]), at, "waived")


def unwaive(hub: Hub, row: str, *, by: str, at: datetime, reason: str) -> str | None:
    """Takes a waiver back: the next run checks the row anew, and its records are what they were before it was accepted.

    Raises UsageError when the row has come with other content since, for then the waiver has ended by itself.
    """
    found = quarantined(hub, row, status="waived")
    if not reason.strip():
        raise UsageError("no reason given", "say why the row should not have been accepted")
    latest = hub.store.rows(found["system"]).filter(pl.col("row_key") == found["row_key"], pl.col("present"))
    if latest["batch_id"].to_list() != [found["batch_id"]]:
        raise UsageError("the row has come with other content since", "the waiver has ended by itself")
    clicks = hub.store.runs(kind=RunKind.DECISION, limit=10**9)
    before = next(run.seq for run in clicks if run.run_no == found["closed_run"])
    closing = pl.DataFrame([{"id": found["id"], "status": REVOKED, "who": by, "why": reason.strip()}], schema=CLOSING)
    hub.store.write(click_id(at, by, found["id"]), at, Changes(closings=closing), Facts(), kind=RunKind.DECISION)
    return rework_batch(hub, found["system"], latest, at=at, why="unwaived", as_before=before)


def _is_unreadable(hub: Hub, row: dict[str, Any]) -> bool:
    if row["row_key"].startswith("?"):
        return True
    return row["layer"] == "landed" and cannot_be_read(hub, row["batch_id"], row["row_key"])


def _rework(hub: Hub, source: str, row_keys: pl.Series, at: datetime, why: str) -> str | None:
    rows = hub.store.rows(source).filter(pl.col("present") & pl.col("row_key").is_in(row_keys.implode()))
    return rework_batch(hub, source, rows, at=at, why=why)
