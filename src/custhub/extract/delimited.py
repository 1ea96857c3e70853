"""Delimited text: Python's csv module over lines that were decoded one by one, so that one bad row stays alone."""

from __future__ import annotations

import codecs
import csv
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from custhub.extract.chunks import CHUNK_BYTES, CHUNK_ROWS, Chunk, ChunkBuilder, chunk_of
from custhub.extract.job import Place
from custhub.extract.landing import BadRow
from custhub.extract.lines import Body, Lines, Recoded, Record, TooLong, check_encoding, is_wide, line_break
from custhub.extract.spec import CsvStream

_UNDECODABLE = "\ufffd"


_OPEN_QUOTE = ("quote", "its quotes or line breaks do not match")


class _BrokenError(Exception):
    """A line that cannot be part of a row: rule and reason."""


@dataclass(frozen=True, slots=True)
class DelimitedReader:
    """Reads the CSV files of a stream. A row's position is the number of its first line."""

    spec: CsvStream
    limit: int
    place: Place

    def columns(self, path: Path) -> dict[str, str]:
        if not self.spec.header:
            return dict.fromkeys(self.spec.columns or (), "")
        with path.open("rb") as handle:
            return dict.fromkeys(self._header(self._feed(handle)), "")

    def chunks(self, path: Path) -> Iterator[Chunk]:
        csv.field_size_limit(max(csv.field_size_limit(), self.limit))
        with path.open("rb") as handle:
            feed = self._feed(handle)
            columns = self._header(feed) if self.spec.header else tuple(self.spec.columns or ())
            rows, builder = _Rows(feed, self.spec, columns), ChunkBuilder(columns)
            count, last = 0, None
            while block := feed.take_block():
                chunk = rows.quick(block)
                if chunk is None:
                    feed.give_back(block)
                    for found in rows.one_by_one():
                        builder.reject(found) if isinstance(found, BadRow) else builder.add(*found)
                        last = found
                    chunk = builder.take()
                count += chunk.rows.height + len(chunk.bad)
                yield chunk
            self._check_end(feed, last)
            feed.body.check(count)

    def _check_end(self, feed: _Feed, last: object) -> None:
        is_short = isinstance(last, BadRow) and last.rule in ("too_few_fields", "quote")
        if is_short and isinstance(last, BadRow) and not feed.lines.ended and last.position == feed.lines.last:
            raise self.place.cut_off("the last line is incomplete")

    def _feed(self, handle: BinaryIO) -> _Feed:
        check_encoding(handle, self.spec.encoding, self.place, header=self.spec.header and not self.spec.skip_lines)
        if is_wide(self.spec.encoding):
            return _Feed(Lines(Recoded(handle, self.spec.encoding), self.limit), self, "utf-8", wide=True)
        newline = line_break(handle)
        if codecs.lookup(self.spec.encoding).name == "utf-8" and handle.read(3) != codecs.BOM_UTF8:
            handle.seek(0)
        return _Feed(Lines(handle, self.limit, newline), self, self.spec.encoding)

    def _header(self, feed: _Feed) -> tuple[str, ...]:
        try:
            row = next(_csv_rows(feed, self.spec), [])
        except (_BrokenError, csv.Error):
            raise self.place.error("the header cannot be read", "look at encoding, delimiter and quote") from None
        if not row:
            raise self.place.cut_off("has no header")
        names = [name.strip() or f"column_{i}" for i, name in enumerate(row, 1)]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            hint = "name them with `columns`, `header: false` and `skip_lines`"
            raise self.place.error(f"the header names {', '.join(twice[:5])} twice", hint)
        return tuple(names)


def _csv_rows(lines: Iterable[str], spec: CsvStream) -> Iterator[list[str]]:
    if spec.quote is None:
        return csv.reader(lines, delimiter=spec.delimiter, quoting=csv.QUOTE_NONE, strict=True)
    return csv.reader(lines, delimiter=spec.delimiter, quotechar=spec.quote, strict=True)


class _Feed:
    """Gives decoded lines to the csv module, remembers those of the current row and takes lines back."""

    def __init__(self, lines: Lines, reader: DelimitedReader, encoding: str, *, wide: bool = False) -> None:
        self.lines, self.limit, self.wide = lines, reader.limit, wide
        self.body = Body(lines, reader.spec, reader.place)
        self.taken: list[Record] = []
        self._records = iter(self.body)
        self._back: deque[Record] = deque()
        self.encoding, self.decode, self.size = encoding, codecs.getdecoder(encoding), 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        record = self._back.popleft() if self._back else next(self._records)
        self.taken.append(record)
        data = record[1]
        if isinstance(data, TooLong):
            raise _BrokenError("too_long", f"the line has {data.length} bytes; only its beginning is kept")
        self.size += len(data)
        if self.size > self.limit:
            raise _BrokenError("too_long", f"the row has more than {self.limit} bytes, perhaps for a missing quote")
        try:
            text = self.decode(data, "strict")[0]
        except UnicodeDecodeError:
            raise _BrokenError("encoding", f"holds bytes that are not {self.encoding}") from None
        if self.wide and _UNDECODABLE in text:
            raise _BrokenError("encoding", "holds bytes that cannot be decoded")
        return text + "\n"

    def take_block(self) -> list[Record]:
        """The next lines, as many as make a chunk."""
        block, size = [], 0
        for record in self._records:
            block.append(record)
            data = record[1]
            size += len(data) if isinstance(data, bytes) else len(data.head)
            if len(block) >= CHUNK_ROWS or size >= CHUNK_BYTES:
                break
        return block

    def give_back(self, block: Sequence[Record]) -> None:
        self._back.extend(block)

    @property
    def has_back(self) -> bool:
        return bool(self._back)

    def next_row(self) -> None:
        self.taken.clear()
        self.size = 0

    def take_back(self) -> Record:
        """Keeps the first line of the current row for the caller and gives the others out again."""
        first, *others = self.taken
        self._back.extendleft(reversed(others))
        return first

    def text(self, data: bytes | TooLong, errors: str = "backslashreplace") -> str:
        raw = data.head if isinstance(data, TooLong) else data
        return raw.decode(self.encoding, errors).rstrip("\r")


class _Rows:
    """Makes rows of lines."""

    def __init__(self, feed: _Feed, spec: CsvStream, columns: Sequence[str]) -> None:
        self._feed, self._spec, self._columns = feed, spec, tuple(columns)

    def quick(self, block: Sequence[Record]) -> Chunk | None:
        """All lines at once; None when they are not one good row each."""
        lines = [data for _, data in block if isinstance(data, bytes)]
        try:
            text = self._feed.decode(b"\n".join(lines), "strict")[0]
            texts = text.split("\n")
            rows = list(_csv_rows(texts, self._spec))
        except (UnicodeDecodeError, csv.Error):
            return None
        if not len(block) == len(lines) == len(texts) == len(rows) or set(map(len, rows)) != {len(self._columns)}:
            return None
        if self._feed.wide and _UNDECODABLE in text:
            return None
        return chunk_of(self._columns, rows, [number for number, _ in block])

    def one_by_one(self) -> Iterator[tuple[int, list[str], int] | BadRow]:
        """Rows as (position, fields, bytes), and BadRow for a line that is none, until no line is given back."""
        feed, rows, width = self._feed, _csv_rows(self._feed, self._spec), len(self._columns)
        while feed.has_back:
            feed.next_row()
            try:
                row = next(rows)
            except StopIteration:
                return
            except (_BrokenError, csv.Error) as e:
                # A row that ran on into a broken line has an open quote; that line is looked at again by itself.
                is_alone = isinstance(e, _BrokenError) and len(feed.taken) == 1
                yield self._bad(*(e.args if is_alone else _OPEN_QUOTE))
                continue
            if len(row) == width:
                yield feed.taken[0][0], row, feed.size
            elif row:
                rule = "too_few_fields" if len(row) < width else "too_many_fields"
                yield self._bad(rule, f"has {len(row)} fields instead of {width}")

    def _bad(self, rule: str, reason: str) -> BadRow:
        number, data = self._feed.take_back()
        fields = self._fields(data)
        shifted = not isinstance(data, TooLong) and len(fields) != len(self._columns)
        named = zip(self._columns, fields, strict=False)
        saved = {name: field for name, field in named if _UNDECODABLE not in field}
        return BadRow(number, rule, reason, self._feed.text(data), saved, shifted=shifted)

    def _fields(self, data: bytes | TooLong) -> list[str]:
        """The fields as far as quotes or delimiters alone tell them apart; those of a row cut off without the last."""
        is_cut = isinstance(data, TooLong)
        text = self._feed.text(data, "replace")
        try:
            fields = next(_csv_rows([text], self._spec), [])
        except csv.Error:
            fields = [field.strip(self._spec.quote or "") for field in text.split(self._spec.delimiter)]
        return fields[:-1] if is_cut else fields
