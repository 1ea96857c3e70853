"""The DAGs' steps without Airflow: figures only, one run lease over all tasks, approvals in the store."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from custhub.dagkit import steps
from custhub.dagkit.steps import Call
from custhub.errors import LeaseHeldError, StoppedForPersonError

pytestmark = pytest.mark.story

AT = datetime(2026, 3, 1, 6, tzinfo=UTC)
NAMES = ["Anna Schulze", "Bernd Krause", "Carla Vogt"]
GOLDEN_STEPS: list[Callable[[Call], steps.Report]] = [
    steps.map_rows, steps.check, steps.match, steps.plan, steps.apply, steps.publish,
]  # fmt: skip


@pytest.fixture
def project(small: Any, person: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("CUSTHUB_DATABASE_URL", small.url)
    monkeypatch.setattr(steps, "PATIENCE", timedelta(0))
    small.shop([person(f"S{i}", name) for i, name in enumerate(NAMES)])
    return small


def call(folder: Path, day: int = 0, holder: str = "golden run") -> Call:
    return Call(folder, AT + timedelta(days=day), f"{holder} {day}")


def extract(project: Any, day: int = 0) -> steps.Report:
    return steps.extract(call(project.folder, day, "extract"), "shop", full=False, allow_deletes=False)


def golden(project: Any, day: int = 0) -> list[steps.Report]:
    return [step(call(project.folder, day)) for step in GOLDEN_STEPS]


@pytest.fixture
def moved(project: Any, person: Any, kept: Any) -> Any:
    """A plan was applied, and the next would change more than the limits allow."""
    kept.bring(project, "dag_steps_moved", lambda: move(project, person))
    return project


def move(project: Any, person: Any) -> None:
    project.declare("mappings/golden.customer.yml", project.GOLDEN + "limits: {changed: 0}\n")
    extract(project)
    golden(project)
    project.shop([person(f"S{i}", name, city="Hamburg") for i, name in enumerate(NAMES)])
    extract(project, 1)


def test_steps_report_figures_and_no_values(project: Any) -> None:
    extracted = extract(project)
    reports = golden(project)
    assert (extracted["landed"], extracted["new"], extracted["news"]) == (3, 3, 3)
    assert reports[0]["customers"] == 3
    assert reports[3]["summary"]["create"] == 3
    assert reports[5]["golden_customers"] == 3
    assert reports[5]["news"] == 1
    text = json.dumps([extracted, *reports])
    assert "Schulze" not in text
    assert len(text) < 4000


def test_steps_repeated_change_nothing(project: Any) -> None:
    assert extract(project) == extract(project)
    for step in GOLDEN_STEPS:
        first = step(call(project.folder))
        if step in (steps.apply, steps.publish):
            assert step(call(project.folder)) == first
    events = project.events()
    assert events.height == 3
    assert extract(project, 1)["news"] == 0
    assert golden(project, 1)[5]["news"] == 0


def test_the_lease_is_kept_between_the_tasks_of_a_run_and_given_back_at_its_end(project: Any) -> None:
    extract(project)
    other = call(project.folder, 9)
    for step in GOLDEN_STEPS[:-1]:
        step(call(project.folder))
        with pytest.raises(LeaseHeldError, match="golden run 0"):
            steps.map_rows(other)
    steps.publish(call(project.folder))
    steps.map_rows(other)


def test_a_failed_step_gives_the_lease_back(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patched:
        patched.setattr("custhub.pipeline.map_pending", fail)
        with pytest.raises(RuntimeError):
            steps.map_rows(call(project.folder))
    steps.map_rows(call(project.folder, 9))


def test_a_plan_over_its_budget_waits_in_the_store_for_a_person(moved: Any) -> None:
    now = call(moved.folder, 1)

    _, _, _, planned = [step(now) for step in GOLDEN_STEPS[:4]]

    assert planned["over"]
    assert planned["approved_by"] is None
    assert not steps.is_approved(now, planned["run_id"])
    with pytest.raises(StoppedForPersonError, match="custhub approve"):
        steps.apply(now)
    steps.approve(now, planned["run_id"], by="steward", at=AT)
    assert steps.is_approved(now, planned["run_id"])
    assert steps.apply(now)["seq"] == 2
    steps.publish(now)


def test_while_a_plan_waits_others_may_run_and_then_it_is_made_again(moved: Any) -> None:
    waiting = call(moved.folder, 1)
    planned = [step(waiting) for step in GOLDEN_STEPS[:4]][-1]

    other = call(moved.folder, 2)
    for step in GOLDEN_STEPS[:4]:
        step(other)  # gives the lease back, because it waits too
    steps.approve(waiting, planned["run_id"], by="steward", at=AT)

    assert steps.apply(waiting)["seq"] == 2
    steps.publish(waiting)
    assert all("Hamburg" in doc for doc in moved.golden()["doc"])
