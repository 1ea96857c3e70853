"""Excel, Parquet and JSON lines: cells and values as text, damaged files."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from custhub.errors import SourceError

EXCEL = """
source: sheet
kind: excel
streams:
  customer: {path: book.xlsx, sheet: Kunden, header_row: 2, key: Nr}
"""


def book(path: Path, rows: list[list[object]], sheet: str = "Kunden") -> None:
    made = openpyxl.Workbook()
    made.active.title = "other"
    page = made.create_sheet(sheet)
    for row in rows:
        page.append(row)
    made.save(path)


def test_excel_cells_as_text(project) -> None:
    day, moment = date(2024, 2, 29), datetime(2024, 2, 29, 12, 30)  # noqa: DTZ001
    rows = [
        ["Customers of today"],
        ["Nr", "Name", None, "Since", "Seen", "Share", "VIP", None],
        ["0042", "Müller", None, day, moment, 0.5, True],
        [],
        [43, "客户", "note", day, moment, 1200000.0, False],
        [None, "no number"],
    ]
    book(project.base / "book.xlsx", rows)
    extraction = project.run(EXCEL)
    found = project.rows(extraction)
    assert found.columns[5:] == ["Nr", "Name", "column_3", "Since", "Seen", "Share", "VIP"]
    assert found.drop("_file", "_parent", "_hash").rows() == [
        (3, "0042", "0042", "Müller", None, "2024-02-29", "2024-02-29T12:30:00", "0.5", "true"),
        (5, "43", "43", "客户", "note", "2024-02-29", "2024-02-29T12:30:00", "1200000", "false"),
    ]
    assert project.rules(extraction) == [(6, "key_missing")]


def test_excel_mistakes(project) -> None:
    book(project.base / "book.xlsx", [["x"], ["Nr"], ["1"]], sheet="Customers")
    with pytest.raises(SourceError, match="there is no sheet Kunden"):
        project.run(EXCEL)
    book(project.base / "book.xlsx", [["x"], ["Number"], ["1"]])
    with pytest.raises(SourceError, match="column Nr is missing -> there are Number"):
        project.run(EXCEL)
    whole = (project.base / "book.xlsx").read_bytes()
    project.write("book.xlsx", whole[: len(whole) // 2])
    with pytest.raises(SourceError, match=r"workbook cannot be read.*cut off"):
        project.run(EXCEL)


PARQUET = "source: lake\nkind: parquet\nstreams:\n  customer: {path: lake/*.parquet, key: id}\n"


def test_parquet_values_as_text(project) -> None:
    (project.base / "lake").mkdir()
    table = pa.table(
        {
            "id": pa.array([1, 2], pa.int64()),
            "share": pa.array([1.0, None], pa.float64()),
            "money": pa.array([Decimal("0.0000001"), None], pa.decimal128(12, 7)),
            "at": pa.array([datetime(2024, 1, 1, 12), None], pa.timestamp("ns")),  # noqa: DTZ001
            "day": pa.array([date(2024, 1, 1), None]),
            "tags": pa.array([["a", "b"], None]),
            "code": pa.array(["x", None]).dictionary_encode(),
        }
    )
    pq.write_table(table, project.base / "lake/a.parquet")
    first = project.run(PARQUET)
    assert project.rows(first).drop("_file", "_parent", "_hash").rows() == [
        (1, "1", "1", "1", "0.0000001", "2024-01-01T12:00:00", "2024-01-01", '["a","b"]', "x"),
        (2, "2", "2", *[None] * 6),
    ]
    pq.write_table(pa.table({"id": ["3"], "new": ["y"]}), project.base / "lake/b.parquet")
    (project.base / "lake/a.parquet").unlink()
    second = project.run(PARQUET, first.state)
    assert {(d.column, d.change) for d in second.drift} >= {("new", "added"), ("share", "missing"), ("id", "type")}


def test_parquet_without_footer(project) -> None:
    pq.write_table(pa.table({"id": ["3"] * 1000}), project.write("lake/a.parquet", "x"))
    whole = (project.base / "lake/a.parquet").read_bytes()
    project.write("lake/a.parquet", whole[:-20])
    with pytest.raises(SourceError, match=r"lake/a.parquet: the Parquet file cannot be read"):
        project.run(PARQUET)


JSONL = "source: web\nkind: jsonl\nstreams:\n  customer: {path: web.jsonl, key: id}\n"


def test_json_lines(project) -> None:
    lines = [
        '{"id": 12345678901234567890, "price": 1.10, "name": "Müller", "ok": true}',
        '{"id": "007", "address": {"city": "Köln", "lines": [1, 2.5]}, "name": null}',
        "",
        "[1]",
        '{"id": "8", "name": "\\ud800"}',
        "{nonsense}",
        *(json.dumps({"id": i}) for i in range(30)),
    ]
    project.write("web.jsonl", "\n".join(lines) + "\n")
    extraction = project.run(JSONL)
    rows = project.rows(extraction)
    assert rows.columns[5:] == ["id", "price", "name", "ok", "address"]
    assert rows.drop("_file", "_parent", "_hash").rows()[:2] == [
        (1, "12345678901234567890", "12345678901234567890", "1.10", "Müller", "true", None),
        (2, "007", "007", None, None, None, '{"city":"Köln","lines":[1,2.5]}'),
    ]
    assert project.rules(extraction) == [(4, "json"), (5, "encoding"), (6, "json")]
    assert [row["_key"] for row in project.bad(extraction)] == [None, "8", None]


@pytest.mark.parametrize(
    ("line", "key"),
    [
        (b'{"id": 7, "name": "M\xfcller"}', "7"),
        (b'{"id": "7", "tags": ["a", {"b": 1}], "name": "x" "y"}', "7"),
        (b'{"name": "x\\ud800", "id": "7"}', "7"),
        (b'{"name": "x" "y", "id": "7"}', None),  # what stands behind the fault is anybody's
        (b'{"id": 7', None),  # or 70
        (b'"id": 7, "name": "x"}', None),
        (b'{"id": "\xff7", "name": "x"}', None),
        (b'{"id": null, "name": ?}', None),
    ],
)
def test_the_key_of_a_broken_json_line_is_what_stands_before_its_fault(project, line: bytes, key: str | None) -> None:
    lines = [b'{"id": %d}' % i for i in range(100, 130)]
    project.write("web.jsonl", b"\n".join([line, *lines, b""]))
    extraction = project.run(JSONL)
    assert [row["_key"] for row in project.bad(extraction)] == [key]
    assert ("7" in project.keys(extraction)) == (key == "7")


def test_json_lines_cut_off(project) -> None:
    project.write("web.jsonl", '{"id": 1}\n{"id": 2}\n{"id"')
    with pytest.raises(SourceError, match="the last line is incomplete"):
        project.run(JSONL)
