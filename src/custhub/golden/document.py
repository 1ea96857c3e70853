"""Golden documents as canonical JSON text, and their hash.

A golden document has the fields of the canonical customer with the keys in the order of RFC 8785; nulls, empty lists and
empty objects are left out. `extra` stays JSON text inside the document, as in source documents (`model.frames`), so that
`decode_docs` reads both; `read_document` opens it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import polars as pl

from custhub.model.frames import CUSTOMER
from custhub.model.hashing import canonical_json, hash_texts


def sorted_dtype(dtype: Any) -> Any:
    """A dtype whose structs have their fields in the order of canonical JSON."""
    if isinstance(dtype, pl.Struct):
        return pl.Struct({f.name: sorted_dtype(f.dtype) for f in sorted(dtype.fields, key=lambda f: f.name)})
    if isinstance(dtype, pl.List):
        return pl.List(sorted_dtype(dtype.inner))
    return dtype


_COLUMNS = [pl.col(name).cast(sorted_dtype(CUSTOMER[name])) for name in sorted(CUSTOMER.names())]
_EMPTY = r'"[a-z_]+":(?:null|\[\])'


def golden_docs(customers: pl.DataFrame) -> pl.Series:
    """Documents of a frame with CUSTOMER's columns. Inside JSON strings quotes are escaped, so that no value is cut."""
    text = (
        pl.struct(_COLUMNS)
        .struct.json_encode()
        .str.replace_all(f",{_EMPTY}", "")
        .str.replace_all(rf"\{{{_EMPTY},?", "{")
        .str.replace_all(',"name":{}', "", literal=True)  # the only part that may be empty; it never stands first
    )
    return customers.select(text.alias("doc")).to_series()


def golden_hashes(goldens: pl.DataFrame) -> pl.Series:
    """Hash of document and members: of the canonical JSON text {"doc": .., "sources": [..]}."""
    members = pl.col("members").cast(pl.List(pl.String))
    listed = pl.struct(members.alias("sources")).struct.json_encode().str.slice(1)
    whole = pl.concat_str(pl.lit('{"doc":'), "doc", pl.lit(","), listed)
    return hash_texts(goldens.select(whole.alias("hash")).to_series())


def read_document(doc: str) -> dict[str, Any]:
    """A golden (or source) document as Customer's fields, `extra` opened."""
    fields: dict[str, Any] = json.loads(doc)
    if isinstance(fields.get("extra"), str):
        fields["extra"] = json.loads(fields["extra"])
    return fields


def write_document(fields: dict[str, Any]) -> str:
    """The inverse of `read_document`, without nulls and empty parts."""
    kept = _without_empty({name: value for name, value in fields.items() if name != "extra"})
    extra = _without_empty(fields.get("extra") or {})
    if extra:
        kept["extra"] = canonical_json(extra)
    return canonical_json(kept)


def _without_empty(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {name: _without_empty(part) for name, part in value.items()}
        return {name: part for name, part in kept.items() if part is not None and part not in ({}, [])}
    return [_without_empty(part) for part in value] if isinstance(value, list) else value


def documents(goldens: pl.DataFrame) -> Iterator[tuple[str, dict[str, Any]]]:
    """What `model.hashing.golden_hash` takes: (lowest reference, document with `sources`) of active golden customers."""
    active = goldens.filter(pl.col("status") == "active").select("members", "doc")
    for members, doc in active.iter_rows():
        yield members[0], {**read_document(doc), "sources": members}
