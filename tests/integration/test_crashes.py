"""kill -9 in the middle of each step, then a run as if nothing had been: the same store as without the kill."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest

NAMES = ["Anna Schulze", "Bernd Krause", "Carla Vogt", "Dieter Lang", "Eva Brandt", "Frank Seidel", "Gerda Pohl"]

CHILD = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from custhub import pipeline, stewardship
from custhub.project import load_project
from custhub.settings import Settings
from custhub.store import Store

folder, url, place = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
die = lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL)

def before(owner, name):
    setattr(owner, name, die)

def after(owner, name):
    real = getattr(owner, name)
    def wrapped(*args, **kwargs):
        real(*args, **kwargs)
        die()
    setattr(owner, name, wrapped)

def at_step(step):
    return lambda name, done, total=None: die() if name == step else None

progress = lambda *a, **k: None
kind, _, what = place.partition(" ")
if kind == "step":
    progress = at_step(what)
elif kind == "before":
    before(Store, what)
elif kind == "after":
    after(Store, what)
project = load_project(Settings(project=folder, database_url=url, data=folder / ".custhub"))
with Store.open(url) as store:
    store.migrate()
    at, hub = datetime(2026, 1, 7, 8, 0, tzinfo=UTC), pipeline.Hub(project, store, progress)
    if len(sys.argv) > 4:
        stewardship.undo(hub, sys.argv[4], by="bert", at=at)
    else:
        pipeline.run_all(hub, sources=None, at=at, options=pipeline.Options())
"""

PLACES = [
    "step extract shop.customer",
    "before land",
    "after land",
    "step map",
    "step check",
    "after open_run",
    "step cluster",
    "before save_summary",
    "step apply link",
    "step apply golden_version",
    "before publish_run",
    "after publish_run",
    "after set_consumer",
]


STORE_PLACES = ["after land", "step apply link", "before publish_run", "after publish_run"]
"""Where the database matters; the rest of the places is tried on SQLite only."""
CASES = [
    *(pytest.param("sqlite", place, id=f"sqlite-{place}") for place in PLACES),
    *(pytest.param("postgres", place, id=f"postgres-{place}", marks=pytest.mark.postgres) for place in STORE_PLACES),
]


def prepared(small: Any, person: Any) -> None:
    """Day 1 applied, day 2 waiting at the sources: changes, a delete, a new record, one that can be merged."""
    small.declare("mappings/golden.customer.yml", "publish: [{name: crm, folder: out}]\n")
    shop = [person(f"S{i}", name) for i, name in enumerate(NAMES)]
    small.shop(shop)
    small.erp([person(f"E{i}", name) for i, name in enumerate(NAMES[:3])])
    small.run()
    shop[0] = {**shop[0], "city": "Hamburg", "zip": "20095"}
    small.shop([*shop[:5], person("S9", "Rita Haas"), person("S10", "X", kind="?")])
    small.erp([person(f"E{i}", name) for i, name in enumerate(NAMES[:4])])


def state(small: Any) -> dict[str, Any]:
    """All of the store that a reader can see, without clock times."""
    events = small.events().drop("at", "run_id", "cause")
    with small.hub() as hub:
        quarantine = hub.store.quarantine().select("system", "key", "rule_id").sort("system", "key").rows()
        keys = {source: hub.store.key_ledger(source) for source in ("erp", "shop")}
    ids = small.golden().select("golden_id", "members").rows()
    return {"hash": small.hash(), "events": events.rows(), "quarantine": quarantine, "keys": keys, "ids": ids}


@pytest.mark.slow
@pytest.mark.parametrize(("store_url", "place"), CASES, indirect=["store_url"])
def test_a_killed_run_leaves_nothing_behind(
    small: Any, person: Any, new_project: Any, place: str, tmp_path: Path
) -> None:
    prepared(small, person)
    child = [sys.executable, "-W", "ignore", "-c", CHILD, str(tmp_path), small.url]
    before = small.hash()

    killed = subprocess.run([*child, place], capture_output=True, text=True, timeout=120, check=False)

    assert killed.returncode == -signal.SIGKILL, killed.stderr[-2000:]
    assert small.hash() == before or place.startswith("after publish_run") or place == "after set_consumer"

    small.run()  # at the same logical time as the child
    after = state(small)
    assert after["keys"]["shop"].deleted == 2
    assert ["erp:E3", "shop:S3"] in small.members()
    assert _changes_on_disk(tmp_path) == [row[0] for row in small.events().select("seq").rows()]
    assert _clean_hash(new_project, person) == after["hash"]


UNDO_PLACES = ["after open_run", "step apply link", "before publish_run", "after publish_run", "before set_consumer"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("store_url", "place"), [("sqlite", place) for place in UNDO_PLACES], indirect=["store_url"], ids=UNDO_PLACES
)
def test_a_killed_undo_has_happened_whole_or_not_at_all(small: Any, person: Any, place: str, tmp_path: Path) -> None:
    prepared(small, person)
    first = state(small)
    run = small.run()
    second = state(small)
    child = [sys.executable, "-W", "ignore", "-c", CHILD, str(tmp_path), small.url]

    killed = subprocess.run([*child, place, run.run_id], capture_output=True, text=True, timeout=120, check=False)

    assert killed.returncode == -signal.SIGKILL, killed.stderr[-2000:]
    published = place in ("after publish_run", "before set_consumer")
    assert (small.hash(), len(small.events()) > len(second["events"])) == (
        (first if published else second)["hash"],
        published,
    )
    if not published:
        again = subprocess.run([*child, "no", run.run_id], capture_output=True, text=True, timeout=120, check=False)
        assert again.returncode == 0, again.stderr[-2000:]
    assert state(small)["ids"] == first["ids"]
    small.run()
    assert (small.hash(), state(small)["ids"]) == (first["hash"], first["ids"])
    assert _changes_on_disk(tmp_path) == [row[0] for row in small.events().select("seq").rows()]


def _changes_on_disk(folder: Path) -> list[int]:
    files = sorted((folder / "out").glob("changes-*.jsonl"))
    return sorted({seq for file in files for seq in pl.read_ndjson(file)["seq"]})


_clean: list[str] = []


def _clean_hash(new_project: Any, person: Any) -> str:
    """The golden hash of the same days in a new project, without a crash; worked out once."""
    if not _clean:
        clean = new_project()
        prepared(clean, person)
        clean.run()
        _clean.append(str(clean.hash()))
    return _clean[0]
