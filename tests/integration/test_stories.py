"""Stories of golden customers over time, as people live through them. More of them stand in test_undo.py."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest

from custhub import pipeline, stewardship
from custhub.errors import StoppedForPersonError, UsageError
from custhub.model.decisions import Judgement, TaskKind
from custhub.model.refs import SourceRef
from custhub.store import Store

NAMES = ["Anna Schulze", "Bernd Krause", "Carla Vogt", "Dieter Lang", "Eva Brandt", "Frank Seidel", "Gerda Pohl"]


def decide(small: Any, left: str, right: str, word: Judgement, *, hours: int = 1) -> None:
    at = datetime.fromisoformat("2026-01-05T08:00:00+00:00") + timedelta(days=small.day, hours=hours)
    with small.hub() as hub:
        refs = SourceRef.parse(left), SourceRef.parse(right)
        stewardship.decide(hub, *refs, word, by="anna", at=at, reason="a test says so")


def ids(small: Any) -> dict[str, str]:
    """Golden id of every attached source record."""
    return dict(small.golden().explode("members").select("members", "golden_id").iter_rows())


def values(small: Any, path: str) -> dict[str, Any]:
    found = small.golden().select("members", pl.col("doc").str.json_path_match(path)).explode("members")
    return dict(found.rows())


def test_merge_then_the_next_batch_then_a_split_then_a_full_rebuild(new_project: Any, person: Any) -> None:
    small = new_project()
    rows = [person(f"S{i}", name) for i, name in enumerate(NAMES[:4])]
    small.shop(rows)
    small.run()
    born = ids(small)

    decide(small, "shop:S0", "shop:S1", Judgement.SAME)
    small.run()
    home = ids(small)["shop:S0"]
    assert ids(small)["shop:S1"] == home == min(born["shop:S0"], born["shop:S1"])

    rows[1] = {**rows[1], "city": "Hamburg", "zip": "20095"}
    small.shop([*rows, person("S8", NAMES[4])])
    small.run()
    assert ids(small)["shop:S1"] == home

    decide(small, "shop:S0", "shop:S1", Judgement.DIFFERENT)
    small.run()
    after = ids(small)
    assert (after["shop:S0"], after["shop:S1"] != home) == (home, True)
    assert values(small, "$.addresses[0].city")["shop:S1"] == "Hamburg"

    events, hash_ = small.events().height, small.hash()
    small.run(full=True)
    assert (small.events().height, small.hash(), ids(small)) == (events, hash_, after)
    clean = new_project()
    clean.shop([*rows, person("S8", NAMES[4])])
    clean.run()
    assert clean.hash() == hash_


def test_a_source_key_that_is_used_for_somebody_else_takes_no_id_along(new_project: Any, person: Any) -> None:
    small = new_project()
    shop = [person(f"S{i}", name) for i, name in enumerate(NAMES[:3])]
    small.shop(shop)
    small.erp([person("E0", NAMES[0])])
    small.run()
    before = ids(small)
    assert before["shop:S0"] == before["erp:E0"]
    decide(small, "erp:E0", "shop:S1", Judgement.DIFFERENT)

    small.shop([person("S0", "Rita Haas"), *shop[1:]])
    small.run()

    after = ids(small)
    assert after["erp:E0"] == before["erp:E0"]
    assert after["shop:S0"] not in before.values()
    with small.hub() as hub:
        task = hub.store.tasks(kind=TaskKind.KEY_REUSED).row(0, named=True)
        assert task["refs"] == ["shop:S0"]
        assert hub.store.golden_by_source("shop", "S0").display_name == "Rita Haas"

    small.shop(shop)
    small.run()
    assert ids(small)["shop:S0"] == before["erp:E0"]


def test_a_source_that_is_withdrawn_leaves_the_others_customers_as_they_were(new_project: Any, person: Any) -> None:
    small, alone = new_project(), new_project()
    erp = [person(f"E{i}", name) for i, name in enumerate(NAMES[:3])]
    for project in (small, alone):
        project.erp(erp)
    small.shop([person(f"S{i}", name, street="Ring 1") for i, name in enumerate(NAMES[:5])])
    small.run()
    alone.run()
    before = ids(small)

    small.shop([])
    small.run(approve=True)

    assert ids(small) == {ref: before[ref] for ref in before if ref.startswith("erp:")}
    assert small.hash() == alone.hash()
    gone = [before["shop:S3"], before["shop:S4"]]
    with small.hub() as hub:
        assert [hub.store.golden(golden_id).status for golden_id in gone] == ["retired", "retired"]
    (small.folder / "connectors" / "shop.yml").unlink()
    (small.folder / "mappings" / "shop.customer.yml").unlink()
    events = small.events().height
    small.run()
    assert small.events().height == events

    small.declare("connectors/shop.yml", small.SHOP)
    small.declare("mappings/shop.customer.yml", small.MAPPING % "shop")
    small.shop([person("S3", NAMES[3])])
    small.run()
    assert ids(small)["shop:S3"] == before["shop:S3"]


def test_everybody_may_go_and_come_back(new_project: Any, person: Any) -> None:
    small = new_project()
    rows = [person("S1", "Anna Schulze"), person("S2", "Bernd Krause")]
    small.shop(rows)
    small.run()
    before = small.golden()["golden_id"].to_list()
    small.shop([])
    small.run()
    assert small.members() == []

    small.shop(rows)
    small.run()
    assert small.golden()["golden_id"].to_list() == before


def test_an_approved_plan_while_a_steward_decides(new_project: Any, person: Any) -> None:
    """The approval stands for the plan that follows from the steward's word, and the word is kept."""
    small = new_project()
    small.declare("mappings/golden.customer.yml", small.GOLDEN + "limits: {merges: 1}\n")
    small.shop([person(f"S{i}", name) for i, name in enumerate(NAMES)])
    small.erp([person(f"E{i}", name) for i, name in enumerate(NAMES[:3])])
    small.run(review_only=True)
    with pytest.raises(StoppedForPersonError, match="merges: 3"):
        small.run()
    with small.hub() as hub:
        (waiting,) = [r.run_id for r in hub.store.runs() if r.seq is None]
        pipeline.approve(hub, waiting, by="anna", at=datetime.fromisoformat("2026-01-07T09:00:00+00:00"))
    decide(small, "erp:E0", "shop:S0", Judgement.DIFFERENT)

    with small.hub() as hub:
        applied = pipeline.apply_saved(hub, waiting)

    assert applied.summary["merge"] == 2
    assert ids(small)["erp:E0"] != ids(small)["shop:S0"]
    assert ids(small)["erp:E1"] == ids(small)["shop:S1"]
    told = [json.loads(cause)["run"] for cause in small.events()["cause"]]
    assert told.count(waiting) == 4


def test_two_confirmed_customers_become_one_only_by_two_people(new_project: Any, person: Any) -> None:
    small = new_project()
    small.declare("mappings/golden.customer.yml", small.GOLDEN + "limits: {four_eyes: true, merge_existing: 0.5}\n")
    small.shop([person(f"S{i}", NAMES[i // 2]) for i in range(4)] + [person("S8", NAMES[4])])
    small.run(review_only=True)
    decide(small, "shop:S0", "shop:S1", Judgement.SAME)
    decide(small, "shop:S2", "shop:S3", Judgement.SAME, hours=2)
    small.run(review_only=True)
    small.shop([person(f"S{i}", NAMES[0]) for i in range(4)] + [person("S8", NAMES[4])])
    small.run()
    pairs = [["shop:S0", "shop:S1"], ["shop:S2", "shop:S3"]]
    assert small.members()[:2] == pairs, "the machine does not join them, however alike they are"
    at = datetime.fromisoformat("2026-01-09T10:00:00+00:00")
    left, right = SourceRef("shop", "S0"), SourceRef("shop", "S2")

    def says(by: str) -> stewardship.Answer:
        with small.hub() as hub:
            return stewardship.decide(hub, left, right, Judgement.SAME, by=by, at=at, reason="one person")

    assert says("anna").waits
    with small.hub() as hub:
        task = hub.store.tasks(kind=TaskKind.FOUR_EYES).row(0, named=True)
    small.run()
    assert small.members()[:2] == pairs
    with pytest.raises(UsageError, match="anna has said so already"):
        says("anna")

    with small.hub() as hub:
        done = stewardship.answer_task(hub, task["key"], Judgement.SAME, by="bert", at=at, reason="seen both")
    assert not done.waits
    small.run()
    assert small.members()[0] == ["shop:S0", "shop:S1", "shop:S2", "shop:S3"]
    with small.hub() as hub:
        assert hub.store.tasks(kind=TaskKind.FOUR_EYES).is_empty()


def test_a_person_parts_two_records_also_where_runs_only_review(new_project: Any, person: Any) -> None:
    small = new_project()
    small.shop([person("S0", NAMES[0]), person("S1", NAMES[0]), person("S2", NAMES[1])])
    small.run()
    assert small.members() == [["shop:S0", "shop:S1"], ["shop:S2"]]
    decide(small, "shop:S0", "shop:S1", Judgement.DIFFERENT)
    decide(small, "shop:S1", "shop:S2", Judgement.SAME)

    small.run(review_only=True)

    assert small.members() == [["shop:S0"], ["shop:S1", "shop:S2"]]


def test_a_word_said_while_a_run_writes_counts_in_the_next_one(
    new_project: Any, person: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = new_project()
    small.shop([person("S0", NAMES[0]), person("S1", NAMES[1])])
    small.run()
    real = Store.stage

    def interrupted(*args: Any, **kwargs: Any) -> None:
        monkeypatch.setattr(Store, "stage", real)
        decide(small, "shop:S0", "shop:S1", Judgement.SAME)
        real(*args, **kwargs)

    monkeypatch.setattr(Store, "stage", interrupted)
    small.shop([person("S0", NAMES[0]), person("S1", NAMES[1]), person("S2", NAMES[2])])
    small.run()
    assert len(small.members()) == 3

    small.run()

    assert small.members() == [["shop:S0", "shop:S1"], ["shop:S2"]]
