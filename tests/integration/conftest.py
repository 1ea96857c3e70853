"""A small project of two sources, CSV and SQL, that the pipeline's tests fill, run and break."""

from __future__ import annotations

import csv
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from custhub import pipeline
from custhub.golden import documents
from custhub.model.hashing import golden_hash
from custhub.pipeline import Hub, Options, RunReport
from custhub.project import load_project
from custhub.settings import Settings
from custhub.store import Store

FIELDS = ("id", "kind", "name", "born", "phone", "email", "street", "city", "zip", "changed")
Row = dict[str, str]

SHOP = """
source: shop
kind: csv
delete_limit: 1
streams:
  customer: {path: shop.csv, key: id, allow_empty: true}
"""
ERP = """
source: erp
kind: sql
connection: ERP
delete_limit: 1
streams:
  customer: {table: customer, key: id, cursor: changed}
"""
MAPPING = """
source: %s
stream: customer
codes:
  kind: {values: {P: person, O: organisation}, unknown: reject}
exclude:
  - {name: test customers, when: {column: name, starts_with: TEST}}
customer:
  kind: {column: kind, codes: kind}
  name.full: name
  birth_date: born
  phones: phone
  emails: email
  addresses: {street: street, city: city, postal_code: zip}
  source_updated_at: changed
"""
CANONICAL = """
layer: canonical
rules:
  - id: canonical.no-hash-names
    description: a name holds no hash sign
    expectation: expect_column_values_to_not_match_regex
    column: name.full
    with: {regex: "#"}
    severity: quarantine
  - id: canonical.postcode-form
    description: a postcode has five digits
    expectation: expect_column_values_to_match_regex
    column: addresses.postal_code
    with: {regex: "^[0-9]{5}$"}
    severity: warn
"""
GOLDEN = """
survivorship:
  sources: {erp: 80, shop: 60}
"""
BEGIN = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


def person(key: str, name: str, **values: str) -> Row:
    """A made-up customer row; what is not given is derived from the name, so that equal names are equal people."""
    given, _, family = name.partition(" ")
    digits = f"{sum(map(ord, name)) * 7919 % 10**7:07d}"
    plain = {
        "id": key,
        "kind": "P",
        "name": name,
        "born": f"19{digits[:2]}-0{int(digits[2]) % 9 + 1}-1{digits[3]}",
        "phone": f"+49 30 {digits}",
        "email": f"{given}.{family}@example.org".lower().replace(" ", ""),
        "street": f"{family}weg {int(digits[4:6]) + 1}",
        "city": "Berlin",
        "zip": f"1{digits[:4]}",
        "changed": "2026-01-01 09:00:00",
    }
    return {**plain, **values}


class SmallProject:
    """The project's folder with its sources, and a clock that goes on a day with every run."""

    SHOP, ERP, MAPPING, CANONICAL, GOLDEN = SHOP, ERP, MAPPING, CANONICAL, GOLDEN

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.url, self.day = folder, url, 0
        folder.mkdir(exist_ok=True)
        for name, text in {
            "connectors/shop.yml": SHOP,
            "connectors/erp.yml": ERP,
            "mappings/shop.customer.yml": MAPPING % "shop",
            "mappings/erp.customer.yml": MAPPING % "erp",
            "mappings/golden.customer.yml": GOLDEN,
        }.items():
            self.declare(name, text)
        self.shop([])
        self.erp([])

    def declare(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def shop(self, rows: list[Row]) -> None:
        with (self.folder / "shop.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, FIELDS)
            writer.writeheader()
            writer.writerows(rows)

    def erp(self, rows: list[Row]) -> None:
        with sqlite3.connect(self.folder / "erp.db") as erp:
            erp.execute("DROP TABLE IF EXISTS customer")
            erp.execute(f"CREATE TABLE customer ({', '.join(FIELDS)})")
            erp.executemany(
                f"INSERT INTO customer VALUES ({', '.join('?' * len(FIELDS))})", [tuple(r.values()) for r in rows]
            )
        erp.close()

    @contextmanager
    def hub(self) -> Iterator[Hub]:
        project = load_project(Settings(project=self.folder, database_url=self.url, data=self.folder / ".custhub"))
        with Store.open(self.url) as store:
            store.migrate()
            yield Hub(project, store)

    def run(self, **options: Any) -> RunReport:
        self.day += 1
        with self.hub() as hub:
            at = BEGIN + timedelta(days=self.day)
            return pipeline.run_all(hub, sources=None, at=at, options=Options(**options))

    def golden(self) -> pl.DataFrame:
        with self.hub() as hub:
            return hub.store.goldens().filter(pl.col("status") == "active").sort("members")

    def hash(self) -> str:
        return golden_hash(documents(self.golden()))

    def members(self) -> list[list[str]]:
        return sorted(self.golden()["members"].to_list())

    def events(self) -> pl.DataFrame:
        with self.hub() as hub:
            return hub.store.events(0, 100_000)


@pytest.fixture
def small(tmp_path: Path, migrated_url: str, monkeypatch: pytest.MonkeyPatch) -> SmallProject:
    monkeypatch.setenv("CUSTHUB_CONN_ERP", f"sqlite:///{tmp_path / 'erp.db'}")
    return SmallProject(tmp_path, migrated_url)


@pytest.fixture
def new_project(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path) -> Callable[[], SmallProject]:
    """Makes small projects on SQLite, each in a folder of its own, for tests that need several of them."""

    def make() -> SmallProject:
        folder = tmp_path_factory.mktemp("project")
        shutil.copyfile(migrated_sqlite, folder / "golden.db")
        made = SmallProject(folder, f"sqlite:///{folder / 'golden.db'}")
        made.declare("connectors/erp.yml", ERP.replace("connection: ERP", f"connection: sqlite:///{folder / 'erp.db'}"))
        return made

    return make


class Kept:
    """States that took runs to reach, each reached once per test process; every other test gets a copy."""

    def __init__(self, folder: Path, copy_database: Callable[[str, str, str], None]) -> None:
        self.folder, self.copy_database = folder, copy_database
        self.known: dict[str, tuple[int, Any]] = {}

    def bring(self, small: SmallProject, state: str, reach: Callable[[], Any]) -> Any:
        """Brings a new project to the state that `reach` makes, and gives what `reach` gave."""
        on_server = small.url.startswith("postgresql")
        name = f"{state}_{'postgres' if on_server else 'sqlite'}"
        if name in self.known:
            small.day, given = self.known[name]
            connector = (small.folder / "connectors" / "erp.yml").read_text()
            shutil.copytree(self.folder / name, small.folder, dirs_exist_ok=True)
            small.declare("connectors/erp.yml", connector)  # it may name the folder
            if on_server:
                self.copy_database(small.url, name, small.url.rpartition("/")[2])
        else:
            given = reach()
            shutil.copytree(small.folder, self.folder / name)
            if on_server:
                self.copy_database(small.url, small.url.rpartition("/")[2], name)
            self.known[name] = small.day, given
        return given


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory, copy_database: Callable[[str, str, str], None]) -> Kept:
    return Kept(tmp_path_factory.mktemp("kept"), copy_database)


class Killing:
    """A warm process that forks a child per call, in which a run is killed at a place; see dying.py."""

    def __init__(self, folder: Path) -> None:
        self.errors = folder / "errors"
        command = [sys.executable, "-W", "ignore", str(Path(__file__).with_name("dying.py"))]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __call__(self, small: SmallProject, place: str, *, undo: str | None = None) -> tuple[int, str]:
        """The child's exit code (minus the signal that killed it), and what it wrote."""
        env = {name: value for name, value in os.environ.items() if name.startswith("CUSTHUB_")}
        job = {"folder": str(small.folder), "url": small.url, "place": place, "undo": undo}
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps({**job, "errors": str(self.errors), "env": env}) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline()), self.errors.read_text()[-2000:]


@pytest.fixture(scope="session")
def killing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Killing]:
    killing = Killing(tmp_path_factory.mktemp("killing"))
    with killing.process:
        yield killing


@pytest.fixture(name="person")
def _person() -> Callable[..., Row]:
    return person
