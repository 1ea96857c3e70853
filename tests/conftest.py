"""Fixtures for stores: a throw-away PostgreSQL, and a store on each database. Everything else is built in its test."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import settings

from custhub.store import Store

# How long an example takes says something about the machine only.
settings.register_profile("custhub", deadline=None)
settings.load_profile("custhub")
# For properties whose examples cost a tenth of a second and more.
settings.register_profile("costly", deadline=None, max_examples=int(os.environ.get("CUSTHUB_EXAMPLES", "20")))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Slow tests come first, so that no core waits at the end for what another began last."""
    for item in items:
        if item.get_closest_marker("story") and item.get_closest_marker("postgres"):
            item.add_marker("long")
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "60",
    "shared_buffers": "64MB",
}


@dataclass(frozen=True, slots=True)
class PostgresServer:
    port: int

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://custhub@127.0.0.1:{self.port}/{database}"

    def run(self, statement: str) -> None:
        import psycopg

        with psycopg.connect(f"postgresql://custhub@127.0.0.1:{self.port}/postgres", autocommit=True) as connection:
            connection.execute(statement.encode())


def _binaries() -> Path | None:
    """Debian keeps initdb and pg_ctl out of PATH."""
    places = [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
    if found := shutil.which("pg_ctl"):
        places.append(Path(found).parent)
    return next((place for place in places if (place / "initdb").exists() and (place / "pg_ctl").exists()), None)


def _unprivileged() -> list[str]:
    """PostgreSQL refuses to run as root: the words to put before its commands."""
    return ["runuser", "-u", _user(), "--"] if os.geteuid() == 0 else []


def _user() -> str:
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def throwaway_postgres(**settings: str) -> Iterator[PostgresServer]:
    """A PostgreSQL server on loopback, without fsync; gone with all its data at the end. Skips loudly without one."""
    binaries = _binaries()
    if binaries is None:
        pytest.skip("POSTGRESQL IS NOT TESTED: no initdb and pg_ctl found (Debian: apt-get install postgresql-15)")
    pytest.importorskip("psycopg", reason="POSTGRESQL IS NOT TESTED: pip install 'custhub[postgres]'")
    pytest.importorskip("adbc_driver_postgresql", reason="POSTGRESQL IS NOT TESTED: pip install 'custhub[postgres]'")
    folder = Path(tempfile.mkdtemp(prefix="custhub-pg-"))
    server = PostgresServer(_free_port())
    try:
        _start(binaries, folder, server, _SETTINGS | settings)
        yield server
    finally:
        stop = [str(binaries / "pg_ctl"), "-D", str(folder), "-m", "immediate", "-w", "stop"]
        subprocess.run([*_unprivileged(), *stop], cwd="/", capture_output=True, check=False)
        shutil.rmtree(folder, ignore_errors=True)


def _start(binaries: Path, folder: Path, server: PostgresServer, settings: dict[str, str]) -> None:
    if os.geteuid() == 0:
        shutil.chown(folder, _user())
    words = _unprivileged()
    initdb = ["-D", str(folder), "-U", "custhub", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
    options = " ".join(f"-c {name}={value or repr('')}" for name, value in settings.items())
    start = ["-D", str(folder), "-l", str(folder / "log"), "-w", "-o", f"-p {server.port} {options}", "start"]
    for command in ([str(binaries / "initdb"), *initdb], [str(binaries / "pg_ctl"), *start]):
        done = subprocess.run(
            [*words, *command], cwd="/", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
        )
        if done.returncode:
            said = done.stdout.decode(errors="replace").strip().splitlines()[-1:]
            pytest.skip(f"POSTGRESQL IS NOT TESTED: {Path(command[0]).name} failed: {said}")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL server of this test process."""
    with throwaway_postgres() as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """A fresh, empty database."""
    name = f"t_{uuid4().hex[:12]}"
    postgres_server.run(f"CREATE DATABASE {name}")
    yield postgres_server.url(name)
    postgres_server.run(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database for a store, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'golden.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite store to copy, which is quicker than migrating one for each test."""
    path = tmp_path_factory.mktemp("migrated") / "golden.db"
    with Store.open(f"sqlite:///{path}") as opened:
        opened.migrate()
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server: PostgresServer) -> str:
    """The same on the server of this process: its database's name."""
    postgres_server.run("CREATE DATABASE migrated")
    with Store.open(postgres_server.url("migrated")) as opened:
        opened.migrate()
    return "migrated"


@pytest.fixture
def migrated_url(store_url: str, migrated_sqlite: Path, request: pytest.FixtureRequest) -> str:
    """A database with a migrated, empty store."""
    if store_url.startswith("sqlite"):
        shutil.copyfile(migrated_sqlite, store_url.removeprefix("sqlite:///"))
    else:
        copy_database(store_url, request.getfixturevalue("migrated_postgres"), store_url.rpartition("/")[2])
    return store_url


@pytest.fixture
def store(migrated_url: str) -> Iterator[Store]:
    """A migrated, empty store."""
    with Store.open(migrated_url) as opened:
        opened.migrate()
        yield opened


def copy_database(url: str, old: str, new: str) -> None:
    """Copies a database of the server at `url`; what was there under the new name goes."""
    import psycopg

    server = url.replace("+psycopg", "").rpartition("/")[0]
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {new} WITH (FORCE)".encode())
        connection.execute(f"CREATE DATABASE {new} TEMPLATE {old}".encode())


@pytest.fixture(scope="session", name="copy_database")
def _copy_database() -> Callable[[str, str, str], None]:
    return copy_database
