"""Fixed-width files: widths in bytes, old code pages, cut records."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from custhub.errors import SourceError

LEGACY = """
source: legacy
kind: fixed_width
streams:
  customer: {path: old/*.txt, key: nr, encoding: ENCODING, columns: {nr: 6, name: 10, city: 8}}
"""


def legacy(encoding: str, more: str = "") -> str:
    return LEGACY.replace("ENCODING", encoding + more)


def record(encoding: str, *fields: str) -> bytes:
    blank = " ".encode(encoding)
    cells = (field.encode(encoding) for field in fields)
    return b"".join(cell.ljust(width, blank) for cell, width in zip(cells, (6, 10, 8), strict=True))


@pytest.mark.parametrize("encoding", ["gb18030", "big5", "cp1252", "cp037", "cp500"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b""])
def test_widths_are_bytes(project, encoding: str, end: bytes) -> None:
    name = {"gb18030": "北京AB客户", "big5": "臺北AB客戶"}.get(encoding, "Müller")
    if encoding.startswith("cp0") or encoding == "cp500":
        end = b""  # line breaks of EBCDIC are other bytes: such files have none
    records = [
        record(encoding, "000042", name, "Köln" if "cp" in encoding else "上海"),
        record(encoding, "43", "", "x"),
    ]
    project.write("old/a.txt", end.join(records) + end)
    rows = project.rows(project.run(legacy(encoding, "" if end else ", newline: false")))
    assert rows.select("_position", "_key", "name").rows() == [(1, "000042", name), (2, "43", "")]


def test_broken_records_stay_alone(project) -> None:
    good = [record("gb18030", f"{i:06}", "名", "x") for i in range(40)]
    cut = b"000050" + "客户客户客".encode("gb18030") + b"\xb1" + b" " * 7
    broken = [
        cut,
        b"000051 short",
        good[0] + b"long",
        record("gb18030", "", "no key", "x"),
        b"000052" + b"\0" * 18,
        b"",
    ]
    project.write("old/a.txt", b"\n".join([*broken, *good]) + b"\n")
    extraction = project.run(legacy("gb18030"))
    assert project.rules(extraction) == [(1, "encoding"), (2, "record_short"), (3, "record_long"), (4, "key_missing")]
    assert project.rows(extraction)["_key"].to_list() == ["000052", *(f"{i:06}" for i in range(40))]
    assert {"000050", "000051"} <= set(project.keys(extraction))
    assert all("客" not in row["reason"] for row in project.bad(extraction))


def test_short_records_may_be_declared_as_fine(project) -> None:
    project.write("old/a.txt", b"000001Anna\r\n000002\n")
    rows = project.rows(project.run(legacy("cp1252", ", pad_short: true")))
    assert rows.select("nr", "name", "city").rows() == [("000001", "Anna", ""), ("000002", "", "")]


@pytest.mark.parametrize(("newline", "end"), [("true", b"\n"), ("false", b"")])
def test_a_cut_file_is_told(project, newline: str, end: bytes) -> None:
    data = end.join(record("cp1252", f"{i:06}", "a", "b") for i in range(30))
    project.write("old/a.txt", data[:-5])
    with pytest.raises(SourceError, match=r"old/a.txt: the last record is incomplete") as caught:
        project.run(legacy("cp1252", f", newline: {newline}"))
    assert caught.value.retryable


def test_header_and_trailer(project) -> None:
    text = legacy("cp1252", ", skip_lines: 1, trailer: {pattern: 'T(\\d{6}).*'}")
    body = b"HEADER\n" + record("cp1252", "1", "a", "b") + b"\n"
    project.write("old/a.txt", body + b"T000001   \n")
    assert project.rows(project.run(text)).height == 1
    project.write("old/a.txt", body + b"T000002   \n")
    with pytest.raises(SourceError, match="counts 2 rows, the file holds 1"):
        project.run(text)


def test_several_files_are_one_snapshot_in_the_order_of_their_names(project) -> None:
    project.write("old/b.txt", record("cp1252", "2", "b", "") + b"\n")
    project.write("old/a.txt", record("cp1252", "1", "a", "") + b"\n")
    rows = project.rows(project.run(legacy("cp1252")))
    assert rows.select("_file", "_position", "_key").rows() == [("old/a.txt", 1, "1"), ("old/b.txt", 1, "2")]


@st.composite
def tables(draw: st.DrawFn) -> list[tuple[str, str]]:
    texts = st.text(st.characters(codec="gb18030", exclude_categories=["Cc", "Cs"]), max_size=6)
    fitting = texts.map(lambda text: text.rstrip(" \0"))
    return draw(
        st.lists(st.tuples(fitting, fitting).filter(lambda row: _fits(row[0], 10) and _fits(row[1], 8)), max_size=8)
    )


def _fits(text: str, width: int) -> bool:
    return len(text.encode("gb18030")) <= width


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(tables())
def test_any_table_comes_back(project, table: list[tuple[str, str]]) -> None:
    data = b"".join(record("gb18030", f"{i:06}", *row) + b"\r\n" for i, row in enumerate(table))
    project.write("old/a.txt", data or b"\n")
    assert project.rows(project.run(legacy("gb18030"))).select("name", "city").rows() == table
