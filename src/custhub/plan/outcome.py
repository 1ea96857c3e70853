"""What the records in scope become: ids, golden customers, and what differs from before."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import polars as pl

from custhub.golden import Identity, Survivorship, assign_ids, decoded, survive
from custhub.model.frames import GOLDEN, KEYS, LINK, RECORD, conform, ref_of
from custhub.plan.inputs import Current, Evidence, RunInfo
from custhub.plan.reuse import reused_keys
from custhub.plan.values import differences


@dataclass(frozen=True, slots=True)
class Outcome:
    """The scope after the plan, beside what it was."""

    identity: Identity
    links_before: pl.DataFrame  # LINK of the scope
    reused: pl.DataFrame  # system, key: records that stand for somebody else now
    members: pl.DataFrame  # golden_id, ref, organisation_views of the attached records
    goldens: pl.DataFrame  # GOLDEN: all active ones of the scope
    written: pl.DataFrame  # GOLDEN: new versions only, with those that merge or retire
    differences: pl.DataFrame  # values.DIFFERENCE of golden customers that go on
    moves: pl.DataFrame  # MOVES of golden customers whose members change


PIECE = 3_000
"""Golden customers that are made at a time, on each core: bounds the memory for decoded records."""

MOVES = pl.Schema(
    {
        "golden_id": pl.String(),
        "before": pl.List(pl.String()),
        "after": pl.List(pl.String()),
        "gained": pl.List(pl.String()),
        "lost": pl.List(pl.String()),
    }
)


def work_out(current: Current, evidence: Evidence, rules: Survivorship, run: RunInfo, draw: Iterator[str]) -> Outcome:
    """Gives ids to the clusters and makes their golden customers."""
    records = conform(evidence.records, RECORD)
    links_before = conform(current.links, LINK).join(records, on=KEYS, how="semi")
    attached = records.join(evidence.clusters, on=KEYS, how="semi")
    reused = reused_keys(current.records, attached)
    identity = _identify(current, evidence.clusters, links_before, reused, draw)
    placed = attached.join(identity.links, on=KEYS, how="left", maintain_order="left")
    goldens, members = _survivors(placed, evidence, rules, run)
    before = current.goldens.filter(pl.col("status") == "active")
    changed = goldens.join(before.select("golden_id", "hash"), on=["golden_id", "hash"], how="anti")
    return Outcome(
        identity=identity,
        links_before=links_before,
        reused=reused.join(links_before, on=KEYS, how="semi"),
        members=members,
        goldens=goldens,
        written=pl.concat([changed, gone(identity, current.goldens)]),
        differences=differences(before, changed),
        moves=moves(links_before, identity.links),
    )


def _survivors(
    placed: pl.DataFrame, evidence: Evidence, rules: Survivorship, run: RunInfo
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The golden customers (GOLDEN) and their members, piece by piece: decoded records are large.

    They come sorted by lowest reference, as from one call.
    """
    lowest = placed.select("golden_id", ref_of()).select(pl.col("ref").min().over("golden_id")).to_series()
    piece = (lowest.rank("dense") - 1) // PIECE

    def make(number: int) -> tuple[pl.DataFrame, pl.DataFrame]:
        whole = [decoded(placed.filter(piece == number)).with_columns(ref_of())]
        members = whole[0].select("golden_id", "ref", "organisation_views")
        # Handed over, not kept here: these records are as large as all the rest together.
        golden = survive(whole.pop(), rules, evidence.pins, at=run.at, frequencies=evidence.frequencies)
        return golden, members

    pieces = range(int(piece.max() or 0) + 1)  # type: ignore[arg-type]  # a rank
    with ThreadPoolExecutor(pl.thread_pool_size()) as cores:
        goldens, members = zip(*cores.map(make, pieces), strict=True)
    return pl.concat(goldens), pl.concat(members)


def _identify(
    current: Current, clusters: pl.DataFrame, links: pl.DataFrame, reused: pl.DataFrame, draw: Iterator[str]
) -> Identity:
    """Ids for the clusters; a record that stands for somebody else now has no say in it."""
    trusted = links.join(reused, on=KEYS, how="anti")
    former = current.former.join(reused, on=KEYS, how="anti").join(clusters, on=KEYS, how="semi")
    held = current.goldens.filter(pl.col("status") == "active")  # perhaps by records that this plan does not look at
    former = former.join(held, on="golden_id", how="anti")
    born = current.goldens.select("golden_id", "born")
    identity = assign_ids(clusters, trusted, born, draw, former=former)
    alive = pl.concat([identity.links.select("golden_id"), identity.merged.select("golden_id")])
    retired = links.select("golden_id").unique().join(alive, on="golden_id", how="anti").sort("golden_id")
    return replace(identity, retired=retired)


def gone(identity: Identity, goldens: pl.DataFrame) -> pl.DataFrame:
    """Last versions (GOLDEN) of ids that merge or retire: no members, no values."""
    ended = pl.concat(
        [
            identity.merged.with_columns(pl.lit("merged").alias("status")),
            identity.retired.with_columns(
                pl.lit(None, dtype=pl.String).alias("moved_to"), pl.lit("retired").alias("status")
            ),
        ]
    )
    return conform(ended.join(goldens.select("golden_id", "kind"), on="golden_id", how="left"), GOLDEN)


def moves(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """MOVES between two states of the links (LINK) of the same golden customers."""
    sides = [
        links.select("golden_id", ref_of()).group_by("golden_id").agg(pl.col("ref").sort().alias(name))
        for name, links in (("before", before), ("after", after))
    ]
    both = sides[0].join(sides[1], on="golden_id", how="full", coalesce=True)
    none = pl.lit([], dtype=pl.List(pl.String))
    both = both.with_columns(pl.col("before").fill_null(none), pl.col("after").fill_null(none))
    moved = both.filter(pl.col("before") != pl.col("after"))
    return moved.with_columns(
        pl.col("after").list.set_difference("before").list.sort().alias("gained"),
        pl.col("before").list.set_difference("after").list.sort().alias("lost"),
    ).select(MOVES.names())
