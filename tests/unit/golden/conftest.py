"""Builders of records in clusters."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from custhub.golden import Survivorship, survive
from custhub.model.frames import RECORD, conform

AT = datetime(2026, 1, 1, tzinfo=UTC)


def records(rows: Mapping[str, Mapping[str, Any]]) -> pl.DataFrame:
    """Records of golden customers: "system:key" -> fields; `golden` names the customer (default g), `failed` checks."""
    told = []
    for ref, given in rows.items():
        fields = dict(given)
        system, key = ref.split(":", 1)
        golden_id, failed = fields.pop("golden", "g"), fields.pop("failed", [])
        if "extra" in fields:
            fields["extra"] = json.dumps(fields["extra"])
        doc = json.dumps({"kind": "person", **fields})
        told.append({"system": system, "key": key, "golden_id": golden_id, "failed_rules": failed, "doc": doc})
    frame = pl.DataFrame(told, schema_overrides={"failed_rules": pl.List(pl.String)})
    return pl.concat([conform(frame, RECORD), frame.select("golden_id")], how="horizontal")


@pytest.fixture(scope="session")
def make_records() -> Callable[..., pl.DataFrame]:
    return records


@pytest.fixture(scope="session")
def golden() -> Callable[..., dict[str, Any]]:
    """Survives one cluster and opens its document; `prov` is the opened provenance."""

    def build(rows: Mapping[str, Mapping[str, Any]], rules: Mapping[str, Any] | None = None, **options: Any) -> Any:
        frame = survive(records(rows), Survivorship.model_validate(rules or {}), at=AT, **options)
        assert frame.height == 1
        row = frame.row(0, named=True)
        doc = json.loads(row["doc"])
        doc["extra"] = json.loads(doc.get("extra", "{}"))
        return {**doc, "prov": json.loads(row["prov"]), "display_name": row["display_name"], "members": row["members"]}

    return build
