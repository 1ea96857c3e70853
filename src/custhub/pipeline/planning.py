"""plan: gathers what the plan is made from, for the records in its scope, and makes it."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from custhub.model import frames
from custhub.model.decisions import Judgement
from custhub.model.ids import uuid7s
from custhub.pipeline import models
from custhub.pipeline.closing import closings, fresh
from custhub.pipeline.hub import Hub
from custhub.pipeline.inspecting import Inspector
from custhub.pipeline.resolving import links_before, links_now
from custhub.pipeline.scope import REF, scope
from custhub.plan import Current, Evidence, Plan, RunInfo, hold_merges, make_plan
from custhub.quality import RuleOutcome
from custhub.store import Run, RunKind, RunState


def make(hub: Hub, run: Run, *, everything: bool, reinspect: bool) -> tuple[Plan, tuple[RuleOutcome, ...]]:
    """The plan of a matched run, and how the golden rules ended.

    `everything`: rules, trust or time may have changed any golden customer. `reinspect`: the golden rules are others.
    """
    store, folder = hub.store, hub.run_folder(run.run_id)
    info = RunInfo(run.run_id, run.at, int(run.summary["base_seq"]))
    changes, clusters, pairs = (folder.read(name) for name in ("delta", "clusters", "pairs"))
    links, before = links_now(hub, run.run_id), links_before(hub, run.run_id)
    decisions = [row.decision for row in store.decisions()]
    limits = hub.project.golden.limits
    sworn = confirmed_customers(hub) if limits.four_eyes else frozenset()
    held = hold_merges(
        clusters, before, pairs, at_least=limits.merge_existing, decisions=tuple(decisions), confirmed=sworn
    )
    clusters = held.clusters
    judged, refused, waiting = _judged(hub, run), folder.read("quarantine"), store.quarantine()
    kept = folder.read("kept")
    touched = pl.concat([changes.select(REF), judged, *_ends(kept)])
    chosen = scope(clusters, links, touched, everything=everything)
    current = _current(hub, chosen, pairs, links)
    if links.is_empty() and not before.is_empty():  # ids of another store
        current = replace(current, former=before)
    inspector = Inspector(hub, current.tasks, everything=reinspect)
    evidence = Evidence(
        records=_as_will_be(current.records, changes, chosen),
        clusters=clusters.join(chosen, on=REF, how="semi", maintain_order="left"),
        pairs=_pairs_of(pairs, chosen),
        kept=kept,
        decisions=decisions,
        pins=store.pins(),
        too_large=[row.to_list() for row in folder.read("too_large")["refs"]],
        frequencies=models.frequencies(hub, run.run_id),
        quarantine=fresh(waiting, refused),
        closings=closings(waiting, folder.read("worked"), refused),
        inspect=inspector,
    )
    draw = uuid7s(run.at, run.run_id)
    return make_plan(current, evidence, hub.project.golden.survivorship, info, draw), inspector.outcomes


def confirmed_customers(hub: Hub) -> frozenset[str]:
    """Golden ids for which people have vouched: one of their records is in a live `same`, or carries a pin."""
    said = [d.decision for d in hub.store.decisions() if d.decision.judgement is Judgement.SAME]
    ends = [(r.system, r.key) for d in said for r in (d.left, d.right)]
    ends += [(pin.anchor.system, pin.anchor.key) for pin in hub.store.pins()]
    refs = pl.DataFrame(ends, schema={"system": pl.String, "key": pl.String}, orient="row")
    return frozenset(hub.store.links(refs.unique())["golden_id"])


def _judged(hub: Hub, run: Run) -> pl.DataFrame:
    """Records that people judged or pinned since the last published pipeline run."""
    done = [r.run_no for r in hub.store.runs(kind=RunKind.RUN) if r.state is RunState.PUBLISHED]
    since = max(done, default=0)
    rows = [d for d in hub.store.decisions(live=False) if d.run_no > since]
    refs = [(r.system, r.key) for d in rows for r in (d.decision.left, d.decision.right)]
    refs += [(pin.anchor.system, pin.anchor.key) for pin in hub.store.pins(live=False)]
    return pl.DataFrame(refs, schema={"system": pl.String, "key": pl.String}, orient="row").unique()


def _as_will_be(current: pl.DataFrame, changes: pl.DataFrame, chosen: pl.DataFrame) -> pl.DataFrame:
    kept = current.join(chosen, on=REF, how="semi").join(changes, on=REF, how="anti")
    return pl.concat([kept, changes]).sort(REF)


def _pairs_of(pairs: pl.DataFrame, chosen: pl.DataFrame) -> pl.DataFrame:
    """Pairs with at least one end in scope."""
    inside = chosen.select(pl.concat_str("system", pl.lit(":"), "key")).to_series().implode()
    left, right = (pl.concat_str(f"system_{s}", pl.lit(":"), f"key_{s}").is_in(inside) for s in "lr")
    return frames.conform(pairs.filter(left | right), frames.PAIR)


def _ends(pairs: pl.DataFrame) -> list[pl.DataFrame]:
    return [pairs.select(system=f"system_{s}", key=f"key_{s}") for s in "lr"]


def _current(hub: Hub, chosen: pl.DataFrame, pairs: pl.DataFrame, links: pl.DataFrame) -> Current:
    """What the store holds of the scope, of the partners of its pairs, and of the ids that may come back."""
    store = hub.store
    near = _pairs_of(pairs, chosen)
    refs = pl.concat([chosen, *_ends(near)]).unique()
    ids = links.join(refs, on=REF, how="semi")["golden_id"].unique()
    linked = links.filter(pl.col("golden_id").is_in(ids.implode()))
    homeless = chosen.join(links, on=REF, how="anti")
    former = store.former_links(homeless)
    goldens = store.goldens(ids=pl.concat([ids, former["golden_id"]]).unique().sort().to_list())
    tasks = pl.concat([store.tasks(status=status) for status in ("open", "asleep", "answered")])
    return Current(
        records=store.records(refs=pl.concat([refs, linked.select(REF)]).unique()),
        links=linked,
        goldens=goldens,
        former=former,
        tasks=tasks,
        active=store.active_count(),
    )
