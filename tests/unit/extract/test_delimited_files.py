"""CSV as it comes: odd encodings, quoted line breaks, broken rows, cut files."""

from __future__ import annotations

import csv
import io
import string
import tracemalloc
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from custhub.errors import SourceError

CRM = """
source: crm
kind: csv
streams:
  customer: {path: in/crm.csv, key: id, encoding: ENCODING}
"""


def crm(encoding: str = "utf-8", more: str = "") -> str:
    return CRM.replace("ENCODING", encoding + more)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "latin-1"])
def test_western_encodings(project, encoding: str) -> None:
    text = 'id,name,city\n0007,"Müller, ""Fritz""",Köln\r\n0008,Çelik,\n'
    project.write("in/crm.csv", text.encode(encoding))
    extraction = project.run(crm(encoding))
    rows = project.rows(extraction)
    assert rows.select("_position", "_file", "_key", "_parent", "id", "name", "city").rows() == [
        (2, "in/crm.csv", "0007", None, "0007", 'Müller, "Fritz"', "Köln"),
        (3, "in/crm.csv", "0008", None, "0008", "Çelik", ""),
    ]
    assert project.keys(extraction) == ["0007", "0008"]
    assert extraction.full and extraction.unreadable_rows == 0 and extraction.drift == ()


@pytest.mark.parametrize("encoding", ["gb18030", "big5", "cp950"])
def test_chinese_encodings_whose_second_byte_looks_like_ascii(project, encoding: str) -> None:
    text = "id|name\n1|許功蓋\n2|珮|\n".replace("|\n", "\n")
    project.write("in/crm.csv", text.encode(encoding))
    rows = project.rows(project.run(crm(encoding, ", delimiter: '|'")))
    assert rows["name"].to_list() == ["許功蓋", "珮"]


def test_hash_tells_rows_apart_and_says_the_same_each_time(project) -> None:
    project.write("in/crm.csv", "id,name\n1,a\n2,a\n2,a\n")
    first, second = (project.rows(project.run(crm()))["_hash"].to_list() for _ in range(2))
    assert first == second and len(set(first)) == 2 and all(len(h) == 32 for h in first)


def test_a_broken_row_stays_alone(project) -> None:
    lines = [
        b"id,name,city",
        b"1,a,b",
        b"2,a",
        b"3,a,b,c",
        b'4,"a,b',
        b"5,a,b",
        b"6,\xff,b",
        b",a,b",
        b"8,a\0,b",
        b'9,"x\ny",b',
    ]
    lines += [b"%d,a,b" % i for i in range(20, 60)]
    project.write("in/crm.csv", b"\n".join(lines) + b"\n")
    extraction = project.run(crm())
    assert project.rules(extraction) == [
        (3, "too_few_fields"),
        (4, "too_many_fields"),
        (5, "quote"),
        (7, "encoding"),
        (8, "key_missing"),
        (9, "nul_character"),
    ]
    rows = project.rows(extraction)
    assert rows["_key"].to_list()[:3] == ["1", "5", "9"] and rows.height == 43
    assert rows.filter(pl.col("_key") == "9")["name"].item() == "x\ny"
    assert extraction.unreadable_rows == 6
    by_position = {row["position"]: row for row in project.bad(extraction)}
    assert by_position[7]["raw"] == "6,\\xff,b" and by_position[5]["raw"] == '4,"a,b'
    assert all(row["stream"] == "customer" and row["file"] == "in/crm.csv" for row in by_position.values())
    # A row that cannot be read is not a deleted customer.
    assert {"2", "3", "4", "6"} <= set(project.keys(extraction))


def test_an_unreadable_row_without_key_says_so(project) -> None:
    project.write("in/crm.csv", b"name,id\n" + b"a,1\n" * 30 + b"lonely\n")
    extraction = project.run(crm())
    assert [row["_key"] for row in project.bad(extraction)] == [None]


def test_a_key_that_cannot_be_decoded_is_none(project) -> None:
    project.write("in/crm.csv", b"id,name\n" + b"".join(b"%d,a\n" % i for i in range(30)) + b"3\xff,a\n")
    extraction = project.run(crm())
    assert [row["_key"] for row in project.bad(extraction)] == [None]


@pytest.mark.parametrize(
    ("line", "parent"),
    [(b'1,"K,7",\xff', "K,7"), (b"1,K7", "K7"), (b"1,K\xff,a", None), (b"1,,\xff", None), (b',K7,"a\0b"', "K7")],
)
def test_an_unreadable_child_row_names_its_family_if_it_can(project, line: bytes, parent: str | None) -> None:
    project.write("in/crm.csv", "id,name\nK7,a\n")
    project.write("in/people.csv", b"nr,of,name\n" + b"".join(b"%d,K8,a\n" % i for i in range(9)) + line + b"\n")
    extraction = project.run(crm() + "  people: {path: in/people.csv, key: nr, parent: of}\n")
    assert [row["_key"] for row in project.bad(extraction)] == [parent]
    assert project.keys(extraction) == ["K7"]


def test_an_unclosed_quote_does_not_eat_the_file(project) -> None:
    good = "".join(f"{i},name {i}\n" for i in range(2000))
    project.write("in/crm.csv", 'id,name\nx,"open\n' + good)
    extraction = project.run(crm())
    assert project.rows(extraction).height == 2000
    assert project.rules(extraction) == [(2, "quote")]


def test_a_line_of_100_mb_is_unreadable_and_small_in_memory(project, tmp_path: Path) -> None:
    path = project.write("in/crm.csv", "id,name\n1,a\n")
    with path.open("ab") as handle:
        handle.write(b"2,")
        for _ in range(100):
            handle.write(b"x" * (1 << 20))
        handle.write(b"\n3,c\n")
    tracemalloc.start()
    extraction = project.run(crm())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert project.rows(extraction)["_key"].to_list() == ["1", "3"]
    assert project.rules(extraction) == [(3, "too_long")]
    assert len(project.bad(extraction)[0]["raw"]) == 10_000 and "2" in project.keys(extraction)
    assert peak < 30 << 20


def test_the_wrong_encoding_is_told(project) -> None:
    body = "id,name\n" + "".join(f"{i},Müller\n" for i in range(30))
    project.write("in/crm.csv", body.encode("cp1252"))
    with pytest.raises(
        SourceError, match=r"stream customer, file in/crm.csv: 30 of 30 rows .* -> .*`encoding: cp1252`"
    ) as caught:
        project.run(crm("utf-8"))
    assert "Müller" not in str(caught.value) and not caught.value.retryable
    project.write("in/crm.csv", body.encode("utf-8"))
    with pytest.raises(SourceError, match="is in UTF-8, but cp1252 was declared"):
        project.run(crm("cp1252"))


def test_a_header_in_another_encoding_is_told_with_the_one_that_it_looks_like(project) -> None:
    project.write("in/crm.csv", "id,客户名称,联系电话\n1,上海澄华贸易有限公司,021\n".encode("gbk"))
    with pytest.raises(SourceError, match="the header is not in utf-8 -> it looks like gb18030"):
        project.run(crm("utf-8"))


def test_a_few_rows_in_another_encoding_do_not_stop_the_rest(project) -> None:
    rows = [f"{i},{'Müller' if i < 6 else 'Smith'}\n" for i in range(60)]
    project.write("in/crm.csv", ("id,name\n" + "".join(rows)).encode("cp1252"))
    extraction = project.run(crm("utf-8"))
    assert project.rows(extraction).height == 54
    assert {rule for _, rule in project.rules(extraction)} == {"encoding"}


def test_the_wrong_delimiter_is_told(project) -> None:
    project.write("in/crm.csv", "id;name\n1;a\n")
    with pytest.raises(SourceError, match="column id is missing -> there are id;name"):
        project.run(crm())


def test_a_cut_file_is_told(project) -> None:
    project.write("in/crm.csv", "id,name,city\n" + "1,a,b\n" * 50 + "2,a")
    with pytest.raises(SourceError, match=r"incomplete.*cut off") as caught:
        project.run(crm())
    assert caught.value.retryable
    assert list((project.base / "run1").iterdir()) == []


def test_a_file_may_end_without_line_break_or_with_control_z(project) -> None:
    project.write("in/crm.csv", "id,name\n1,a\n2,b")
    assert project.rows(project.run(crm()))["name"].to_list() == ["a", "b"]
    project.write("in/crm.csv", "id,name\r\n1,a\r\n2,b\r\n\x1a")
    assert project.rows(project.run(crm()))["name"].to_list() == ["a", "b"]
    project.write("in/crm.csv", "id,name\r1,a\r2,b\r")
    assert project.rows(project.run(crm()))["name"].to_list() == ["a", "b"]


def test_trailer_and_lines_to_skip(project) -> None:
    text = crm("utf-8", ", skip_lines: 1, trailer: {pattern: 'END;(\\d+)'}")
    project.write("in/crm.csv", "export of today\nid,name\n1,a\n2,b\nEND;2\n\n")
    assert project.rows(project.run(text))["_position"].to_list() == [3, 4]
    project.write("in/crm.csv", "export of today\nid,name\n1,a\nEND;2\n")
    with pytest.raises(SourceError, match="counts 2 rows, the file holds 1"):
        project.run(text)
    project.write("in/crm.csv", "export of today\nid,name\n1,a\n2,b\n")
    with pytest.raises(SourceError, match="not the trailer"):
        project.run(text)


def test_without_header_the_declaration_names_the_columns(project) -> None:
    project.write("in/crm.csv", "1;a\n2;b\n")
    rows = project.rows(project.run(crm("utf-8", ", delimiter: ';', header: false, columns: [id, name]")))
    assert rows["name"].to_list() == ["a", "b"] and rows["_position"].to_list() == [1, 2]


def test_header_with_a_name_twice(project) -> None:
    project.write("in/crm.csv", "id,phone,phone\n1,2,3\n")
    with pytest.raises(SourceError, match="phone twice"):
        project.run(crm())


def test_duplicate_keys_land_as_they_are_and_parts_are_joined(project) -> None:
    project.write("in/crm.csv", "org,id,name\n01,007,a\n01,007,b\n0 1 , x7,c\n")
    text = CRM.replace("key: id", "key: [org, id], key_case: upper, strip: true").replace("ENCODING", "utf-8")
    assert project.rows(project.run(text))["_key"].to_list() == ["01|007", "01|007", "0 1|X7"]


cell = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=12)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(cell, cell, cell), max_size=8))
def test_any_table_comes_back(project, table: list[tuple[str, str, str]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(["id", *string.ascii_lowercase[:3]])
    writer.writerows([i, *row] for i, row in enumerate(table))
    project.write("in/crm.csv", text.getvalue().encode("gb18030"))
    extraction = project.run(crm("gb18030"))
    assert project.rows(extraction).select("a", "b", "c").rows() == table and extraction.unreadable_rows == 0
