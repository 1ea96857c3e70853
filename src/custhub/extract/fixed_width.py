"""Text with columns of fixed widths: cut in bytes, as the old systems count, and only then decoded."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import accumulate, pairwise
from pathlib import Path
from typing import BinaryIO

from custhub.extract.chunks import Chunk, ChunkBuilder
from custhub.extract.job import Place
from custhub.extract.landing import BadRow
from custhub.extract.lines import Body, FixedRecords, Lines, TooLong, check_encoding
from custhub.extract.spec import FixedWidthStream

_PADDING = " \0"
_ASCII = bytes(range(128))


@dataclass(frozen=True, slots=True)
class FixedWidthReader:
    """Reads the fixed-width files of a stream. A row's position is the number of its record in the file."""

    spec: FixedWidthStream
    limit: int
    place: Place

    def columns(self, path: Path) -> dict[str, str]:
        return dict.fromkeys(self.spec.columns, "")

    def chunks(self, path: Path) -> Iterator[Chunk]:
        with path.open("rb") as handle:
            check_encoding(handle, self.spec.encoding, self.place)
            layout = _Layout(self.spec)
            records = self._records(handle, layout.width)
            body, builder, count, short = Body(records, self.spec, self.place), ChunkBuilder(layout.names), 0, 0
            for number, data in body:
                if data in (b"", b"\r"):
                    continue
                count += 1
                found = layout.read(number, data)
                if isinstance(found, BadRow):
                    builder.reject(found)
                    short = number if found.rule == "record_short" else short
                else:
                    builder.add(number, found, layout.width)
                if builder.full:
                    yield builder.take()
            yield builder.take()
            if not records.ended and short and short == records.last:
                raise self.place.cut_off("the last record is incomplete")
            body.check(count)

    def _records(self, handle: BinaryIO, width: int) -> Lines | FixedRecords:
        return Lines(handle, self.limit) if self.spec.newline else FixedRecords(handle, width)


class _Layout:
    """Cuts records."""

    def __init__(self, spec: FixedWidthStream) -> None:
        self.names, self.width = tuple(spec.columns), sum(spec.columns.values())
        self._slices = [slice(*ends) for ends in pairwise(accumulate(spec.columns.values(), initial=0))]
        self._encoding, self._decode = spec.encoding, codecs.getdecoder(spec.encoding)
        self._keeps_ascii = self._decode(_ASCII, "replace")[0] == _ASCII.decode("ascii")
        self._pad = spec.pad_short

    def read(self, number: int, data: bytes | TooLong) -> list[str] | BadRow:
        """The fields of a record, without the blanks that fill them up on the right."""
        if isinstance(data, TooLong):
            return self._bad(number, data.head, "too_long", f"has {data.length} bytes; only its beginning is kept")
        data = data.removesuffix(b"\r") if len(data) == self.width + 1 or self._pad else data
        if len(data) != self.width:
            if len(data) > self.width or not self._pad:
                rule = "record_short" if len(data) < self.width else "record_long"
                return self._bad(number, data, rule, f"has {len(data)} bytes instead of {self.width}")
            data = data.ljust(self.width)
        if self._keeps_ascii and data.isascii():
            text = data.decode("ascii")
            return [text[cut].rstrip(_PADDING) for cut in self._slices]
        try:
            return [self._decode(data[cut], "strict")[0].rstrip(_PADDING) for cut in self._slices]
        except UnicodeDecodeError:
            return self._bad(number, data, "encoding", f"a column holds bytes that are not {self._encoding}")

    def _bad(self, number: int, data: bytes, rule: str, reason: str) -> BadRow:
        raw = data.decode(self._encoding, "backslashreplace").rstrip("\r")
        return BadRow(number, rule, reason, raw, dict(self._saved(data)), shifted=rule.startswith("record_"))

    def _saved(self, data: bytes) -> Iterator[tuple[str, str]]:
        """The columns that are whole and can be decoded."""
        for name, cut in zip(self.names, self._slices, strict=True):
            with suppress(UnicodeDecodeError):
                if cut.stop <= len(data):
                    yield name, self._decode(data[cut], "strict")[0].rstrip(_PADDING)
