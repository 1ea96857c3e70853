"""Undo: a run, a merge, a decision; it holds until a person releases it, and then it may happen again."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest
from fastapi.testclient import TestClient

from custhub import stewardship
from custhub.errors import StoppedForPersonError, UsageError
from custhub.model.decisions import Judgement
from custhub.model.refs import SourceRef
from custhub.serve import create_app
from custhub.serve.access import Access
from custhub.stewardship import UndoReport

pytestmark = pytest.mark.story

NAMES = ["Anna Schulze", "Bernd Krause", "Carla Vogt", "Dieter Lang", "Eva Brandt", "Frank Seidel", "Gerda Pohl"]


def later(small: Any, hours: int) -> datetime:
    return datetime.fromisoformat("2026-01-05T08:00:00+00:00") + timedelta(days=small.day, hours=hours)


def decide(small: Any, left: str, right: str, word: Judgement, *, hours: int = 1) -> str:
    with small.hub() as hub:
        refs = SourceRef.parse(left), SourceRef.parse(right)
        at = later(small, hours)
        return stewardship.decide(hub, *refs, word, by="anna", at=at, reason="a test says so").decision


def undo(small: Any, target: str, *, hours: int = 5, **options: Any) -> UndoReport:
    with small.hub() as hub:
        return stewardship.undo(hub, target, by="bert", at=later(small, hours), **options)


def release(small: Any, target: str) -> Any:
    with small.hub() as hub:
        return stewardship.release(hub, target, by="carla", at=later(small, 9))


def ids(small: Any) -> dict[str, str]:
    """Golden id of every attached source record."""
    return dict(small.golden().explode("members").select("members", "golden_id").iter_rows())


def documents(small: Any) -> dict[str, tuple[str, str]]:
    return {row["golden_id"]: (row["doc"], row["hash"]) for row in small.golden().iter_rows(named=True)}


def replayed(events: pl.DataFrame) -> list[list[str]]:
    """The members of all golden customers, as one who read nothing but the feed knows them."""
    golden: dict[str, list[str]] = {}
    for event in events.iter_rows(named=True):
        golden[event["golden_id"]] = event["members_after"] or []
        if event["type"] in ("merged", "deleted"):
            del golden[event["golden_id"]]
    return sorted(golden.values())


def runs_without_news(small: Any) -> None:
    """One more run changes nothing and tells nothing."""
    before, hash_, known = small.events(), small.hash(), ids(small)
    small.run()
    assert small.events().equals(before)
    assert (small.hash(), ids(small)) == (hash_, known)


def two_days_of(small: Any, person: Any) -> tuple[dict[str, Any], Any]:
    """Day 2 changed a value, deleted, created, merged two that were there, and refused a row: day 1, and its report."""
    shop = [person(f"S{i}", name) for i, name in enumerate(NAMES)]
    other = person("S9", NAMES[4], phone="", email="", born="", street="Ring 1", zip="50667", city="Köln")
    small.shop([*shop, other])
    small.erp([person(f"E{i}", name) for i, name in enumerate(NAMES[:3])])
    small.run()
    first = {"hash": small.hash(), "ids": ids(small), "documents": documents(small), "members": small.members()}
    shop[0] = {**shop[0], "city": "Hamburg", "zip": "20095"}
    small.shop([*shop[:5], {**person("S9", NAMES[4])}, person("S10", "Paul Ernst"), person("S11", "X", kind="?")])
    report = small.run()
    assert report.applied.summary["merge"] == 1
    return first, report


@pytest.fixture
def two_days(new_project: Any, person: Any, kept: Any) -> Any:
    small = new_project()
    small.first, small.report = kept.bring(small, "undo_two_days", lambda: two_days_of(small, person))
    return small


def test_a_run_is_taken_back_whole_and_stays_back_until_it_is_released(small: Any, person: Any, kept: Any) -> None:
    two_days = small
    small.first, small.report = kept.bring(small, "undo_two_days", lambda: two_days_of(small, person))
    after = {"hash": two_days.hash(), "ids": ids(two_days), "members": two_days.members()}

    report = undo(two_days, two_days.report.run_id)

    assert (two_days.hash(), ids(two_days), two_days.members()) == (
        two_days.first["hash"],
        two_days.first["ids"],
        two_days.first["members"],
    )
    assert documents(two_days) == two_days.first["documents"]
    assert replayed(two_days.events()) == two_days.members()
    assert len(report.batches) == 2
    assert report.counts["revive"] == 3
    with two_days.hub() as hub:
        keys = hub.store.key_ledger("shop")
        assert (keys.withdrawn, keys.deleted, keys.quarantined) == (2, 0, 0)
        keys.check("shop")
        assert hub.store.quarantine().is_empty()
    runs_without_news(two_days)
    runs_without_news(two_days)

    released = release(two_days, report.undo_id)
    assert released.batches == report.batches
    two_days.run()

    assert (two_days.hash(), ids(two_days), two_days.members()) == (after["hash"], after["ids"], after["members"])
    with two_days.hub() as hub:
        assert hub.store.quarantine().height == 1
    runs_without_news(two_days)


def test_a_dry_undo_says_the_counts_and_writes_nothing(two_days: Any) -> None:
    with two_days.hub() as hub:
        head = hub.store.head()

    report = undo(two_days, two_days.report.run_id, dry=True)

    assert report.seq is None
    assert (report.counts["revive"], report.counts["retire"]) == (3, 1)
    with two_days.hub() as hub:
        assert hub.store.head() == head


def test_later_work_is_named_and_taken_back_when_asked(two_days: Any, person: Any) -> None:
    rows = [person(f"S{i}", name) for i, name in enumerate(NAMES)]
    two_days.shop([{**rows[0], "city": "Bremen", "zip": "28195"}, *rows[1:5], person("S9", NAMES[4])])
    third = two_days.run().run_id

    with pytest.raises(StoppedForPersonError, match=f"{third} has changed") as caught:
        undo(two_days, two_days.report.run_id)
    assert caught.value.exit_code == 1

    report = undo(two_days, two_days.report.run_id, with_later=True)

    assert report.runs == (two_days.report.run_id, third)
    assert (two_days.hash(), ids(two_days)) == (two_days.first["hash"], two_days.first["ids"])
    runs_without_news(two_days)


def test_news_of_a_withdrawn_row_come_in_and_what_was_withdrawn_does_not(two_days: Any, person: Any) -> None:
    undo(two_days, two_days.report.run_id)

    rows = [person(f"S{i}", name) for i, name in enumerate(NAMES)]
    two_days.shop([*rows[:3], {**rows[3], "city": "Bremen", "zip": "28195"}, rows[4], person("S10", "Paul Ernst")])
    two_days.run()

    places = dict(
        two_days.golden()
        .select("members", pl.col("doc").str.json_path_match("$.addresses[0].city"))
        .explode("members")
        .rows()
    )
    assert places["shop:S3"] == "Bremen"
    assert "shop:S10" not in places


@pytest.fixture
def merged(new_project: Any, person: Any, kept: Any) -> Any:
    """Two customers that a person said are the same, and that a run has merged; others are by themselves."""
    small = new_project()
    given = kept.bring(small, "undo_merged", lambda: merge(small, person))
    small.first, small.decision, small.report, small.gone = given
    return small


def merge(small: Any, person: Any) -> tuple[dict[str, Any], str, Any, str]:
    small.shop([person(f"S{i}", name) for i, name in enumerate(NAMES[:4])])
    small.run()
    first = {"hash": small.hash(), "ids": ids(small)}
    decision = decide(small, "shop:S0", "shop:S1", Judgement.SAME)
    report = small.run()
    (gone,) = small.events().filter(pl.col("type") == "merged")["golden_id"]
    return first, decision, report, gone


@pytest.mark.parametrize("target", ["merge", "decision", "run", "click"])
def test_a_merge_is_taken_back_by_any_of_its_names(merged: Any, target: str) -> None:
    with merged.hub() as hub:
        click = next(run.run_id for run in hub.store.runs() if run.run_id.startswith("click-"))
    name = {"merge": merged.gone, "decision": merged.decision, "run": merged.report.run_id, "click": click}[target]

    report = undo(merged, name)

    assert (merged.hash(), ids(merged)) == (merged.first["hash"], merged.first["ids"])
    assert (report.counts["revive"], report.held, report.aside) == (1, 1, (merged.decision,))
    told = merged.events().tail(2)
    assert set(told["type"]) == {"created", "split"}
    assert {json.loads(cause)["why"] for cause in told["cause"]} == {"undo"}
    assert replayed(merged.events()) == merged.members()
    with merged.hub() as hub:
        answer = hub.store.golden(merged.gone)
        assert answer is not None
        assert (answer.golden_id, answer.status) == (merged.gone, "active")
    runs_without_news(merged)

    release(merged, report.undo_id)
    merged.run()
    assert ids(merged)["shop:S0"] == ids(merged)["shop:S1"]
    runs_without_news(merged)


def test_a_merge_keeps_its_undo_under_other_rules_and_before_a_third_record(merged: Any, person: Any) -> None:
    undo(merged, merged.gone)
    merged.shop([*(person(f"S{i}", name) for i, name in enumerate(NAMES[:4])), person("S0b", NAMES[0])])
    merged.declare("mappings/golden.customer.yml", "survivorship:\n  sources: {shop: 1}\n")

    merged.run(full=True)

    assert ids(merged)["shop:S0"] == ids(merged)["shop:S0b"] != ids(merged)["shop:S1"]


def test_records_that_came_since_stand_in_the_way_of_undoing_a_merge(merged: Any, person: Any) -> None:
    decide(merged, "shop:S0", "shop:S2", Judgement.SAME)
    merged.run()

    with pytest.raises(StoppedForPersonError, match="shop:S2 came to"):
        undo(merged, merged.gone)
    undo(merged, merged.gone, with_later=True)

    assert merged.members() == [["shop:S0", "shop:S2"], ["shop:S1"], ["shop:S3"]]
    runs_without_news(merged)


def test_a_persons_later_word_stands_in_the_way(merged: Any) -> None:
    decide(merged, "shop:S0", "shop:S1", Judgement.SAME, hours=3)

    with pytest.raises(StoppedForPersonError, match="anna has said since"):
        undo(merged, merged.gone)


def test_a_decision_that_was_not_applied_simply_ends(new_project: Any, person: Any) -> None:
    small = new_project()
    small.shop([person(f"S{i}", name) for i, name in enumerate(NAMES[:3])])
    small.run()
    made = decide(small, "shop:S0", "shop:S1", Judgement.SAME)

    report = undo(small, made)

    assert (report.held, sum(report.counts.values())) == (0, 0)
    with small.hub() as hub:
        assert hub.store.decisions() == []
    small.run()
    assert len(small.members()) == 3


def test_a_split_is_taken_back_with_its_decision(new_project: Any, person: Any) -> None:
    small = new_project()
    small.shop([person("S0", NAMES[0]), person("S1", NAMES[0]), person("S2", NAMES[2])])
    small.run()
    first = {"hash": small.hash(), "ids": ids(small)}
    made = decide(small, "shop:S0", "shop:S1", Judgement.DIFFERENT)
    small.run()
    new = set(ids(small).values()) - set(first["ids"].values())

    report = undo(small, made)

    assert (small.hash(), ids(small)) == (first["hash"], first["ids"])
    assert report.counts["merge"] == 1
    with small.hub() as hub:
        answer = hub.store.golden(new.pop())
        assert answer is not None
        assert answer.golden_id == first["ids"]["shop:S0"]
    runs_without_news(small)

    release(small, report.undo_id)
    small.run()
    assert ids(small)["shop:S0"] != ids(small)["shop:S1"]


def test_what_cannot_be_taken_back_is_refused(merged: Any) -> None:
    report = undo(merged, merged.gone)
    for target, said in (
        (report.undo_id, "is an undo"),
        (merged.decision, "does not count any more"),
        (ids(merged)["shop:S2"], "is not merged"),
    ):
        with pytest.raises(UsageError, match=said):
            undo(merged, target, hours=6)
    released = release(merged, report.undo_id)
    for target in (released.release_id, report.undo_id):
        with pytest.raises(UsageError):
            release(merged, target) if target == report.undo_id else undo(merged, target, hours=7)


def test_a_model_or_rule_that_brought_a_merge_does_not_bring_it_again(new_project: Any, person: Any) -> None:
    small = new_project()
    small.shop([person("S0", NAMES[0]), person("S1", NAMES[1]), person("S2", NAMES[0], email="", born="")])
    small.run(review_only=True)
    first = {"hash": small.hash(), "ids": ids(small)}
    report = small.run()
    assert len(small.members()) == 2

    undone = undo(small, report.run_id)

    assert (small.hash(), ids(small), undone.held) == (first["hash"], first["ids"], 1)
    runs_without_news(small)
    release(small, undone.undo_id)
    small.run()
    assert len(small.members()) == 2


@pytest.mark.parametrize("way", ["changed back", "released"])
def test_rules_that_an_undo_took_back_stop_the_run_that_would_work_by_them(
    new_project: Any, person: Any, way: str
) -> None:
    small = new_project()
    small.shop([person("S0", NAMES[0], street="Ring 1"), person("S1", NAMES[1], street="Ring 2")])
    small.erp([person("E0", NAMES[0]), person("E1", NAMES[1])])
    small.run()
    first = small.hash()
    small.declare("mappings/golden.customer.yml", small.GOLDEN.replace("shop: 60", "shop: 90"))
    report = small.run()
    other = small.hash()
    assert other != first
    undone = undo(small, report.run_id)
    assert small.hash() == first
    runs_without_news(small)

    small.erp([person("E0", NAMES[0], phone="+49 30 1234567"), person("E1", NAMES[1])])
    with pytest.raises(StoppedForPersonError, match=f"custhub release {undone.undo_id}"):
        small.run()

    if way == "released":
        release(small, undone.undo_id)
    else:
        small.declare("mappings/golden.customer.yml", small.GOLDEN)
    small.run()
    small.erp([person("E0", NAMES[0]), person("E1", NAMES[1])])
    small.run()
    assert small.hash() == (other if way == "released" else first)


# --- by the API and the steward page ---


def test_the_page_shows_what_would_be_taken_back_and_then_does_it(merged: Any) -> None:
    home = ids(merged)["shop:S0"]
    with merged.hub() as hub, TestClient(create_app(hub, Access.parse(""))) as app:
        customer = app.get(f"/customers/{home}").text
        shown = app.get(f"/undo/{merged.gone}").text
        before = hub.store.head()
        done = app.post(f"/undo/{merged.gone}", data={"reason": "two sisters"})
        again = app.post(f"/undo/{merged.gone}")

    assert f'href="/undo/{merged.gone}"' in customer
    assert f'href="/undo/{merged.decision}"' in customer
    assert f'href="/undo/{merged.report.run_id}"' in customer
    assert "revive" in shown
    assert before == merged.report.applied.seq
    assert (done.status_code, again.status_code) == (200, 409)
    assert "/release/undo-" in done.text
    assert (merged.hash(), ids(merged)) == (merged.first["hash"], merged.first["ids"])


def test_the_api_takes_back_and_releases_for_stewards_only(merged: Any) -> None:
    tokens = "crm:crm-token-0123456789:read;anna:anna-token-0123456789:read+steward"
    with merged.hub() as hub, TestClient(create_app(hub, Access.parse(tokens))) as app:
        asked = {"target": merged.report.run_id, "dry_run": True}
        refused = app.post("/api/v1/undo", json=asked, headers={"Authorization": "Bearer crm-token-0123456789"})
        app.headers["Authorization"] = "Bearer anna-token-0123456789"
        dry = app.post("/api/v1/undo", json=asked).json()
        done = app.post("/api/v1/undo", json={**asked, "dry_run": False}).json()
        (change,) = [
            c for c in app.get("/api/v1/changes?limit=100").json()["changes"] if c["golden_id"] == merged.gone
        ][-1:]
        released = app.post("/api/v1/release", json={"target": done["undo_id"]}).json()

    assert refused.status_code == 403
    assert (dry["seq"], dry["counts"]["revive"], dry["held"]) == (None, 1, 1)
    assert done["seq"] is not None
    assert (change["type"], change["cause"]["why"]) == ("created", "undo")
    assert (released["again"], released["batches"]) == (1, done["batches"])
