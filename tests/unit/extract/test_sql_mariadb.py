"""MariaDB and MySQL: character sets, zero dates, full and incremental runs, on a throw-away server."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from custhub import declaration
from custhub.errors import SourceError
from custhub.extract import environment_secrets, extract, load_connector

pymysql = pytest.importorskip("pymysql", reason="MARIADB IS NOT TESTED: pip install 'custhub[mysql]'")

USER = "custhub"
CONNECTOR = """
source: crm
kind: sql
connection: CRM
delete_limit: 1
streams:
  customer: {table: customer, key: id, cursor: {columns: changed, lag: PT0S}}
  address: {table: address, key: [id, nr], parent: id}
"""
TABLES = (
    "CREATE TABLE customer (id VARCHAR(10) PRIMARY KEY, name VARCHAR(80), old_name VARCHAR(80) CHARACTER SET latin1,"
    " born DATE, credit DECIMAL(12,2), vip BOOLEAN, opens TIME, photo BLOB, changed DATETIME NOT NULL)"
    " CHARACTER SET utf8mb4",
    "CREATE TABLE address (id VARCHAR(10), nr INT, city TEXT) CHARACTER SET utf8mb4",
)
ROWS = (
    "INSERT INTO customer VALUES"
    " ('001', '龍騰軟件𠮷', 'Müller & Söhne', '0000-00-00', 1234.50, 1, '08:30:00', x'00ff', '2026-01-01 09:00:00'),"
    " ('002', '王小明', 'Peña', '1980-02-29', NULL, 0, NULL, NULL, '2026-01-02 09:00:00'),"
    " ('003', 'Zoë', 'Zo\xeb', '1980-00-00', 0, NULL, '-01:00:00', NULL, '0000-00-00 00:00:00')",
    "INSERT INTO address VALUES ('001', 1, '上海'), ('002', 1, 'Málaga'), ('003', 1, '')",
)


@dataclass(frozen=True, slots=True)
class Server:
    """A MariaDB server on loopback."""

    port: int

    def do(self, *statements: str, database: str | None = None) -> list[Any]:
        """Runs statements as one who may write zero dates; returns the rows of the last."""
        found: list[Any] = []
        with closing(self.connect(database)) as connection, connection.cursor() as cursor:
            for statement in ("SET SESSION sql_mode = ''", *statements):
                cursor.execute(statement)
            found.extend(cursor.fetchall())
        return found

    def connect(self, database: str | None = None) -> Any:
        return pymysql.connect(host="127.0.0.1", port=self.port, user=USER, database=database, autocommit=True)


def _as_mysql() -> list[str]:
    """The server does not run as root: the words to put before its commands."""
    if os.geteuid():
        return []
    known = {entry.pw_name for entry in pwd.getpwall()}
    return ["runuser", "-u", "mysql" if "mysql" in known else "nobody", "--"]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server of its own without settings of the machine; gone with all its data at the end."""
    if not shutil.which("mariadbd") or not shutil.which("mariadb-install-db"):
        pytest.skip("MARIADB IS NOT TESTED: no mariadbd found (Debian: apt-get install mariadb-server)")
    folder = Path(tempfile.mkdtemp(prefix="custhub-maria-"))
    folder.chmod(0o755)
    words, data = _as_mysql(), folder / "server"
    data.mkdir()
    if words:
        shutil.chown(data, words[2])
    grants = folder / "grants.sql"
    grants.write_text(f"CREATE USER {USER}@'127.0.0.1';\nGRANT ALL ON *.* TO {USER}@'127.0.0.1';\n")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    install = ["mariadb-install-db", "--no-defaults", f"--datadir={data / 'db'}", "--skip-test-db"]
    made = subprocess.run([*words, *install], cwd="/", capture_output=True, check=False)
    if made.returncode:
        shutil.rmtree(folder)
        pytest.skip(f"MARIADB IS NOT TESTED: mariadb-install-db failed: {made.stderr[-200:]!r}")
    start = [
        "mariadbd", "--no-defaults", f"--datadir={data / 'db'}", f"--socket={data / 'socket'}", f"--port={port}",
        "--bind-address=127.0.0.1", "--skip-name-resolve", f"--init-file={grants}", f"--pid-file={data / 'pid'}",
        "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=32M", "--character-set-server=latin1",
    ]  # fmt: skip
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([*words, *start], cwd="/", stdout=log, stderr=log, start_new_session=True)
    try:
        _wait(Server(port), process, folder / "log")
        yield Server(port)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _wait(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        try:
            server.connect().close()
        except pymysql.err.OperationalError:
            assert process.poll() is None, log.read_text(errors="replace")[-2000:]
            time.sleep(0.1)
        else:
            return
    raise AssertionError(log.read_text(errors="replace")[-2000:])


@pytest.fixture
def crm(server: Server, project: Any) -> Iterator[Server]:
    server.do("CREATE DATABASE crm", "USE crm", *TABLES, *ROWS)
    project.env["CUSTHUB_CONN_CRM"] = f"mysql+pymysql://{USER}@127.0.0.1:{server.port}/crm"
    yield server
    server.do("DROP DATABASE crm")


def changed(project: Any, extraction: Any) -> list[str]:
    return sorted(project.rows(extraction)["_key"])


def test_a_full_run_lands_every_character_set_and_date_as_it_came(project: Any, crm: Server) -> None:
    extraction = project.run(CONNECTOR)

    rows = {row["_key"]: row for row in project.rows(extraction).sort("_key").iter_rows(named=True)}
    first = {name: value for name, value in rows["001"].items() if not name.startswith("_")}
    assert first == {
        "id": "001",
        "name": "龍騰軟件𠮷",
        "old_name": "Müller & Söhne",
        "born": "0000-00-00",
        "credit": "1234.50",
        "vip": "1",
        "opens": "08:30:00",
        "photo": "00ff",
        "changed": "2026-01-01T09:00:00",
    }
    assert (rows["002"]["name"], rows["002"]["born"], rows["002"]["credit"]) == ("王小明", "1980-02-29", None)
    assert (rows["003"]["old_name"], rows["003"]["born"]) == ("Zoë", "1980-00-00")
    assert (rows["003"]["opens"], rows["003"]["changed"]) == ("-01:00:00", "0000-00-00 00:00:00")
    assert project.rows(extraction, "address").sort("_key")["city"].to_list() == ["上海", "Málaga", ""]
    assert extraction.unreadable_rows == 0


def test_an_incremental_run_lands_changed_families_and_those_without_a_date(project: Any, crm: Server) -> None:
    state = project.run(CONNECTOR).state
    assert changed(project, project.run(CONNECTOR, state)) == ["002", "003"]  # the newest again, and the one without

    crm.do(
        "UPDATE customer SET name = '龍騰軟體', changed = '2026-01-03 10:00:00' WHERE id = '001'",
        "INSERT INTO customer (id, name, changed) VALUES ('004', '新客戶', '2026-01-03 10:00:00')",
        "DELETE FROM customer WHERE id = '003'",
        database="crm",
    )
    extraction = project.run(CONNECTOR, state)
    assert not extraction.full
    assert changed(project, extraction) == ["001", "002", "004"]
    assert project.keys(extraction) == ["001", "002", "004"]
    assert project.rows(extraction, "address")["_parent"].sort().to_list() == ["001", "002"]
    assert changed(project, project.run(CONNECTOR, extraction.state)) == ["001", "004"]


def test_a_table_that_only_knows_zero_dates_is_read_again_each_time(project: Any, crm: Server) -> None:
    crm.do("UPDATE customer SET changed = '0000-00-00'", database="crm")
    first = project.run(CONNECTOR)
    assert changed(project, project.run(CONNECTOR, first.state)) == ["001", "002", "003"]


def test_a_run_sees_one_state_and_may_not_write(project: Any, crm: Server) -> None:
    change = "DELETE FROM address"
    told: list[str] = []

    def progress(step: str, done: int, total: int | None = None) -> None:
        if not told:
            crm.do(change, database="crm")
        told.append(step)

    extraction = _extract(project, CONNECTOR, progress)
    assert project.rows(extraction, "address").height == 3
    with pytest.raises(SourceError, match="the database"):
        project.run(CONNECTOR.replace("table: address", 'query: "DELETE FROM customer"'))
    assert crm.do("SELECT COUNT(*) FROM customer", database="crm") == [(3,)]


def test_a_server_that_goes_away_in_the_middle_is_told_and_nothing_lands(project: Any, crm: Server) -> None:
    crm.do(
        "INSERT INTO customer (id, name, changed)"
        " SELECT CONCAT('x', seq), REPEAT('客', 60), '2026-01-05' FROM seq_1_to_60000",
        database="crm",
    )

    def kill(step: str, done: int, total: int | None = None) -> None:
        own = "SELECT id FROM information_schema.processlist WHERE user = '%s' AND id <> CONNECTION_ID()"
        for (number,) in crm.do(own % USER):
            crm.do(f"KILL CONNECTION {number}")

    with pytest.raises(SourceError, match="cannot be reached or went away") as caught:
        _extract(project, CONNECTOR, kill)
    assert caught.value.retryable
    assert not list((project.base / "landed").iterdir())


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("table: customer", "table: kunden"), "refuses the query: .*kunden"),
        (("cursor: {columns: changed", "cursor: {columns: modified"), "column modified is missing"),
    ],
)
def test_clear_errors(project: Any, crm: Server, change: tuple[str, str], says: str) -> None:
    with pytest.raises(SourceError, match=says):
        project.run(CONNECTOR.replace(*change))


def test_a_wrong_password_shows_no_password(project: Any, crm: Server) -> None:
    project.env["CUSTHUB_CONN_CRM"] = f"mysql+pymysql://{USER}:s3cret@127.0.0.1:{crm.port}/crm"
    with pytest.raises(SourceError, match="cannot be reached or went away") as caught:
        project.run(CONNECTOR)
    assert "s3cret" not in str(caught.value)


def _extract(project: Any, text: str, progress: Any) -> Any:
    connector = load_connector(declaration.parse(text, "connectors/crm.yml"))
    secrets = environment_secrets(project.env)
    return extract(connector, project.base / "landed", base=project.base, state={}, secrets=secrets, progress=progress)
