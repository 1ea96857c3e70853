"""Tables as people have them: other code pages, other separators."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import openpyxl
import pytest
from python_calamine import PasswordError

from custhub.cli.tables import ROW, SOURCE, read_sources, read_table
from custhub.errors import UsageError


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_csv_is_read_whatever_separates_and_encodes_it(tmp_path: Path, encoding: str, separator: str) -> None:
    lines = [
        ["编号", "客户名称", "地址"],
        *([str(i), f"北京晨光科技有限公司{i}", f'"朝阳区,;|路{i}号"'] for i in range(40)),
    ]
    path = tmp_path / "customers.csv"
    path.write_text("\r\n".join(separator.join(line) for line in lines), encoding=encoding)

    frame = read_table(path)

    assert frame.columns == ["编号", "客户名称", "地址"]
    assert frame.row(7) == ("7", "北京晨光科技有限公司7", "朝阳区,;|路7号")


def test_an_encoding_that_shows_late_is_found(tmp_path: Path) -> None:
    path = tmp_path / "customers.csv"
    plain = "".join(f"{i},Anna Schmidt,Berlin\n" for i in range(60_000))
    path.write_text(f"id,name,city\n{plain}7,Jürgen Groß,Köln\n8,Käthe Möller,Nürnberg\n", encoding="cp1252")

    assert read_table(path).row(-1) == ("8", "Käthe Möller", "Nürnberg")


@pytest.mark.parametrize("content", [b"", b'a,b\n"1,2', b"a,b\n1,2,3", b"a\x00\xff\xfe\x01"])
def test_what_is_no_table_is_told_in_a_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.csv"
    path.write_bytes(content)

    with pytest.raises(UsageError, match=r"broken.csv: (is empty|cannot be read)"):
        read_table(path)


def workbook(path: Path, rows: list[list[object]], sheet: str = "Kunden") -> Path:
    made = openpyxl.Workbook()
    page = made.create_sheet(sheet, 0)
    for row in rows:
        page.append(row)
    made.save(path)
    made.close()
    return path


def test_a_sheet_of_a_workbook_is_read_as_text(tmp_path: Path) -> None:
    path = workbook(tmp_path / "customers.xlsx", [["Nr", "Name", "Geboren"], [7, "Huber", date(1980, 5, 1)], [8, None]])

    assert read_table(path).rows() == [("7", "Huber", "1980-05-01"), ("8", None, None)]
    assert read_sources([path], None, "Kunden").columns == [ROW, "Nr", "Name", "Geboren", SOURCE]


def test_what_is_wrong_with_a_workbook_is_told_in_a_sentence(tmp_path: Path) -> None:
    path = workbook(tmp_path / "customers.xlsx", [["Nr", "Name"]])
    torn = tmp_path / "torn.xlsx"
    torn.write_bytes(path.read_bytes()[:900])

    for file, sheet, told in (
        (path, "Firmen", r"customers.xlsx: there is no sheet Firmen -> name another sheet with --sheet"),
        (path, None, r"customers.xlsx: has no rows below the column names"),
        (path, "Sheet", r"customers.xlsx: has no row 1 with column names -> name another"),
        (torn, None, r"torn.xlsx: the workbook cannot be read"),
    ):
        with pytest.raises(UsageError, match=told):
            read_table(file, sheet)


def test_a_workbook_with_a_password_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(_: Path) -> None:
        raise PasswordError

    monkeypatch.setattr("custhub.extract.excel.CalamineWorkbook.from_path", locked)
    with pytest.raises(UsageError, match="has a password -> have it sent without"):
        read_table(workbook(tmp_path / "customers.xlsx", [["Nr"], [1]]))
