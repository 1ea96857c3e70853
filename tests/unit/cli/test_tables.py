"""Tables as people have them: other code pages, other separators."""

from __future__ import annotations

from pathlib import Path

import pytest

from custhub.cli.tables import read_table
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


@pytest.mark.parametrize("content", [b"", b'a,b\n"1,2', b"a,b\n1,2,3"])
def test_what_is_no_table_is_told_in_a_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.csv"
    path.write_bytes(content)

    with pytest.raises(UsageError, match=r"broken.csv: (is empty|cannot be read)"):
        read_table(path)
