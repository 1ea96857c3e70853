"""Which records a plan has to look at: those that changed, and whoever they are or come together with. Pure."""

from __future__ import annotations

import polars as pl

REF = ["system", "key"]


def scope(clusters: pl.DataFrame, links: pl.DataFrame, touched: pl.DataFrame, *, everything: bool) -> pl.DataFrame:
    """References (system, key) of the closed scope: with one record of a cluster or golden customer, all of it.

    `clusters` (system, key, cluster): all attached records as matching sees them now. `links` (LINK): where they are.
    `touched` (system, key): changed records and those that people judged. Records whose cluster is not their golden
    customer's are touched too.
    """
    places = clusters.join(links, on=REF, how="full", coalesce=True)
    if everything:
        return pl.concat([places.select(REF), touched.select(REF)]).unique().sort(REF)
    chosen = pl.concat([touched.select(REF), _moved(places).select(REF)]).unique()
    while True:
        here = places.join(chosen, on=REF, how="semi")
        kin = places.filter(
            pl.col("cluster").is_in(here["cluster"].drop_nulls().unique().implode())
            | pl.col("golden_id").is_in(here["golden_id"].drop_nulls().unique().implode())
        )
        grown = pl.concat([chosen, kin.select(REF)]).unique()
        if grown.height == chosen.height:
            return grown.sort(REF)
        chosen = grown


def _moved(places: pl.DataFrame) -> pl.DataFrame:
    """Records in clusters that are not exactly one golden customer, and in golden customers that are in several."""
    mixed = pl.col("golden_id").n_unique().over("cluster") > 1
    torn = pl.col("cluster").n_unique().over("golden_id") > 1
    homeless = pl.col("golden_id").is_null() | pl.col("cluster").is_null()
    return places.filter(mixed | torn | homeless)
