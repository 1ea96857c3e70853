"""Tables that `dedupe` and `evaluate` read (CSV, Excel, Parquet) and write (CSV, Parquet), by extension, all as text;
and what people said of records, as a table: labelled pairs, or customers."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl

from custhub.clean import detect_encoding
from custhub.errors import SourceError, UsageError
from custhub.matching import Decided, Evaluation, Labels, evaluate, evaluate_pairs
from custhub.whole import whole

SOURCE, ROW = "__source", "__row"
_WRITTEN = (".csv", ".parquet")
_EXCEL = (".xlsx", ".xls", ".xlsb", ".ods")
_SHEET = "name another sheet with --sheet"
_SEPARATORS = (",", ";", "\t", "|")
_QUOTED = re.compile(r'"[^"]*"')
_SAMPLE = 1 << 20  # bytes
_LINES = 1_000


def read_table(path: Path, sheet: str | None = None) -> pl.DataFrame:
    """A CSV, a sheet of a workbook (both with header) or a Parquet file; single values as text, lists as they are.

    A CSV's encoding is found out when it is not UTF-8, and whether commas, semicolons, tabs or bars separate it. Of a
    workbook it is the first sheet unless one is named. Raises UsageError.
    """
    kind = path.suffix.lower()
    if kind not in (*_WRITTEN, *_EXCEL):
        raise UsageError(f"{path}: neither .csv, .parquet nor .xlsx", "convert it, or connect it as a source")
    if not path.exists():
        raise UsageError(f"{path}: no such file", "correct the path")
    try:
        if kind in _EXCEL:
            return _read_excel(path, sheet)
        frame = pl.read_parquet(path) if kind == ".parquet" else _read_csv(path)
    except (pl.exceptions.PolarsError, UnicodeError, OSError) as e:
        problem = "cannot be read" if path.stat().st_size else "is empty"
        raise UsageError(f"{path}: {problem} ({type(e).__name__})", "is it UTF-8, with a header, not cut off?") from e
    return frame.with_columns(
        pl.col(name).cast(pl.String) for name, dtype in frame.schema.items() if not dtype.is_nested()
    )


def _read_excel(path: Path, sheet: str | None) -> pl.DataFrame:
    from custhub.extract.excel import ExcelReader
    from custhub.extract.job import Place
    from custhub.extract.spec import ExcelStream

    spec = ExcelStream(path=str(path), sheet=sheet or 0)
    try:
        frame = pl.concat(chunk.rows for chunk in ExcelReader(spec, Place("", "")).chunks(path))
    except SourceError as e:
        raise UsageError(f"{path}: {e.problem}", _SHEET if "sheet" in e.hint else e.hint) from e
    if not frame.height:
        raise UsageError(f"{path}: has no rows below the column names", _SHEET)
    return frame


def _read_csv(path: Path) -> pl.DataFrame:
    with path.open("rb") as file:
        sample = file.read(_SAMPLE)
        rest = file if sample.isascii() else ()  # what tells the encoding may stand further down
        marked = b"".join(itertools.islice((line for line in rest if not line.isascii()), _LINES))
    found = detect_encoding(marked or sample[: sample.rfind(b"\n") + 1] or sample).encoding or "utf-8"
    text = sample.decode(found, errors="replace")
    header = _QUOTED.sub("", text.splitlines()[0] if text else "")
    separator = max(_SEPARATORS, key=header.count)
    encoding = "utf8" if found in ("utf-8", "utf-8-sig", "ascii") else found
    return pl.read_csv(path, infer_schema=False, separator=separator, encoding=encoding)


def read_sources(paths: Sequence[Path], source_column: str | None, sheet: str | None = None) -> pl.DataFrame:
    """All inputs in one frame with SOURCE (file name, or what `source_column` says) and ROW (number in its file)."""
    frames = []
    for path in paths:
        frame = read_table(path, sheet)
        if source_column is not None and source_column not in frame.columns:
            raise UsageError(f"{path}: no column {source_column!r}", f"it has: {', '.join(frame.columns)}")
        named = pl.lit(path.stem) if source_column is None else pl.col(source_column)
        numbered = frame.with_row_index(ROW, offset=1).with_columns(pl.col(ROW).cast(pl.String), named.alias(SOURCE))
        frames.append(numbered)
    stems = [path.stem for path in paths]
    if source_column is None and len(set(stems)) < len(stems):
        raise UsageError("two inputs have the same file name", "name the source with --source COLUMN")
    return pl.concat(frames, how="diagonal_relaxed")


def write_table(frame: pl.DataFrame, path: Path) -> None:
    """Writes CSV or Parquet by extension, whole or not at all. Raises UsageError."""
    if path.suffix.lower() not in _WRITTEN:
        raise UsageError(f"{path}: neither .csv nor .parquet", "name the output so")
    try:
        with whole(path) as part:
            frame.write_csv(part) if path.suffix.lower() == ".csv" else frame.write_parquet(part)
    except OSError as e:
        raise UsageError(f"{path}: {e.strerror}", "free disk space or write elsewhere") from e


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
