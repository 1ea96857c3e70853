import csv
import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

import polars as pl
import pytest
from openpyxl import load_workbook

from custhub.demo import generate
from custhub.demo.systems.legacy import WIDTHS
from custhub.errors import UsageError

ROWS = 400
FILES = ("erp.db", "customers.txt", "customers_tw.txt", "shop.csv", "branch.xlsx", "crm.csv", "truth.parquet")


@pytest.fixture(scope="module")
def day_1(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("day_1")
    generate(folder, rows=ROWS, seed=7, day=1)
    return folder


@pytest.fixture(scope="module")
def day_2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("day_2")
    generate(folder, rows=ROWS, seed=7, day=1)
    generate(folder, rows=ROWS, seed=7, day=2)
    return folder


def _hashes(folder: Path) -> dict[str, str]:
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in FILES}


def _table(folder: Path, table: str) -> dict[str, tuple[str, ...]]:
    db = sqlite3.connect(folder / "erp.db")
    rows = {str(row[0]): tuple(row) for row in db.execute(f"SELECT * FROM {table}")}
    db.close()
    return rows


def test_the_same_seed_makes_the_same_bytes(day_1: Path, tmp_path: Path) -> None:
    generate(tmp_path, rows=ROWS, seed=7, day=1)
    assert _hashes(tmp_path) == _hashes(day_1)
    generate(tmp_path, rows=ROWS, seed=8, day=1)
    assert not set(_hashes(tmp_path).values()) & set(_hashes(day_1).values())


def test_day_2_does_not_depend_on_what_stood_there(day_2: Path, tmp_path: Path) -> None:
    generate(tmp_path, rows=ROWS, seed=7, day=2)
    assert _hashes(tmp_path) == _hashes(day_2)


def test_erp_tables_hold_together(day_1: Path) -> None:
    headers = _table(day_1, "KNA1")
    assert all(len(key) == 10 and key.isdigit() for key in headers)
    assert set(_table(day_1, "ADRC")) <= set(headers)
    db = sqlite3.connect(day_1 / "erp.db")
    assert {row[0] for row in db.execute("SELECT KUNNR FROM KNVK")} <= set(headers)
    several = db.execute("SELECT COUNT(*) FROM (SELECT KUNNR FROM KNVV GROUP BY KUNNR HAVING COUNT(*) > 1)").fetchone()
    db.close()
    assert several[0] > 10


def test_an_address_may_change_in_its_own_table_only(day_1: Path, day_2: Path) -> None:
    before, after = _table(day_1, "ADRC"), _table(day_2, "ADRC")
    headers, later = _table(day_1, "KNA1"), _table(day_2, "KNA1")
    moved = [key for key in before if key in after and before[key] != after[key]]
    assert moved
    assert all(after[key][-1].startswith("2026-03-03") for key in moved)
    assert any(headers[key] == later[key] for key in moved)


def test_day_2_deletes_and_adds(day_1: Path, day_2: Path) -> None:
    one, two = set(_table(day_1, "KNA1")), set(_table(day_2, "KNA1"))
    assert one - two
    assert two - one
    unchanged = {key for key, row in _table(day_1, "KNA1").items() if _table(day_2, "KNA1").get(key) == row}
    assert len(unchanged) > 0.85 * len(one)


def test_legacy_records_have_their_width_but_for_the_broken(day_1: Path) -> None:
    for name, encoding in (("customers.txt", "gb18030"), ("customers_tw.txt", "cp950")):
        *lines, trailer = (day_1 / name).read_bytes().removesuffix(b"\r\n").split(b"\r\n")
        assert trailer == f"END{len(lines):09d}".encode()
        whole = [line for line in lines if len(line) == sum(WIDTHS.values())]
        assert len(lines) - len(whole) <= 3
        undecodable = 0
        for line in whole:
            try:
                line.decode(encoding)
            except UnicodeDecodeError:
                undecodable += 1
        assert undecodable <= 3
    assert any(b"\xff\xff\xff" in line for line in (day_1 / "customers.txt").read_bytes().split(b"\r\n"))


def test_shop_rows_have_their_fields_but_for_the_broken(day_1: Path) -> None:
    with (day_1 / "shop.csv").open(encoding="cp1252", newline="") as file:
        head, *rows = csv.reader(file, delimiter=";")
    assert "Straße" in head
    odd = [row for row in rows if len(row) != len(head)]
    assert [row[0] for row in odd if row[0] == "1004"] == ["1004"]
    assert len(odd) <= 4


def test_branch_and_crm_can_be_opened(day_1: Path) -> None:
    with closing(load_workbook(day_1 / "branch.xlsx", read_only=True)) as book:
        assert sum(1 for _ in book["客户"].iter_rows()) > 20
    crm = pl.read_csv(day_1 / "crm.csv", infer_schema=False)
    assert crm["Id"].n_unique() == crm.height
    assert crm["Id"].str.len_chars().unique().to_list() == [18]
    assert set(crm["HasOptedOutOfEmail"].drop_nulls()) == {"true", "false"}


def test_truth_names_every_record_once(day_1: Path) -> None:
    truth, broken = pl.read_parquet(day_1 / "truth.parquet"), pl.read_parquet(day_1 / "broken.parquet")
    assert truth.columns == ["system", "key", "customer"]
    both = pl.concat([truth.select("system", "key"), broken.select("system", "key")])
    assert not both.is_duplicated().any()
    rows = both.filter(~pl.col("key").str.contains("#"))
    assert set(rows.filter(system="erp")["key"]) == set(_table(day_1, "KNA1"))
    assert truth.group_by("customer").agg(pl.col("system").n_unique())["system"].max() >= 3


def test_the_story_of_a_merge(day_1: Path, day_2: Path) -> None:
    """Two records that are two golden customers on day 1 and one on day 2."""
    key = "0000001003"
    truth = pl.read_parquet(day_2 / "truth.parquet").select(
        pl.format("{}:{}", "system", "key").alias("ref"), "customer"
    )
    same = truth.filter(pl.col("ref").is_in(["crm:0035g00000Zeng1AAB", f"erp:{key}"]))["customer"]
    assert same.len() == 2
    assert same.n_unique() == 1
    assert key not in _table(day_1, "ADR6")
    assert _table(day_2, "ADR6")[key][3] == "zenggf1979@163.com"


def test_the_report_counts_what_was_made(tmp_path: Path) -> None:
    report = generate(tmp_path, rows=ROWS, seed=7, day=2)
    told = [pl.read_parquet(tmp_path / name).height for name in ("truth.parquet", "broken.parquet")]
    assert report.records == sum(told)
    assert report.rows["erp"] == len(_table(tmp_path, "KNA1"))
    assert sum(report.rows.values()) < report.records  # contacts stand in their companies' rows


@pytest.mark.parametrize(("rows", "day"), [(10, 1), (500, 3)])
def test_wrong_use_is_told(tmp_path: Path, rows: int, day: int) -> None:
    with pytest.raises(UsageError):
        generate(tmp_path, rows=rows, seed=1, day=day)
