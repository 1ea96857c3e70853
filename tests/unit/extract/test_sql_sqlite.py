"""Databases: full and incremental runs, families, late commits, null cursors, deletions, faults."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from custhub.errors import SourceError
from custhub.extract import relational

ERP = """
source: erp
kind: sql
connection: sqlite:///erp.db
deletes: DELETES
streams:
  customer: {table: kna1, key: kunnr, cursor: {columns: changed, lag: PT10M}}
  address: {table: adrc, key: [kunnr, nr], parent: kunnr, cursor: {columns: changed, lag: PT10M}}
  tax: {table: tax, parent: kunnr}
"""


def erp(deletes: str = "keys") -> str:
    return ERP.replace("DELETES", deletes)


class Erp:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.do(
            "create table kna1(kunnr text, name text, changed text)",
            "create table adrc(kunnr text, nr integer, city text, changed text)",
            "create table tax(kunnr text, value text)",
        )

    def do(self, *statements: str) -> None:
        with closing(sqlite3.connect(self.path)) as connection:
            for statement in statements:
                connection.execute(statement)
            connection.commit()


@pytest.fixture
def source(project) -> Erp:
    made = Erp(project.base / "erp.db")
    made.do(
        *(f"insert into kna1 values('{i:04}', 'n{i}', '2024-01-01 10:00:00')" for i in range(1, 6)),
        *(f"insert into adrc values('{i:04}', 1, 'c{i}', '2024-01-01 10:00:00')" for i in range(1, 6)),
        "insert into tax values('0002', 'DE1')",
    )
    return made


def test_the_first_run_lands_everything(project, source) -> None:
    extraction = project.run(erp())
    assert extraction.full and {n: s.rows for n, s in extraction.streams.items()} == {
        "customer": 5,
        "address": 5,
        "tax": 1,
    }
    rows = project.rows(extraction, "address")
    assert rows.select("_position", "_file", "_key", "_parent", "nr", "city").row(0) == (
        1,
        "adrc",
        "0001|1",
        "0001",
        "1",
        "c1",
    )
    assert project.rows(extraction, "tax")["_key"].to_list() == ["0002"]
    assert project.keys(extraction) == [f"{i:04}" for i in range(1, 6)]


def changed(project, first) -> list[str]:
    extraction = project.run(erp(), first.state)
    assert not extraction.full
    return sorted(project.rows(extraction)["_key"])


def test_changes_late_commits_and_equal_times(project, source) -> None:
    source.do("update kna1 set changed = '2024-01-02 10:00:00' where kunnr = '0001'")
    first = project.run(erp())
    assert changed(project, first) == [f"{i:04}" for i in range(1, 6)]  # addresses are all of one time
    source.do("update adrc set changed = '2024-01-02 10:00:00' where kunnr = '0001'")
    second = project.run(erp(), first.state)
    source.do(
        "insert into kna1 values('0006', 'same second', '2024-01-02 10:00:00')",
        "insert into kna1 values('0007', 'late', '2024-01-02 09:50:00')",
        "insert into kna1 values('0008', 'later', '2024-01-02 09:49:59')",
        "insert into kna1 values('0009', 'new', '2024-01-03 10:00:00.5')",
        "insert into kna1 values('0010', 'never', null)",
        "insert into kna1 values('0011', 'initial', '')",
    )
    third = project.run(erp(), second.state)
    assert sorted(project.rows(third)["_key"]) == ["0001", "0006", "0007", "0009", "0010", "0011"]
    assert len(project.keys(third)) == 11
    assert changed(project, third) == ["0001", "0009", "0010", "0011"]


def test_a_change_in_a_child_lands_the_family(project, source) -> None:
    source.do(
        "update kna1 set changed = '2024-01-02 10:00:00' where kunnr = '0001'",
        "update adrc set changed = '2024-01-02 10:00:00' where kunnr = '0001'",
        "insert into adrc values('0002', 2, 'old second address', '2023-01-01 10:00:00')",
    )
    first = project.run(erp())
    source.do("update adrc set city = 'moved', changed = '2024-01-05 00:00:00' where kunnr = '0002' and nr = 1")
    extraction = project.run(erp(), first.state)
    assert sorted(project.rows(extraction)["_key"]) == ["0001", "0002"]
    assert sorted(project.rows(extraction, "address")["_key"]) == ["0001|1", "0002|1", "0002|2"]
    assert project.rows(extraction, "tax")["value"].to_list() == ["DE1"]


@pytest.mark.parametrize(
    ("deletes", "expected"), [("keys", ["0001", "0002", "0003", "0004"]), ("snapshot", None), ("never", None)]
)
def test_deletions(project, source, deletes: str, expected: list[str] | None) -> None:
    first = project.run(erp(deletes))
    assert (first.keys is None) == (deletes == "never")
    source.do("delete from kna1 where kunnr = '0005'")
    second = project.run(erp(deletes), first.state)
    assert not second.full and (None if second.keys is None else project.keys(second)) == expected
    full = project.run(erp(deletes), first.state, full=True)
    assert full.full and (full.keys is None) == (deletes == "never")


def test_a_time_in_the_far_future_does_not_stop_later_changes(project, source) -> None:
    source.do("update kna1 set changed = '9999-12-31 00:00:00' where kunnr = '0003'")
    first = project.run(erp())
    assert first.state["streams"]["customer"]["cursor"][0]["text"] == "2024-01-01 10:00:00"
    source.do("insert into kna1 values('0006', 'new', '2024-02-01 00:00:00')")
    assert {"0003", "0006"} <= set(changed(project, first))


def test_date_and_time_in_two_columns(project, source) -> None:
    source.do(
        "create table but000(partner text, chdat text, chtim text)",
        "insert into but000 values('1', '20240131', '000500')",
        "insert into but000 values('2', '20240130', '235500')",
        "insert into but000 values('3', '20240130', '235459')",
        "insert into but000 values('4', '00000000', '000000')",
        "insert into but000 values('5', '20240130', null)",
    )
    text = "source: sap\nkind: sql\nconnection: sqlite:///erp.db\nstreams:\n  bp: {table: but000, key: partner, cursor: [chdat, chtim]}"
    first = project.run(text)
    assert [mark["text"] for mark in first.state["streams"]["bp"]["cursor"]] == ["20240131", "000500"]
    assert sorted(project.rows(project.run(text, first.state))["_key"]) == ["1", "2", "4", "5"]


def test_a_number_as_cursor(project, source) -> None:
    source.do("create table c(id integer, seq integer)", *(f"insert into c values({i}, {i})" for i in range(1, 3001)))
    text = "source: num\nkind: sql\nconnection: sqlite:///erp.db\nstreams:\n  c: {table: c, key: id, cursor: {columns: seq, type: number, lag_numbers: 10}}"
    first = project.run(text)
    assert project.rows(project.run(text, first.state)).height == 11
    with pytest.raises(SourceError, match="type: number"):
        project.run(text.replace("type: number, lag_numbers: 10", "lag: PT1M"))


def test_keys_of_other_types_and_looks_still_make_a_family(project, source) -> None:
    source.do(
        "create table p(id integer, changed text)",
        "create table a(partner text, city text, changed text)",
        "insert into p values(1, '2024-01-01'), (2, '2023-01-01')",
        "insert into a values('1', 'x', '2023-01-01'), ('2 ', 'y', '2024-01-01')",
    )
    text = """
    source: odd
    kind: sql
    connection: sqlite:///erp.db
    streams:
      p: {table: p, key: id, strip: true, cursor: changed}
      a: {table: a, parent: partner, cursor: changed}
    """
    first = project.run(text)
    second = project.run(text, first.state)
    assert sorted(project.rows(second)["_key"]) == ["1", "2"]
    assert sorted(project.rows(second, "a")["_parent"]) == ["1", "2"]


def test_a_changed_declaration_begins_anew(project, source) -> None:
    first = project.run(erp())
    assert not project.run(erp(), first.state).full
    assert project.run(erp().replace("key: [kunnr, nr]", "key: nr"), first.state).full
    assert project.run(erp().replace("  tax: {table: tax, parent: kunnr}\n", ""), first.state).full


def test_a_query_may_hold_colons_and_percents(project, source) -> None:
    text = """
    source: q
    kind: sql
    connection: sqlite:///erp.db
    streams:
      customer:
        query: |
          select kunnr as "Kunden Nr", ':x' || '%s' || '10:30' as odd from kna1 where name like 'n%' order by 1;
        key: Kunden Nr
    """
    rows = project.rows(project.run(text))
    assert rows.height == 5 and rows["odd"][0] == ":x%s10:30"


def test_drift_of_columns(project, source) -> None:
    first = project.run(erp())
    source.do("alter table kna1 add column vip text", "alter table adrc drop column city")
    second = project.run(erp(), first.state)
    assert [(d.stream, d.column, d.change) for d in second.drift] == [
        ("customer", "vip", "added"),
        ("address", "city", "missing"),
    ]
    assert "vip" in project.rows(second).columns
    assert project.run(erp(), second.state).drift == ()
    with pytest.raises(SourceError, match="vip is new and the contract is frozen"):
        project.run(erp() + "contract: freeze\n", first.state)
    with pytest.raises(SourceError, match="column plz is missing"):
        project.run(erp().replace("table: kna1", "table: kna1, columns: [kunnr, plz, changed]"), first.state)


def test_values_as_text(project, source) -> None:
    source.do(
        "create table v(id integer, f real, g real, b blob, t text, n text)",
        "insert into v values(9007199254740993, 1.0, 0.1, x'00ff', ' as it is ', null)",
    )
    text = "source: v\nkind: sql\nconnection: sqlite:///erp.db\nstreams:\n  v: {table: v, key: id}"
    assert project.rows(project.run(text)).row(0)[5:] == ("9007199254740993", "1", "0.1", "00ff", " as it is ", None)


def test_rows_without_key_parent_or_unicode_are_kept(project, source) -> None:
    source.do(
        "insert into kna1 values(null, 'x', null)",
        "insert into kna1 values('0007', cast(x'4dfc6c' as text), null)",
        "insert into tax values(' ', 'DE2')",
        "insert into adrc values('0002', 2, cast(x'4dfc6c' as text), null)",
    )
    extraction = project.run(erp())
    assert sorted((r["stream"], r["rule_id"], r["_key"] or "") for r in project.bad(extraction)) == [
        ("address", "landed.erp.encoding", "0002"),
        ("customer", "landed.erp.encoding", "0007"),
        ("customer", "landed.erp.key_missing", ""),
        ("tax", "landed.erp.key_missing", ""),
    ]
    assert project.rows(extraction).height == 5
    assert "0007" in project.keys(extraction)


@pytest.mark.parametrize(
    ("change", "match", "retryable"),
    [
        (("sqlite:///erp.db", "sqlite:///nothere.db"), "no such SQLite file", False),
        (("table: kna1", "table: kna2"), "no such table: kna2", False),
        (("cursor: {columns: changed", "cursor: {columns: aedat"), "column aedat is missing", False),
        (("sqlite:///erp.db", "nosuch+driver://h/db"), "not installed", False),
    ],
)
def test_clear_errors(project, source, change: tuple[str, str], match: str, retryable: bool) -> None:
    with pytest.raises(SourceError, match=match) as caught:
        project.run(erp().replace(*change))
    assert caught.value.retryable is retryable and caught.value.source == "erp"
    assert list((project.base / "run1").iterdir()) == []


def test_a_database_that_goes_away_leaves_nothing(project, source, monkeypatch: pytest.MonkeyPatch) -> None:
    real = relational.Relational.chunks

    def dies(self: Any, *args: Any) -> Iterator[Any]:
        yield from real(self, *args)
        with relational._told(self._url, args[2]):
            raise relational.sa.exc.OperationalError("select secret", {}, sqlite3.OperationalError("disk I/O error"))

    monkeypatch.setattr(relational.Relational, "chunks", dies)
    with pytest.raises(SourceError, match="went away") as caught:
        project.run(erp())
    assert caught.value.retryable and "secret" not in str(caught.value) and caught.value.__cause__ is None
    assert list((project.base / "run1").iterdir()) == []


def test_all_streams_come_from_one_state(project, source, monkeypatch: pytest.MonkeyPatch) -> None:
    source.do("pragma journal_mode = wal")
    real = relational.Relational.chunks

    def meanwhile(self: Any, *args: Any) -> Iterator[Any]:
        yield from real(self, *args)
        source.do("insert into adrc values('0001', 99, 'too late', '2024-01-09 00:00:00')")

    monkeypatch.setattr(relational.Relational, "chunks", meanwhile)
    extraction = project.run(erp())
    assert project.rows(extraction, "address").height == 5
    assert extraction.state["streams"]["address"]["cursor"][0]["text"] == "2024-01-01 10:00:00"


def test_the_password_never_shows(project, source) -> None:
    project.env["CUSTHUB_CONN_ERP"] = "mysql+pymysql://u:geheim@127.0.0.1:1/db"
    with pytest.raises(SourceError) as caught:
        project.run(erp().replace("sqlite:///erp.db", "erp"))
    assert "geheim" not in str(caught.value) and caught.value.retryable


def test_a_connector_cannot_write_to_its_source(project, source) -> None:
    text = "source: w\nkind: sql\nconnection: sqlite:///erp.db\nstreams:\n  w: {query: 'delete from kna1 returning kunnr', key: kunnr}"
    with pytest.raises(SourceError, match="refuses"):
        project.run(text)
    assert project.rows(project.run(erp())).height == 5
