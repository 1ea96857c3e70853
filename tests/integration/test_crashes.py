"""kill -9 in the middle of each step, then a run as if nothing had been: the same store as without the kill."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

NAMES = ["Anna Schulze", "Bernd Krause", "Carla Vogt", "Dieter Lang", "Eva Brandt", "Frank Seidel", "Gerda Pohl"]

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


@pytest.fixture
def prepared(small: Any, person: Any, kept: Any) -> Any:
    """Day 1 applied, day 2 waiting at the sources."""
    kept.bring(small, "crash_prepared", lambda: prepare(small, person))
    return small


def prepare(small: Any, person: Any) -> None:
    """Changes, a delete, a new record, one that can be merged."""
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


@pytest.fixture
def expected(prepared: Any, new_project: Any, person: Any, kept: Any) -> str:
    """The golden hash of the same days in a new project, without a crash."""
    clean = new_project()

    def reach() -> str:
        prepare(clean, person)
        clean.run()
        return str(clean.hash())

    given: str = kept.bring(clean, "crash_expected", reach)
    return given


@pytest.mark.slow
@pytest.mark.parametrize(("store_url", "place"), CASES, indirect=["store_url"])
def test_a_killed_run_leaves_nothing_behind(prepared: Any, expected: str, killing: Any, place: str) -> None:
    small, before = prepared, prepared.hash()

    code, errors = killing(small, place)

    assert code == -signal.SIGKILL, errors
    assert small.hash() == before or place.startswith("after publish_run") or place == "after set_consumer"

    small.run()  # at the same logical time as the child
    after = state(small)
    assert after["keys"]["shop"].deleted == 2
    assert ["erp:E3", "shop:S3"] in small.members()
    assert _changes_on_disk(small.folder) == [row[0] for row in small.events().select("seq").rows()]
    assert after["hash"] == expected


@pytest.fixture
def applied(prepared: Any, kept: Any) -> tuple[Any, dict[str, Any], str, dict[str, Any]]:
    """The project with day 2 applied, and its state before, the run's id and its state after."""

    def reach() -> tuple[dict[str, Any], str, dict[str, Any]]:
        return state(prepared), prepared.run().run_id, state(prepared)

    return prepared, *kept.bring(prepared, "crash_applied", reach)


UNDO_PLACES = ["after open_run", "step apply link", "before publish_run", "after publish_run", "before set_consumer"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("store_url", "place"), [("sqlite", place) for place in UNDO_PLACES], indirect=["store_url"], ids=UNDO_PLACES
)
def test_a_killed_undo_has_happened_whole_or_not_at_all(applied: Any, killing: Any, place: str) -> None:
    small, first, run, second = applied

    code, errors = killing(small, place, undo=run)

    assert code == -signal.SIGKILL, errors
    published = place in ("after publish_run", "before set_consumer")
    assert (small.hash(), len(small.events()) > len(second["events"])) == (
        (first if published else second)["hash"],
        published,
    )
    if not published:
        code, errors = killing(small, "nowhere", undo=run)
        assert code == 0, errors
    assert state(small)["ids"] == first["ids"]
    small.run()
    assert (small.hash(), state(small)["ids"]) == (first["hash"], first["ids"])
    assert _changes_on_disk(small.folder) == [row[0] for row in small.events().select("seq").rows()]


def _changes_on_disk(folder: Path) -> list[int]:
    files = sorted((folder / "out").glob("changes-*.jsonl"))
    return sorted({seq for file in files for seq in pl.read_ndjson(file)["seq"]})
