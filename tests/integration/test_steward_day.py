"""A steward's day: waivers that are taken back, an inbox of a day's size, golden customers as they were."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from fastapi.testclient import TestClient

from custhub import pipeline, stewardship
from custhub.errors import NotFoundError, UsageError
from custhub.model.decisions import Judgement, TaskKind
from custhub.serve import create_app
from custhub.serve.access import Access

pytestmark = pytest.mark.story

AT = datetime(2026, 2, 1, 9, tzinfo=UTC)


@pytest.fixture
def shop(small: Any, person: Any) -> Any:
    small.declare("expectations/canonical.customer.yml", small.CANONICAL)
    small.shop([person("S1", "Anna Schulze"), person("S2", "Bernd Krause")])
    small.run()
    return small


def places(small: Any) -> dict[str, tuple[str, bool, str | None]]:
    with small.hub() as hub:
        rows = hub.store.records(["shop"]).iter_rows(named=True)
        return {r["key"]: (r["status"], r["stale"], _name(r["doc"])) for r in rows}


def _name(doc: str | None) -> str | None:
    return json.loads(doc)["name"]["full"] if doc else None


def accept(small: Any) -> str:
    with small.hub() as hub:
        row = hub.store.quarantine()["id"][0]
        stewardship.waive(hub, row, by="ann", at=AT, reason="that is her name")
    small.run()
    return str(row)


def test_a_waiver_taken_back_brings_back_the_last_good_version_before_it(shop: Any, person: Any) -> None:
    before = shop.hash()
    shop.shop([{**person("S1", "Anna Schulze"), "name": "Anna #1"}, person("S2", "Bernd Krause")])
    shop.run()
    assert places(shop)["S1"] == ("attached", True, "Anna Schulze")
    row = accept(shop)
    assert places(shop)["S1"] == ("attached", False, "Anna #1")

    with shop.hub() as hub:
        stewardship.unwaive(hub, row, by="bob", at=AT + timedelta(hours=1), reason="it is not")
        assert hub.store.quarantine(status="waived").is_empty()
        assert hub.store.verify_audit(None).problems == ()
        assert [entry["what"] for entry in hub.store.audit(2)] == ["unwaive", "waiver"]
    report = shop.run()

    assert places(shop)["S1"] == ("attached", True, "Anna Schulze")
    assert report.applied.keys["shop"].stale == 1
    assert shop.hash() == before
    with shop.hub() as hub:
        assert hub.store.quarantine().select("key", "rule_id").rows() == [("S1", "canonical.no-hash-names")]
    events = shop.events().height
    shop.run()
    assert shop.events().height == events


def test_a_row_that_was_never_good_goes_back_to_quarantine(shop: Any, person: Any) -> None:
    before = shop.hash()
    shop.shop(
        [person("S1", "Anna Schulze"), person("S2", "Bernd Krause"), {**person("S3", "Carla Vogt"), "name": "Carla #"}]
    )
    shop.run()
    row = accept(shop)
    assert places(shop)["S3"] == ("attached", False, "Carla #")

    with shop.hub() as hub:
        stewardship.unwaive(hub, row, by="bob", at=AT + timedelta(hours=1), reason="it is not")
    shop.run()

    assert places(shop)["S3"] == ("quarantined", False, None)
    assert shop.hash() == before


def test_only_a_waiver_that_still_counts_can_be_taken_back(shop: Any, person: Any) -> None:
    shop.shop([{**person("S1", "Anna Schulze"), "name": "Anna #1"}, person("S2", "Bernd Krause")])
    shop.run()
    row = accept(shop)
    with shop.hub() as hub, pytest.raises(UsageError, match="no reason"):
        stewardship.unwaive(hub, row, by="bob", at=AT, reason=" ")
    shop.shop([{**person("S1", "Anna Schulze"), "name": "Anna #2"}, person("S2", "Bernd Krause")])
    shop.run()
    with shop.hub() as hub:
        with pytest.raises(UsageError, match="other content"):
            stewardship.unwaive(hub, row, by="bob", at=AT, reason="it is not")
        with pytest.raises(NotFoundError):
            stewardship.unwaive(hub, "no such row", by="bob", at=AT, reason="it is not")


def test_the_inbox_shows_a_days_work_and_says_how_much_waits(small: Any, person: Any) -> None:
    small.declare("mappings/golden.customer.yml", small.GOLDEN + "limits: {review_per_day: 2}\n")
    names = ["Anna Schulze", "Bernd Krause", "Carla Vogt", "Dieter Lang"]
    small.shop([person(f"S{i}", name) for i, name in enumerate(names)])
    small.erp([person(f"E{i}", name) for i, name in enumerate(names)])
    small.run(review_only=True)
    with small.hub() as hub:
        whole = hub.store.tasks(kind=TaskKind.POSSIBLE_DUPLICATE)
        assert whole.height == 4
        day = stewardship.inbox(hub, at=AT)
        assert (day.tasks["key"].to_list(), day.done, day.waiting) == (whole["key"].to_list()[:2], 0, 2)
        stewardship.answer_task(hub, whole["key"][0], Judgement.SAME, by="ann", at=AT, reason="")
        day = stewardship.inbox(hub, at=AT)
        assert (day.tasks["key"].to_list(), day.done, day.waiting) == ([whole["key"][1]], 1, 2)
        assert stewardship.inbox(hub, at=AT, everything=True).tasks.height == 3
        assert stewardship.inbox(hub, at=AT + timedelta(days=1)).tasks.height == 2

        client = TestClient(create_app(hub, Access.parse("")))
        page, everything = client.get("/").text, client.get("/", params={"all": "true"}).text
    assert "tasks wait for another day" in page
    assert page.count("/tasks/") < everything.count("/tasks/")
    assert "tasks wait for another day" not in everything


@pytest.mark.parametrize("suffix", [".parquet", ".jsonl", ".csv"])
def test_all_golden_customers_are_written_as_they_were(shop: Any, person: Any, tmp_path: Path, suffix: str) -> None:
    with shop.hub() as hub:
        then = datetime.fromisoformat(hub.store.golden_by_source("shop", "S1").at)
    before = shop.golden()
    shop.shop([person("S2", "Bernd Krause", city="Hamburg"), person("S3", "Carla Vogt")])
    shop.run()

    read = {".parquet": pl.read_parquet, ".jsonl": pl.read_ndjson, ".csv": pl.read_csv}[suffix]
    with shop.hub() as hub:
        assert pipeline.export(hub, tmp_path / f"now{suffix}") == 2
        assert pipeline.export(hub, tmp_path / f"then{suffix}", as_of=then) == 2
        assert pipeline.export(hub, tmp_path / f"never{suffix}", as_of=then - timedelta(days=9000)) == 0
        with pytest.raises(UsageError, match="no kind of file"):
            pipeline.export(hub, tmp_path / "then.xlsx")
    was = read(tmp_path / f"then{suffix}").sort("golden_id")
    assert was["golden_id"].to_list() == before["golden_id"].sort().to_list()
    assert set(was["display_name"]) == {"Anna Schulze", "Bernd Krause"}
    assert set(read(tmp_path / f"now{suffix}")["display_name"]) == {"Bernd Krause", "Carla Vogt"}
    assert not list(tmp_path.glob(".*.part"))
