"""Where a golden value came from: a compact note with every golden customer, and the whole story when asked.

The note is JSON text: per attribute that was chosen among several records `[index of the winner in members, rule letter]`
(`choose.LETTERS`), nothing at all for a customer of one record, and under `pins` what a person fixed.
"""

from __future__ import annotations

import json

import numpy as np
import polars as pl

from custhub.golden.units import Cluster


def provenance_text(cluster: Cluster, choices: dict[str, pl.DataFrame]) -> pl.Series:
    """One note per cluster, attributes in order of their names."""
    first = cluster.heads["first"].to_numpy().astype(np.int64)
    notes: list[pl.Series] = []
    for attribute in sorted(choices):
        choice = choices[attribute]
        if choice.is_empty():
            continue
        c = choice["c"].to_numpy()
        place = pl.Series("place", choice["row"].to_numpy().astype(np.int64) - first[c])
        label = json.dumps(attribute, ensure_ascii=False)
        text = choice.with_columns(place).select(
            pl.concat_str(pl.lit(f"{label}:["), "place", pl.lit(',"'), "rule", pl.lit('"]')).alias("note")
        )
        where = np.full(cluster.heads.height, -1, dtype=np.int64)
        where[c] = np.arange(choice.height)
        notes.append(text["note"].gather(pl.Series(where).replace(-1, None)).alias(attribute))
    if not notes:
        return pl.Series("prov", ["{}"] * cluster.heads.height, dtype=pl.String)
    joined = pl.concat_str(pl.all(), separator=",", ignore_nulls=True)
    return pl.DataFrame(notes).select(pl.concat_str(pl.lit("{"), joined, pl.lit("}")).alias("prov")).to_series()
