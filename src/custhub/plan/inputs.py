"""What a plan is made from: the store's present state, this run's evidence, the rules and the run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from custhub.model.decisions import Decision, Pin, Task
from custhub.model.frames import LINK, PAIR, RECORD, empty
from custhub.store import CLOSING, GOLDENS, QUARANTINED, TASK


@dataclass(frozen=True, slots=True)
class RunInfo:
    """The run that plans. `at` is its logical time, `base_seq` the commit that `Current` was read at."""

    run_id: str
    at: datetime
    base_seq: int


@dataclass(frozen=True, slots=True)
class Current:
    """What the store holds of everything that the plan may touch, and of the partners of its pairs.

    The references in `Evidence.records` are the scope: for each golden customer that has a member there, all members
    must be there. `former` are the records' last links to another customer than now (or to the last one, when attached to
    none), with these in `goldens`: what comes back or apart takes its retired or merged id up again. `tasks` are open,
    sleeping and answered ones.
    """

    records: pl.DataFrame = field(default_factory=lambda: empty(RECORD))
    links: pl.DataFrame = field(default_factory=lambda: empty(LINK))
    goldens: pl.DataFrame = field(default_factory=lambda: empty(GOLDENS))
    former: pl.DataFrame = field(default_factory=lambda: empty(LINK))
    tasks: pl.DataFrame = field(default_factory=lambda: empty(TASK))
    active: int = 0  # how many golden customers there are in the whole store


@dataclass(frozen=True, slots=True)
class Inspection:
    """What the golden rules say. `tasks`: one per golden customer and failing rule; `ended`: keys of tasks to close."""

    tasks: Sequence[Task] = ()
    ended: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Evidence:
    """What this run found out.

    `records` are the scope as it will be (RECORD): new and changed ones, deleted, quarantined and excluded ones, and
    unchanged members of touched golden customers. `clusters` (system, key, cluster) covers every attached one.
    `kept` are the pairs behind parts of a customer that stay together though evidence would not bring them together now.
    `too_large` are clusters above the size limit, as source references.
    """

    records: pl.DataFrame
    clusters: pl.DataFrame
    pairs: pl.DataFrame = field(default_factory=lambda: empty(PAIR))
    kept: pl.DataFrame = field(default_factory=lambda: empty(PAIR))
    decisions: Sequence[Decision] = ()
    pins: Sequence[Pin] = ()
    too_large: Sequence[Sequence[str]] = ()
    frequencies: pl.DataFrame | None = None  # golden.FREQUENCIES of the frozen model
    quarantine: pl.DataFrame = field(default_factory=lambda: empty(QUARANTINED))
    closings: pl.DataFrame = field(default_factory=lambda: empty(CLOSING))
    inspect: Callable[[pl.DataFrame], Inspection] = lambda written: Inspection()  # is given the GOLDEN rows to write
