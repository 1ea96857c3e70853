"""match: which source records are one customer, over the current records with the run's laid over them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from custhub.golden import decoded
from custhub.matching import (
    Decided,
    MatchIndex,
    Model,
    customer_features,
    keep_together,
    match_incremental,
    match_indexed,
)
from custhub.matching.constraints import clusters_by_people
from custhub.matching.index import VERSION
from custhub.matching.keeping import KEPT
from custhub.model import frames
from custhub.model.decisions import Decision, Judgement
from custhub.model.frames import KEYS
from custhub.pipeline import indexing, models
from custhub.pipeline.hub import Hub
from custhub.pipeline.indexing import Difference
from custhub.pipeline.overlay import delta, differing
from custhub.pipeline.refining import checked_rows
from custhub.store import QUARANTINED, Batch, View


@dataclass(frozen=True, slots=True)
class MatchReport:
    """What matching found. `kept_together`: parts that would have left their customer, had the evidence been clearer.

    `skipped`: nothing that matters has changed, so the clusters stand as they are. `advice`: why a new
    model is due, in words.
    """

    records: int
    changed: int
    clusters: int
    pairs_for_review: int
    model: str
    kept_together: int = 0
    skipped: bool = False
    advice: str | None = None


def lay_over(hub: Hub, run_id: str, batches: Sequence[Batch]) -> int:
    """Writes the run's `delta` (RECORD) and `quarantine` (store.QUARANTINED) from its batches, oldest first.

    Returns how many records differ. `customers` are those of the delta that were just mapped, so that nobody has to
    read their documents.
    """
    folder = hub.run_folder(run_id)
    current = hub.store.records()
    by_source, quarantine, customers = dict[str, pl.DataFrame](), [], []
    for batch in batches:
        checked, rows = checked_rows(hub, batch)
        quarantine.append(rows)
        customers.append(checked.customers)
        before = by_source.get(batch.source, frames.empty(frames.RECORD))
        known = current.filter(pl.col("system") == batch.source)
        now = _laid(known, before)
        back = taken_back(hub, batch, now)
        if back.height:
            before, now = _laid(before, back), _laid(now, back)
        by_source[batch.source] = _laid(before, delta(now, checked))
    changes = pl.concat([frames.empty(frames.RECORD), *by_source.values()])
    changes = differing(changes, current)  # without what came back to what it was, batch over batch
    folder.write("delta", changes)
    folder.write("customers", _of_versions(customers, changes))
    folder.write("worked", _worked(hub, batches))
    refused = pl.concat([frames.empty(QUARANTINED), *quarantine])
    folder.write("quarantine", refused.unique(["system", "key", "rule_id"], keep="last", maintain_order=True))
    return changes.height


def _laid(base: pl.DataFrame, change: pl.DataFrame) -> pl.DataFrame:
    return pl.concat([base.join(change, on=KEYS, how="anti", maintain_order="left"), change])


def _of_versions(customers: Sequence[pl.DataFrame], changes: pl.DataFrame) -> pl.DataFrame:
    """system, key and CUSTOMER's columns of the customers that became records of `changes`; a stale record is older."""
    good = changes.filter((pl.col("status") == "attached") & ~pl.col("stale"))
    version = [*KEYS, "batch_id", "position"]
    parts = [frames.empty(frames.CANONICAL)]
    for frame in customers:
        # Rows of nested columns are kept by a mask: a join gathers them one by one, two hundred times as slow.
        kept = frame.select(version).join(
            good.select(*version, kept=True), on=version, how="left", maintain_order="left"
        )
        parts.append(frame.filter(kept["kept"].fill_null(False)))
    return pl.concat(parts).select(*KEYS, *frames.CUSTOMER.names())


def _worked(hub: Hub, batches: Sequence[Batch]) -> pl.DataFrame:
    """Every row the run worked on or deleted, and every batch that tells unreadable rows anew (row_key "?")."""
    parts = [pl.DataFrame(schema={"system": pl.String, "row_key": pl.String})]
    for batch in batches:
        folder = hub.batch_folder(batch.batch_id)
        rows = [folder.read(name).select("row_key") for name in ("mapped", "deleted")]
        if batch.full:
            rows.append(pl.DataFrame({"row_key": ["?"]}))
        parts += [r.select(pl.lit(batch.source).alias("system"), "row_key") for r in rows]
    return pl.concat(parts).unique(maintain_order=True)


def active_records(hub: Hub, changes: pl.DataFrame) -> pl.DataFrame:
    """All attached records after `changes`, sorted by reference, with the document's columns (golden.decoded)."""
    return decoded(_attached(hub, changes))


def match_records(hub: Hub, run_id: str, *, review_only: bool = False) -> MatchReport:
    """Matches all attached records and writes `clusters` (system, key, cluster), `pairs`, `kept` and `too_large`.

    The project's model is the adopted one; the first run with records proposes one, adopted when it is applied. With
    an index of former records only what differs is matched. With `review_only` only people merge and split: clusters
    are the golden customers there are, joined and parted by decisions. `kept` are the pairs (as PAIR) behind parts of a
    customer that stay together on evidence that would not have brought them together.
    """
    model = models.adopted(hub)
    work = _work(hub, run_id, model)
    if model and work.since:
        found = _through_index(hub, run_id, model, work, *work.since)
    else:
        found, model = _whole(hub, run_id, model, work)
    if review_only:
        by_people = clusters_by_people(_homes(hub, run_id, work), found.clusters, work.decided)
        found = replace(found, clusters=by_people, kept=pl.DataFrame(schema=KEPT))
    _write(hub, run_id, work.refs, found)
    review = found.pairs.filter(pl.col("decision") == "review").height
    advice = models.outgrown(model, work.refs.height)
    clusters, kept = len(np.unique(found.clusters)), found.kept.height
    return MatchReport(work.refs.height, work.changed, clusters, review, model.version, kept, advice=advice)


_FEW = 0.3
"""The share of records from which on matching all of them again is no more work than an increment."""


@dataclass(frozen=True, slots=True)
class _Work:
    """What there is to match. `features`: of all records, with `since` of those that differ from the index."""

    refs: pl.DataFrame
    changed: int
    decided: Decided
    features: pl.DataFrame
    since: tuple[MatchIndex, Difference] | None


@dataclass(frozen=True, slots=True)
class _Found:
    """What matching found, by the place of each record."""

    clusters: np.ndarray
    pairs: pl.DataFrame
    kept: pl.DataFrame
    too_large: list[list[int]]


def _work(hub: Hub, run_id: str, model: Model | None) -> _Work:
    """What features are made from is as large again, so it is gone before matching begins; on the first run the value
    frequencies are counted while it is here. Features are joined rather than customers: nested columns are slow to."""
    folder = hub.run_folder(run_id)
    changes = folder.read("delta")
    records = _attached(hub, changes)
    refs = records.select(*KEYS, pl.col("hash").alias(VERSION))
    index = indexing.load(hub, model) if model else None
    since = (index, Difference.between(index, refs)) if index else None
    if since and len(since[1].places) > _FEW * refs.height:
        since = None
    customers = folder.read("customers")
    wanted = records[since[1].places] if since else records
    rest = _read(wanted.join(customers, on=KEYS, how="anti"))
    if model is None and not refs.is_empty():
        models.propose_frequencies(hub, run_id, pl.concat([customers, rest]))
    found = pl.concat([customer_features(frame, hub.project.own_names) for frame in (customers, rest)])
    version = wanted.select(*KEYS, pl.col("hash").alias(VERSION))
    features = version.join(found, on=KEYS, how="left", maintain_order="left")
    decided = decided_rows(refs, [d.decision for d in hub.store.decisions()])
    return _Work(refs.select(KEYS), changes.height, decided, features, since)


def _read(records: pl.DataFrame) -> pl.DataFrame:
    """system, key and CUSTOMER's columns of records whose customers are not at hand."""
    return pl.concat([records.select(KEYS), frames.decode_docs(records["doc"])], how="horizontal")


def _attached(hub: Hub, changes: pl.DataFrame) -> pl.DataFrame:
    return _laid(hub.store.records(), changes).filter(pl.col("status") == "attached").sort(KEYS)


def _through_index(
    hub: Hub, run_id: str, model: Model, work: _Work, index: MatchIndex, difference: Difference
) -> _Found:
    decided = difference.decided(work.decided)
    result = match_incremental(index, work.features, removed=difference.gone, decided=decided, progress=hub.progress)
    indexing.keep(hub, run_id, result.index, model, index)
    clusters, pairs, large = result.index.found(difference.rows)
    return _kept(
        hub, run_id, work, result.index, difference.rows, _Found(clusters, pairs, pl.DataFrame(schema=KEPT), large)
    )


def _whole(hub: Hub, run_id: str, model: Model | None, work: _Work) -> tuple[_Found, Model]:
    """Matches all records; the first run's model is proposed."""
    rules = hub.project.golden.matching
    result, index = match_indexed(work.features, rules, model=model, decided=work.decided, progress=hub.progress)
    if model is None and not work.refs.is_empty():
        models.propose(hub, run_id, result.model)
    indexing.keep(hub, run_id, index, result.model)
    found = _Found(result.clusters, result.pairs, pl.DataFrame(schema=KEPT), result.too_large)
    return _kept(hub, run_id, work, index, np.arange(work.refs.height), found), result.model


def _kept(hub: Hub, run_id: str, work: _Work, index: MatchIndex, rows: np.ndarray, found: _Found) -> _Found:
    """With existing customers whole whose parts are not clearly two."""
    part_below = hub.project.golden.limits.split_existing
    kept = keep_together(index, rows, found.clusters, _homes(hub, run_id, work), work.decided, part_below=part_below)
    return replace(found, clusters=kept.clusters, kept=kept.pairs)


_STANDING = "standing"


def keep_standing(hub: Hub, run_id: str, standing: pl.DataFrame) -> None:
    """The run takes these (LINK) for what was one customer before, under which id: the store is made anew."""
    hub.run_folder(run_id).write(_STANDING, frames.conform(standing, frames.LINK))


def links_before(hub: Hub, run_id: str) -> pl.DataFrame:
    """What is one customer before the run (LINK): what the store says, or what was carried over from another one."""
    folder = hub.run_folder(run_id)
    return folder.read(_STANDING) if folder.has(_STANDING) else links_now(hub, run_id)


def links_now(hub: Hub, run_id: str) -> pl.DataFrame:
    """Where all records are (LINK). Read once for a run, unless somebody commits meanwhile: a million take five seconds."""
    folder, name = hub.run_folder(run_id), f"links-{hub.store.head()}"
    if not folder.has(name):
        folder.write(name, hub.store.links())
    return folder.read(name)


def _homes(hub: Hub, run_id: str, work: _Work) -> np.ndarray:
    """By record, a number for the golden customer that it is of; 0: none yet."""
    homes = work.refs.join(links_before(hub, run_id), on=KEYS, how="left", maintain_order="left")["golden_id"]
    return homes.rank("dense").cast(pl.Int64).fill_null(0).to_numpy()


def stand_still(hub: Hub, run_id: str) -> MatchReport:
    """Nothing that matters has changed: the clusters are the golden customers there are, and no pair is new."""
    links, folder = links_now(hub, run_id), hub.run_folder(run_id)
    folder.write("clusters", links.select(*KEYS, cluster=pl.col("golden_id").rank("dense").cast(pl.Int64)))
    for name in ("pairs", "kept"):
        folder.write(name, frames.empty(frames.PAIR))
    folder.write("too_large", pl.DataFrame(schema={"refs": pl.List(pl.String)}))
    model = hub.store.model()
    return MatchReport(links.height, 0, links["golden_id"].n_unique(), 0, model[0] if model else "", skipped=True)


def _write(hub: Hub, run_id: str, refs: pl.DataFrame, result: _Found) -> None:
    """What matching found, rows named by their references."""
    folder = hub.run_folder(run_id)
    folder.write("clusters", refs.with_columns(cluster=pl.Series(result.clusters, dtype=pl.Int64)))
    folder.write("pairs", _named(result.pairs, refs))
    folder.write("kept", _named(result.kept, refs))
    texts = refs.select(pl.concat_str("system", pl.lit(":"), "key")).to_series()
    large = [texts.gather(rows).to_list() for rows in result.too_large]
    folder.write("too_large", pl.DataFrame({"refs": large}, schema={"refs": pl.List(pl.String)}))


def _named(rows: pl.DataFrame, refs: pl.DataFrame) -> pl.DataFrame:
    """Row numbers `left` and `right` as references: system_l, key_l, system_r, key_r."""
    left = refs[rows["left"]].rename({"system": "system_l", "key": "key_l"})
    right = refs[rows["right"]].rename({"system": "system_r", "key": "key_r"})
    return pl.concat([left, right, rows.drop("left", "right")], how="horizontal")


def decided_rows(records: pl.DataFrame, decisions: Sequence[Decision]) -> Decided:
    """People's decisions as pairs of row numbers of `records`; those on records that are gone say nothing now."""
    pairs = [(d.judgement.value, d.left.system, d.left.key, d.right.system, d.right.key) for d in decisions]
    said = pl.DataFrame(pairs, schema=["judgement", "system_l", "key_l", "system_r", "key_r"], orient="row")
    said = said.cast(pl.String)
    places = records.select(KEYS).with_row_index("row")
    for side in "lr":
        ends_here, place = [f"system_{side}", f"key_{side}"], places.rename({"row": f"row_{side}"})
        said = said.join(place, left_on=ends_here, right_on=KEYS, how="inner", maintain_order="left")

    def rows(*judgements: Judgement) -> np.ndarray:
        among = said.filter(pl.col("judgement").is_in([j.value for j in judgements]))
        return among.select("row_l", "row_r").to_numpy().astype(np.int64)

    return Decided(same=rows(Judgement.SAME), different=rows(Judgement.DIFFERENT, Judgement.HELD))


def taken_back(hub: Hub, batch: Batch, current: pl.DataFrame) -> pl.DataFrame:
    """Of a batch that takes a waiver back: its rows' records (RECORD) as they were before it; of any other batch none.

    Records that were not there before are deleted: what was taken in since is no last good version.
    """
    if batch.info.get("as_before") is None:
        return frames.empty(frames.RECORD)
    row, ref = ["system", "row_key"], ["system", "key"]
    rows = hub.batch_folder(batch.batch_id).read("work").select(pl.lit(batch.source).alias("system"), "row_key")
    then = hub.store.records([batch.source], view=View(upto=int(batch.info["as_before"])))
    before = then.join(rows, on=row, how="semi", maintain_order="left")
    later = current.join(rows, on=row, how="semi", maintain_order="left").join(before, on=ref, how="anti")
    nothing = {name: pl.lit(None, dtype=pl.String) for name in ("doc", "hash")}
    gone = later.with_columns(status=pl.lit("deleted"), stale=pl.lit(False), **nothing)
    return pl.concat([before, frames.conform(gone, frames.RECORD)])
