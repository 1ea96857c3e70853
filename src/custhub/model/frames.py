"""The frames in which records travel between the stages, as Polars schemas.

A stage never receives a frame that it has not agreed on: writers call `conform`, readers may rely on the columns, their
order and dtypes. Lists are never null (an absent list is empty); `extra` is JSON text.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Container, Iterable
from enum import Enum

import polars as pl
from pydantic import BaseModel

from custhub.model.customer import Customer
from custhub.model.refs import SourceRef


def dtype_of(annotation: object) -> pl.DataType:
    """The Polars dtype of a field annotation of the canonical model."""
    if isinstance(annotation, typing.TypeAliasType if hasattr(typing, "TypeAliasType") else ()):
        annotation = annotation.__value__  # pragma: no cover - Python 3.12 spelling of aliases
    origin, args = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return dtype_of(args[0])
    if origin in (typing.Union, types.UnionType):
        return dtype_of(next(a for a in args if a is not type(None)))
    if origin is list:
        return pl.List(dtype_of(args[0]))
    if origin is dict:
        return pl.String()
    assert isinstance(annotation, type)
    if issubclass(annotation, BaseModel):
        return pl.Struct({name: dtype_of(field.annotation) for name, field in annotation.model_fields.items()})
    if issubclass(annotation, str | Enum):
        return pl.String()
    return {bool: pl.Boolean(), int: pl.Int64(), float: pl.Float64()}[annotation]


CUSTOMER: pl.Schema = pl.Schema({name: dtype_of(field.annotation) for name, field in Customer.model_fields.items()})
"""The canonical customer's own columns."""

REF = {"system": pl.String(), "key": pl.String()}
KEYS = list(REF)

LANDED = pl.Schema({"_position": pl.Int64(), **dict.fromkeys(("_file", "_key", "_parent", "_hash"), pl.String())})
"""What extraction adds to the source's own columns, which are all text; `_parent` is the key of a child row's root row."""

CANONICAL = pl.Schema(
    {
        **REF,
        "row_key": pl.String(),  # key of the landed row that the record came from
        "batch_id": pl.String(),
        "position": pl.Int64(),  # of the row in its stream, 1-based
        **CUSTOMER,
    }
)
"""Mapped records: one row per canonical customer, unique by (system, key)."""

REJECTED = pl.Schema(
    {
        "system": pl.String(),
        "key": pl.String(),  # record key where known, else the row's key
        "row_key": pl.String(),
        "batch_id": pl.String(),
        "stream": pl.String(),
        "position": pl.Int64(),
        "layer": pl.String(),  # landed | mapping | canonical
        "rule_id": pl.String(),  # e.g. mapping.birth_date.not_a_date, landed.erp.key_missing
        "field": pl.String(),
        "reason": pl.String(),  # a sentence without personal values
        "raw": pl.String(),  # the raw row as JSON text (personal data: only for the store, never for logs)
    }
)
"""Rows for quarantine, one row per (record or row, rule)."""

VERDICT = pl.Schema(
    {
        **REF,
        "rule_id": pl.String(),
        "severity": pl.String(),  # warn | quarantine | stop
        "layer": pl.String(),
        "field": pl.String(),
        "reason": pl.String(),
    }
)
"""Failed expectations: one row per (record, rule)."""

RECORD = pl.Schema(
    {
        **REF,
        "row_key": pl.String(),
        "batch_id": pl.String(),
        "position": pl.Int64(),
        "hash": pl.String(),  # of the canonical document, see model.hashing
        "status": pl.String(),  # attached | quarantined | excluded | deleted | withdrawn (by an undo)
        "stale": pl.Boolean(),  # attached with the last good version while a newer one is quarantined
        "failed_rules": pl.List(pl.String()),  # rules of severity warn that the record failed: they lower trust
        "doc": pl.String(),  # canonical customer as JSON text; null when nothing good was ever seen
    }
)
"""Source records as the store keeps them (table source_version)."""

LINK = pl.Schema({**REF, "golden_id": pl.String()})
"""Which golden customer a record is attached to; null: attached to none any more."""

GOLDEN = pl.Schema(
    {
        "golden_id": pl.String(),
        "status": pl.String(),  # active | merged | retired
        "moved_to": pl.String(),  # for merged: the survivor, collapsed to the end of the chain
        "kind": pl.String(),
        "display_name": pl.String(),
        "members": pl.List(pl.String()),  # source references as text, sorted bytewise
        "doc": pl.String(),  # golden customer as JSON text (Customer's fields)
        "prov": pl.String(),  # provenance as JSON text, see golden.provenance
        "hash": pl.String(),  # of doc and members, without golden id
    }
)
"""Golden customers as the store keeps them (table golden_version)."""

PAIR = pl.Schema(
    {
        "system_l": pl.String(),
        "key_l": pl.String(),
        "system_r": pl.String(),
        "key_r": pl.String(),
        "weight": pl.Int64(),  # thousandths of a bit
        "probability": pl.Float64(),
        "decision": pl.String(),  # merge | review
    }
)
"""Scored pairs; the engine adds one `level_<comparison>` column (Enum) per comparison."""


def ref_of() -> pl.Expr:
    """Source references as text, `system:key`, as column `ref`."""
    return pl.concat_str("system", pl.lit(":"), "key").alias("ref")


def split_ref() -> tuple[pl.Expr, pl.Expr]:
    """Columns system and key of a column `ref`."""
    parts = pl.col("ref").str.splitn(":", 2).struct
    return parts.field("field_0").alias("system"), parts.field("field_1").alias("key")


def refs_frame(refs: Iterable[SourceRef]) -> pl.DataFrame:
    """Columns system and key of these records."""
    return pl.DataFrame([(ref.system, ref.key) for ref in refs], schema=REF, orient="row")


def empty(schema: pl.Schema) -> pl.DataFrame:
    return pl.DataFrame(schema=schema)


def conform(frame: pl.DataFrame, schema: pl.Schema) -> pl.DataFrame:
    """`frame` with exactly the columns of `schema`, in its order and dtypes.

    Missing columns come as null (lists as empty), lists that are null become empty; other columns are dropped.
    Raises polars' InvalidOperationError when a column cannot be cast.
    """
    columns = []
    for name, dtype in schema.items():
        column = pl.col(name).cast(dtype) if name in frame.columns else pl.lit(None, dtype=dtype).alias(name)
        if isinstance(dtype, pl.List):
            column = column.fill_null(pl.lit([], dtype=dtype))
        columns.append(column)
    return frame.select(columns)


def encode_docs(frame: pl.DataFrame) -> pl.Series:
    """The canonical documents of a frame that has CUSTOMER's columns, as JSON text (Series `doc`)."""
    return frame.select(pl.struct(CUSTOMER.names()).struct.json_encode().alias("doc")).to_series()


def take(frame: pl.DataFrame, rows: pl.Series) -> pl.DataFrame:
    """The rows with these numbers, in their order; a null gives a row of nulls.

    For frames with lists of structs: Polars gathers those one by one, Arrow takes a seventh of the time.
    """
    taken = pl.from_arrow(frame.to_arrow().take(rows.to_arrow()))
    assert isinstance(taken, pl.DataFrame)
    return taken


_DECODED = 2_000
"""Documents read at a time. Polars takes some 10 KB for each while it reads: five times less memory, and quicker."""


def decode_docs(docs: pl.Series, only: Container[str] | None = None) -> pl.DataFrame:
    """A frame of CUSTOMER's columns (of them `only` these) from JSON documents; the inverse of `encode_docs`."""
    return read_docs(docs, pl.Schema({n: dtype for n, dtype in CUSTOMER.items() if only is None or n in only}))


def read_docs(docs: pl.Series, fields: pl.Schema) -> pl.DataFrame:
    """These fields of JSON documents, nested ones as far as the schema names them."""
    if not fields:
        return pl.DataFrame()
    if docs.is_empty():
        return pl.DataFrame(schema=fields)
    slices = (docs.slice(start, _DECODED) for start in range(0, len(docs), _DECODED))
    return pl.concat([part.str.json_decode(pl.Struct(fields)).struct.unnest() for part in slices])
