"""Makes the plan that takes something back: golden customers, links and records as they are to be again. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import polars as pl

from custhub.golden import Identity
from custhub.model.frames import GOLDEN, KEYS, LINK, RECORD, conform, empty, split_ref
from custhub.plan.build import assemble
from custhub.plan.changes import record_changes
from custhub.plan.frames import Why
from custhub.plan.inputs import Current, RunInfo
from custhub.plan.outcome import Outcome, gone, moves
from custhub.plan.plan import Plan
from custhub.plan.values import differences
from custhub.store import CLOSING, QUARANTINED, TASK


@dataclass(frozen=True, slots=True)
class Before:
    """What is to be again. `goldens` (GOLDEN) are all active ones that `Current.goldens` become, with their ids."""

    goldens: pl.DataFrame
    records: pl.DataFrame = field(default_factory=lambda: empty(RECORD))
    tasks: pl.DataFrame = field(default_factory=lambda: empty(TASK))
    quarantine: pl.DataFrame = field(default_factory=lambda: empty(QUARANTINED))
    closings: pl.DataFrame = field(default_factory=lambda: empty(CLOSING))


def make_undo(current: Current, before: Before, run: RunInfo, *, why: Why = Why.UNDO) -> Plan:
    """The compensating plan. Ids that are no more lead to where most of their records go, else they retire."""
    active = current.goldens.filter(pl.col("status") == "active")
    wanted = conform(before.goldens, GOLDEN)
    identity, links_now = _identity(active, wanted), _links(active)
    changed = wanted.join(active.select("golden_id", "hash"), on=["golden_id", "hash"], how="anti")
    outcome = Outcome(
        identity=identity,
        links_before=links_now,
        reused=empty(LINK).select("system", "key"),
        members=pl.DataFrame(),
        goldens=wanted,
        written=pl.concat([changed, gone(identity, current.goldens)]),
        differences=differences(active, changed),
        moves=moves(links_now, identity.links),
    )
    records = record_changes(current.records, conform(before.records, RECORD))
    causes = outcome.written.select("golden_id", why=pl.lit(why.value))
    rest = {"tasks": before.tasks, "quarantine": before.quarantine, "closings": before.closings}
    return replace(assemble(outcome, records, causes, rest, run), active_before=current.active)


def _links(goldens: pl.DataFrame) -> pl.DataFrame:
    """LINK of all members of some golden customers."""
    refs = goldens.select("golden_id", pl.col("members").alias("ref")).explode("ref").drop_nulls("ref")
    return conform(refs.select("golden_id", *split_ref()), LINK)


def _identity(active: pl.DataFrame, wanted: pl.DataFrame) -> Identity:
    links, now = _links(wanted), _links(active)
    ended = active.select("golden_id").join(wanted, on="golden_id", how="anti")
    heirs = now.join(ended, on="golden_id", how="semi").join(links, on=KEYS, suffix="_to")
    most = heirs.group_by("golden_id", "golden_id_to").len().sort("len", "golden_id_to", descending=[True, False])
    merged = most.unique("golden_id", keep="first", maintain_order=True).select("golden_id", moved_to="golden_id_to")
    return Identity(
        links=links,
        created=empty(LINK).select("golden_id"),
        revived=wanted.select("golden_id").join(active, on="golden_id", how="anti").sort("golden_id"),
        merged=merged.sort("golden_id"),
        retired=ended.join(merged, on="golden_id", how="anti").sort("golden_id"),
    )
