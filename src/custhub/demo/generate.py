"""Makes the demo systems of one day in a folder, and the truth about them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from custhub.demo.records import records
from custhub.demo.systems import erp, files, legacy
from custhub.errors import UsageError

SMALLEST = 50


@dataclass(frozen=True, slots=True)
class DemoReport:
    """What was made: customers' rows per system, and how many true customers stand behind all records."""

    folder: Path
    day: int
    rows: dict[str, int]
    records: int
    customers: int


def generate(folder: Path, *, rows: int, seed: int, day: int) -> DemoReport:
    """Writes the systems as they stand on `day` (1 or 2) into `folder`, over what stands there.

    About `rows` rows over all systems. The same rows, seed and day always give the same bytes. Beside the systems:
    truth.parquet (system, key, customer) for every record that a mapping can take, broken.parquet (system, key, why)
    for the rows that it cannot, relations.parquet (system, key, parent) for branches. Raises UsageError for wrong use.
    """
    if day not in (1, 2):
        raise UsageError(f"there is no day {day}", "day is 1 or 2")
    if rows < SMALLEST:
        raise UsageError(f"{rows} rows are too few", f"ask for {SMALLEST} or more")
    folder.mkdir(parents=True, exist_ok=True)
    whole = records(rows, seed, day)
    counts = {
        "erp": erp.write(folder, whole),
        "legacy": legacy.write(folder, whole, "legacy"),
        "legacy_tw": legacy.write(folder, whole, "legacy_tw"),
        "shop": files.write_shop(folder, whole),
        "branch": files.write_branch(folder, whole),
        "crm": files.write_crm(folder, whole),
    }
    _hold_truth(folder, whole)
    return DemoReport(folder, day, counts, whole.height, whole["customer"].n_unique())


def _hold_truth(folder: Path, whole: pl.DataFrame) -> None:
    """Contacts are customers of their own: they can be taken where their company's row cannot."""
    named = whole.select("system", pl.col("record_key").alias("key"), "customer", "parent_key", why="broken")
    named = named.sort("system", "key")
    named.filter(pl.col("why") == "").select("system", "key", "customer").write_parquet(folder / "truth.parquet")
    named.filter(pl.col("why") != "").select("system", "key", "why").write_parquet(folder / "broken.parquet")
    branches = named.filter(pl.col("parent_key") != "").select("system", "key", parent="parent_key")
    branches.write_parquet(folder / "relations.parquet")
