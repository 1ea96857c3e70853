"""PostgreSQL through ADBC: the same rows, families and errors as elsewhere."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from typing import Any

import pytest

from custhub.errors import SourceError

pytestmark = pytest.mark.postgres

ERP = """
source: erp
kind: sql
connection: erp
streams:
  customer: {table: sap.kna1, key: kunnr, cursor: [changed]}
  address: {table: adrc, key: [kunnr, nr], parent: kunnr, cursor: [chdat, chtim]}
"""


@pytest.fixture
def database(project, postgres_url: str) -> Any:
    import psycopg

    project.env["CUSTHUB_CONN_ERP"] = postgres_url
    with psycopg.connect(postgres_url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("create schema sap")
        connection.execute("create table sap.kna1(kunnr char(10), name text, changed timestamptz)")
        connection.execute("create table adrc(kunnr varchar, nr int, city text, chdat date, chtim time)")
        connection.execute(
            "insert into sap.kna1 select lpad(i::text, 10, '0'), 'n', '2024-01-01 10:00+02' from generate_series(1, 5) i"
        )
        connection.execute(
            "insert into adrc select lpad(i::text, 10, '0'), 1, 'c', '2024-01-01', '10:00' from generate_series(1, 5) i"
        )
        yield connection


def test_full_then_incremental(project, database) -> None:
    database.execute("update sap.kna1 set changed = '2024-01-02 10:00+00' where kunnr = '0000000001'")
    database.execute("update adrc set chdat = '2024-01-02', chtim = '00:05' where kunnr = '0000000001'")
    first = project.run(ERP)
    assert first.full and project.rows(first).height == 5
    assert project.rows(first).sort("_key")["changed"][0] == "2024-01-02T10:00:00+00:00"
    assert project.rows(first)["kunnr"].str.len_chars().unique().to_list() == [10]
    database.execute("update adrc set chdat = '2024-01-01', chtim = '23:55' where kunnr = '0000000002'")
    database.execute("update adrc set chdat = '2024-01-01', chtim = '23:54:59' where kunnr = '0000000003'")
    database.execute("insert into sap.kna1 values('6', 'null', null), ('7', 'late', '2024-01-02 09:50+00')")
    database.execute("insert into sap.kna1 values('8', 'too late', '2024-01-02 09:49+00')")
    database.execute("delete from sap.kna1 where kunnr = '0000000005'")
    second = project.run(ERP, first.state)
    assert not second.full
    assert sorted(project.rows(second)["_key"]) == ["0000000001", "0000000002", "6", "7"]
    assert len(project.keys(second)) == 7


VALUES: dict[str, tuple[str, object]] = {
    "bool": ("true", True),
    "int8": ("9007199254740993", 2**53 + 1),
    "numeric": ("12.50", Decimal("12.50")),
    "float8": ("0.1", 0.1),
    "date": ("2024-02-29", None),
    "timestamp": ("2024-02-29T12:00:00.5", None),
    "bytea": ("00ff", b"\x00\xff"),
    "text": (" Müller\n", " Müller\n"),
    "uuid": ("123e4567-e89b-12d3-a456-426614174000", None),
}


def test_values_have_one_form_however_they_came(project, database) -> None:
    import psycopg

    kinds = ", ".join(f"c_{kind} {kind}" for kind in VALUES)
    values = [value if value is not None else text for text, value in VALUES.values()]
    database.execute(f"create table v(id int, big float8, small float8, zone timestamptz, array_ int[], {kinds})")
    places = ", ".join(["%s"] * len(values))
    database.execute(
        f"insert into v values(1, 1000000, 1e-7, '2024-02-29 12:00:00.123+08', '{{1,2}}', {places})", values
    )
    database.execute("insert into v(id) values(2)")
    text = "source: v\nkind: sql\nconnection: erp\nstreams:\n  v: {table: v, key: id}"
    rows = project.rows(project.run(text)).sort("_key")
    found = rows.drop("_position", "_file", "_key", "_parent", "_hash", "id").rows()
    assert found[0] == ("1000000", "1e-07", "2024-02-29T04:00:00.123+00:00", "{1,2}", *(t for t, _ in VALUES.values()))
    assert set(found[1]) == {None}
    assert psycopg is not None


def test_the_same_rows_from_postgresql_and_sqlite_have_the_same_hashes(project, database) -> None:
    rows = [(i, f"名{i}", i / 4, None if i % 3 else "x") for i in range(200)]
    database.execute("create table h(id int, name text, share float8, odd varchar(9))")
    with database.cursor() as cursor:
        cursor.executemany("insert into h values(%s, %s, %s, %s)", rows)
    with closing(sqlite3.connect(project.base / "h.db")) as connection:
        connection.execute("create table h(id integer, name text, share real, odd text)")
        connection.executemany("insert into h values(?, ?, ?, ?)", rows)
        connection.commit()
    text = "source: h\nkind: sql\nconnection: {}\nstreams:\n  h: {{table: h, key: id}}"
    found = [project.rows(project.run(text.format(where))).sort("_key") for where in ("erp", "sqlite:///h.db")]
    assert found[0].equals(found[1])


def test_all_streams_come_from_one_state(project, database, monkeypatch: pytest.MonkeyPatch) -> None:
    from custhub.extract import postgres

    real = postgres.Postgres.chunks

    def meanwhile(self: Any, *args: Any) -> Iterator[Any]:
        yield from real(self, *args)
        database.execute("insert into adrc values('0000000001', 99, 'too late', '2024-01-09', '10:00')")

    monkeypatch.setattr(postgres.Postgres, "chunks", meanwhile)
    assert project.rows(project.run(ERP), "address").height == 5


def test_a_server_that_goes_away_in_the_middle(project, database, monkeypatch: pytest.MonkeyPatch) -> None:
    from custhub.extract import postgres

    database.execute(
        "insert into adrc select 'x', i, repeat('y', 1000), '2024-01-01', '10:00' from generate_series(1, 60000) i"
    )
    real = postgres.Postgres.chunks

    def killed(self: Any, *args: Any) -> Iterator[Any]:
        for chunk in real(self, *args):
            yield chunk
            database.execute("select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()")

    monkeypatch.setattr(postgres.Postgres, "chunks", killed)
    with pytest.raises(SourceError, match="went away") as caught:
        project.run(ERP)
    assert caught.value.retryable and list((project.base / "run1").iterdir()) == []


@pytest.mark.parametrize(
    ("change", "match", "retryable"),
    [
        (("sap.kna1", "sap.kna2"), "refuses the query.*kna2", False),
        (("[changed]", "[aedat]"), "column aedat is missing", False),
        (("table: adrc", "query: select 1 as kunnr"), "column nr", False),
        (("table: adrc", "query: 'select kunnr as nr, * from adrc'"), "two columns have the same name", False),
    ],
)
def test_clear_errors(project, database, change: tuple[str, str], match: str, retryable: bool) -> None:
    with pytest.raises(SourceError, match=match) as caught:
        project.run(ERP.replace(*change))
    assert caught.value.retryable is retryable


def test_a_value_that_fails_in_a_query_is_not_told(project, database) -> None:
    text = (
        "source: v\nkind: sql\nconnection: erp\nstreams:\n  v: {query: \"select 'Geheim'::text::int as id\", key: id}"
    )
    with pytest.raises(SourceError, match="SQLSTATE 22") as caught:
        project.run(text)
    assert "Geheim" not in str(caught.value)


def test_the_password_never_shows(project, database) -> None:
    project.env["CUSTHUB_CONN_ERP"] = "postgresql+psycopg://u:geheim@127.0.0.1:1/db"
    with pytest.raises(SourceError) as caught:
        project.run(ERP)
    assert "geheim" not in str(caught.value) and caught.value.retryable
