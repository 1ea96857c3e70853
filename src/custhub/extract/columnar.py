"""Parquet files, and text files with one JSON object a line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from custhub.extract.chunks import CHUNK_ROWS, Chunk, ChunkBuilder, arrow_texts, is_whole, text_of
from custhub.extract.job import Place
from custhub.extract.landing import BadRow
from custhub.extract.lines import Lines, TooLong

_DECODER = json.JSONDecoder(parse_int=str, parse_float=str)
_MEMBER = re.compile(r'\s*("(?:[^"\\]|\\.)*")\s*:\s*')
_ENDS = re.compile(r"\s*([,}])")  # a number or word in which the line breaks off may have been longer


@dataclass(frozen=True, slots=True)
class ParquetReader:
    """Reads the Parquet files of a stream. A row's position is its number in the file."""

    place: Place

    def columns(self, path: Path) -> dict[str, str]:
        with self._undamaged(), pq.ParquetFile(path) as file:
            names = file.schema_arrow.names
            if len(set(names)) < len(names):
                raise self.place.error("two columns have the same name", "rename one of them at the source")
            return {column.name: str(column.type) for column in file.schema_arrow}

    def chunks(self, path: Path) -> Iterator[Chunk]:
        start = 1
        with self._undamaged(), pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=CHUNK_ROWS):
                table = pa.Table.from_batches([batch])
                rows = pl.DataFrame([arrow_texts(name, table[name]) for name in table.column_names])
                yield Chunk(rows, pl.Series(range(start, start + rows.height), dtype=pl.Int64))
                start += rows.height

    @contextmanager
    def _undamaged(self) -> Iterator[None]:
        try:
            yield
        except (pa.ArrowException, OSError) as e:
            if isinstance(e, OSError) and e.errno:
                raise  # the file system's word, not the format's
            hint = "the file is damaged, cut off or no Parquet: have it sent again"
            raise self.place.error("the Parquet file cannot be read", hint, retryable=True) from None


@dataclass(frozen=True, slots=True)
class JsonLinesReader:
    """Reads the JSON lines of a stream. Numbers stay as written, lists and objects are JSON text.

    Any line may bring a new column, so the columns are gathered in a reading of their own.
    """

    limit: int
    place: Place

    def columns(self, path: Path) -> dict[str, str]:
        names: dict[str, str] = {}
        for _, found in self._objects(path):
            if isinstance(found, dict):
                names.update(dict.fromkeys(found, ""))
        return names

    def chunks(self, path: Path) -> Iterator[Chunk]:
        columns = tuple(self.columns(path))
        builder = ChunkBuilder(columns)
        for number, found in self._objects(path):
            if isinstance(found, BadRow):
                builder.reject(found)
            else:
                texts = [found.get(column) for column in columns]
                builder.add(number, texts, sum(len(text) for text in texts if text is not None))
            if builder.full:
                yield builder.take()
        yield builder.take()

    def _objects(self, path: Path) -> Iterator[tuple[int, dict[str, str | None] | BadRow]]:
        with path.open("rb") as handle:
            lines, found = Lines(handle, self.limit), None
            for number, data in lines:
                if isinstance(data, bytes) and not data.strip():
                    continue
                found = _object(number, data)
                yield number, found
            if not lines.ended and isinstance(found, BadRow) and found.rule == "json":
                raise self.place.cut_off("the last line is incomplete")


def _object(number: int, data: bytes | TooLong) -> dict[str, str | None] | BadRow:
    if isinstance(data, TooLong):
        reason = f"the line has {data.length} bytes; only its beginning is kept"
        return BadRow(number, "too_long", reason, _raw(data.head), _saved(_raw(data.head)))
    try:
        text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError:
        saved = _saved(data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace"))
        return BadRow(number, "encoding", "holds bytes that are not utf-8", _raw(data), saved)
    try:
        row = json.loads(text, parse_int=str, parse_float=str)
        if not isinstance(row, dict):
            return BadRow(number, "json", "is not a JSON object", text)
        if any(isinstance(value, dict | list) for value in row.values()):
            nested = json.loads(text)
            row = {name: nested[name] if isinstance(value, dict | list) else value for name, value in row.items()}
        return {name: _valid(text_of(value)) for name, value in row.items()}
    except UnicodeEncodeError:
        return BadRow(number, "encoding", "holds half a character", text, _saved(text))
    except (ValueError, RecursionError):
        return BadRow(number, "json", "is not JSON", text, _saved(text))


def _saved(text: str) -> dict[str, str]:
    """The plain members of a broken object that stand before its fault and can be decoded."""
    saved: dict[str, str] = {}
    place = len(text) - len(text.lstrip()) + 1 if text.lstrip().startswith("{") else len(text)
    with suppress(ValueError, RecursionError):
        while found := _MEMBER.match(text, place):
            value, end = _DECODER.raw_decode(text, found.end())
            ends = _ENDS.match(text, end)
            if ends is None:
                break
            written = None if isinstance(value, dict | list) else text_of(value)
            if written is not None and is_whole(written) and "\ufffd" not in written:
                saved[json.loads(found[1])] = written
            place = ends.end() if ends[1] == "," else len(text)
    return saved


def _valid(text: str | None) -> str | None:
    if text is not None:
        text.encode()
    return text


def _raw(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")
