"""The change feed's events: one per golden customer and run."""

from __future__ import annotations

from enum import StrEnum

import polars as pl


class EventType(StrEnum):
    """What happened to a golden customer. `merged` is told of the one that went, `updated` of the one that stayed."""

    CREATED = "created"
    UPDATED = "updated"
    MERGED = "merged"
    SPLIT = "split"
    DELETED = "deleted"
    ERASED = "erased"


EVENT = pl.Schema(
    {
        "golden_id": pl.String(),
        "type": pl.String(),
        "moved_to": pl.String(),  # merged: the survivor
        "gained": pl.List(pl.String()),  # source references that came to it
        "lost": pl.List(pl.String()),
        "changed": pl.List(pl.String()),  # attributes that differ between before and after
        "cause": pl.String(),  # JSON text: {"run": ..., "why": ...}
    }
)
"""Events in the order in which the run gives them; before and after are the golden versions around the run."""
