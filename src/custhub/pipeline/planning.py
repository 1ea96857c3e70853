"""plan: gathers what the plan is made from, for the records in its scope, and makes it."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from custhub.model import frames
from custhub.model.decisions import Judgement
from custhub.model.frames import KEYS
from custhub.model.ids import uuid7s
from custhub.pipeline import models
from custhub.pipeline.hub import Hub
from custhub.pipeline.inspecting import Inspector
from custhub.pipeline.resolving import links_before, links_now
from custhub.plan import Current, Evidence, Plan, RunInfo, hold_merges, make_plan
from custhub.quality import RuleOutcome
from custhub.store import CLOSING, Run, RunKind, RunState


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
    touched = pl.concat([changes.select(KEYS), judged, *_ends(kept)])
    chosen = scope(clusters, links, touched, everything=everything)
    current = _current(hub, chosen, pairs, links)
    if links.is_empty() and not before.is_empty():  # ids of another store
        current = replace(current, former=before)
    inspector = Inspector(hub, current.tasks, everything=reinspect)
    evidence = Evidence(
        records=_as_will_be(current.records, changes, chosen),
        clusters=clusters.join(chosen, on=KEYS, how="semi", maintain_order="left"),
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
    refs = [ref for d in said for ref in (d.left, d.right)] + [pin.anchor for pin in hub.store.pins()]
    return frozenset(hub.store.links(frames.refs_frame(refs).unique())["golden_id"])


def _judged(hub: Hub, run: Run) -> pl.DataFrame:
    """Records that people judged or pinned since the last published pipeline run."""
    done = [r.run_no for r in hub.store.runs(kind=RunKind.RUN) if r.state is RunState.PUBLISHED]
    since = max(done, default=0)
    rows = [d for d in hub.store.decisions(live=False) if d.run_no > since]
    refs = [ref for d in rows for ref in (d.decision.left, d.decision.right)]
    return frames.refs_frame([*refs, *(pin.anchor for pin in hub.store.pins(live=False))]).unique()


def _as_will_be(current: pl.DataFrame, changes: pl.DataFrame, chosen: pl.DataFrame) -> pl.DataFrame:
    kept = current.join(chosen, on=KEYS, how="semi").join(changes, on=KEYS, how="anti")
    return pl.concat([kept, changes]).sort(KEYS)


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
    ids = links.join(refs, on=KEYS, how="semi")["golden_id"].unique()
    linked = links.filter(pl.col("golden_id").is_in(ids.implode()))
    homeless = chosen.join(links, on=KEYS, how="anti")
    former = store.former_links(homeless)
    goldens = store.goldens(ids=pl.concat([ids, former["golden_id"]]).unique().sort().to_list())
    tasks = pl.concat([store.tasks(status=status) for status in ("open", "asleep", "answered")])
    return Current(
        records=store.records(refs=pl.concat([refs, linked.select(KEYS)]).unique()),
        links=linked,
        goldens=goldens,
        former=former,
        tasks=tasks,
        active=store.active_count(),
    )


SAME = ["system", "key", "rule_id", "raw"]
"""A refused row with other content is another refusal: the old one ends, a new one begins."""


def fresh(open_rows: pl.DataFrame, refused: pl.DataFrame) -> pl.DataFrame:
    """`refused` (store.QUARANTINED) without what is in quarantine already, as in a file that is read whole each day."""
    return refused.join(open_rows, on=SAME, how="anti", nulls_equal=True, maintain_order="left")


def closings(open_rows: pl.DataFrame, worked: pl.DataFrame, refused: pl.DataFrame) -> pl.DataFrame:
    """CLOSING rows for `open_rows` (store.QUARANTINE) that the run worked on and that are not in `refused`.

    `worked` (system, row_key): rows that were mapped or deleted; row_key "?" stands for all rows without a key of a
    source that was read in full.
    """
    keyed = open_rows.join(worked, on=["system", "row_key"], how="semi")
    sources = worked.filter(pl.col("row_key") == "?").select("system")
    keyless = open_rows.filter(pl.col("row_key").str.starts_with("?")).join(sources, on="system", how="semi")
    settled = pl.concat([keyed, keyless]).join(refused, on=SAME, how="anti", nulls_equal=True)
    return settled.select(
        "id", status=pl.lit("resolved"), who=pl.lit("custhub"), why=pl.lit("the row passed, changed or is gone")
    ).match_to_schema(CLOSING)


def scope(clusters: pl.DataFrame, links: pl.DataFrame, touched: pl.DataFrame, *, everything: bool) -> pl.DataFrame:
    """References (system, key) of the closed scope: with one record of a cluster or golden customer, all of it.

    `clusters` (system, key, cluster): all attached records as matching sees them now. `links` (LINK): where they are.
    `touched` (system, key): changed records and those that people judged. Records whose cluster is not their golden
    customer's are touched too.
    """
    places = clusters.join(links, on=KEYS, how="full", coalesce=True)
    if everything:
        return pl.concat([places.select(KEYS), touched.select(KEYS)]).unique().sort(KEYS)
    chosen = pl.concat([touched.select(KEYS), _moved(places).select(KEYS)]).unique()
    while True:
        here = places.join(chosen, on=KEYS, how="semi")
        kin = places.filter(
            pl.col("cluster").is_in(here["cluster"].drop_nulls().unique().implode())
            | pl.col("golden_id").is_in(here["golden_id"].drop_nulls().unique().implode())
        )
        grown = pl.concat([chosen, kin.select(KEYS)]).unique()
        if grown.height == chosen.height:
            return grown.sort(KEYS)
        chosen = grown


def _moved(places: pl.DataFrame) -> pl.DataFrame:
    """Records in clusters that are not exactly one golden customer, and in golden customers that are in several."""
    mixed = pl.col("golden_id").n_unique().over("cluster") > 1
    torn = pl.col("cluster").n_unique().over("golden_id") > 1
    homeless = pl.col("golden_id").is_null() | pl.col("cluster").is_null()
    return places.filter(mixed | torn | homeless)
