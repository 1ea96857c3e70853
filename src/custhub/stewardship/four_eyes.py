"""Four eyes: two customers that people have vouched for become one only when two people say so."""

from __future__ import annotations

import json

import polars as pl

from custhub.errors import UsageError
from custhub.model.decisions import Decision, Judgement, Task, TaskKind
from custhub.model.frames import KEYS, refs_frame
from custhub.pipeline import Hub, confirmed_customers
from custhub.store import TASK, task_frame


def waiting_task(hub: Hub, said: Decision) -> pl.DataFrame | None:
    """The task (TASK) in which this word waits for a second person's; None when it counts at once.

    Raises UsageError when it is the first person again.
    """
    if said.judgement is not Judgement.SAME or not hub.project.golden.limits.four_eyes:
        return None
    both = refs_frame((said.left, said.right))
    ids = both.join(hub.store.links(both), on=KEYS, how="left", maintain_order="left")["golden_id"].to_list()
    if ids[0] == ids[1] or not set(ids) <= confirmed_customers(hub):
        return None
    key = task_key(said)
    first = hub.store.tasks(kind=TaskKind.FOUR_EYES).filter(pl.col("key") == key)
    if not first.is_empty():
        by = json.loads(first["detail"][0])["by"]
        if by == said.by:
            raise UsageError(f"{by} has said so already", "a second person has to agree: both customers are confirmed")
        return None
    pair = {"left": str(said.left), "right": str(said.right)}
    title = "Two confirmed customers are to be one: a second person has to agree"
    detail = json.dumps({**pair, "by": said.by, "at": said.at, "reason": said.reason})
    refs, golden_ids = tuple(sorted(pair.values())), tuple(sorted(ids))
    return task_frame([Task(key, TaskKind.FOUR_EYES, title, refs, golden_ids, detail, worth=1_000_000)])


def answered(hub: Hub, said: Decision) -> pl.DataFrame:
    """The waiting task of the same pair, if there is one, answered by this word (TASK)."""
    waiting = hub.store.tasks(kind=TaskKind.FOUR_EYES).filter(pl.col("key") == task_key(said))
    told = waiting.with_columns(status=pl.lit("answered"), answer=pl.lit(f"{said.judgement.value} by {said.by}"))
    return told.select(TASK.names())


def task_key(said: Decision) -> str:
    return f"{TaskKind.FOUR_EYES}:{said.left}|{said.right}"
