"""Pins and requests for erasure, over the API and the pages: what a steward may do alone, and what takes two."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from custhub import stewardship
from custhub.errors import NotFoundError, UsageError
from custhub.model.decisions import Task, TaskKind
from custhub.model.refs import SourceRef
from custhub.serve import create_app
from custhub.serve.access import Access
from custhub.store import Changes, task_frame

pytestmark = pytest.mark.story

AT = datetime(2026, 2, 1, 9, tzinfo=UTC)
ANN, BOB = "a" * 20, "b" * 20
TOKENS = f"ann:{ANN}:read+steward;bob:{BOB}:read+steward"
S1 = SourceRef("shop", "S1")


@pytest.fixture
def shop(small: Any, person: Any) -> Any:
    small.shop([person("S1", "Anna Schulze"), person("S2", "Bernd Krause")])
    small.run()
    return small


def born(small: Any, name: str = "Anna Schulze") -> str:
    docs = [json.loads(doc) for doc in small.golden()["doc"]]
    return next(doc["birth_date"] for doc in docs if doc["name"]["full"] == name)


@pytest.fixture
def api(shop: Any) -> Iterator[TestClient]:
    with shop.hub() as hub, TestClient(create_app(hub, Access.parse(TOKENS)), follow_redirects=False) as client:
        yield client


def by(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def golden_of(api: TestClient, ref: str = "shop/S1") -> str:
    return str(api.get(f"/api/v1/customers/by-source/{ref}", headers=by(ANN)).json()["golden_id"])


def test_a_pin_holds_until_it_is_removed(shop: Any) -> None:
    before, hash_before = born(shop), shop.hash()
    with shop.hub() as hub:
        made = stewardship.pin_value(
            hub, stewardship.Fixed(S1, "birth_date", "1901-02-03"), by="ann", at=AT, reason="passport seen"
        )
    shop.run()
    assert born(shop) == "1901-02-03"
    with shop.hub() as hub:
        again = stewardship.pin_value(
            hub, stewardship.Fixed(S1, "birth_date", "1902-02-03"), by="ann", at=AT + timedelta(hours=1), reason="typo"
        )
        assert again.seen == made.seen  # what lies beneath is still the same
        assert [one.pin.id for one in stewardship.pins(hub)] == [again.id]
        assert hub.store.tasks(kind=TaskKind.PIN_MOVED).is_empty()
        stewardship.unpin(hub, again.id, by="bob", at=AT + timedelta(hours=2))
        assert stewardship.pins(hub) == []
        assert hub.store.verify_audit(None).problems == ()
        with pytest.raises(NotFoundError):
            stewardship.unpin(hub, again.id, by="bob", at=AT + timedelta(hours=3))
    shop.run()
    assert (born(shop), shop.hash()) == (before, hash_before)


@pytest.mark.parametrize(
    ("attribute", "value", "reason", "said"),
    [
        ("birth_date", "soon", "x", "birth_date cannot hold this value"),
        ("shoe_size", "44", "x", "shoe_size cannot hold this value"),
        ("kind", "organisation", "x", "kind cannot be pinned"),
        ("gender", "f", " ", "no reason given"),
    ],
)
def test_a_pin_that_does_not_fit_is_refused(shop: Any, attribute: str, value: str, reason: str, said: str) -> None:
    with shop.hub() as hub:
        with pytest.raises(UsageError, match=said) as refused:
            stewardship.pin_value(hub, stewardship.Fixed(S1, attribute, value), by="ann", at=AT, reason=reason)
        assert "soon" not in str(refused.value)
        with pytest.raises(NotFoundError):
            stewardship.pin_value(
                hub, stewardship.Fixed(SourceRef("shop", "S9"), "gender", "f"), by="ann", at=AT, reason="x"
            )


def test_pins_over_the_api(api: TestClient) -> None:
    asked = {"anchor": "shop:S1", "attribute": "name.family", "value": "Schulz", "reason": "letter"}
    made = api.post("/api/v1/pins", json=asked, headers=by(ANN))
    assert made.status_code == 201
    told = api.get("/api/v1/pins", headers=by(BOB)).json()
    assert told == [made.json()]
    assert (told[0]["by"], told[0]["value"], told[0]["golden_id"]) == ("ann", "Schulz", golden_of(api))

    assert api.post("/api/v1/pins", json={**asked, "anchor": "nobody"}, headers=by(ANN)).status_code == 422
    assert api.post("/api/v1/pins", json={**asked, "attribute": "born"}, headers=by(ANN)).status_code == 422
    for until in ("2020-01-01T00:00:00Z", "2099-01-01T00:00:00"):  # over already; of no time zone
        assert api.post("/api/v1/pins", json={**asked, "until": until}, headers=by(ANN)).status_code == 422
    assert api.get(f"/api/v1/customers/{golden_of(api)}?as_of=2026-01-01", headers=by(ANN)).status_code == 422
    assert api.delete(f"/api/v1/pins/{told[0]['id']}", headers=by(BOB)).status_code == 204
    assert api.get("/api/v1/pins", headers=by(BOB)).json() == []
    assert api.get("/api/v1/pins").status_code == 401


def test_a_steward_joins_and_parts_what_no_task_asks_about(api: TestClient, shop: Any) -> None:
    word = {"left": "shop:S1", "right": "shop:S2", "judgement": "same"}
    joined = api.post("/api/v1/decisions", json=word, headers=by(ANN))
    assert joined.status_code == 201
    shop.run()
    customer = f"/customers/{golden_of(api)}"
    assert golden_of(api, "shop/S2") == golden_of(api)

    assert api.post(f"{customer}/decide", data={**word, "judgement": "different"}, headers=by(BOB)).status_code == 422
    form = {**word, "judgement": "different", "reason": "brothers"}
    assert api.post(f"{customer}/decide", data=form, headers=by(BOB)).headers["location"] == "/?done=decided"
    shop.run()
    assert golden_of(api, "shop/S2") != golden_of(api)

    for bad in ({"judgement": "held"}, {"right": "nobody"}, {"right": "shop:S1"}):
        assert api.post("/api/v1/decisions", json={**word, **bad}, headers=by(ANN)).status_code == 422
    assert api.post("/api/v1/decisions", json={**word, "right": "shop:S9"}, headers=by(ANN)).status_code == 404


def test_erasure_takes_two(api: TestClient, shop: Any) -> None:
    golden_id = golden_of(api)
    asked = api.post("/api/v1/erasures", json={"target": golden_id, "reason": "letter of 3 May"}, headers=by(ANN))
    assert asked.status_code == 202
    again = api.post("/api/v1/erasures", json={"target": golden_id, "reason": "letter"}, headers=by(BOB))
    assert again.status_code == 422
    assert api.get(f"/api/v1/customers/{golden_id}", headers=by(ANN)).status_code == 200

    alone = api.post("/api/v1/erasures/confirm", json=asked.json(), headers=by(ANN))
    assert (alone.status_code, "second person" in alone.text) == (422, True)
    done = api.post("/api/v1/erasures/confirm", json=asked.json(), headers=by(BOB))
    assert (done.status_code, done.json()["rows"]) == (200, ["shop:S1"])
    assert api.get(f"/api/v1/customers/{golden_id}", headers=by(ANN)).status_code == 410
    assert api.post("/api/v1/erasures/confirm", json=asked.json(), headers=by(BOB)).status_code == 404
    with shop.hub() as hub:
        assert hub.store.verify_audit(None).problems == ()
        assert "ann and bob" in {entry["by"] for entry in hub.store.audit(5)}


def test_an_erasure_may_be_refused_and_asked_for_again(shop: Any) -> None:
    with shop.hub() as hub:
        key = stewardship.request_erasure(hub, "shop:S1", by="ann", at=AT, reason="letter")
        stewardship.refuse_erasure(hub, key, by="ann", at=AT + timedelta(hours=1))
        assert hub.store.tasks(kind=TaskKind.ERASURE).is_empty()
    shop.run()
    with shop.hub() as hub:
        assert stewardship.request_erasure(hub, "shop:S1", by="ann", at=AT + timedelta(hours=2), reason="call") == key
        with pytest.raises(UsageError, match="no reason"):
            stewardship.request_erasure(hub, "shop:S2", by="ann", at=AT, reason=" ")


def test_a_request_is_answered_when_the_rows_are_erased_another_way(shop: Any) -> None:
    with shop.hub() as hub:
        for name in ("S1", "S2"):
            key = stewardship.request_erasure(hub, f"shop:{name}", by="ann", at=AT, reason="letter")
        stewardship.erase(hub, "shop:S1", by="root", at=AT + timedelta(hours=1))
        assert hub.store.tasks(kind=TaskKind.ERASURE)["key"].to_list() == [key]
        assert hub.store.task("erasure:shop:S1")["answer"] == "erased by root"


def test_a_task_of_a_key_with_signs_of_addresses_is_opened_by_its_link(shop: Any, api: TestClient) -> None:
    told = Task(
        "two_owners:shop:a#b?c/d",
        TaskKind.TWO_OWNERS,
        "One customer, several owners",
        ("shop:a#b?c/d",),
        (),
        "{}",
        worth=9,
    )
    with shop.hub() as hub:
        hub.store.write("click-1", AT, Changes(tasks=task_frame([told])))
    (link,) = re.findall(r'<a href="(/tasks/[^"]*)"', api.get("/", headers=by(ANN)).text)
    page = api.get(link, headers=by(ANN))
    (form,) = re.findall(r'action="(/tasks/[^"]*/seen)"', page.text)
    assert api.post(form, data={"reason": "fine"}, headers=by(ANN)).status_code == 303
    with shop.hub() as hub:
        assert hub.store.task(told.key)["status"] == "asleep"


def test_the_pages_pin_unpin_and_erase(api: TestClient) -> None:
    golden_id = golden_of(api)
    customer = f"/customers/{golden_id}"
    form = {
        "anchor": "shop:S1",
        "attribute": "gender",
        "value": "female",
        "reason": "she said so",
        "until": "2999-12-31",
    }
    assert "Pin a value" in api.get(customer, headers=by(ANN)).text
    assert api.post(f"{customer}/pin", data=form, headers=by(ANN)).headers["location"] == "/held"
    held = api.get("/held", headers=by(ANN)).text
    assert "she said so" in held and "female" in held and "→ 2999-12-31" in held
    refused = api.post(f"{customer}/pin", data={**form, "attribute": "born"}, headers=by(ANN))
    assert (refused.status_code, "cannot hold" in refused.text) == (422, True)
    pin_id = api.get("/api/v1/pins", headers=by(ANN)).json()[0]["id"]
    assert api.post(f"/pins/{pin_id}/end", headers=by(ANN)).status_code == 303
    assert "No pins" in api.get("/held", headers=by(ANN)).text

    asked = api.post(f"{customer}/erasure", data={"reason": "letter"}, headers=by(ANN))
    assert "waits for a second person" in api.get(asked.headers["location"], headers=by(ANN)).text
    task = "/tasks/erasure:shop:S1"
    assert "Asked for by ann" in api.get(task, headers=by(BOB)).text
    alone = api.post(f"{task}/erasure", data={"confirm": "true"}, headers=by(ANN))
    assert "a second person has to agree" in alone.text
    done = api.post(f"{task}/erasure", data={"confirm": "true"}, headers=by(BOB))
    assert (done.status_code, "Erased for good" in done.text) == (200, True)


def test_a_waiver_is_taken_back_on_its_page(small: Any, person: Any) -> None:
    small.declare("expectations/canonical.customer.yml", small.CANONICAL)
    small.shop([{**person("S1", "Anna Schulze"), "name": "Anna #"}])
    small.run()
    with small.hub() as hub, TestClient(create_app(hub, Access.parse("")), follow_redirects=False) as client:
        row = hub.store.quarantine()["id"][0]
        client.post(f"/quarantine/{row}/waive", data={"reason": "fine"})
        assert "fine" in client.get("/held").text
        assert client.post(f"/quarantine/{row}/unwaive", data={"reason": "not fine"}).status_code == 303
        assert "No pins" in client.get("/held").text
