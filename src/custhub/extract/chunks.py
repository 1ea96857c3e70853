"""What readers hand on: rows as text columns, with their places, and rows that cannot be read.

Values of databases, sheets and columnar files have one form as text, whatever driver they came by: numbers are plain,
dates and times ISO 8601 (without trailing zeros in fractions, instants in UTC), booleans true/false, bytes hex, lists and
objects JSON. Null stays null.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from custhub.extract.landing import BadRow

_PLAIN_INTEGERS = 10**15  # floats below it hold every integer exactly


def text_of(value: object) -> str | None:
    """`value` in its one form."""
    match value:
        case None:
            return None
        case str():
            return str(value)
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < _PLAIN_INTEGERS else repr(value)
        case Decimal():
            return format(value, "f")
        case datetime():
            return _fraction(value.astimezone(UTC) if value.tzinfo else value)
        case time():
            return _fraction(value)
        case date():
            return value.isoformat()
        case timedelta():
            return _duration(value)
        case bytes() | bytearray() | memoryview():
            return bytes(value).hex()
        case dict() | list() | tuple():
            return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True, default=text_of)
        case _:
            return str(value)


def is_whole(value: object) -> bool:
    """Whether it is no text with half a character (a lone surrogate) in it."""
    return not isinstance(value, str) or value.isascii() or not any("\ud800" <= sign <= "\udfff" for sign in value)


def _fraction(value: datetime | time) -> str:
    text = value.isoformat()
    if not value.microsecond:
        return text
    whole, _, rest = text.partition(".")
    return f"{whole}.{rest[:6].rstrip('0')}{rest[6:]}"


def _duration(value: timedelta) -> str:
    sign, value = ("-", -value) if value < timedelta(0) else ("", value)
    seconds = value.days * 86400 + value.seconds
    text = f"{sign}{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return text + (f".{value.microseconds:06}".rstrip("0") if value.microseconds else "")


def texts(name: str, values: Sequence[object]) -> pl.Series:
    """A column of values as text. Raises UnicodeEncodeError for text that is no Unicode (lone surrogates)."""
    if not set(map(type, values)) <= {str, type(None)}:
        values = [text_of(value) for value in values]
    return pl.Series(name, values, dtype=pl.String)


def arrow_texts(name: str, column: pa.ChunkedArray) -> pl.Series:
    """An Arrow column as text."""
    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        column = pa.chunked_array([chunk.storage for chunk in column.chunks], type=kind.storage_type)
        kind = column.type
    if pa.types.is_dictionary(kind):
        return arrow_texts(name, pc.cast(column, kind.value_type))
    plain = (pa.types.is_integer, pa.types.is_boolean, pa.types.is_date32, pa.types.is_string, pa.types.is_large_string)
    if any(is_kind(kind) for is_kind in plain):
        return pl.Series(name, pc.cast(column, pa.large_string()), dtype=pl.String)
    return texts(name, _python_values(column))


def _python_values(column: pa.ChunkedArray) -> list[Any]:
    if pa.types.is_timestamp(column.type) and column.type.unit == "ns":
        # Python's datetime ends at microseconds: what is finer is told as Arrow writes it.
        coarse = pc.cast(column, pa.timestamp("us", tz=column.type.tz), safe=False)
        if not pc.all(pc.equal(pc.cast(coarse, column.type), column)).as_py():
            written = pc.replace_substring(pc.cast(column, pa.string()), " ", "T", max_replacements=1)
            return list(pc.replace_substring_regex(written, "Z$", "+00:00").to_pylist())
        column = coarse
    values: list[Any] = column.to_pylist()
    return values


CHUNK_ROWS = 20_000
CHUNK_BYTES = 16 << 20


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows of a file, all columns text."""

    rows: pl.DataFrame
    positions: pl.Series
    bad: tuple[BadRow, ...] = ()


class Reader(Protocol):
    """Reads the files of one stream."""

    def columns(self, path: Path) -> dict[str, str]:
        """Column: type, as far as the file knows it; else empty text."""

    def chunks(self, path: Path) -> Iterator[Chunk]:
        """All rows of the file."""


class ChunkBuilder:
    """Gathers rows to chunks."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = tuple(columns)
        self._rows: list[Sequence[object]] = []
        self._positions: list[int] = []
        self._bad: list[BadRow] = []
        self._bytes = 0

    def add(self, position: int, row: Sequence[object], size: int) -> None:
        self._rows.append(row)
        self._positions.append(position)
        self._bytes += size

    def reject(self, bad: BadRow) -> None:
        self._bad.append(bad)
        self._bytes += len(bad.raw)

    @property
    def full(self) -> bool:
        return len(self._rows) + len(self._bad) >= CHUNK_ROWS or self._bytes >= CHUNK_BYTES

    def take(self) -> Chunk:
        """The chunk of what was gathered since."""
        chunk = chunk_of(self._columns, self._rows, self._positions, tuple(self._bad))
        self._rows, self._positions, self._bad, self._bytes = [], [], [], 0
        return chunk


def chunk_of(
    columns: Sequence[str], rows: Sequence[Sequence[object]], positions: Sequence[int], bad: tuple[BadRow, ...] = ()
) -> Chunk:
    """A chunk of rows of values, which become text."""
    if rows:
        frame = pl.DataFrame([texts(name, cells) for name, cells in zip(columns, zip(*rows, strict=True), strict=True)])
    else:
        frame = pl.DataFrame(schema=dict.fromkeys(columns, pl.String()))
    return Chunk(frame, pl.Series(positions, dtype=pl.Int64), bad)
