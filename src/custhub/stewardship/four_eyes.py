"""Four eyes: two customers that people have vouched for become one only when two people say so."""

from __future__ import annotations

import json

import polars as pl

from custhub.errors import UsageError
from custhub.model.decisions import Decision, Judgement, TaskKind
from custhub.pipeline import Hub, confirmed_customers
from custhub.store import TASK

KEYS = ["system", "key"]


def waiting_task(hub: Hub, said: Decision) -> pl.DataFrame | None:
    """The task (TASK) in which this word waits for a second person's; None when it counts at once.

    Raises UsageError when it is the first person again.
    """
    if said.judgement is not Judgement.SAME or not hub.project.golden.limits.four_eyes:
        return None
    refs = pl.DataFrame({"system": [said.left.system, said.right.system], "key": [said.left.key, said.right.key]})
    ids = refs.join(hub.store.links(refs), on=KEYS, how="left", maintain_order="left")["golden_id"].to_list()
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
    row = {
        "key": key,
        "kind": TaskKind.FOUR_EYES.value,
        "title": "Two confirmed customers are to be one: a second person has to agree",
        "refs": sorted(pair.values()),
        "golden_ids": sorted(ids),
        "detail": json.dumps({**pair, "by": said.by, "at": said.at, "reason": said.reason}),
        "worth": 1_000_000,
        "status": "open",
        "assignee": None,
        "answer": None,
    }
    return pl.DataFrame([row], schema=TASK)


def answered(hub: Hub, said: Decision) -> pl.DataFrame:
    """The waiting task of the same pair, if there is one, answered by this word (TASK)."""
    waiting = hub.store.tasks(kind=TaskKind.FOUR_EYES).filter(pl.col("key") == task_key(said))
    told = waiting.with_columns(status=pl.lit("answered"), answer=pl.lit(f"{said.judgement.value} by {said.by}"))
    return told.select(TASK.names())


def task_key(said: Decision) -> str:
    return f"{TaskKind.FOUR_EYES}:{said.left}|{said.right}"
