"""The medoid: which of several values is closest to all the others of its cluster."""

from __future__ import annotations

import numpy as np
import polars as pl
from rapidfuzz import process
from rapidfuzz.distance import JaroWinkler, Levenshtein

MAX_OTHERS = 50
"""Per cluster only the most frequent values are compared with, so that a huge cluster costs no square."""


def closeness(tied: pl.DataFrame, everyone: pl.DataFrame) -> pl.DataFrame:
    """Sum of similarities (thousandths, Int64 `score`) of each tied value (c, code) to the values of all records.

    Both frames have c, code and text; `everyone` has one row per record, so a value counts as often as it stands there.
    """
    wanted = tied.select("c").unique()
    others = (
        everyone.join(wanted, on="c", how="semi")
        .group_by("c", "code")
        .agg(pl.len().cast(pl.Int64).alias("count"), pl.col("text").min())
        .sort("c", "count", "text", descending=[False, True, False])
        .filter(pl.int_range(pl.len()).over("c") < MAX_OTHERS)
    )
    values = tied.group_by("c", "code").agg(pl.col("text").min())
    crossed = values.join(others, on="c", how="inner", suffix="_r")
    pairs = crossed.select("text", "text_r").unique()
    scored = pairs.with_columns(pl.Series("near", _similarity(pairs["text"], pairs["text_r"])))
    return (
        crossed.join(scored, on=["text", "text_r"], how="left")
        .group_by("c", "code")
        .agg((pl.col("near") * pl.col("count")).sum().alias("score"))
    )


def _similarity(left: pl.Series, right: pl.Series) -> np.ndarray:
    """Similarities in thousandths. Edit distance tells typing errors; Jaro-Winkler breaks its many ties."""
    lefts, rights = left.to_list(), right.to_list()
    edits = process.cpdist(lefts, rights, scorer=Levenshtein.normalized_similarity, dtype=np.float64)
    jaro = process.cpdist(lefts, rights, scorer=JaroWinkler.similarity, dtype=np.float64)
    thousandths: np.ndarray = np.rint((edits * 3 + jaro) * 250).astype(np.int64)
    return thousandths
