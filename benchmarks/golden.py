"""How often the golden value is the true one: `python -m benchmarks.golden [FEBRL3.parquet]`.

febrl3 keeps the original of every customer (`-org`) beside up to five records with mistakes made on purpose. With its true
clusters given, the golden value of each field should be the original's. Only the default survivorship is used; the
records have no dates and one source, so frequency, closeness and the frequencies of a frozen model decide.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from custhub.golden import Survivorship, count_values, read_document, survive
from custhub.model.frames import RECORD, conform

DATA = Path(__file__).parents[2] / "shared" / "data" / "febrl3" / "data.parquet"
EXTRA = ("street_number", "address_1", "address_2", "suburb", "postcode", "state", "soc_sec_id", "date_of_birth")


def records_of(data: pl.DataFrame) -> pl.DataFrame:
    """febrl3's rows as records (RECORD) with their true cluster as golden_id."""
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


def accuracy(data: pl.DataFrame) -> pl.DataFrame:
    """Per size of cluster (2 and more): `values` compared, and how many of them are `right`."""
    records = records_of(data)
    goldens = survive(
        records, Survivorship(), at=datetime(2026, 1, 1, tzinfo=UTC), frequencies=count_values(records, EXTRA)
    )
    originals = data.filter(pl.col("rec_id").str.ends_with("-org"))
    truth = {row["cluster"]: row for row in originals.iter_rows(named=True)}
    compared = []
    for cluster, members, text in (
        goldens.filter(pl.col("members").list.len() > 1).select("golden_id", "members", "doc").iter_rows()
    ):
        doc, true = read_document(text), truth[cluster]
        name = doc.get("name", {})
        told = {**doc.get("extra", {}), "given_name": name.get("given"), "surname": name.get("family")}
        known = [field for field in ("given_name", "surname", *EXTRA) if true[field] is not None]
        compared += [(len(members), told.get(field) == true[field]) for field in known]
    hits = pl.DataFrame(compared, schema={"size": pl.Int64, "hit": pl.Boolean}, orient="row")
    return hits.group_by("size").agg(values=pl.len(), right=pl.col("hit").sum()).sort("size")


def main() -> None:
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else DATA
    if not path.exists():
        raise SystemExit(f"{path} is not there: name febrl3's Parquet file")
    found = accuracy(pl.read_parquet(path))
    for size, values, right in found.iter_rows():
        print(f"clusters of {size}   {right / values:.4f}  of {values:,} values")
    print(f"all of two and more {found['right'].sum() / found['values'].sum():.4f}")


if __name__ == "__main__":
    main()
