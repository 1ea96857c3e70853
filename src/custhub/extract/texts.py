"""Values of databases, sheets and columnar files as text: one form per value, whatever driver it came by.

Numbers are plain, dates and times ISO 8601 (without trailing zeros in fractions, instants in UTC), booleans
true/false, bytes hex, lists and objects JSON. Null stays null.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

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
