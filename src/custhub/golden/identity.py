"""Golden ids over time: which cluster goes on under which id, which ids move, retire or come back.

One fixed order decides everything: most shared members, then the oldest id, then the lower id, then the cluster with the
lowest source reference. Pairs of (old id, cluster) are taken greedily in this order; it is worked out in rounds of whole
columns, in each of which every pair that is the best for both of its ends is settled.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import polars as pl

from custhub.model.frames import KEYS, LINK, conform, ref_of

MOVED = pl.Schema({"golden_id": pl.String(), "moved_to": pl.String()})
IDS = pl.Schema({"golden_id": pl.String()})
CLUSTERS = pl.Schema({"system": pl.String(), "key": pl.String(), "cluster": pl.Int64()})
BORN = pl.Schema({"golden_id": pl.String(), "born": pl.Int64()})
_LATE = 2**62


@dataclass(frozen=True, slots=True)
class Identity:
    """What becomes of records and ids. `links` holds every clustered record."""

    links: pl.DataFrame  # LINK
    created: pl.DataFrame  # golden_id
    revived: pl.DataFrame  # golden_id
    merged: pl.DataFrame  # golden_id, moved_to
    retired: pl.DataFrame  # golden_id


def assign_ids(
    clusters: pl.DataFrame,
    links: pl.DataFrame,
    born: pl.DataFrame,
    draw: Iterator[str],
    *,
    former: pl.DataFrame | None = None,
) -> Identity:
    """Gives every cluster its golden id.

    `links` must hold all current members of every golden customer that it names. `former` are the last links of records
    to ids that nobody holds now, retired or merged ones (others in it are ignored): a cluster that no current id has a
    claim on takes such an id up again. New ids are drawn in the order of the clusters' lowest references.
    """
    members = conform(clusters, CLUSTERS).with_columns(ref_of())
    lowest = members.group_by("cluster").agg(pl.col("ref").min().alias("lowest"))
    now = conform(links, LINK).filter(pl.col("golden_id").is_not_null())
    ages = conform(born, BORN)

    claims = _claims(members, now, ages, lowest)
    kept = _settle(claims)
    open_ = lowest.join(kept, on="cluster", how="anti")
    revived = _revive(members, former, now, ages, open_)
    fresh = open_.join(revived, on="cluster", how="anti").sort("lowest")
    drawn = fresh.select("cluster", golden_id=pl.Series(list(islice(draw, fresh.height)), dtype=pl.String))

    owner = pl.concat([kept, revived, drawn])
    new_links = members.join(owner, on="cluster", how="left").select(LINK.names())
    merged = _gone(claims, kept, owner)
    old_ids = now.select("golden_id").unique()
    retired = old_ids.join(kept, on="golden_id", how="anti").join(merged, on="golden_id", how="anti")
    return Identity(
        links=new_links,
        created=drawn.select(IDS.names()),
        revived=revived.select(IDS.names()).sort("golden_id"),
        merged=merged.sort("golden_id"),
        retired=retired.sort("golden_id"),
    )


def _claims(members: pl.DataFrame, links: pl.DataFrame, ages: pl.DataFrame, lowest: pl.DataFrame) -> pl.DataFrame:
    """Pairs (golden_id, cluster) that share members, with `place` = their rank in the fixed order (0 is best)."""
    shared = (
        links.join(members, on=KEYS, how="inner")
        .group_by("golden_id", "cluster")
        .agg(pl.len().alias("shared"))
        .join(ages, on="golden_id", how="left")
        .join(lowest, on="cluster", how="left")
        .with_columns(pl.col("born").fill_null(_LATE))
    )
    ordered = shared.sort("shared", "born", "golden_id", "lowest", descending=[True, False, False, False])
    return ordered.select("golden_id", "cluster", pl.int_range(pl.len(), dtype=pl.Int64).alias("place"))


def _settle(claims: pl.DataFrame) -> pl.DataFrame:
    """Greedy one-to-one choice (cluster, golden_id) in the order of `place`."""
    settled = []
    rest = claims
    while rest.height:
        best = (pl.col("place") == pl.col("place").min().over("golden_id")) & (
            pl.col("place") == pl.col("place").min().over("cluster")
        )
        chosen = rest.filter(best)
        settled.append(chosen)
        rest = rest.join(chosen, on="golden_id", how="anti").join(chosen, on="cluster", how="anti")
    return pl.concat([claims.clear(), *settled]).select("cluster", "golden_id")


def _revive(
    members: pl.DataFrame,
    former: pl.DataFrame | None,
    links: pl.DataFrame,
    ages: pl.DataFrame,
    open_: pl.DataFrame,
) -> pl.DataFrame:
    """Former ids (cluster, golden_id) for clusters in which no current id goes on."""
    if former is None or former.is_empty() or open_.is_empty():
        return pl.DataFrame(schema={"cluster": pl.Int64, "golden_id": pl.String})
    candidates = conform(former, LINK).filter(pl.col("golden_id").is_not_null())
    candidates = candidates.join(links.select("golden_id").unique(), on="golden_id", how="anti")
    unclaimed = members.join(open_, on="cluster", how="semi")
    return _settle(_claims(unclaimed, candidates, ages, open_))


def _gone(claims: pl.DataFrame, kept: pl.DataFrame, owner: pl.DataFrame) -> pl.DataFrame:
    """Ids that go on in no cluster (golden_id, moved_to): they lead to where their best claim went."""
    lost = claims.join(kept, on="golden_id", how="anti").sort("place").unique("golden_id", keep="first")
    named = owner.rename({"golden_id": "moved_to"})
    return lost.join(named, on="cluster", how="inner").select(MOVED.names())
