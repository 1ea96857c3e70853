"""Small changes to stage: what the store's tests share."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from types import SimpleNamespace

import polars as pl
import pytest

from custhub.model.events import EVENT
from custhub.model.frames import GOLDEN, LINK, RECORD, conform
from custhub.store import Changes

AT = datetime(2026, 3, 1, 8, tzinfo=UTC)


def records_of(refs: Sequence[tuple[str, str]], *, doc: str = "{}", status: str = "attached") -> pl.DataFrame:
    rows = [{"system": s, "key": k, "row_key": k, "batch_id": "b1", "status": status, "doc": doc} for s, k in refs]
    return conform(pl.DataFrame(rows, schema_overrides={"doc": pl.String}), RECORD)


def links_of(ties: Sequence[tuple[str, str, str | None]]) -> pl.DataFrame:
    return pl.DataFrame(list(ties), schema=LINK, orient="row")


def golden_row(golden_id: str, members: Sequence[str] = (), *, moved_to: str | None = None, word: str = "") -> dict:
    return {
        "golden_id": golden_id,
        "status": "merged" if moved_to else "active",
        "moved_to": moved_to,
        "kind": "person",
        "display_name": f"Name {golden_id} {word}".strip(),
        "members": list(members),
        "doc": json.dumps({"kind": "person", "word": word, "phones": [{"value": f"+49{golden_id}"}]}),
        "prov": "{}",
        "hash": f"{golden_id}/{word}",
    }


def goldens_of(*rows: dict) -> pl.DataFrame:
    return conform(
        pl.DataFrame(list(rows), schema_overrides={"moved_to": pl.String, "members": pl.List(pl.String)}), GOLDEN
    )


def events_of(*pairs: tuple[str, str]) -> pl.DataFrame:
    cause = json.dumps({"why": "test"})
    rows = [
        {"golden_id": g, "type": t, "changed": ["name"], "gained": [], "lost": [], "cause": cause} for g, t in pairs
    ]
    return conform(pl.DataFrame(rows), EVENT)


def customers_of(count: int, *, word: str = "", system: str = "erp", start: int = 0) -> Changes:
    """`count` golden customers of one record each."""
    numbers = range(start, start + count)
    refs = [(system, f"{n:05d}") for n in numbers]
    return Changes(
        records=records_of(refs, doc=json.dumps({"word": word})),
        links=links_of([(s, k, f"g{k}") for s, k in refs]),
        goldens=goldens_of(*[golden_row(f"g{k}", [f"{s}:{k}"], word=word) for s, k in refs]),
        events=events_of(*[(f"g{k}", "created") for _, k in refs]),
    )


@pytest.fixture(scope="session")
def make() -> SimpleNamespace:
    """The builders above, by name."""
    return SimpleNamespace(
        at=AT,
        records=records_of,
        links=links_of,
        golden=golden_row,
        goldens=goldens_of,
        events=events_of,
        customers=customers_of,
    )
