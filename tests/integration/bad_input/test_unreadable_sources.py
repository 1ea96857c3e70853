"""A source that cannot be read is told (what, where, what next), changes nothing and holds up no other."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from typing import Any

import pytest

from custhub import pipeline
from custhub.errors import CusthubError, SourceError, SourcesFailedError

Break = Callable[[Any], object]


def wrong_encoding(three: Any) -> None:
    three.write_csv(three.csv_text().replace("Berlin", "Zürich"), "cp1252")


def wide_encoding(three: Any) -> None:
    three.write_csv(three.csv_text(), "utf-16")


def truncated_csv(three: Any) -> None:
    three.write_csv(three.csv_text()[:-60])


def missing_column(three: Any) -> None:
    three.write_csv(three.csv_text().replace("name", "nom", 1))


def no_rows_at_all(three: Any) -> None:
    three.write_csv("")


def gone(three: Any) -> None:
    (three.folder / "shop.csv").unlink()


def truncated_fixed(three: Any) -> None:
    path = three.folder / "legacy.txt"
    path.write_bytes(path.read_bytes()[:-200])


def rows_missing_before_trailer(three: Any) -> None:
    path = three.folder / "legacy.txt"
    path.write_bytes(b"\n".join(path.read_bytes().split(b"\n")[1:]))


def shifted_columns(three: Any) -> None:
    path = three.folder / "legacy.txt"
    lines = path.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join([line[:-3] if i < 7 else line for i, line in enumerate(lines)]))


def garbage_for_a_database(three: Any) -> None:
    (three.folder / "erp.db").write_bytes(os.urandom(20_000))


def damaged_database(three: Any) -> None:
    path = three.folder / "erp.db"
    data = path.read_bytes()
    path.write_bytes(data[:4096] + bytes(len(data) - 4096))


def no_table(three: Any) -> None:
    with sqlite3.connect(three.folder / "erp.db") as erp:
        erp.execute("ALTER TABLE customer RENAME TO kunden")
    erp.close()


def no_cursor_column(three: Any) -> None:
    with sqlite3.connect(three.folder / "erp.db") as erp:
        erp.execute("ALTER TABLE customer RENAME COLUMN changed TO aedat")
    erp.close()


REFUSED: list[tuple[Break, str, str]] = [
    (wrong_encoding, "shop", "shop.csv"),
    (wide_encoding, "shop", "shop.csv"),
    (truncated_csv, "shop", "cut off"),
    (missing_column, "shop", "name"),
    (no_rows_at_all, "shop", "shop.csv"),
    (gone, "shop", "shop.csv"),
    (truncated_fixed, "legacy", "cut off"),
    (rows_missing_before_trailer, "legacy", "the trailer counts 7 rows, the file holds 6"),
    (shifted_columns, "legacy", "legacy.txt"),
    (garbage_for_a_database, "erp", "stream customer"),
    (damaged_database, "erp", "stream customer"),
    (no_table, "erp", "no such table"),
    (no_cursor_column, "erp", "changed"),
]


@pytest.mark.parametrize(("broken", "source", "words"), REFUSED, ids=[case[0].__name__ for case in REFUSED])
def test_a_source_that_cannot_be_read_is_told_and_changes_nothing(
    three: Any, broken: Break, source: str, words: str
) -> None:
    before = three.state_of(source)
    three.good(three.NAMES)
    broken(three)

    with three.small.hub() as hub, pytest.raises(CusthubError) as caught:
        pipeline.extract_batch(hub, source, at=three.next_day())

    told = str(caught.value)
    assert source in told
    assert words in told
    assert "->" in told, "it does not say what to do next"
    assert caught.value.exit_code == 2
    assert not any(name.split()[1] in told for name in three.NAMES)
    assert three.state_of(source) == before


def test_one_broken_source_holds_up_no_other_and_the_next_good_run_proceeds(three: Any) -> None:
    three.good(three.NAMES)
    truncated_fixed(three)
    missing_column(three)

    with pytest.raises(SourcesFailedError) as caught:
        three.run()

    assert [type(e) for e in caught.value.errors] == [SourceError, SourceError]
    assert "source legacy" in str(caught.value)
    assert "source shop" in str(caught.value)
    members = {ref for group in three.small.members() for ref in group}
    assert {f"erp:E{i}" for i in range(7)} <= members
    assert {ref for ref in members if ref.startswith(("shop", "legacy"))} == {
        f"{system}{i}" for system in ("shop:S", "legacy:L") for i in range(5)
    }

    three.good(three.NAMES)
    report = three.run()
    assert {b.source: b.ledger.new for b in report.batches} == {"erp": 0, "legacy": 2, "shop": 2}
    assert sum(len(group) for group in three.small.members()) == 21
