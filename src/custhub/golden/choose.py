"""Chooses one value per cluster: criteria are tried in order, each on what the one before has left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from custhub.golden.closeness import closeness
from custhub.golden.rules import Criterion

CANDIDATES = pl.Schema(
    {
        "c": pl.UInt32(),  # cluster
        "row": pl.UInt32(),  # row of the record in the records frame
        "text": pl.String(),  # normal form of the value: what counts as the same value
        "spelling": pl.String(),  # the value as the source wrote it
        "support": pl.Int64(),  # for a group: sum over its parts of the records that agree; null: count `text`
        "parts": pl.Int64(),  # how many parts of a group are filled
        "trust": pl.Int64(),
        "recent": pl.Int64(),
        "filled": pl.Int64(),
        "order": pl.Int64(),
        "common": pl.Int64(),  # frequency in the frozen model
        "own": pl.Int64(),  # score by the field's own expression
    }
)
CHOICE = pl.Schema({"c": pl.UInt32(), "row": pl.UInt32(), "rule": pl.String()})

LETTERS: Mapping[str, str] = {
    "u": "the only value",
    "t": "the most trusted source",
    "r": "the most recent",
    "e": "the oldest",
    "f": "the most frequent",
    "m": "closest to the others",
    "w": "most common in the frozen model",
    "c": "the most complete",
    "l": "the longest",
    "x": "the project's own expression",
    "o": "order of sources",
    "p": "pinned by a person",
    "a": "all distinct values",
}
"""The rule letters of provenance and what they say."""

_LETTER_OF = {
    Criterion.TRUST: "t",
    Criterion.MOST_RECENT: "r",
    Criterion.OLDEST: "e",
    Criterion.MOST_FREQUENT: "f",
    Criterion.CLOSEST: "m",
    Criterion.COMMON: "w",
    Criterion.MOST_COMPLETE: "c",
    Criterion.LONGEST: "l",
    Criterion.EXPRESSION: "x",
    Criterion.SOURCE_ORDER: "o",
}


def normal_form(value: pl.Expr) -> pl.Expr:
    """What counts as the same value: compatibility forms, case and runs of spaces do not."""
    return value.str.normalize("NFKC").str.to_lowercase().str.replace_all(r"\s+", " ").str.strip_chars()


def choose(candidates: pl.DataFrame, criteria: Sequence[Criterion]) -> pl.DataFrame:
    """The winning row per cluster and the letter of the criterion that left one value only (CHOICE)."""
    everyone = candidates.with_columns(pl.col("text").hash().alias("code"))
    rest, settled = _split(everyone, "u")
    decided = [settled]
    for criterion in criteria:
        if rest.is_empty():
            break
        scored = _score(rest, everyone, criterion)
        rest, settled = _split(scored.filter(pl.col("score") == pl.col("score").max().over("c")), _LETTER_OF[criterion])
        decided.append(settled.drop("score"))
    return _spelled(pl.concat(decided))


def _split(rest: pl.DataFrame, letter: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Clusters with several values left, and those with one (these with column `rule`)."""
    one = pl.col("code").min().over("c") == pl.col("code").max().over("c")
    marked = rest.with_columns(one.alias("one"))
    settled = marked.filter("one").drop("one").with_columns(pl.lit(letter).alias("rule"))
    return marked.filter(~pl.col("one")).drop("one", *(["score"] if "score" in rest.columns else [])), settled


def _score(rest: pl.DataFrame, everyone: pl.DataFrame, criterion: Criterion) -> pl.DataFrame:
    """`rest` with Int64 `score`, the higher the better."""
    match criterion:
        case Criterion.TRUST:
            score = pl.col("trust")
        case Criterion.MOST_RECENT:
            score = pl.col("recent")
        case Criterion.OLDEST:
            known = pl.col("recent") > -(2**62)
            score = pl.when(known).then(-pl.col("recent")).otherwise(pl.col("recent"))
        case Criterion.MOST_FREQUENT:
            counts = everyone.group_by("c", "code").agg(pl.len().cast(pl.Int64).alias("count"))
            return rest.join(counts, on=["c", "code"], how="left").select(
                pl.exclude("count"), pl.coalesce("support", "count").alias("score")
            )
        case Criterion.CLOSEST:
            near = closeness(rest, everyone)
            return rest.join(near, on=["c", "code"], how="left")
        case Criterion.COMMON:
            score = pl.col("common").fill_null(0)
        case Criterion.MOST_COMPLETE:
            score = pl.col("parts").fill_null(0) * 1000 + pl.col("filled")
        case Criterion.LONGEST:
            score = pl.col("text").str.len_chars().cast(pl.Int64)
        case Criterion.EXPRESSION:
            score = pl.col("own").fill_null(0)
        case Criterion.SOURCE_ORDER:
            score = -pl.col("order")
    return rest.with_columns(score.alias("score"))


def _spelled(decided: pl.DataFrame) -> pl.DataFrame:
    """One row per cluster: among records with the winning value the best spelled, then the most trusted, then newest."""
    shouted = (pl.col("spelling") == pl.col("spelling").str.to_uppercase()) | (
        pl.col("spelling") == pl.col("spelling").str.to_lowercase()
    )
    cased = pl.col("spelling").str.to_uppercase() != pl.col("spelling").str.to_lowercase()
    return (
        decided.with_columns((shouted & cased).fill_null(False).alias("shouted"))
        .with_columns(pl.len().over("c", "spelling").alias("same"))
        .sort("c", "shouted", "same", "trust", "recent", "order", descending=[False, False, True, True, True, False])
        .unique("c", keep="first", maintain_order=True)
        .select(CHOICE.names())
    )
