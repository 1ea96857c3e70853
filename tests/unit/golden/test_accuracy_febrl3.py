"""How often the golden value is the true one: febrl3's original records against their true clusters."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from custhub.golden import Survivorship, count_values, read_document, survive
from custhub.model.frames import RECORD, conform

DATA = Path(__file__).parents[4] / "shared" / "data" / "febrl3" / "data.parquet"
EXTRA = ("street_number", "address_1", "address_2", "suburb", "postcode", "state", "soc_sec_id", "date_of_birth")


def _records(data: pl.DataFrame) -> pl.DataFrame:
    docs = [
        json.dumps(
            {
                "kind": "person",
                "name": {"given": row["given_name"], "family": row["surname"]},
                "extra": json.dumps({name: row[name] for name in EXTRA}),
            }
        )
        for row in data.iter_rows(named=True)
    ]
    frame = pl.DataFrame({"system": "febrl", "key": data["rec_id"], "golden_id": data["cluster"], "doc": docs})
    return pl.concat([conform(frame, RECORD), frame.select("golden_id")], how="horizontal")


@pytest.mark.skipif(not DATA.exists(), reason="LOUD: ../shared/data/febrl3 is not here, golden accuracy NOT measured")
def test_golden_values_are_the_true_ones():
    data = pl.read_parquet(DATA)
    records = _records(data)
    goldens = survive(
        records, Survivorship(), at=datetime(2026, 1, 1, tzinfo=UTC), frequencies=count_values(records, EXTRA)
    )
    truth = {r["cluster"]: r for r in data.filter(pl.col("rec_id").str.ends_with("-org")).iter_rows(named=True)}
    hits: dict[int, list[bool]] = {}
    for cluster, members, text in goldens.select("golden_id", "members", "doc").iter_rows():
        if len(members) < 2:
            continue
        doc, true = read_document(text), truth[cluster]
        told = {**doc.get("extra", {}), "given_name": doc["name"].get("given"), "surname": doc["name"].get("family")}
        compared = [
            told.get(name) == true[name] for name in ("given_name", "surname", *EXTRA) if true[name] is not None
        ]
        hits.setdefault(len(members), []).extend(compared)
    by_size = {size: sum(found) / len(found) for size, found in sorted(hits.items())}
    everything = [hit for found in hits.values() for hit in found]
    assert sum(everything) / len(everything) >= 0.96, by_size
    assert list(by_size.values()) == sorted(by_size.values()), "accuracy does not fall with the cluster's size"
