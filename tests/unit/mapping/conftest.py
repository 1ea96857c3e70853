"""Shared by all tests of mappings: YAML text in, landed rows in, documents out."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from custhub.declaration import parse
from custhub.mapping import Mapped, Mapping, load_mapping
from custhub.model.frames import CUSTOMER
from custhub.model.hashing import hash_rows

Row = dict[str, str | None]


def _load(text: str, **options: Any) -> Mapping:
    return load_mapping(parse(textwrap.dedent(text), "mappings/erp.customer.yml"), **options)


def _land(rows: list[Row], key: str | None = None) -> pl.DataFrame:
    """Rows as a connector lands them. `_key` and `_parent` may stand in a row; else `key` names the key's column."""
    names = sorted({name for row in rows for name in row if not name.startswith("_")})
    values = {name: [row.get(name) for row in rows] for name in names}
    frame = pl.DataFrame(values, schema=dict.fromkeys(names, pl.String()), height=len(rows))
    keys = [row.get("_key") or (row.get(key) if key else str(i)) for i, row in enumerate(rows, 1)]
    return frame.with_columns(
        pl.Series("_position", range(1, len(rows) + 1), dtype=pl.Int64),
        pl.lit("erp").alias("_file"),
        pl.Series("_key", keys, dtype=pl.String),
        pl.Series("_parent", [row.get("_parent") for row in rows], dtype=pl.String),
        (hash_rows(frame) if names else pl.Series([], dtype=pl.String)).alias("_hash"),
    )


def _documents(mapped: Mapped) -> dict[str, dict[str, Any]]:
    texts = mapped.customers.select("key", pl.struct(CUSTOMER.names()).struct.json_encode().alias("doc"))
    found = {key: json.loads(doc) for key, doc in texts.iter_rows()}
    for document in found.values():
        document["extra"] = json.loads(document["extra"])
    return found


@pytest.fixture
def load() -> Callable[..., Mapping]:
    return _load


@pytest.fixture
def land() -> Callable[..., pl.DataFrame]:
    return _land


@pytest.fixture
def documents() -> Callable[[Mapped], dict[str, dict[str, Any]]]:
    return _documents


@pytest.fixture
def customers_of() -> Callable[..., list[dict[str, Any]]]:
    """The documents of one stream `c` (columns A, B, C and the rows' own) mapped by the given fields (YAML lines under `customer:`), in row order."""

    def run(fields: str, rows: list[Row], head: str = "", **options: Any) -> list[dict[str, Any]]:
        body = textwrap.indent(textwrap.dedent(fields).strip(), "  ")
        text = f"source: erp\nstream: c\n{textwrap.dedent(head)}\ncustomer:\n{body}\n"
        for path, default in (("kind", "=person"), ("name.full", "=Somebody")):
            if f"  {path}:" not in body:
                text += f"  {path}: {default}\n"
        landed = _land([{"A": None, "B": None, "C": None, **row} for row in rows])
        mapped = _load(text, **options).apply({"c": landed}, batch_id="b1")
        assert mapped.rejected.height == 0, mapped.rejected["reason"].to_list()
        found = _documents(mapped)
        return [found[str(i)] for i in range(1, len(rows) + 1)]

    return run
