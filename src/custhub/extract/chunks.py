"""What readers of files hand on: rows as text columns, with their places, and rows that cannot be read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import polars as pl

from custhub.extract.landing import BadRow
from custhub.extract.texts import texts

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
