"""Extraction from files: which are to be read, how far a file may be wrong, and what is remembered of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, assert_never

import polars as pl

from custhub.extract.chunks import Reader
from custhub.extract.columnar import JsonLinesReader, ParquetReader
from custhub.extract.delimited import DelimitedReader
from custhub.extract.excel import ExcelReader
from custhub.extract.fixed_width import FixedWidthReader
from custhub.extract.job import Job, Place, Types, compare, require
from custhub.extract.landing import KeyRule, Outcome, StreamLanding
from custhub.extract.lines import other_encoding
from custhub.extract.spec import (
    ColumnarConnector,
    CsvConnector,
    ExcelConnector,
    FileConnector,
    FileStream,
    FixedWidthConnector,
    Mode,
    TextStream,
)

_NEVER_STOPPING = 10
"""So few unreadable rows never stop a file, unless it has no others."""


def extract_files(job: Job[FileConnector]) -> Outcome:
    """Lands all streams of a file connector."""
    incremental = job.connector.mode is Mode.INCREMENTAL
    outcome = Outcome(full=not incremental or job.full or not job.state, deleted=[] if incremental else None)
    for name, spec in job.connector.streams.items():
        known = dict(job.before(name).get("files", {})) if incremental and not job.full else {}
        files = _find(job, name, spec)
        prints = {label: _fingerprint(path, known.get(label)) for label, path in files.items()} if incremental else {}
        files = {label: path for label, path in files.items() if not incremental or prints[label] != known.get(label)}
        types, landing = _open(job, name, files, outcome)
        gone = _Gone(spec, landing.key)
        for label, path in files.items():
            _land(job, landing, gone, label, path)
        if outcome.deleted is not None:
            outcome.deleted.extend(sorted(gone.keys))
        outcome.state[name] = {"columns": types} | ({"files": known | prints} if incremental else {})
    return outcome


def _find(job: Job[FileConnector], name: str, spec: FileStream) -> dict[str, Path]:
    """The stream's files by their names as they are told, in the order of the names."""
    pattern = Path(spec.path)
    root = Path(pattern.anchor) if pattern.is_absolute() else job.base
    relative = pattern.relative_to(pattern.anchor) if pattern.is_absolute() else pattern
    files = {}
    for path in root.glob(str(relative)):
        if path.is_file():
            label = path.relative_to(job.base) if path.is_relative_to(job.base) else path
            files[label.as_posix()] = path
    place = job.place(name, spec.path)
    if not files and not (job.connector.mode is Mode.INCREMENTAL and _fixed_part(root, relative).is_dir()):
        raise place.error("there is no such file", "look at `path`, or wait for the file to come", retryable=True)
    return dict(sorted(files.items()))


def _fixed_part(root: Path, pattern: Path) -> Path:
    for part in pattern.parts[:-1]:
        if any(sign in part for sign in "*?["):
            break
        root = root / part
    return root


def _fingerprint(path: Path, known: Mapping[str, Any] | None) -> dict[str, Any]:
    """Size, time and SHA-256; the file is only read when size or time differ from what is known."""
    stat = path.stat()
    if known and (known.get("size"), known.get("mtime_ns")) == (stat.st_size, stat.st_mtime_ns):
        return dict(known)
    with path.open("rb") as handle:
        sha256 = hashlib.file_digest(handle, "sha256").hexdigest()
    if known and (known.get("size"), known.get("sha256")) == (stat.st_size, sha256):
        return dict(known)
    return {"size": stat.st_size, "mtime_ns": stat.st_mtime_ns, "sha256": sha256}


def _open(
    job: Job[FileConnector], name: str, files: Mapping[str, Path], outcome: Outcome
) -> tuple[Types, StreamLanding]:
    """Looks at the columns of all files, then opens the stream with all of them."""
    connector, spec = job.connector, job.connector.streams[name]
    found: dict[str, str] = {}
    for label, path in files.items():
        place = job.place(name, label)
        with _readable(place):
            columns = {} if _is_empty(path, spec, place) else _reader(job, name, label).columns(path)
        needed = (*(spec.expected or ()), *spec.key, *spec.parent)
        if columns:
            require(place, needed, columns)
        found |= {column: kind for column, kind in columns.items() if column not in found}
    before = job.before(name).get("columns", {})
    types = found or before
    outcome.drift.extend(compare(job.place(name), connector.contract, spec.expected, before, types))
    landed = tuple(types) or spec.expected or tuple(dict.fromkeys((*spec.key, *spec.parent)))
    return types, job.landing.stream(name, landed, connector.streams)


def _land(job: Job[FileConnector], landing: StreamLanding, gone: _Gone, label: str, path: Path) -> None:
    spec = job.connector.streams[landing.name]
    place = job.place(landing.name, label)
    good = bad = 0
    with _readable(place):
        if _is_empty(path, spec, place):
            return
        for chunk in _reader(job, landing.name, label).chunks(path):
            landing.reject(chunk.bad, label)
            rows, positions = gone.take(chunk.rows, chunk.positions)
            landed = landing.write(rows, positions, label).height
            good += landed + chunk.rows.height - rows.height
            bad += len(chunk.bad) + rows.height - landed
            job.progress(f"extract {job.connector.source}.{landing.name}", landing.table.rows)
    limit = job.connector.unreadable_limit
    if bad and (not good or (bad >= _NEVER_STOPPING and bad > limit * (good + bad))):
        problem = f"{bad} of {good + bad} rows are unreadable, more than the limit of {limit:.0%}"
        hint = other_encoding(path, spec.encoding) if isinstance(spec, TextStream) else ""
        raise place.error(problem, hint or "encoding, delimiter, widths or key columns are probably declared wrongly")


def _is_empty(path: Path, spec: FileStream, place: Place) -> bool:
    if path.stat().st_size:
        return False
    if not spec.allow_empty:
        hint = "have it sent again, or write `allow_empty: true`"
        raise place.error("the file is empty (0 bytes)", hint, retryable=True)
    return True


@contextmanager
def _readable(place: Place) -> Iterator[None]:
    """Tells that a file cannot be read; a full disk on our own side is told by those who write."""
    try:
        yield
    except OSError as e:
        what = e.strerror or type(e).__name__
        raise place.error(f"cannot be read: {what}", "look at the file and its rights", retryable=True) from None


def _reader(job: Job[FileConnector], name: str, label: str) -> Reader:
    connector = job.connector
    place, limit = job.place(name, label), connector.max_record_bytes
    match connector:
        case CsvConnector():
            return DelimitedReader(connector.streams[name], limit, place)
        case FixedWidthConnector():
            return FixedWidthReader(connector.streams[name], limit, place)
        case ExcelConnector():
            return ExcelReader(connector.streams[name], place)
        case ColumnarConnector(kind="parquet"):
            return ParquetReader(place)
        case ColumnarConnector():
            return JsonLinesReader(limit, place)
        case _:
            assert_never(connector)


class _Gone:
    """Keys whose last row in the deltas says that the record is gone."""

    def __init__(self, spec: FileStream, key: KeyRule) -> None:
        self.keys: set[str] = set()
        self._marker, self._key = spec.delete_marker, key

    def take(self, rows: pl.DataFrame, positions: pl.Series) -> tuple[pl.DataFrame, pl.Series]:
        """The rows that are no deletions."""
        marker = self._marker
        if marker is None or marker.column not in rows.columns:
            return rows, positions
        is_gone = pl.col(marker.column).str.strip_chars().is_in(marker.values).fill_null(value=False)
        marked = rows.select(self._key.text.alias("key"), is_gone.alias("gone"), self._key.missing.alias("missing"))
        marked = marked.with_columns(pl.col("gone") & ~pl.col("missing"))
        if self.keys or marked["gone"].any():
            last = marked.filter(~pl.col("missing")).group_by("key").agg(pl.col("gone").last())
            self.keys -= set(last.filter(~pl.col("gone"))["key"])
            self.keys |= set(last.filter("gone")["key"])
        keep = ~marked["gone"]
        return rows.filter(keep), positions.filter(keep)
