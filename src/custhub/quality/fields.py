"""Dotted paths into records (`name.full`, `emails.value`) and the flat columns that a check sees.

A path through a list means every element: the frame gets one row per element, and each row remembers its record. The
path `<list>.count` is the list's length, `extra.<name>` an attribute of the project's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import polars as pl

ROW = "custhub_row"
"""Column of a flat frame that says which record (row number) a value belongs to."""

COUNT = "count"


class As(StrEnum):
    """How a text is read before it is checked. What cannot be read so counts as blank."""

    NUMBER = "number"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Field:
    """A path that exists: the lists it runs through, outermost first, and the type of its values."""

    path: str
    lists: tuple[str, ...]
    dtype: pl.DataType


def resolve(path: str, schema: Mapping[str, pl.DataType]) -> Field | None:
    """The field that `path` names in frames of `schema`; None when there is none, or when it is not a plain value."""
    if path in schema and not schema[path].is_nested():
        return Field(path, (), schema[path])
    head, *rest = path.split(".")
    if head not in schema:
        return None
    dtype, here = schema[head], head
    lists: list[str] = []
    if head == "extra" and len(rest) == 1 and dtype == pl.String:
        return Field(path, (), pl.String())
    for part in rest:
        if isinstance(dtype, pl.List):
            if part == COUNT:
                return Field(path, tuple(lists), pl.Int64()) if part == rest[-1] else None
            lists.append(here)
            dtype = _inner(dtype)
        members = _members(dtype)
        if part not in members:
            return None
        dtype, here = members[part], f"{here}.{part}"
    if isinstance(dtype, pl.List):
        lists.append(here)
        dtype = _inner(dtype)
    return None if dtype.is_nested() else Field(path, tuple(lists), dtype)


def paths(schema: Mapping[str, pl.DataType]) -> list[str]:
    """Every path that `resolve` finds in `schema`, in its order; for hints and for the JSON Schema."""
    found: list[str] = []
    for name, dtype in schema.items():
        _collect(name, dtype, found)
    return found


def deepest(fields: Iterable[Field]) -> tuple[str, ...] | None:
    """The lists to explode so that all `fields` stand in one frame; None when they lie in lists side by side."""
    longest = max((field.lists for field in fields), key=len, default=())
    return longest if all(longest[: len(field.lists)] == field.lists for field in fields) else None


def flatten(frame: pl.DataFrame, fields: Sequence[Field], lists: tuple[str, ...]) -> pl.DataFrame:
    """The values of `fields`, one row per element of the innermost list, beside `ROW`, which `frame` must have."""
    tops = {field.path.split(".")[0] for field in fields} | {path.split(".")[0] for path in lists}
    plain = [field.path for field in fields if field.path in frame.columns]
    flat = frame.select(ROW, *(name for name in frame.columns if name in tops or name in plain))
    for path in lists:
        flat = flat.with_columns(_value(path, flat.columns).alias(path))
        flat = flat.filter(pl.col(path).list.len() > 0).explode(path)
    return flat.select(ROW, *(_value(field.path, flat.columns).alias(field.path) for field in fields))


def read_as(column: pl.Expr, form: As | None) -> pl.Expr:
    """`column` read as numbers or dates."""
    match form:
        case None:
            return column
        case As.NUMBER:
            return column.cast(pl.String).str.strip_chars().cast(pl.Float64, strict=False)
        case As.DATE:
            # A year or year-month alone counts as its first day.
            day = (column.cast(pl.String).str.strip_chars() + "-01-01").str.slice(0, 10)
            return day.str.to_datetime("%Y-%m-%d", strict=False)


def _value(path: str, columns: Sequence[str]) -> pl.Expr:
    """The expression for `path`, starting at the longest part of it that already is a column."""
    parts = path.split(".")
    for end in range(len(parts), 0, -1):
        start, rest = ".".join(parts[:end]), parts[end:]
        if start in columns:
            break
    expression = pl.col(start)
    if start == "extra" and rest:
        return expression.str.json_path_match(f"$.{rest[0]}")
    for part in rest:
        is_length = part == COUNT and part == parts[-1]
        expression = expression.list.len().cast(pl.Int64) if is_length else expression.struct.field(part)
    return expression


def _inner(dtype: pl.List) -> pl.DataType:
    inner = dtype.inner
    return inner if isinstance(inner, pl.DataType) else inner()


def _members(dtype: pl.DataType) -> dict[str, pl.DataType]:
    if not isinstance(dtype, pl.Struct):
        return {}
    return {f.name: f.dtype if isinstance(f.dtype, pl.DataType) else f.dtype() for f in dtype.fields}


def _collect(path: str, dtype: pl.DataType, found: list[str]) -> None:
    if isinstance(dtype, pl.List):
        found.append(f"{path}.{COUNT}")
        _collect(path, _inner(dtype), found)
    elif isinstance(dtype, pl.Struct):
        for name, member in _members(dtype).items():
            _collect(f"{path}.{name}", member, found)
    else:
        found.append(path)
