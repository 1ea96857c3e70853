"""What people said of records, as a table: labelled pairs, or customers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from custhub.cli.tables import read_table
from custhub.errors import UsageError
from custhub.matching import Decided, Evaluation, Labels, evaluate, evaluate_pairs

PAIR = ("id_l", "id_r", "same")
_SAID = dict.fromkeys(("yes", "true", "1", "same"), True) | dict.fromkeys(("no", "false", "0", "different"), False)


def read_labels(path: Path, ids: pl.DataFrame, id_column: str | None = None, cluster_column: str = "cluster") -> Labels:
    """Pairs (id_l, id_r, same: yes or no), or customers (id, cluster), each with sources or without, as rows of `ids`
    (source, id). Other answers than yes and no say nothing. Raises UsageError."""
    table = read_table(path)
    if set(PAIR) <= set(table.columns):
        answers = table["same"].str.strip_chars().str.to_lowercase().replace_strict(_SAID, default=None)
        said = table.with_columns(same=answers).filter(pl.col("same").is_not_null())
        pairs = np.stack([_rows(said, ids, path, f"_{side}") for side in "lr"], axis=1)
        if (pairs < 0).any():
            raise UsageError(f"{path}: {(pairs < 0).any(axis=1).sum()} pairs name records that are not there", _HINT)
        same = said["same"].to_numpy().astype(bool)
        return Labels(Decided(pairs[same], pairs[~same]))
    name = id_column or next((c for c in ("id", *table.columns) if c in table.columns), "id")
    for column in (name, cluster_column):
        if column not in table.columns:
            raise UsageError(f"{path}: no column {column!r}", f"it has: {', '.join(table.columns)}")
    rows = _rows(table.rename({name: "id"}) if name != "id" else table, ids, path)
    customers = np.full(ids.height, -1, dtype=np.int64)
    customers[rows[rows >= 0]] = table[cluster_column].rank("dense").cast(pl.Int64).fill_null(-1).to_numpy()[rows >= 0]
    return Labels(Decided(), customers)


_HINT = "name records as the clusters do: source and id"


def _rows(said: pl.DataFrame, ids: pl.DataFrame, path: Path, end: str = "") -> np.ndarray:
    """The row of `ids` of each record, -1 where there is none."""
    keys = ["source", "id"] if f"source{end}" in said.columns else ["id"]
    places = ids.select(pl.col(k).cast(pl.String) for k in keys).with_row_index("row")
    if places.select(keys).is_duplicated().any():
        raise UsageError(f"{path}: one id is several records", "add the column source" + end)
    joined = said.join(places, left_on=[k + end for k in keys], right_on=keys, how="left", maintain_order="left")
    return joined["row"].cast(pl.Int64).fill_null(-1).to_numpy()


def evaluation(clusters: pl.Series, labels: Labels, path: Path) -> Evaluation:
    """How clusters (of the rows that `labels` are about) agree with what people said. Raises UsageError."""
    if labels.customers is None:
        return evaluate_pairs(clusters.to_numpy(), labels.pairs.same, labels.pairs.different)
    unknown = int((labels.customers < 0).sum())
    if unknown:
        raise UsageError(
            f"{path}: {unknown} of {len(clusters)} records have no true cluster",
            "name the id column with --id, or correct the truth",
        )
    return evaluate(clusters.to_numpy(), labels.customers)
