"""Tables that `dedupe` and `evaluate` read (CSV, Excel, Parquet) and write (CSV, Parquet), by extension, all as text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from custhub.clean import detect_encoding
from custhub.errors import SourceError, UsageError
from custhub.whole import whole

SOURCE, ROW = "__source", "__row"
_WRITTEN = (".csv", ".parquet")
_EXCEL = (".xlsx", ".xls", ".xlsb", ".ods")
_SHEET = "name another sheet with --sheet"
_SEPARATORS = (",", ";", "\t", "|")
_QUOTED = re.compile(r'"[^"]*"')
_SAMPLE = 1 << 20  # bytes


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
    except (pl.exceptions.PolarsError, OSError) as e:
        problem = "cannot be read" if path.stat().st_size else "is empty"
        raise UsageError(f"{path}: {problem} ({type(e).__name__})", "is it UTF-8, with a header, not cut off?") from e
    return frame.with_columns(
        pl.col(name).cast(pl.String) for name, dtype in frame.schema.items() if not dtype.is_nested()
    )


def _read_excel(path: Path, sheet: str | None) -> pl.DataFrame:
    from custhub.extract.excel import ExcelReader
    from custhub.extract.place import Place
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
    found = detect_encoding(sample[: sample.rfind(b"\n") + 1] or sample).encoding or "utf-8"
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
