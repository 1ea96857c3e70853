"""The same data, rules, model, decisions and time give the same golden customers, however they come and are worked on."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

NAMES = [
    "Anna Schulze", "Bernd Krause", "Carla Vogt", "Dieter Lang", "Eva Brandt", "Frank Seidel", "Gerda Pohl",
    "Hans Winter", "Ines Busch", "Jens Horn",
]  # fmt: skip
TIES = "survivorship: {}\n"  # no source is trusted more: ties are decided by values and references alone

RUN = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from custhub import pipeline
from custhub.golden import documents
from custhub.model.hashing import golden_hash
from custhub.project import load_project
from custhub.settings import Settings
from custhub.store import Store

folder, url = Path(sys.argv[1]), sys.argv[2]
with Store.open(url) as store:
    store.migrate()
    hub = pipeline.Hub(load_project(Settings(project=folder, database_url=url, data=folder / ".custhub")), store)
    at = datetime(2026, 1, 6, 8, 0, tzinfo=UTC)
    pipeline.run_all(hub, sources=None, at=at, options=pipeline.Options())
    print(golden_hash(documents(store.goldens().filter(status="active"))))
"""


def two_systems(person: Any) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """Customers that are alike in many ways: twice in one system, spelled otherwise, without this or that."""
    shop = [person(f"S{i}", name) for i, name in enumerate(NAMES)]
    shop += [person(f"T{i}", name, street=f"Neue Gasse {i}", phone="") for i, name in enumerate(NAMES[:4])]
    erp = [person(f"E{i}", name, street=f"Alte Gasse {i}", email="") for i, name in enumerate(NAMES[:6])]
    erp += [person("F0", "Ana Schulze", email="anna.schulze@example.org", born=""), person("F1", "Berndt Krause")]
    return shop, erp


@pytest.fixture
def tied(new_project: Any) -> Callable[[], Any]:
    def make() -> Any:
        made = new_project()
        made.declare("mappings/golden.customer.yml", TIES)
        return made

    return make


@pytest.fixture(scope="module")
def remembered() -> dict[str, Any]:
    """What the first test of this process has worked out for all of them."""
    return {}


@pytest.fixture
def expected(tied: Any, person: Any, remembered: dict[str, Any]) -> tuple[str, list[list[str]]]:
    """Golden hash and members of one plain run."""
    if not remembered:
        small = tied()
        shop, erp = two_systems(person)
        small.shop(shop)
        small.erp(erp)
        small.run()
        with small.hub() as hub:
            remembered["model"] = hub.store.model()
        remembered["expected"] = small.hash(), small.members()
        assert any(len(members) > 2 for members in small.members())
    found: tuple[str, list[list[str]]] = remembered["expected"]
    return found


@settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10**6))
def test_in_any_order_of_the_rows(tied: Any, person: Any, expected: Any, seed: int) -> None:
    small = tied()
    for rows, write in zip(two_systems(person), (small.shop, small.erp), strict=True):
        random.Random(seed).shuffle(rows)
        write(rows)

    small.run()

    assert (small.hash(), small.members()) == expected


def test_in_one_batch_or_in_many(tied: Any, person: Any, expected: Any, remembered: dict[str, Any]) -> None:
    """Rows that come one day after the other, and some of them first with other values, under the same model."""
    shop, erp = two_systems(person)
    parts = tied()
    with parts.hub() as hub:
        hub.store.save_model(*remembered["model"])
        hub.store.adopt_model(remembered["model"][0])
    moved = {**shop[0], "street": "Zwischenweg 1", "city": "Bremen"}
    parts.shop([moved, *shop[1::2]])
    parts.run()
    parts.erp([{**row, "changed": "2026-01-02 09:00:00"} for row in erp[::3]])
    parts.run()
    parts.shop(shop)
    parts.erp([{**row, "changed": "2026-01-01 09:00:00"} for row in erp])

    parts.run(full=True)

    assert (parts.hash(), parts.members()) == expected
    events = parts.events()
    parts.run(full=True)
    assert parts.events().equals(events)


def test_on_one_core_and_on_many(tied: Any, person: Any, expected: Any) -> None:
    assert elsewhere(tied(), person, POLARS_MAX_THREADS="1") == expected[0]


@pytest.mark.postgres
def test_on_either_database(tied: Any, person: Any, expected: Any, postgres_url: str) -> None:
    small = tied()
    small.url = postgres_url

    assert elsewhere(small, person, POLARS_MAX_THREADS="2") == expected[0]


def elsewhere(small: Any, person: Any, **env: str) -> str:
    """The golden hash of a run in a process of its own."""
    shop, erp = two_systems(person)
    small.shop(shop)
    small.erp(erp)
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", RUN, str(small.folder), small.url],
        env={**os.environ, **env, "PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    return ran.stdout.strip()
