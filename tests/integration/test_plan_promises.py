"""The plan is what happens: it writes nothing, is applied as it stands or made again, and one run works at a time."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from custhub import pipeline, stewardship
from custhub.cli import texts
from custhub.errors import LeaseHeldError, StoppedForPersonError, UsageError
from custhub.model.decisions import Judgement
from custhub.model.refs import SourceRef
from custhub.pipeline import Options
from custhub.store import Store

NAMES = ["Anna Schulze", "Bernd Krause", "Carla Vogt", "Dieter Lang", "Eva Brandt", "Frank Seidel", "Gerda Pohl"]
DAY_1, DAY_2 = (datetime.fromisoformat(f"2026-01-0{n}T08:00:00+00:00") for n in (6, 7))


@pytest.fixture
def landed(new_project: Any, person: Any, kept: Any) -> Any:
    """Day 1 applied; of day 2, landed and not yet planned: a change, a delete, a new customer, merges."""
    small = new_project()
    kept.bring(small, "plan_landed", lambda: land(small, person))
    return small


def land(small: Any, person: Any) -> None:
    shop = [person(f"S{i}", name) for i, name in enumerate(NAMES)]
    small.shop(shop)
    small.erp([person(f"E{i}", NAMES[i + 1]) for i in range(3)])
    small.run(review_only=True)
    assert len(small.members()) == 10
    small.shop([{**shop[0], "city": "Hamburg", "zip": "20095"}, *shop[1:6], person("S9", "Rita Haas")])
    small.erp([{**person(f"E{i}", NAMES[i + 1]), "changed": "2026-01-06 09:00:00"} for i in range(3)])
    with small.hub() as hub:
        for source in ("erp", "shop"):
            pipeline.extract_batch(hub, source, at=DAY_2)


def seen(small: Any) -> dict[str, Any]:
    """All of the store that a reader can see."""
    with small.hub() as hub:
        store = hub.store
        frames = {
            "records": store.records().sort("system", "key"),
            "links": store.links().sort("system", "key"),
            "goldens": store.goldens().sort("golden_id"),
            "events": store.events(0, 10_000),
            "tasks": store.tasks(status=None).sort("key"),
            "quarantine": store.quarantine(status=None).sort("id"),
            "rows": pl.concat([store.rows(source).sort("row_key") for source in ("erp", "shop")]),
        }
        plain = {"head": store.head(), "decisions": store.decisions(), "pins": store.pins(), "model": store.model()}
    return {name: frame.write_ndjson() for name, frame in frames.items()} | plain


def test_a_plan_writes_nothing_and_says_the_same_again(landed: Any) -> None:
    before = seen(landed)

    with landed.hub() as hub:
        report, plan = pipeline.plan_all(hub, at=DAY_2)
        again, _ = pipeline.plan_all(hub, at=DAY_2)

    assert report.summary["create"] == 1
    assert plan.changed_customers > 0
    assert (again.summary, again.spending) == (report.summary, report.spending)
    assert seen(landed) == before


def test_a_first_plan_adopts_no_model(new_project: Any, person: Any) -> None:
    small = new_project()
    small.shop([person(f"S{i}", name) for i, name in enumerate(NAMES)])
    with small.hub() as hub:
        pipeline.extract_batch(hub, "shop", at=DAY_1)

        pipeline.plan_all(hub, at=DAY_1)

        assert hub.store.model() is None


def test_apply_does_exactly_what_the_plan_lists(landed: Any) -> None:
    known = landed.events().height
    with landed.hub() as hub:
        report, plan = pipeline.plan_all(hub, at=DAY_2)
        pipeline.apply_saved(hub, report.run_id)
        goldens = hub.store.goldens(ids=plan.payload["goldens"]["golden_id"].to_list())

    columns = ["golden_id", "type", "moved_to", "gained", "lost", "changed", "cause"]
    told = landed.events().slice(known)
    assert told.select(columns).rows() == plan.payload["events"].select(columns).rows()
    written = plan.payload["goldens"].sort("golden_id")
    assert goldens.sort("golden_id").select("golden_id", "status", "hash").rows() == (
        written.select("golden_id", "status", "hash").rows()
    )
    untouched = landed.golden().filter(~pl.col("golden_id").is_in(written["golden_id"].implode()))
    with landed.hub() as hub:
        assert set(untouched["seq"]) == {hub.store.run("run-20260106T080000000000").seq}


def test_apply_keeps_to_the_plan_when_rules_were_changed_since(landed: Any, person: Any) -> None:
    """What was reviewed is applied; the other rules are the next run's."""
    kiel = {"city": "Kiel", "zip": "24103", "changed": "2026-01-06 10:00:00"}
    landed.erp([{**person(f"E{i}", NAMES[i + 1]), **kiel} for i in range(3)])
    with landed.hub() as hub:
        pipeline.extract_batch(hub, "erp", at=DAY_2 + timedelta(minutes=1))
        report, plan = pipeline.plan_all(hub, at=DAY_2 + timedelta(hours=1))
    landed.declare("mappings/golden.customer.yml", "survivorship: {sources: {erp: 1, shop: 99}}")

    with landed.hub() as hub:
        assert not pipeline.apply_saved(hub, report.run_id).again
        written = hub.store.goldens(ids=plan.payload["goldens"]["golden_id"].to_list())
        following, _ = pipeline.plan_all(hub, at=DAY_2 + timedelta(hours=2))

    assert dict(written.select("golden_id", "hash").iter_rows()) == dict(
        plan.payload["goldens"].select("golden_id", "hash").iter_rows()
    )
    assert following.summary["update"] == 3


def test_a_plan_that_was_applied_already_says_so_and_changes_nothing(landed: Any, tmp_path: Path) -> None:
    file = tmp_path / "plan.parquet"
    with landed.hub() as hub:
        report, plan = pipeline.plan_all(hub, at=DAY_2)
        plan.save(file)
        first = pipeline.apply_saved(hub, str(file))
        stewardship.erase(hub, "erp:E0", by="eva", at=DAY_2 + timedelta(hours=1))  # the run's folder goes with it
        before = seen(landed)

        again = pipeline.apply_saved(hub, str(file))

        assert seen(landed) == before
        said = f"{report.run_id} was applied already, as commit {first.seq} at {again.before}; nothing was changed"
        assert texts.applied(again) == said
        assert again.before == hub.store.run(report.run_id).committed
    assert (first.before, first.summary) == (None, again.summary)


def test_a_file_is_not_applied_once_its_run_was_planned_again(landed: Any, tmp_path: Path) -> None:
    """Something had moved, and the plan made again needed a person: that one is to be looked at, not the file."""
    file = tmp_path / "plan.parquet"
    with landed.hub() as hub:
        report, plan = pipeline.plan_all(hub, at=DAY_2)
        plan.save(file)
        refs = SourceRef("erp", "E0"), SourceRef("shop", "S1")
        stewardship.decide(hub, *refs, Judgement.DIFFERENT, by="anna", at=DAY_2 + timedelta(hours=1), reason="sisters")
        pipeline.match_run(hub, report.run_id, at=DAY_2)
        pipeline.plan_run(hub, report.run_id)

        with pytest.raises(UsageError, match="was planned again"):
            pipeline.apply_saved(hub, str(file))


def test_a_plan_whose_targets_a_steward_has_judged_meanwhile_is_made_again(landed: Any) -> None:
    with landed.hub() as hub:
        report, plan = pipeline.plan_all(hub, at=DAY_2)
        assert plan.counts["merge"] == 3
        refs = SourceRef("erp", "E0"), SourceRef("shop", "S1")
        stewardship.decide(hub, *refs, Judgement.DIFFERENT, by="anna", at=DAY_2 + timedelta(hours=1), reason="sisters")

        applied = pipeline.apply_saved(hub, report.run_id)

    assert applied.summary["merge"] == 2
    assert ["erp:E0"] in landed.members()
    assert ["erp:E1", "shop:S2"] in landed.members()


def test_an_approval_stands_for_a_later_plan_within_its_figures_only(landed: Any, person: Any) -> None:
    landed.declare("mappings/golden.customer.yml", landed.GOLDEN + "limits: {merges: 1}\n")
    with landed.hub() as hub:
        report, _ = pipeline.plan_all(hub, at=DAY_2)
        assert report.over
        with pytest.raises(StoppedForPersonError, match="merges"):
            pipeline.apply_saved(hub, report.run_id)
        pipeline.approve(hub, report.run_id, by="anna", at=DAY_2)
    more = [{**person(f"E{i}", NAMES[i + 1]), "changed": "2026-01-06 09:00:00"} for i in range(3)]
    more += [{**person(f"E{i}", name), "changed": "2026-01-06 10:00:00"} for i, name in enumerate(["Olga Stein"], 4)]
    landed.erp(more)

    with landed.hub() as hub:
        within = pipeline.run_all(hub, sources=None, at=DAY_2 + timedelta(hours=2), options=Options())
    assert within.planned.over
    assert within.planned.approved_by == "anna"
    assert within.applied.summary["merge"] == 3

    for pair in (("shop:S4", "shop:S5"), ("erp:E4", "shop:S9")):
        with landed.hub() as hub:
            left, right = map(SourceRef.parse, pair)
            stewardship.decide(
                hub, left, right, Judgement.SAME, by="anna", at=DAY_2 + timedelta(hours=3), reason="seen"
            )
    with landed.hub() as hub, pytest.raises(StoppedForPersonError, match="over its budget: merges: 2"):
        pipeline.run_all(hub, sources=None, at=DAY_2 + timedelta(hours=3), options=Options())


# --- one run at a time ---


def test_a_second_run_is_refused_and_a_dead_holders_lease_runs_out(store: Store, store_url: str) -> None:
    now = datetime.fromisoformat("2026-01-06T08:00:00+00:00")
    with Store.open(store_url, clock=lambda: now) as first:
        first.acquire_lease("a run that is killed", timedelta(minutes=5))

    with Store.open(store_url, clock=lambda: now + timedelta(minutes=4)) as second:
        with pytest.raises(LeaseHeldError) as caught:
            second.acquire_lease("another run", timedelta(minutes=5))
        assert (caught.value.holder, caught.value.exit_code) == ("a run that is killed", 1)

    with Store.open(store_url, clock=lambda: now + timedelta(minutes=6)) as third:
        third.acquire_lease("another run", timedelta(minutes=5))
        with pytest.raises(LeaseHeldError):
            third.acquire_lease("a run that is killed", timedelta(minutes=5))


# --- nothing personal leaves the store ---


def test_no_line_of_progress_and_no_task_title_holds_a_value(new_project: Any, person: Any, caplog: Any) -> None:
    small, lines = new_project(), []
    small.shop([person(f"S{i}", name) for i, name in enumerate(NAMES)] + [person("S8", "Planted Quixote", kind="?")])
    small.erp([person(f"E{i}", name) for i, name in enumerate(NAMES[:3])])
    caplog.set_level("DEBUG")
    with small.hub() as hub:
        watched = pipeline.Hub(hub.project, hub.store, lambda step, done, total=None: lines.append(step))
        options = Options(review_only=True)
        report = pipeline.run_all(watched, sources=None, at=DAY_1, options=options)
        titles = hub.store.tasks()["title"].to_list()
        reasons = hub.store.quarantine()["reason"].to_list()
        summaries = [json.dumps(run.summary) for run in hub.store.runs()]

    assert lines
    assert titles
    assert reasons
    said = "\n".join([*lines, *titles, *reasons, *summaries, repr(report), caplog.text])
    for word in ("Quixote", "Schulze", "Schulzeweg", "@example.org", "+49"):
        assert word not in said
