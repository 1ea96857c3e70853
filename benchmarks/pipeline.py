"""The whole pipeline over the demo systems, per stage, beside the floor: reading and writing the same rows.

    python -m benchmarks.pipeline [--rows 100000] [--url URL]

One process a database; prints seconds, CPU seconds and memory of each stage, and writes them to benchmarks/results/.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import psutil

from custhub import pipeline
from custhub.demo import generate
from custhub.pipeline import Hub
from custhub.project import load_project
from custhub.settings import Settings
from custhub.store import Store

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results"


class Clock:
    """Wall and CPU seconds (own and children's) per stage."""

    def __init__(self) -> None:
        self.stages: dict[str, tuple[float, float]] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        wall, cpu = time.perf_counter(), _cpu()
        yield
        self.stages[name] = (round(time.perf_counter() - wall, 2), round(_cpu() - cpu, 2))


def _cpu() -> float:
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    living = [one.cpu_times() for one in psutil.Process().children()]
    return time.process_time() + ended.ru_utime + ended.ru_stime + sum(one.user + one.system for one in living)


def lay_out(folder: Path, rows: int) -> None:
    """A project of the demo's declarations over demo systems of so many rows."""
    for name in ("connectors", "mappings", "expectations"):
        shutil.copytree(ROOT / name, folder / name)
    generate(folder / "demo", rows=rows, seed=11, day=1)


def run(folder: Path, url: str) -> dict[str, object]:
    """All stages of a first run, one after the other."""
    clock, at = Clock(), datetime(2026, 1, 5, tzinfo=UTC)
    os.environ["CUSTHUB_CONN_ERP"] = f"sqlite:///{folder / 'demo' / 'erp.db'}"
    project = load_project(Settings(project=folder, database_url=url, data=folder / ".custhub"))
    run_id = pipeline.run_id_of(at)
    with Store.open(url) as store:
        store.migrate()
        hub = Hub(project, store)
        landed = []
        with pipeline.checks_beside(hub) as rows_came:
            with clock.stage("extract and land"):
                for source in sorted(project.connectors):
                    landed.append(pipeline.extract_batch(hub, source, at=at).ledger.landed)
                    rows_came()
            with clock.stage("map"):
                pipeline.map_pending(hub)
            with clock.stage("check"):
                pipeline.check_pending(hub)
            with clock.stage("match"):
                matched = pipeline.match_run(hub, run_id, at=at)
            with clock.stage("plan"):
                pipeline.plan_run(hub, run_id)
        with clock.stage("apply"):
            pipeline.apply_run(hub, run_id)
        with clock.stage("publish"):
            published = pipeline.publish_run(hub, run_id)
        with clock.stage("floor: read and write the same rows"):
            _floor(hub, folder)
    total = [sum(s[i] for name, s in clock.stages.items() if not name.startswith("floor")) for i in (0, 1)]
    return {
        "store": url.partition(":")[0],
        "rows": sum(landed),
        "records": matched.records,
        "golden": published.golden_customers,
        "stages": clock.stages,
        "total": [round(t, 1) for t in total],
        "ratio": round(total[0] / clock.stages["floor: read and write the same rows"][0], 1),
    }


def _floor(hub: Hub, folder: Path) -> None:
    """Reads the landed rows and writes the records' documents into one plain table of SQLite."""
    for path in sorted((folder / ".custhub" / "batches").rglob("landed/*.parquet")):
        pl.read_parquet(path)
    records = hub.store.records().select("system", "key", "doc")
    with sqlite3.connect(folder / "floor.db") as db:
        db.execute("CREATE TABLE record (system, key, doc)")
        db.executemany("INSERT INTO record VALUES (?, ?, ?)", records.rows())


def show(result: dict[str, object]) -> str:
    """The result as a table."""
    stages: dict[str, tuple[float, float]] = result["stages"]  # type: ignore[assignment]  # JSON
    lines = [f"{result['rows']} rows, {result['records']} records -> {result['golden']} golden, {result['store']}"]
    lines += [f"  {name:38} {wall:7.1f} s  {cpu:7.1f} CPU s" for name, (wall, cpu) in stages.items()]
    wall, cpu = result["total"]  # type: ignore[misc]  # JSON
    lines.append(
        f"  {'all stages':38} {wall:7.1f} s  {cpu:7.1f} CPU s   {result['ratio']} x floor, {result['peak_mb']} MB"
    )
    return "\n".join(lines)


def measure(rows: int, url: Callable[[Path], str]) -> dict[str, object]:
    """One measurement in a process of its own."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        lay_out(folder, rows)
        child = [sys.executable, "-W", "ignore", "-m", "benchmarks.pipeline", "--inside", made, "--url", url(folder)]
        with subprocess.Popen(child, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
            peak = _watched(psutil.Process(process.pid))
            out = process.communicate()[0]
        if process.returncode:
            raise SystemExit(process.returncode)
        return {**json.loads(out.splitlines()[-1]), "peak_mb": peak}


def _watched(process: psutil.Process) -> int:
    """The most memory that a process and its helpers had at one time, in MB, until it ends."""
    peak = 0
    while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
        with suppress(psutil.NoSuchProcess):
            family = [process, *process.children(recursive=True)]
            peak = max(peak, sum(one.memory_full_info().pss for one in family))  # shared pages count once
        time.sleep(0.1)
    return peak >> 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--url", default="", help="the store; default: a SQLite file")
    parser.add_argument("--postgres", action="store_true", help="start a throw-away PostgreSQL for the store")
    parser.add_argument("--inside", type=Path)
    given = parser.parse_args()
    if given.inside:
        print(json.dumps(run(given.inside, given.url)))
        return
    if given.postgres:
        from tests.conftest import throwaway_postgres  # the tests' own server

        with throwaway_postgres() as server:
            result = measure(given.rows, lambda folder: server.url("postgres"))
    else:
        result = measure(given.rows, lambda folder: given.url or f"sqlite:///{folder / 'golden.db'}")
    RESULTS.mkdir(exist_ok=True)
    with (RESULTS / "pipeline.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(result) + "\n")
    print(show(result))


if __name__ == "__main__":
    main()
