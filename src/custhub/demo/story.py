"""`make demo`: the demo systems through the real DAGs, and what came of it beside the known truth."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from custhub.dagkit.inprocess import run_dags
from custhub.demo.cards import SYSTEMS
from custhub.demo.generate import DemoReport, generate
from custhub.errors import UsageError
from custhub.matching import Evaluation, evaluate
from custhub.model.ledger import KeyLedger, RowLedger
from custhub.pipeline import Hub
from custhub.project import load_project
from custhub.settings import Settings
from custhub.store import Store

Say = Callable[[str], None]
CONNECTION = "CUSTHUB_CONN_ERP"


@dataclass(frozen=True, slots=True)
class Result:
    """What the demo ends with. `accuracy`: golden customers against the demo's truth, over all attached records."""

    day: int
    seconds: float
    systems: DemoReport
    batches: dict[str, RowLedger]
    keys: dict[str, KeyLedger]
    golden_customers: int
    merged_records: int
    open_tasks: dict[str, int]
    quarantined_rows: int
    events: dict[str, int]
    accuracy: Evaluation
    example: str | None  # a golden customer made of most systems


def next_day(folder: Path) -> int:
    """1 when there is no demo yet, else 2: the demo systems have lived a day on."""
    return 2 if (folder / "truth.parquet").exists() else 1


def run_demo(settings: Settings, *, rows: int, seed: int, day: int | None, at: datetime, say: Say) -> Result:
    """Makes the demo systems of `day` (default: the next one), runs the project's DAGs over them and measures.

    Raises UsageError for a project that would not read them.
    """
    began = time.monotonic()
    if not {system.name for system in SYSTEMS} & {*load_project(settings).connectors}:
        hint = "run it in custhub's own repository, or name that with --project"
        raise UsageError(f"{settings.project} connects none of the demo systems", hint)
    folder = settings.project / "demo"
    systems = generate(folder, rows=rows, seed=seed, day=day or next_day(folder))
    os.environ.setdefault(CONNECTION, f"sqlite:///{folder / 'erp.db'}")
    os.environ["CUSTHUB_PROJECT"], os.environ["CUSTHUB_DATA"] = str(settings.project), str(settings.data)
    os.environ["CUSTHUB_DATABASE_URL"] = settings.database_url
    with Hub.open(settings).store as store:
        before = _last_event(store)
    say(
        f"Demo systems of day {systems.day}: {systems.records} records of {systems.customers} customers. Running the DAGs:"
    )
    run_dags(settings.project, at=at, say=lambda line: say(f"  {line}"))
    with Store.open(settings.database_url) as store:
        return _result(settings, store, systems, before, at, time.monotonic() - began)


def _last_event(store: Store) -> int:
    seq = 0
    while not (feed := store.events(seq, 100_000)).is_empty():
        seq = int(feed["seq"][-1])
    return seq


def _result(settings: Settings, store: Store, systems: DemoReport, before: int, at: datetime, seconds: float) -> Result:
    sources = sorted(load_project(settings).connectors)
    latest = {b.source: b.ledger for b in store.batches() if b.at == at}
    goldens = store.goldens().filter(pl.col("status") == "active")
    events = store.events(before, 1_000_000)["type"].value_counts().sort("type")
    tasks = store.tasks()["kind"].value_counts().sort("kind")
    members = goldens.with_columns(
        systems=pl.col("members").list.eval(pl.element().str.split(":").list.first()).list.n_unique(),
        size=pl.col("members").list.len(),
    )
    largest = members.sort("systems", "size", "members", descending=[True, True, False])
    return Result(
        day=systems.day,
        seconds=seconds,
        systems=systems,
        batches=latest,
        keys={source: store.key_ledger(source) for source in sources},
        golden_customers=goldens.height,
        merged_records=int(members.filter(pl.col("size") > 1)["size"].sum()),
        open_tasks=dict(tasks.iter_rows()),
        quarantined_rows=store.quarantined_rows(),
        events=dict(events.iter_rows()),
        accuracy=accuracy(store.links(), settings.project / "demo" / "truth.parquet"),
        example=str(largest["golden_id"][0]) if largest.height else None,
    )


def accuracy(links: pl.DataFrame, truth: Path) -> Evaluation:
    """Golden customers against the truth, pairwise, over the records that are attached."""
    both = links.join(pl.read_parquet(truth), on=["system", "key"], how="inner").sort("system", "key")
    return evaluate(both["golden_id"].to_numpy(), both["customer"].to_numpy())
