"""Rows that cannot be read are kept and told, and the rest goes on."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from custhub import stewardship
from custhub.cli import texts
from custhub.errors import UsageError


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
    assert (keys.seen, keys.attached, keys.stale, keys.deleted) == (5, 5, 3, 0)
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
    assert rows.filter(pl.col("rule_id") == "landed.shop.too_many_fields")["key"].to_list() == ["S2"]
    living = small.golden().filter(pl.col("members").list.contains("shop:S4"))
    assert "Bremen" in living["doc"][0]


SHOP = """
source: shop
kind: {kind}
delete_limit: 1
unreadable_limit: 0.9
streams:
  customer: {{path: shop.txt, key: id{more}}}
"""
WIDTHS = {"id": 4, "kind": 2, "name": 24, "born": 10, "phone": 16, "email": 40, "street": 16, "city": 12, "zip": 5}


class Shop:
    """Customers S0 .. S3 in a file of some kind, and its lines to be broken."""

    def __init__(self, small: Any, person: Any, kept: Any, kind: str) -> None:
        self.small, self.kept, self.kind = small, kept, kind
        names = ["Anna Schulze", "Bernd Krause", "Carla Vogt", "Dieter Lang"]
        self.rows = [person(f"S{i}", name) for i, name in enumerate(names)]
        widths = {**WIDTHS, "changed": 19}
        more = f", columns: {json.dumps(widths)}" if kind == "fixed_width" else ""
        small.declare("connectors/shop.yml", SHOP.format(kind=kind, more=more))
        lines = {
            "csv": [",".join(row.values()) for row in self.rows],
            "jsonl": [json.dumps(row) for row in self.rows],
            "fixed_width": ["".join(row[name].ljust(n) for name, n in widths.items()) for row in self.rows],
        }
        self.header = [",".join(self.rows[0]).encode()] if kind == "csv" else []
        self.lines = [line.encode() for line in lines[kind]]

    def run_good(self) -> None:
        """The first run, over lines that nothing has broken."""
        self.kept.bring(self.small, f"unreadable_{self.kind}", self.run)

    def run(self) -> Any:
        (self.small.folder / "shop.txt").write_bytes(b"\n".join([*self.header, *self.lines, b""]))
        return self.small.run(review_only=True)

    def held(self) -> list[tuple[str, str]]:
        with self.small.hub() as hub:
            return sorted(hub.store.quarantine(system="shop").select("key", "rule_id").iter_rows())

    def living(self) -> list[str]:
        return [ref for members in self.small.members() for ref in members]


@pytest.fixture(params=["csv", "jsonl", "fixed_width"])
def shop(request: Any, new_project: Any, person: Any, kept: Any) -> Shop:
    return Shop(new_project(), person, kept, request.param)


def test_a_row_with_a_bad_byte_leaves_its_last_good_version_attached_and_stale(shop: Shop) -> None:
    shop.run_good()
    whole, good = shop.small.hash(), list(shop.lines)

    shop.lines[1] = good[1].replace(b"Krause", b"Kr\xe4use"[:6], 1)
    report = shop.run()
    rows, keys = next(b for b in report.batches if b.source == "shop"), report.applied.keys["shop"]

    assert shop.held() == [("S1", "landed.shop.encoding")]
    assert (keys.seen, keys.attached, keys.stale, keys.deleted) == (4, 4, 1, 0)
    assert (rows.ledger.landed, rows.ledger.unchanged, rows.ledger.unreadable, rows.held_back) == (4, 3, 1, False)
    assert shop.living() == ["shop:S0", "shop:S1", "shop:S2", "shop:S3"]

    events = shop.small.events().height
    again = shop.run()
    assert again.applied.keys["shop"].stale == 1
    assert shop.held() == [("S1", "landed.shop.encoding")]
    assert shop.small.events().height == events

    shop.lines = good
    mended = shop.run()
    assert mended.applied.keys["shop"].stale == 0
    assert shop.held() == []
    assert shop.small.hash() == whole


def test_a_row_that_was_never_good_waits_under_its_key_and_others_may_go(shop: Shop) -> None:
    bad = shop.lines[3].replace(b"Dieter", b"D\xffeter", 1)
    first, shop.lines[3] = shop.lines[3], bad
    report = shop.run()
    assert shop.held() == [("S3", "landed.shop.encoding")]
    assert report.applied.keys["shop"].quarantined == 1

    del shop.lines[0]
    report = shop.run()
    assert (report.applied.keys["shop"].deleted, report.applied.keys["shop"].quarantined) == (1, 1)
    assert shop.living() == ["shop:S1", "shop:S2"]

    shop.lines[-1] = first
    shop.run()
    assert shop.held() == []
    assert shop.living() == ["shop:S1", "shop:S2", "shop:S3"]


def test_while_the_key_of_a_row_cannot_be_read_no_key_is_deleted(shop: Shop) -> None:
    shop.run_good()
    good = list(shop.lines)

    shop.lines = [good[0].replace(b"S0", b"\xff0", 1), *good[2:]]  # whose it is, nobody knows; S1 is gone
    report = shop.run()
    batch = next(b for b in report.batches if b.source == "shop")
    assert (batch.deleted, batch.held_back) == (0, True)
    assert [key[0] for key, _ in shop.held()] == ["?"]
    assert "shop: keys that are gone do not count as deleted" in texts.run(report)
    assert report.applied.keys["shop"].attached == 4

    shop.lines = [good[0], *good[2:]]
    report = shop.run()
    batch = next(b for b in report.batches if b.source == "shop")
    assert (batch.deleted, batch.held_back) == (1, False)
    assert shop.held() == []
    assert shop.living() == ["shop:S0", "shop:S2", "shop:S3"]


@pytest.mark.parametrize("shop", ["csv", "fixed_width"], indirect=True)
def test_a_row_without_all_its_columns_is_whose_key_it_names_if_that_is_known(shop: Shop) -> None:
    shop.run_good()

    cut = shop.lines[1][:22].rstrip(b" -")
    shop.lines[1] = cut
    report = shop.run()
    assert [key for key, _ in shop.held()] == ["S1"]
    assert (report.applied.keys["shop"].stale, report.batches[1].held_back) == (1, False)

    shop.lines[1] = cut.replace(b"S1", b"S8", 1)  # a new one, or another column's value
    report = shop.run()
    assert [key[0] for key, _ in shop.held()] == ["?", "S"]
    assert (report.applied.keys["shop"].stale, report.batches[1].held_back) == (1, True)


@pytest.mark.parametrize("shop", ["csv"], indirect=True)
def test_a_row_that_cannot_be_read_cannot_be_waived(shop: Shop) -> None:
    shop.run_good()
    shop.lines[1] = shop.lines[1].replace(b"Krause", b"Kr\xffuse", 1)
    shop.run()

    with shop.small.hub() as hub:
        row = hub.store.quarantine()["id"][0]
        for refused in (
            lambda: stewardship.waive(hub, row, by="ann", at=datetime(2026, 2, 1, tzinfo=UTC), reason="fine"),
            lambda: stewardship.retry_row(hub, row, at=datetime(2026, 2, 1, tzinfo=UTC)),
        ):
            with pytest.raises(UsageError, match="could not be read"):
                refused()


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
    ran = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)

    path.unlink()
    assert ran.returncode == 0, ran.stderr[-2000:]
    grown, unreadable, deleted = map(int, ran.stdout.split())
    assert (unreadable, deleted) == (1, 0)
    assert grown < 80, f"{grown} MB"


@pytest.mark.parametrize("shop", ["csv"], indirect=True)
def test_an_erased_key_does_not_come_back_in_a_row_that_cannot_be_read(shop: Shop) -> None:
    shop.run()
    shop.lines[1] = shop.lines[1].replace(b"Krause", b"Kr\xffuse", 1)
    shop.run()
    with shop.small.hub() as hub:
        stewardship.erase(hub, "shop:S1", by="eva", at=datetime(2026, 2, 1, tzinfo=UTC), reason="letter")
    shop.lines[1] += b"!"
    shop.run()

    assert shop.held() == []
    kept = [pl.read_parquet(path) for path in (shop.small.folder / ".custhub" / "batches").rglob("_unreadable.parquet")]
    assert not any("Bernd" in raw for frame in kept for raw in frame["raw"])
