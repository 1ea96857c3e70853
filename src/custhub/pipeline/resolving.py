"""match: which source records are one customer, over the current records with the run's laid over them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from custhub.golden import decoded
from custhub.matching import Decided, MatchResult, customer_features, match
from custhub.model import frames
from custhub.model.decisions import Decision, Judgement
from custhub.pipeline import models
from custhub.pipeline.hub import Hub
from custhub.pipeline.overlay import delta
from custhub.pipeline.refining import checked_rows
from custhub.store import QUARANTINED, Batch

REF = ["system", "key"]


@dataclass(frozen=True, slots=True)
class MatchReport:
    """What matching found. `skipped`: nothing that matters has changed, so the clusters stand as they are."""

    records: int
    changed: int
    clusters: int
    pairs_for_review: int
    model: str
    skipped: bool = False


def lay_over(hub: Hub, run_id: str, batches: Sequence[Batch]) -> int:
    """Writes the run's `delta` (RECORD) and `quarantine` (store.QUARANTINED) from its batches, oldest first.

    Returns how many records differ. `customers` are those of the delta that were just mapped, so that nobody has to
    read their documents.
    """
    folder = hub.run_folder(run_id)
    current = hub.store.records()
    changes, quarantine, customers = frames.empty(frames.RECORD), [], []
    for batch in batches:
        checked, rows = checked_rows(hub, batch)
        quarantine.append(rows)
        customers.append(checked.customers)
        change = delta(_laid(current, changes), checked)
        changes = _laid(changes, change)
    changes = _differing(changes, current).sort("system", "key")
    folder.write("delta", changes)
    folder.write("customers", _of_versions(customers, changes))
    folder.write("worked", _worked(hub, batches))
    refused = pl.concat([frames.empty(QUARANTINED), *quarantine])
    folder.write("quarantine", refused.unique(["system", "key", "rule_id"], keep="last", maintain_order=True))
    return changes.height


def _laid(base: pl.DataFrame, change: pl.DataFrame) -> pl.DataFrame:
    return pl.concat([base.join(change, on=REF, how="anti", maintain_order="left"), change])


def _differing(changes: pl.DataFrame, current: pl.DataFrame) -> pl.DataFrame:
    """Drops what came back to what it was while several batches were laid one over the other."""
    matters = pl.struct("row_key", "hash", "status", "stale", pl.col("failed_rules").list.join("\n"))
    old = current.select(*REF, old=matters)
    joined = changes.join(old, on=REF, how="left", maintain_order="left")
    return joined.filter(pl.col("old").is_null() | matters.ne_missing(pl.col("old"))).drop("old")


def _of_versions(customers: Sequence[pl.DataFrame], changes: pl.DataFrame) -> pl.DataFrame:
    """system, key and CUSTOMER's columns of the customers that became records of `changes`; a stale record is older."""
    good = changes.filter((pl.col("status") == "attached") & ~pl.col("stale"))
    version = [*REF, "batch_id", "position"]
    parts = [frames.empty(frames.CANONICAL)]
    for frame in customers:
        # Rows of nested columns are kept by a mask: a join gathers them one by one, two hundred times as slow.
        kept = frame.select(version).join(
            good.select(*version, kept=True), on=version, how="left", maintain_order="left"
        )
        parts.append(frame.filter(kept["kept"].fill_null(False)))
    return pl.concat(parts).select(*REF, *frames.CUSTOMER.names())


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


def active_records(hub: Hub, changes: pl.DataFrame, known: pl.DataFrame | None = None) -> pl.DataFrame:
    """All attached records after `changes`, sorted by reference, with the document's columns (golden.decoded)."""
    records = _laid(hub.store.records(), changes).filter(pl.col("status") == "attached").sort(REF)
    return decoded(records, known)


def match_records(hub: Hub, run_id: str, *, review_only: bool = False) -> MatchReport:
    """Matches all attached records and writes `clusters` (system, key, cluster), `pairs`, `conflicts`, `too_large`.

    The project's model is the adopted one; the first run with records proposes one, adopted when it is applied. With
    `review_only` only people merge: clusters are the golden customers there are, joined by decisions.
    """
    model = models.adopted(hub)
    refs, features, changed = _to_match(hub, run_id, first=model is None)
    decided = decided_rows(refs, [d.decision for d in hub.store.decisions()])
    result = match(features, hub.project.golden.matching, model=model, decided=decided, progress=hub.progress)
    if model is None and not refs.is_empty():
        models.propose(hub, run_id, result.model)
    clusters = _people_only(hub, refs, decided) if review_only else result.clusters
    _write(hub, run_id, refs, replace(result, clusters=clusters))
    review = result.pairs.filter(pl.col("decision") == "review").height
    return MatchReport(refs.height, changed, len(np.unique(clusters)), review, result.model.version)


def _to_match(hub: Hub, run_id: str, *, first: bool) -> tuple[pl.DataFrame, pl.DataFrame, int]:
    """References and features of all attached records, and how many have changed.

    What they are made from is as large again, so it is gone before matching begins; on the `first` run the value
    frequencies are counted while it is here.
    """
    folder = hub.run_folder(run_id)
    changes = folder.read("delta")
    records = active_records(hub, changes, folder.read("customers"))
    if first and not records.is_empty():
        models.propose_frequencies(hub, run_id, records)
    return records.select(REF), customer_features(records), changes.height


def _people_only(hub: Hub, refs: pl.DataFrame, decided: Decided) -> np.ndarray:
    """Cluster labels (lowest row) from the golden customers there are and people's `same`."""
    homes = refs.join(hub.store.links(), on=REF, how="left", maintain_order="left")["golden_id"]
    rows = pl.DataFrame({"row": range(len(homes)), "home": homes}).drop_nulls()
    homed = rows.with_columns(first=pl.col("row").min().over("home"))
    edges = np.vstack([homed.select("first", "row").to_numpy(), decided.same]).astype(np.int64)
    links = coo_array((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(len(homes), len(homes)))
    groups: np.ndarray = connected_components(links, directed=False)[1]
    first_rows: np.ndarray = np.unique(groups, return_index=True)[1].astype(np.int64)
    labels: np.ndarray = first_rows[groups]
    return labels


def stand_still(hub: Hub, run_id: str) -> MatchReport:
    """Nothing that matters has changed: the clusters are the golden customers there are, and no pair is new."""
    links = hub.store.links()
    folder = hub.run_folder(run_id)
    folder.write("clusters", links.select(*REF, cluster=pl.col("golden_id").rank("dense").cast(pl.Int64)))
    folder.write("pairs", frames.empty(frames.PAIR))
    folder.write("too_large", pl.DataFrame(schema={"refs": pl.List(pl.String)}))
    model = hub.store.model()
    return MatchReport(links.height, 0, links["golden_id"].n_unique(), 0, model[0] if model else "", skipped=True)


def _write(hub: Hub, run_id: str, refs: pl.DataFrame, result: MatchResult) -> None:
    """What matching found, rows named by their references."""
    folder = hub.run_folder(run_id)
    folder.write("clusters", refs.with_columns(cluster=pl.Series(result.clusters, dtype=pl.Int64)))
    folder.write("pairs", _named(result.pairs, refs))
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
    row_of = {ref: i for i, ref in enumerate(records.select(REF).iter_rows())}

    def rows(*judgements: Judgement) -> np.ndarray:
        pairs = [
            (row_of[d.left.system, d.left.key], row_of[d.right.system, d.right.key])
            for d in decisions
            if d.judgement in judgements
            and (d.left.system, d.left.key) in row_of
            and (d.right.system, d.right.key) in row_of
        ]
        return np.array(pairs, dtype=np.int64).reshape(-1, 2)

    return Decided(same=rows(Judgement.SAME), different=rows(Judgement.DIFFERENT, Judgement.HELD))
