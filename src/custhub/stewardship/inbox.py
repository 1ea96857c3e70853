"""The steward's day: the tasks worth most first, and no more of them than a day's work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from custhub.model.decisions import Judgement
from custhub.pipeline import Hub


@dataclass(frozen=True, slots=True)
class Inbox:
    """Open tasks, those worth most first. `done`: answers given today; `waiting`: open tasks beyond the day's budget."""

    tasks: pl.DataFrame
    done: int
    waiting: int


def inbox(hub: Hub, *, at: datetime, everything: bool = False) -> Inbox:
    """What `limits.review_per_day` leaves for the day (UTC) of `at`, after the answers that people gave on it; with
    `everything` all there is."""
    tasks = hub.store.tasks()
    budget = hub.project.golden.limits.review_per_day
    if budget is None:
        return Inbox(tasks, done=0, waiting=0)
    said = [row.decision for row in hub.store.decisions(live=False)]
    today = f"{at:%Y-%m-%d}"
    done = sum(d.at.startswith(today) and d.judgement is not Judgement.HELD for d in said)
    shown = tasks if everything else tasks.head(max(0, budget - done))
    return Inbox(shown, done, tasks.height - shown.height)
