"""Records of text files as bytes, read in blocks so that no record, however long, fills the memory."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Protocol, TypeAlias

from custhub.extract.job import Place
from custhub.extract.spec import TextStream

BLOCK = 1 << 20
_DOS_END = b"\x1a"
_KEPT_OF_LONG = 10_000
_SAMPLE = 1 << 20
_SURELY_UTF8 = 5  # lines that are UTF-8 and not ASCII; text in another encoding never has as many by chance


@dataclass(frozen=True, slots=True)
class TooLong:
    """A record beyond the limit: its beginning and its length in bytes."""

    head: bytes
    length: int


Record: TypeAlias = tuple[int, bytes | TooLong]
"""Number from 1, and the record without its line break."""


class Readable(Protocol):
    """Bytes, a block at a time."""

    def read(self, size: int, /) -> bytes: ...


@dataclass(slots=True)
class Lines:
    """The lines of a file. After the last one `ended` tells whether it had a line break."""

    handle: Readable
    limit: int
    newline: bytes = b"\n"
    ended: bool = True
    last: int = 0

    def __iter__(self) -> Iterator[Record]:
        number, rest, block = 0, b"", b"-"
        while block:
            block = self.handle.read(BLOCK)
            lines = (rest + block).split(self.newline)  # at the end of the file, what a long line left to be read
            rest = lines.pop()
            for line in lines:
                number += 1
                yield number, line if len(line) <= self.limit else TooLong(line[:_KEPT_OF_LONG], len(line))
            if block and len(rest) > self.limit:
                number += 1
                long, rest = self._skip(rest)
                yield number, long
        if rest.strip(_DOS_END):
            number += 1
            self.ended = False
            yield number, rest if len(rest) <= self.limit else TooLong(rest[:_KEPT_OF_LONG], len(rest))
        self.last = number

    def _skip(self, rest: bytes) -> tuple[TooLong, bytes]:
        """Reads on to the end of a line that is too long."""
        head, length = rest[:_KEPT_OF_LONG], len(rest)
        while block := self.handle.read(BLOCK):
            line, found, after = block.partition(self.newline)
            length += len(line)
            if found:
                return TooLong(head, length), after
        self.ended = False
        return TooLong(head, length), b""


@dataclass(slots=True)
class FixedRecords:
    """Records of one length without line breaks. After the last one `ended` tells whether it was whole."""

    handle: Readable
    length: int
    ended: bool = True
    last: int = 0

    def __iter__(self) -> Iterator[Record]:
        number, rest = 0, b""
        while block := self.handle.read(BLOCK):
            data = rest + block
            whole = len(data) - len(data) % self.length
            for start in range(0, whole, self.length):
                number += 1
                yield number, data[start : start + self.length]
            rest = data[whole:]
        if rest.strip(b"\r\n" + _DOS_END):
            number += 1
            self.ended = False
            yield number, rest
        self.last = number


@dataclass(slots=True)
class Body:
    """The records between the lines to skip and the trailer; `trailer_rows` is what the trailer counted."""

    records: Iterable[Record]
    spec: TextStream
    place: Place
    trailer_rows: int | None = None
    _held: Record | None = field(default=None, repr=False)

    def __iter__(self) -> Iterator[Record]:
        skip, trailer = self.spec.skip_lines, self.spec.trailer
        for record in self.records:
            if record[0] <= skip:
                continue
            if trailer is None:
                yield record
            elif not _blank(record):
                if self._held is not None:
                    yield self._held
                self._held = record
        if trailer is not None:
            self._read_trailer(trailer.pattern)

    def _read_trailer(self, pattern: str) -> None:
        data = self._held[1] if self._held else b""
        text = data.decode(self.spec.encoding, "replace") if isinstance(data, bytes) else ""
        found = re.fullmatch(pattern, text.rstrip("\r\n\x1a"))
        if found is None:
            raise self.place.cut_off("the last line is not the trailer that was declared")
        if found.groups():
            digits = (found.group(1) or "").strip()
            if not digits.isdecimal():
                raise self.place.error("the trailer's row count is not a number", "correct the trailer's pattern")
            self.trailer_rows = int(digits)

    def check(self, rows: int) -> None:
        """Raises SourceError when the trailer counted other than `rows` rows."""
        if self.trailer_rows is not None and self.trailer_rows != rows:
            raise self.place.cut_off(f"the trailer counts {self.trailer_rows} rows, the file holds {rows}")


def _blank(record: Record) -> bool:
    data = record[1]
    return isinstance(data, bytes) and not data.strip()


class Recoded:
    """A binary file in UTF-16 or UTF-32, read as UTF-8: in those encodings a line break is not one byte."""

    def __init__(self, handle: BinaryIO, encoding: str) -> None:
        self._handle = handle
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")

    def read(self, size: int, /) -> bytes:
        while True:
            block = self._handle.read(size)
            text = self._decoder.decode(block, final=not block)
            if text or not block:
                return text.removeprefix("\ufeff").encode("utf-8", "replace")


def is_wide(encoding: str) -> bool:
    """Whether a character has two bytes or more in `encoding`."""
    return codecs.lookup(encoding).name.startswith(("utf-16", "utf-32"))


def line_break(handle: BinaryIO) -> bytes:
    """The line break of a file: LF (with or without CR) or, in files of old Macs, CR."""
    sample = handle.read(BLOCK)
    handle.seek(0)
    return b"\r" if b"\r" in sample and b"\n" not in sample else b"\n"


def check_encoding(handle: BinaryIO, encoding: str, place: Place, *, header: bool = False) -> None:
    """Raises SourceError when the file is UTF-8 for sure but another encoding was declared, or when the first line, a
    `header`, is not the declared UTF-8. Rewinds the file."""
    sample = handle.read(_SAMPLE)
    handle.seek(0)
    if is_wide(encoding):
        return
    lines = sample.split(b"\n")[:-1] or [sample]
    marked = [line for line in lines if not line.isascii()]
    if _wants_utf8(encoding):
        if header and not _is_utf8(lines[0]):
            raise place.error(f"the header is not in {encoding}", _look_alike(sample))
    elif sample.startswith(codecs.BOM_UTF8) or (len(marked) >= _SURELY_UTF8 and all(map(_is_utf8, marked))):
        raise place.error(f"is in UTF-8, but {encoding} was declared", "write `encoding: utf-8`")


def other_encoding(path: Path, encoding: str) -> str:
    """A hint when the beginning of a file is not in the UTF-8 that was declared; else nothing."""
    with path.open("rb") as handle:
        sample = handle.read(_SAMPLE)
    return _look_alike(sample) if _wants_utf8(encoding) and not all(map(_is_utf8, sample.split(b"\n")[:-1])) else ""


def _look_alike(sample: bytes) -> str:
    """What to do about a text that is not in its declared encoding."""
    from custhub.clean.encoding import detect_encoding  # its tables are for this hint only

    found = detect_encoding(sample[: sample.rfind(b"\n") + 1] or sample).encoding
    return f"it looks like {found}: write `encoding: {found}`" if found else "write its own as `encoding`"


def _wants_utf8(encoding: str) -> bool:
    return codecs.lookup(encoding).name in ("utf-8", "utf-8-sig", "ascii")


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
