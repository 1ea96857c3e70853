"""Makes the plan: identity, survivorship and tasks compared with what the store holds. Frames in, Plan out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import polars as pl

from custhub.golden import Survivorship
from custhub.model.decisions import Task
from custhub.model.frames import KEYS, LINK, RECORD, conform, empty, ref_of
from custhub.plan.causes import find_causes, make_events
from custhub.plan.changes import list_changes, record_changes
from custhub.plan.hold import merge_probabilities
from custhub.plan.inputs import Current, Evidence, RunInfo
from custhub.plan.outcome import Outcome, work_out
from custhub.plan.plan import MERGES, Plan, plan_hash
from custhub.plan.reuse import reuse_tasks
from custhub.plan.tasks import (
    Homes,
    conflicts,
    drifted_apart,
    moved_pins,
    possible_duplicates,
    refused_words,
    task_changes,
    too_large,
    two_owners,
)
from custhub.store import CLOSING, QUARANTINED


def make_plan(current: Current, evidence: Evidence, rules: Survivorship, run: RunInfo, draw: Iterator[str]) -> Plan:
    """What this run would change; nothing is written.

    Raises ValueError when the scope is not closed or a cluster is missing: both are mistakes of the caller.
    """
    scope = conform(evidence.records, RECORD)
    _check_scope(current, scope, evidence.clusters)
    outcome = work_out(current, evidence, rules, run, draw)
    records = record_changes(current.records, scope)
    causes = find_causes(outcome, records, current.goldens, evidence.decisions)
    inspection = evidence.inspect(outcome.written)
    looked_at = frozenset(scope.select(ref_of())["ref"]) if current.tasks.height else frozenset()
    refused, settled = refused_words(current.tasks, evidence.decisions)
    wanted = [*_tasks(current, evidence, outcome), *inspection.tasks, *refused]
    rest = {
        "tasks": task_changes(wanted, current.tasks, looked_at, inspection.ended | settled),
        "quarantine": conform(evidence.quarantine, QUARANTINED),
        "closings": conform(evidence.closings, CLOSING),
    }
    merges = merge_probabilities(outcome.identity.merged, outcome.links_before, evidence.pairs)
    return replace(assemble(outcome, records, causes, rest, run), merges=merges, active_before=current.active)


def assemble(
    outcome: Outcome, records: pl.DataFrame, causes: pl.DataFrame, rest: dict[str, pl.DataFrame], run: RunInfo
) -> Plan:
    """The plan that writes the outcome, its changed records and the `rest`: tasks, quarantine, closings."""
    payload = {
        "records": records.select(RECORD.names()),
        "links": _changed_links(outcome),
        "goldens": outcome.written.sort("golden_id"),
        "events": make_events(outcome, causes, run),
        **rest,
    }
    changes = list_changes(outcome, records, causes, payload)
    return Plan(run, changes, payload, empty(MERGES), 0, plan_hash(changes, outcome.written))


def _check_scope(current: Current, scope: pl.DataFrame, clusters: pl.DataFrame) -> None:
    attached = scope.filter((pl.col("status") == "attached") & pl.col("doc").is_not_null())
    if attached.height != scope.filter(pl.col("status") == "attached").height:
        raise ValueError("an attached record in the plan's scope has no document")
    if attached.join(clusters, on=KEYS, how="anti").height or clusters.join(attached, on=KEYS, how="anti").height:
        raise ValueError("clusters and attached records of the plan's scope are not the same records")
    if clusters.select(KEYS).is_duplicated().any() or scope.select(KEYS).is_duplicated().any():
        raise ValueError("a record stands twice in the plan's scope")
    touched = current.links.join(scope, on=KEYS, how="semi").select("golden_id").unique()
    members = (
        current.goldens.join(touched, on="golden_id", how="semi").select("golden_id", "members").explode("members")
    )
    missing = members.drop_nulls("members").join(scope.select(ref_of().alias("members")), on="members", how="anti")
    if missing.height:
        raise ValueError(f"{missing['golden_id'].n_unique()} golden customers are only partly in the plan's scope")


def _changed_links(outcome: Outcome) -> pl.DataFrame:
    """LINK rows to write: records with another golden customer than before, or with none any more."""
    new = outcome.identity.links.join(outcome.links_before, on=LINK.names(), how="anti")
    gone = outcome.links_before.join(outcome.identity.links, on=KEYS, how="anti")
    none = gone.with_columns(pl.lit(None, dtype=pl.String).alias("golden_id"))
    return pl.concat([new, none]).sort(KEYS)


def _tasks(current: Current, evidence: Evidence, outcome: Outcome) -> list[Task]:
    homes = _homes(current, evidence, outcome)
    return [
        *possible_duplicates(evidence.pairs, homes, evidence.decisions, current.tasks),
        *drifted_apart(evidence.kept, homes, evidence.decisions, current.tasks),
        *conflicts(evidence.decisions, homes),
        *too_large(evidence.too_large, homes),
        *two_owners(outcome.members),
        *moved_pins(evidence.pins, outcome.goldens),
        *reuse_tasks(outcome.reused, outcome.links_before, outcome.identity.links),
    ]


def _homes(current: Current, evidence: Evidence, outcome: Outcome) -> Homes:
    """Where the records in scope, and the partners of its pairs outside, are after the plan."""
    inside = outcome.goldens.select(
        "golden_id", pl.col("members").alias("ref"), pl.col("members").list.first().alias("lowest")
    )
    beyond = current.links.join(evidence.records, on=KEYS, how="anti").filter(pl.col("golden_id").is_not_null())
    known = current.goldens.select("golden_id", pl.col("members").list.min().alias("lowest"))
    outside = beyond.with_columns(ref_of()).join(known, on="golden_id", how="left")
    outside = outside.with_columns(pl.coalesce("lowest", "ref").alias("lowest"))
    columns = ["ref", "golden_id", "lowest"]
    return Homes(pl.concat([inside.explode("ref").select(columns), outside.select(columns)]))
