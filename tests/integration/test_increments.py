"""A run that matches only what differs from the index of the former one gives what matching everything gives."""

from __future__ import annotations

import copy
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from custhub import pipeline, stewardship
from custhub.model.customer import Customer
from custhub.model.decisions import Judgement
from custhub.model.refs import SourceRef
from custhub.pipeline import resolving
from custhub.serve import create_app
from custhub.serve.access import Access

NAMES = ["Anna Schulze", "Bernd Krause", "Carla Vogt", "Dieter Lang", "Eva Brandt", "Frank Seidel", "Gerda Pohl"]


def first_day(small: Any, person: Any) -> None:
    small.shop([person(f"S{i}", name) for i, name in enumerate(NAMES)])
    small.erp([person(f"E{i}", name, email="") for i, name in enumerate(NAMES[:5])])
    small.run()


@pytest.fixture
def grown(new_project: Any, person: Any, kept: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A project with one published run and half of its customers changed, moved, gone or new since."""
    monkeypatch.setattr(resolving, "_FEW", 1.0)
    small = new_project()
    kept.bring(small, "increments_grown", lambda: first_day(small, person))
    moved = [person(f"S{i}", name, street=f"Neue Gasse {i}") for i, name in enumerate(NAMES)]
    small.shop([*moved[:2], *(person(f"S{i}", NAMES[i]) for i in (3, 4, 5)), person("S9", "Hans Winter")])
    small.erp(
        [
            *(person(f"E{i}", NAMES[i], email="", street="Tal 1", changed="2026-01-02 09:00:00") for i in (0, 3)),
            *(person(f"E{i}", name, email="") for i, name in enumerate(NAMES[:5]) if i not in (0, 3)),
            person("E8", "Hans Winter", changed="2026-01-02 09:00:00"),
        ]
    )
    return small


def test_the_same_golden_customers_with_and_without_an_index(
    grown: Any, whole: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(resolving, "_whole")

    report = grown.run()

    assert _index(grown).joinpath("current.json").exists()
    assert (report.matched.pairs_for_review, grown.hash(), grown.members()) == whole


def test_search_before_create_finds_the_golden_customer(grown: Any) -> None:
    anna = Customer(
        kind="person", name={"given": "Ana", "family": "Schulze"}, emails=[{"value": "anna.schulze@example.org"}]
    )
    stranger = Customer(kind="person", name={"given": "Xaver", "family": "Quint"}, phones=[{"value": "+49401234567"}])
    with grown.hub() as hub, TestClient(create_app(hub, Access.parse(""))) as api:
        found = api.post("/api/v1/match", json=anna.model_dump(mode="json")).json()["candidates"]
        nobody = api.post("/api/v1/match", json=stranger.model_dump(mode="json")).json()["candidates"]
        home = hub.store.golden_by_source("shop", "S0")

    assert found[0]["golden_id"] == home.golden_id and found[0]["probability"] > 0.9
    assert found[0]["levels"]["family_name"].startswith("exact")
    assert not [c for c in nobody if c["decision"] != "different"]


def test_decisions_since_the_index_was_made(grown: Any, tmp_path: Path) -> None:
    with grown.hub() as hub:
        left, right = SourceRef("shop", "S4"), SourceRef("erp", "E4")
        at = datetime(2026, 1, 6, 12, 0, tzinfo=UTC)
        stewardship.decide(hub, left, right, Judgement.DIFFERENT, by="anna", at=at, reason="father and son")
    other = _without_index(grown, tmp_path)
    told = other.run().matched.pairs_for_review

    report = grown.run()

    assert not any({"shop:S4", "erp:E4"} <= set(members) for members in grown.members())
    assert (grown.members(), report.matched.pairs_for_review) == (other.members(), told)


@pytest.mark.parametrize("broken", ["current.json", "*/alive.npy", "*/segment0.arrow", "*/segment0.hashes"])
def test_a_broken_index_costs_time_only(grown: Any, whole: Any, broken: str) -> None:
    for file in _index(grown).glob(broken):
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])

    grown.run()

    assert (grown.hash(), grown.members()) == whole[1:]


def test_a_run_that_is_never_applied_leaves_the_index_as_it_was(grown: Any) -> None:
    before = _index(grown).joinpath("current.json").read_text()

    with grown.hub() as hub:
        pipeline.extract_batch(hub, "shop", at=datetime(2026, 1, 8, tzinfo=UTC))
        pipeline.plan_all(hub, at=datetime(2026, 1, 8, tzinfo=UTC))

    assert list(_index(grown).glob("pending-*.json"))
    assert _index(grown).joinpath("current.json").read_text() == before


def _index(small: Any) -> Path:
    folder: Path = small.folder / ".custhub" / "index"
    return folder


@pytest.fixture
def whole(grown: Any, tmp_path: Path, kept: Any) -> tuple[int, str, list[list[str]]]:
    """Of a copy that has run without an index: pairs left for review, hash and members; worked out once."""
    other = _without_index(grown, tmp_path)
    given: tuple[int, str, list[list[str]]] = kept.bring(
        other, "increments_whole", lambda: (other.run().matched.pairs_for_review, other.hash(), other.members())
    )
    return given


def _without_index(small: Any, folder: Path) -> Any:
    other = copy.copy(small)
    other.folder = folder / "whole"
    other.url = f"sqlite:///{other.folder / 'golden.db'}"
    shutil.copytree(small.folder, other.folder)
    shutil.rmtree(_index(other))
    return other
