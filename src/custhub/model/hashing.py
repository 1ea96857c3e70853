"""Hashes that mean the same on every machine, and the canonical JSON under the golden hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

import polars as pl


def text_hash(text: str) -> str:
    """128-bit BLAKE2b of UTF-8 text as 32 hex digits."""
    return _hash(text.encode("utf-8", "surrogatepass"))


def _hash(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def hash_texts(texts: pl.Series) -> pl.Series:
    """`text_hash` of every value of a String series; null stays null."""
    hashed = [None if t is None else _hash(t) for t in texts.cast(pl.Binary).to_list()]  # bytes: no str in between
    return pl.Series(texts.name, hashed, dtype=pl.String)


def hash_rows(frame: pl.DataFrame) -> pl.Series:
    """`text_hash` of each row of a frame (all columns, as a JSON array: names do not count, order does)."""
    renamed = frame.rename({name: str(i) for i, name in enumerate(frame.columns)})
    return hash_texts(renamed.select(pl.struct(pl.all()).struct.json_encode().alias("hash")).to_series())


def canonical_json(value: Any) -> str:
    """RFC 8785 canonical JSON of a value without floats: keys sorted by UTF-16 code units, no spaces."""
    return json.dumps(_sorted(value), ensure_ascii=False, separators=(",", ":"))


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _sorted(value[k]) for k in sorted(value, key=lambda k: k.encode("utf-16-be", "surrogatepass"))}
    if isinstance(value, list | tuple):
        return [_sorted(v) for v in value]
    if isinstance(value, float):
        raise TypeError("floats have no place in golden documents: use decimal text")
    return value


def golden_hash(documents: Iterable[tuple[str, dict[str, Any]]]) -> str:
    """SHA-256 over the canonical JSON lines of golden customers, sorted bytewise by lowest source reference.

    `documents` are (lowest source reference, document with `sources`); golden ids, run ids and clock times have no
    place in them (architecture, invariant 4).
    """
    digest = hashlib.sha256()
    for _, line in sorted((ref.encode(), canonical_json(doc)) for ref, doc in documents):
        digest.update(line.encode("utf-8", "surrogatepass") + b"\n")
    return digest.hexdigest()
