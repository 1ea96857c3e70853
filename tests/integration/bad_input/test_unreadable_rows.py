"""Rows that cannot be read are kept and told, and the rest goes on."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import polars as pl


def test_drift_wrong_types_twin_keys_and_torn_rows_are_reported_and_the_rest_goes_on(three: Any) -> None:
    header, *lines = three.csv_text().splitlines()
    lines = [f"{line},gold" for line in lines]
    lines[0] = lines[0].replace("P,", "17,", 1)  # no kind that the list knows
    lines[1] = lines[1].replace(",19", ",the ides of 19", 1)  # no date
    lines[2] += ",too,many"
    keyless = ",".join(["", *lines[3].split(",")[1:]])
    twin = lines[4].replace("Berlin", "Bremen")
    three.write_csv("\n".join([f"{header},tier", *lines, twin, "S9", keyless]) + "\n")
    small = three.small
    small.declare("connectors/shop.yml", small.SHOP + "unreadable_limit: 0.9\n")

    report = three.run()

    shop = next(b for b in report.batches if b.source == "shop")
    assert shop.drift == ("customer.tier added",)
    assert (shop.ledger.landed, shop.ledger.unreadable, shop.ledger.superseded) == (8, 3, 1)
    keys = report.applied.keys["shop"]
    assert (keys.seen, keys.attached, keys.stale, keys.deleted) == (5, 5, 2, 0)
    with small.hub() as hub:
        rows = hub.store.quarantine(system="shop").sort("rule_id")
    assert rows["rule_id"].to_list() == [
        "landed.shop.key_missing",
        "landed.shop.too_few_fields",
        "landed.shop.too_many_fields",
        "mapping.birth_date.not_a_date",
        "mapping.kind.unknown_code",
    ]
    assert rows["raw"].null_count() == rows["position"].null_count() == 0
    assert not any(name.split()[1] in reason for name in three.NAMES for reason in rows["reason"])
    living = small.golden().filter(pl.col("members").list.contains("shop:S4"))
    assert "Bremen" in living["doc"][0]


MEMORY = """
import resource, sys
from datetime import UTC, datetime
from pathlib import Path
from custhub import pipeline
from custhub.project import load_project
from custhub.settings import Settings
from custhub.store import Store

folder, url = Path(sys.argv[1]), sys.argv[2]
project = load_project(Settings(project=folder, database_url=url, data=folder / ".custhub"))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with Store.open(url) as store:
    at = datetime(2026, 1, 9, 8, 0, tzinfo=UTC)
    report = pipeline.extract_batch(pipeline.Hub(project, store), "shop", at=at)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024, report.ledger.unreadable, report.deleted)
"""


def test_a_line_of_100_mb_stays_alone_and_out_of_memory(three: Any) -> None:
    header, *lines = three.csv_text().splitlines(keepends=True)
    path = three.folder / "shop.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write(header + lines[0] + "S1,P,")
        for _ in range(100):
            file.write("x" * 1_000_000)
        file.write("\n" + "".join(lines[1:]))

    command = [sys.executable, "-W", "ignore", "-c", MEMORY, str(three.folder), three.small.url]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)

    path.unlink()
    assert ran.returncode == 0, ran.stderr[-2000:]
    grown, unreadable, deleted = map(int, ran.stdout.split())
    assert (unreadable, deleted) == (1, 0)
    assert grown < 80, f"{grown} MB"
