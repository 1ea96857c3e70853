"""Lands rows as Parquet text columns with their keys, keeps what cannot be read, and shows none of it before all is there."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq

from custhub.errors import StoreError
from custhub.extract.spec import KeyCase, Stream
from custhub.model.frames import LANDED
from custhub.model.hashing import hash_rows

SEPARATOR = "|"


@dataclass(frozen=True, slots=True)
class KeyRule:
    """How a key is made of a row; a key only changes its look when the connector says so."""

    columns: tuple[str, ...]
    case: KeyCase | None = None
    strip: bool = False

    @property
    def text(self) -> pl.Expr:
        """The key; null when a part is null."""
        return pl.concat_str([self._part(column) for column in self.columns], separator=SEPARATOR)

    @property
    def missing(self) -> pl.Expr:
        """Whether a part of the key is null or blank."""
        return pl.any_horizontal(pl.col(c).is_null() | (pl.col(c).str.strip_chars() == "") for c in self.columns)

    @property
    def ambiguous(self) -> pl.Expr:
        """Whether two keys of several columns could become the same text."""
        if len(self.columns) == 1:
            return pl.lit(value=False)
        return pl.any_horizontal(pl.col(c).str.contains(SEPARATOR, literal=True) for c in self.columns)

    def of_rows(self, rows: Sequence[Mapping[str, str]]) -> list[str | None]:
        """The keys of rows of which some columns are known; None where a part is not, is blank or holds the separator."""
        known = {column: [row.get(column) for row in rows] for column in self.columns}
        frame = pl.DataFrame(known, schema=dict.fromkeys(self.columns, pl.String()))
        return frame.select(pl.when(~self.missing & ~self.ambiguous).then(self.text)).to_series().to_list()

    def _part(self, column: str) -> pl.Expr:
        part = pl.col(column).str.strip_chars(" ") if self.strip else pl.col(column)
        match self.case:
            case KeyCase.UPPER:
                return part.str.to_uppercase()
            case KeyCase.LOWER:
                return part.str.to_lowercase()
            case None:
                return part


def key_rule(stream: Stream) -> KeyRule:
    """How a stream's keys are made; child streams without an own key are named by their parent's."""
    return KeyRule(stream.key or stream.parent, stream.key_case, stream.strip)


def parent_rule(stream: Stream, root: Stream) -> KeyRule | None:
    """How the root's key is made of a child's row: as in the root."""
    return KeyRule(stream.parent, root.key_case, root.strip) if stream.parent else None


UNREADABLE = pl.Schema(
    {
        "stream": pl.String(),
        "file": pl.String(),
        "position": pl.Int64(),
        "rule_id": pl.String(),
        "reason": pl.String(),
        "raw": pl.String(),
        "_key": pl.String(),  # of the root row that it is or belongs to, where it could be saved
        "shifted": pl.Boolean(),  # it has other columns than it should, so that the key may be another column's value
    }
)
_KEYS = pl.Schema({"_key": pl.String()})
_FAULTS = {
    "nul_character": "holds a NUL character, which no database can keep",
    "key_missing": "a column of the key is empty",
    "key_separator": f"a column of the key holds the separator {SEPARATOR}",
    "parent_missing": "a column of the parent's key is empty",
    "parent_separator": f"a column of the parent's key holds the separator {SEPARATOR}",
}
_WAITING_ROWS = 1000


@dataclass(frozen=True, slots=True)
class LandedStream:
    """The landed rows of one stream."""

    name: str
    path: Path
    rows: int
    columns: tuple[str, ...]
    sha256: str


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be landed. `saved` are its columns that could be read, with which its key may be known; in a
    `shifted` row, which has not as many columns as it should, they may hold values of other columns."""

    position: int
    rule: str
    reason: str
    raw: str
    saved: Mapping[str, str] = field(default_factory=dict)
    shifted: bool = False


@dataclass(frozen=True, slots=True)
class Drift:
    """One change of a stream's columns. `change` is added, missing or type."""

    stream: str
    column: str
    change: str


@dataclass(slots=True)
class Outcome:
    """What came out of the streams besides their rows. `state`: what to remember, by stream."""

    full: bool
    state: dict[str, dict[str, Any]] = field(default_factory=dict)
    drift: list[Drift] = field(default_factory=list)
    deleted: list[str] | None = None


@dataclass(frozen=True, slots=True)
class Extraction:
    """What one extraction brought.

    `full`: the landed rows are all rows of the source. `keys`: Parquet with column `_key`, all root keys that are
    present at the source as far as they can be read; None when that is not known, `keys_in_doubt`: because a list of
    keys holds one that cannot be read. `deleted`: Parquet with column `_key`, keys that a delta file
    says are gone; None when the source tells no such thing. `state` is to be stored once the rows are safe.
    """

    source: str
    full: bool
    streams: Mapping[str, LandedStream]
    root: str
    keys: Path | None
    unreadable: Path
    unreadable_rows: int
    state: dict[str, Any]
    drift: tuple[Drift, ...]
    deleted: Path | None
    keys_in_doubt: bool


@contextmanager
def disk() -> Iterator[None]:
    """Tells a full disk, or one that cannot be written, in words."""
    try:
        yield
    except OSError as e:
        is_full = e.errno in (errno.ENOSPC, errno.EDQUOT)
        problem = "the disk is full" if is_full else f"cannot be written: {e.strerror or type(e).__name__}"
        hint = "free some space and run again" if is_full else "look at the folder and its rights, then run again"
        raise StoreError("landing folder", problem, f"{hint}: nothing was landed", retryable=True) from None


class _Table:
    """A Parquet file under a temporary name."""

    def __init__(self, path: Path, schema: pl.Schema) -> None:
        self.path, self.rows, self._sha256 = path, 0, ""
        self._part = path.with_name(path.name + ".part")
        self._schema = pl.DataFrame(schema=schema).to_arrow(compat_level=pl.CompatLevel.oldest()).schema
        with disk():
            # Dictionaries and statistics would double the time of writing, and nobody asks for them here.
            self._writer: Any = pq.ParquetWriter(
                self._part,
                self._schema,
                compression="zstd",
                compression_level=1,
                use_dictionary=[name for name in ("_file",) if name in schema],
                write_statistics=False,
            )

    def write(self, frame: pl.DataFrame) -> None:
        with disk():
            self._writer.write_table(frame.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(self._schema))
        self.rows += frame.height

    def close(self) -> str:
        """Closes the file, makes sure that it is on the disk and returns its SHA-256. Again, it does nothing more."""
        if not self._sha256:
            with disk():
                self._writer.close()
                with self._part.open("rb") as handle:
                    os.fsync(handle.fileno())
                    self._sha256 = hashlib.file_digest(handle, "sha256").hexdigest()
        return self._sha256

    def read(self, column: str) -> pl.Series:
        """A column of the closed file."""
        return pl.read_parquet(self._part, columns=[column])[column]

    def show(self) -> None:
        with disk():
            self._part.replace(self.path)

    def drop(self) -> None:
        with ExitStack() as stack:
            stack.callback(self._part.unlink, missing_ok=True)
            stack.callback(self.path.unlink, missing_ok=True)
            self._writer.close()


@dataclass(slots=True)
class Landing:
    """The landed files of one extraction. They get their names in `finish`; `discard` leaves nothing behind."""

    folder: Path
    source: str
    root: str
    _streams: dict[str, StreamLanding] = field(default_factory=dict)
    _tables: list[_Table] = field(default_factory=list)
    _waiting: list[tuple[str, str, BadRow, str | None]] = field(default_factory=list)
    _unreadable: _Table = field(init=False)
    _keys: _Table | None = None
    _saved_keys: set[str] = field(default_factory=set)
    _keys_certain: bool = True

    def __post_init__(self) -> None:
        with disk():
            self.folder.mkdir(parents=True, exist_ok=True)
        self._unreadable = self.table("_unreadable", UNREADABLE)

    def table(self, name: str, schema: pl.Schema) -> _Table:
        table = _Table(self.folder / f"{name}.parquet", schema)
        self._tables.append(table)
        return table

    def stream(self, name: str, columns: Sequence[str], streams: Mapping[str, Stream]) -> StreamLanding:
        """Opens one of a connector's streams; all of its rows will have `columns`."""
        key, parent = key_rule(streams[name]), parent_rule(streams[name], streams[self.root])
        schema = pl.Schema({**LANDED, **dict.fromkeys(columns, pl.String())})
        self._streams[name] = StreamLanding(self, name, tuple(columns), key, parent, self.table(name, schema))
        return self._streams[name]

    def keep(self, stream: str, file: str, row: BadRow, key: str | None) -> None:
        """Keeps a row that cannot be landed, with the key of its root row. What has a saved key is not deleted."""
        self._waiting.append((stream, file, row, key))
        if stream == self.root and key is not None:
            self._saved_keys.add(key)
        if len(self._waiting) >= _WAITING_ROWS:
            self._write_waiting()

    def doubt_keys(self) -> None:
        """The list of the keys at the source holds one that cannot be read: which ones are gone is not known."""
        self._keys_certain = False

    def write_keys(self, keys: pl.Series) -> None:
        """Adds to the list of keys that are present at the source."""
        self._keys = self._keys or self.table("_keys", _KEYS)
        self._keys.write(keys.alias("_key").to_frame())

    def finish(self, outcome: Outcome, *, keys_of_root: bool) -> Extraction:
        """Gives all files their names. `keys_of_root`: the landed rows of the root are all keys of the source."""
        self._write_waiting()
        sums = {name: stream.table.close() for name, stream in self._streams.items()}
        if keys_of_root:
            self.write_keys(self._streams[self.root].table.read("_key").unique().sort())
        if self._keys is not None:
            self.write_keys(pl.Series(sorted(self._saved_keys), dtype=pl.String))
        gone = None if outcome.deleted is None else self._write_deleted(outcome.deleted)
        for table in self._tables:
            table.close()
        for table in self._tables:
            table.show()
        return Extraction(
            source=self.source,
            full=outcome.full,
            streams={name: stream.landed(sums[name]) for name, stream in self._streams.items()},
            root=self.root,
            keys=self._keys.path if self._keys is not None and self._keys_certain else None,
            unreadable=self._unreadable.path,
            unreadable_rows=self._unreadable.rows,
            state={"version": 1, "streams": outcome.state},
            drift=tuple(outcome.drift),
            deleted=gone,
            keys_in_doubt=self._keys is not None and not self._keys_certain,
        )

    def discard(self) -> None:
        """Removes what was written so far."""
        for table in self._tables:
            table.drop()

    def _write_deleted(self, keys: Sequence[str]) -> Path:
        table = self.table("_deleted", _KEYS)
        table.write(pl.DataFrame({"_key": sorted(keys)}, schema=_KEYS))
        return table.path

    def _write_waiting(self) -> None:
        rows = [
            (stream, file, bad.position, f"landed.{self.source}.{bad.rule}", bad.reason, bad.raw, key, bad.shifted)
            for stream, file, bad, key in self._waiting
        ]
        self._waiting.clear()
        if rows:
            self._unreadable.write(pl.DataFrame(rows, schema=UNREADABLE, orient="row"))


@dataclass(slots=True)
class StreamLanding:
    """Takes the rows of one stream."""

    landing: Landing
    name: str
    columns: tuple[str, ...]
    key: KeyRule
    parent: KeyRule | None
    table: _Table

    def write(self, rows: pl.DataFrame, positions: pl.Series, file: str) -> pl.DataFrame:
        """Lands `rows` (text columns; those missing are null). Returns the landed frame; faulty rows are rejected."""
        raw = rows.select([pl.col(c) if c in rows.columns else pl.lit(None, pl.String).alias(c) for c in self.columns])
        parent = self.parent.text if self.parent else pl.lit(None, pl.String)
        frame = raw.select(
            positions.cast(pl.Int64).alias("_position"),
            pl.lit(file).alias("_file"),
            self.key.text.alias("_key"),
            parent.alias("_parent"),
            hash_rows(raw).alias("_hash"),
            pl.all(),
            self._fault().alias("_fault"),
        )
        if frame["_fault"].null_count() < frame.height:
            self._reject(frame.filter(pl.col("_fault").is_not_null()), file)
            frame = frame.filter(pl.col("_fault").is_null())
        frame = frame.drop("_fault")
        if frame.height:
            self.table.write(frame)
        return frame

    def reject(self, rows: Sequence[BadRow], file: str) -> None:
        """Keeps rows that cannot be landed."""
        keys = (self.parent or self.key).of_rows([row.saved for row in rows]) if rows else []
        for row, key in zip(rows, keys, strict=True):
            self.landing.keep(self.name, file, row, key)

    def landed(self, sha256: str) -> LandedStream:
        return LandedStream(self.name, self.table.path, self.table.rows, self.columns, sha256)

    def _fault(self) -> pl.Expr:
        faults = {
            "nul_character": pl.any_horizontal(pl.all().str.contains("\0", literal=True)),
            "key_missing": self.key.missing,
            "key_separator": self.key.ambiguous,
        }
        if self.parent:
            faults |= {"parent_missing": self.parent.missing, "parent_separator": self.parent.ambiguous}
        return pl.coalesce(pl.when(is_so).then(pl.lit(rule)) for rule, is_so in faults.items())

    def _reject(self, faulty: pl.DataFrame, file: str) -> None:
        raw = faulty.select(pl.struct(self.columns).struct.json_encode()).to_series()
        rows = []
        for row, text in zip(faulty.iter_rows(named=True), raw, strict=True):
            saved = {name: row[name] for name in self.columns if row[name] is not None}
            rows.append(BadRow(row["_position"], row["_fault"], _FAULTS[row["_fault"]], text, saved))
        self.reject(rows, file)
