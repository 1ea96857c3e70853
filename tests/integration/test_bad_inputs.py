"""Bad input is told (what, where, what next), loses nothing, leaves yesterday's customers readable, and can be mended."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import psycopg
import pytest

from custhub import pipeline
from custhub.errors import CusthubError, SourceError, SourcesFailedError, StoreError
from custhub.pipeline import Options

NAMES = ["Anna Schulze", "Bernd Krause", "Carla Vogt", "Dieter Lang", "Eva Brandt", "Frank Seidel", "Gerda Pohl"]
WIDTHS = {"id": 6, "kind": 1, "name": 30, "born": 10, "phone": 20, "email": 40, "street": 30, "city": 20, "zip": 6}
LEGACY = f"""
source: legacy
kind: fixed_width
delete_limit: 1
streams:
  customer:
    path: legacy.txt
    key: id
    strip: true
    encoding: gb18030
    columns: {WIDTHS}
    trailer: {{pattern: 'END (\\d+)'}}
"""


class ThreeSystems:
    """A project of a CSV file, a fixed-width file and a database, with day 1 applied."""

    def __init__(self, small: Any, person: Any) -> None:
        self.small, self.person, self.folder = small, person, small.folder

    def fill(self) -> None:
        small = self.small
        small.declare("connectors/legacy.yml", LEGACY)
        mapping = (small.MAPPING % "legacy").replace("  source_updated_at: changed\n", "")
        small.declare("mappings/legacy.customer.yml", mapping)
        small.declare("connectors/shop.yml", small.SHOP.replace(", allow_empty: true", ""))
        self.good(NAMES[:5])

    def good(self, names: list[str]) -> None:
        self.small.shop([self.person(f"S{i}", name) for i, name in enumerate(names)])
        (self.folder / "legacy.txt").write_bytes(self.fixed(names))
        self.small.erp([self.person(f"E{i}", name) for i, name in enumerate(names)])

    def fixed(self, names: list[str]) -> bytes:
        rows = [self.person(f"L{i}", name) for i, name in enumerate(names)]
        lines = ["".join(row[n].ljust(w) for n, w in WIDTHS.items()) for row in rows]
        return "\n".join([*lines, f"END {len(rows)}", ""]).encode("gb18030")

    def run(self) -> Any:
        return self.small.run()


@pytest.fixture(scope="module")
def applied_once(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Where the first test of this process leaves the project with day 1 applied, for the others to copy."""
    return {"kept": tmp_path_factory.mktemp("kept") / "day1"}


@pytest.fixture
def three(new_project: Any, person: Any, applied_once: dict[str, Path]) -> ThreeSystems:
    small = new_project()
    made, kept = ThreeSystems(small, person), applied_once["kept"]
    if not kept.exists():
        made.fill()
        made.run()
        shutil.copytree(small.folder, kept)
    else:
        connector = (small.folder / "connectors" / "erp.yml").read_text()
        shutil.copytree(kept, small.folder, dirs_exist_ok=True)
        small.declare("connectors/erp.yml", connector)
        small.day = 1
    return made


Break = Callable[[ThreeSystems], object]


def csv_text(three: ThreeSystems) -> str:
    return (three.folder / "shop.csv").read_text(encoding="utf-8")


def write_csv(three: ThreeSystems, text: str, encoding: str = "utf-8") -> None:
    (three.folder / "shop.csv").write_bytes(text.encode(encoding))


def wrong_encoding(three: ThreeSystems) -> None:
    write_csv(three, csv_text(three).replace("Berlin", "Zürich"), "cp1252")


def wide_encoding(three: ThreeSystems) -> None:
    write_csv(three, csv_text(three), "utf-16")


def truncated_csv(three: ThreeSystems) -> None:
    write_csv(three, csv_text(three)[:-60])


def missing_column(three: ThreeSystems) -> None:
    write_csv(three, csv_text(three).replace("name", "nom", 1))


def no_rows_at_all(three: ThreeSystems) -> None:
    write_csv(three, "")


def gone(three: ThreeSystems) -> None:
    (three.folder / "shop.csv").unlink()


def truncated_fixed(three: ThreeSystems) -> None:
    path = three.folder / "legacy.txt"
    path.write_bytes(path.read_bytes()[:-200])


def rows_missing_before_trailer(three: ThreeSystems) -> None:
    path = three.folder / "legacy.txt"
    path.write_bytes(b"\n".join(path.read_bytes().split(b"\n")[1:]))


def shifted_columns(three: ThreeSystems) -> None:
    path = three.folder / "legacy.txt"
    lines = path.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join([line[:-3] if i < 7 else line for i, line in enumerate(lines)]))


def garbage_for_a_database(three: ThreeSystems) -> None:
    (three.folder / "erp.db").write_bytes(os.urandom(20_000))


def damaged_database(three: ThreeSystems) -> None:
    path = three.folder / "erp.db"
    data = path.read_bytes()
    path.write_bytes(data[:4096] + bytes(len(data) - 4096))


def no_table(three: ThreeSystems) -> None:
    with sqlite3.connect(three.folder / "erp.db") as erp:
        erp.execute("ALTER TABLE customer RENAME TO kunden")
    erp.close()


def no_cursor_column(three: ThreeSystems) -> None:
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
    three: ThreeSystems, broken: Break, source: str, words: str
) -> None:
    before = state_of(three, source)
    three.good(NAMES)
    broken(three)

    with three.small.hub() as hub, pytest.raises(CusthubError) as caught:
        pipeline.extract_batch(hub, source, at=pipeline_day(three))

    told = str(caught.value)
    assert source in told
    assert words in told
    assert "->" in told, "it does not say what to do next"
    assert caught.value.exit_code == 2
    assert not any(name.split()[1] in told for name in NAMES)
    assert state_of(three, source) == before


def pipeline_day(three: ThreeSystems) -> Any:
    return datetime(2026, 1, 5, 8, tzinfo=UTC) + timedelta(days=three.small.day + 1)


def state_of(three: ThreeSystems, source: str) -> Any:
    with three.small.hub() as hub:
        rows, state = hub.store.rows(source).sort("row_key").rows(), hub.store.source_state(source)
        return hub.store.head(), state, rows, [b.batch_id for b in hub.store.batches(source=source)]


def test_one_broken_source_holds_up_no_other_and_the_next_good_run_proceeds(three: ThreeSystems) -> None:
    three.good(NAMES)
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

    three.good(NAMES)
    report = three.run()
    assert {b.source: b.ledger.new for b in report.batches} == {"erp": 0, "legacy": 2, "shop": 2}
    assert sum(len(group) for group in three.small.members()) == 21


def test_drift_wrong_types_twin_keys_and_torn_rows_are_reported_and_the_rest_goes_on(three: ThreeSystems) -> None:
    header, *lines = csv_text(three).splitlines()
    lines = [f"{line},gold" for line in lines]
    lines[0] = lines[0].replace("P,", "17,", 1)  # no kind that the list knows
    lines[1] = lines[1].replace(",19", ",the ides of 19", 1)  # no date
    lines[2] += ",too,many"
    keyless = ",".join(["", *lines[3].split(",")[1:]])
    twin = lines[4].replace("Berlin", "Bremen")
    write_csv(three, "\n".join([f"{header},tier", *lines, twin, "S9", keyless]) + "\n")
    small = three.small
    small.declare("connectors/shop.yml", small.SHOP + "unreadable_limit: 0.9\n")

    report = three.run()

    shop = next(b for b in report.batches if b.source == "shop")
    assert shop.drift == ("customer.tier added",)
    assert (shop.ledger.landed, shop.ledger.unreadable, shop.ledger.superseded) == (8, 3, 1)
    keys = report.applied.keys["shop"]
    assert (keys.seen, keys.attached, keys.stale, keys.deleted) == (5, 5, 2, 0)
    with small.hub() as hub:
        rows = hub.store.quarantine(system="shop").sort("rule_id")
    assert rows["rule_id"].to_list() == [
        "landed.shop.key_missing",
        "landed.shop.too_few_fields",
        "landed.shop.too_many_fields",
        "mapping.birth_date.not_a_date",
        "mapping.kind.unknown_code",
    ]
    assert rows["raw"].null_count() == rows["position"].null_count() == 0
    assert not any(name.split()[1] in reason for name in NAMES for reason in rows["reason"])
    living = small.golden().filter(pl.col("members").list.contains("shop:S4"))
    assert "Bremen" in living["doc"][0]


MEMORY = """
import resource, sys
from datetime import UTC, datetime
from pathlib import Path
from custhub import pipeline
from custhub.project import load_project
from custhub.settings import Settings
from custhub.store import Store

folder, url = Path(sys.argv[1]), sys.argv[2]
project = load_project(Settings(project=folder, database_url=url, data=folder / ".custhub"))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with Store.open(url) as store:
    at = datetime(2026, 1, 9, 8, 0, tzinfo=UTC)
    report = pipeline.extract_batch(pipeline.Hub(project, store), "shop", at=at)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024, report.ledger.unreadable, report.deleted)
"""


def test_a_line_of_100_mb_stays_alone_and_out_of_memory(three: ThreeSystems) -> None:
    header, *lines = csv_text(three).splitlines(keepends=True)
    path = three.folder / "shop.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write(header + lines[0] + "S1,P,")
        for _ in range(100):
            file.write("x" * 1_000_000)
        file.write("\n" + "".join(lines[1:]))

    command = [sys.executable, "-W", "ignore", "-c", MEMORY, str(three.folder), three.small.url]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)

    path.unlink()
    assert ran.returncode == 0, ran.stderr[-2000:]
    grown, unreadable, deleted = map(int, ran.stdout.split())
    assert (unreadable, deleted) == (1, 0)
    assert grown < 80, f"{grown} MB"


# --- a database that goes away in the middle ---


@pytest.mark.postgres
def test_a_source_database_that_goes_away_in_the_middle(three: ThreeSystems, postgres_url: str) -> None:
    plain = postgres_url.replace("+psycopg", "")
    with psycopg.connect(plain, autocommit=True) as erp:
        columns = ", ".join(f"{name} text" for name in three.person("", "x y"))
        erp.execute(f"CREATE TABLE customer ({columns})".encode())
        erp.execute(
            b"INSERT INTO customer SELECT 'E'||i, 'P', 'Kim Nr'||i, '', '', repeat('x', 200)||'@example.org', '', '', '',"
            b" '2026-01-02 09:00:00' FROM generate_series(1, 60000) i"
        )
    three.small.declare("connectors/erp.yml", three.small.ERP.replace("connection: ERP", f"connection: {postgres_url}"))
    before = state_of(three, "erp")
    killed: list[bool] = []

    def kill(step: str, done: int, total: int | None = None) -> None:
        if step.startswith("extract") and not killed:
            with psycopg.connect(plain, autocommit=True) as other:
                end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"
                killed.extend(bool(row[0]) for row in other.execute(end.encode()))

    with three.small.hub() as hub, pytest.raises(SourceError, match="went away") as caught:
        pipeline.extract_batch(
            pipeline.Hub(hub.project, hub.store, kill), "erp", at=pipeline_day(three), allow_deletes=True
        )

    assert killed
    assert caught.value.retryable
    assert "example.org" not in str(caught.value)
    assert state_of(three, "erp") == before


@pytest.mark.postgres
def test_a_store_that_goes_away_in_the_middle_loses_nothing(
    new_project: Any, person: Any, postgres_url: str, postgres_server: Any
) -> None:
    small, database = new_project(), postgres_url.rsplit("/", 1)[1]
    small.url = postgres_url
    small.shop([person(f"S{i}", name) for i, name in enumerate(NAMES[:5])])
    small.run()
    before = small.hash()
    small.shop([person(f"S{i}", name) for i, name in enumerate(NAMES)])

    def stop(step: str, done: int, total: int | None = None) -> None:
        if step == "apply link":
            postgres_server.run(f"ALTER DATABASE {database} ALLOW_CONNECTIONS false")
            postgres_server.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'")

    with small.hub() as hub, pytest.raises(StoreError) as caught:
        watched = pipeline.Hub(hub.project, hub.store, stop)
        pipeline.run_all(watched, sources=None, at=datetime(2026, 1, 7, 8, tzinfo=UTC), options=Options())
    postgres_server.run(f"ALTER DATABASE {database} ALLOW_CONNECTIONS true")

    assert caught.value.exit_code == 2
    assert "->" in str(caught.value)
    assert small.hash() == before


# --- disks ---


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1 MB."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("a tiny disk can only be mounted by root")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def custhub(three: ThreeSystems, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("custhub")), *words, "--project", str(three.folder)]
    given = {**os.environ, "CUSTHUB_DATABASE_URL": three.small.url, "CUSTHUB_NOW": "2026-01-09T08:00:00+00:00", **env}
    return subprocess.run(command, env=given, capture_output=True, text=True, timeout=120, check=False)


def test_a_full_disk_is_told_and_the_run_can_be_repeated(three: ThreeSystems, tiny_disk: Path) -> None:
    before = three.small.hash()
    three.good(NAMES)
    filler = tiny_disk / "filler"
    filler.write_bytes(b"x" * (1024 * 1024 - 8192))

    ran = custhub(three, "run", CUSTHUB_DATA=str(tiny_disk))

    assert ran.returncode == 2, ran.stderr
    assert "Traceback" not in ran.stderr
    assert "the disk is full" in ran.stderr or "No space left" in ran.stderr
    assert "free" in ran.stderr
    assert three.small.hash() == before

    report = three.run()
    assert report.published.golden_customers == 7


LIMITED = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)), resource.RLIM_INFINITY))
from custhub.cli import main
main()
"""


def test_a_store_that_cannot_grow_is_told_and_stays_readable(three: ThreeSystems) -> None:
    before = three.small.hash()
    three.good(NAMES)
    size = (three.folder / "golden.db").stat().st_size

    command = [sys.executable, "-W", "ignore", "-c", LIMITED, str(size // 4), "run", "--project", str(three.folder)]
    env = {**os.environ, "CUSTHUB_DATABASE_URL": three.small.url, "CUSTHUB_NOW": "2026-01-09T08:00:00+00:00"}
    ran = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120, check=False)

    assert ran.returncode == 2, ran.stderr
    assert "Traceback" not in ran.stderr
    assert "store sqlite:///" in ran.stderr
    assert "->" in ran.stderr
    assert three.small.hash() == before

    assert three.run().published.golden_customers == 7


@pytest.mark.parametrize(
    ("store", "told"),
    [
        ("file:{folder}/golden.db?mode=ro&uri=true", "the file is read-only -> check its permissions"),
        ("{folder}/shop.csv", "the file is not a SQLite database -> check CUSTHUB_DATABASE_URL"),
        ("{folder}/shop.csv/golden.db", "the folder cannot be made"),
    ],
)
def test_a_store_that_cannot_be_written_is_told(three: ThreeSystems, store: str, told: str) -> None:
    before = three.small.hash()
    plain, three.small.url = three.small.url, f"sqlite:///{store.format(folder=three.folder)}"

    with pytest.raises(StoreError, match=told):
        three.run()

    three.small.url = plain
    assert three.small.hash() == before
