"""API and steward pages over a real store."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import polars as pl
import pytest
from fastapi.testclient import TestClient

from custhub.errors import UsageError
from custhub.serve import create_app
from custhub.serve.access import Access
from custhub.serve.web.words import _WORDS, LANGUAGES, language_of

TOKENS = "crm:crm-token-0123456789:read;anna:anna-token-0123456789:read+steward"
NAMES = ["Anna Schulze", "Bernd Krause", "Carla Vogt", "Dieter Lang", "Eva Brandt", "Frank Seidel", "Gerda Pohl"]


@contextmanager
def client(small: Any, tokens: str = "") -> Iterator[TestClient]:
    with small.hub() as hub, TestClient(create_app(hub, Access.parse(tokens)), follow_redirects=False) as made:
        yield made


@pytest.fixture
def filled(small: Any, person: Any, kept: Any) -> Any:
    kept.bring(small, "serve_filled", lambda: fill(small, person))
    return small


def fill(small: Any, person: Any) -> None:
    small.declare("expectations/canonical.customer.yml", small.CANONICAL)
    small.shop([person(f"S{i}", name) for i, name in enumerate(NAMES)] + [person("S#", "Hilde #Wolf")])
    small.erp([person(f"E{i}", name) for i, name in enumerate(NAMES[:3])])
    small.run(review_only=True)


def test_a_customer_is_found_by_id_by_source_and_by_any_form_of_its_phone(filled: Any) -> None:
    with client(filled) as api:
        by_source = api.get("/api/v1/customers/by-source/shop/S1").json()
        by_id = api.get(f"/api/v1/customers/{by_source['golden_id']}")
        phone = by_source["customer"]["phones"][0]["value"]
        spaced = f"0049 {phone[3:5]} {phone[5:]}"
        found = api.get("/api/v1/customers", params={"phone": spaced}).json()["customers"]

    assert by_id.json() == by_source
    assert by_source["customer"]["name"]["full"] == "Bernd Krause"
    assert by_source["sources"] == ["shop:S1"]
    assert by_source["golden_id"] in [c["golden_id"] for c in found]


def test_an_unchanged_customer_answers_304(filled: Any) -> None:
    with client(filled) as api:
        first = api.get("/api/v1/customers/by-source/shop/S1")
        again = api.get("/api/v1/customers/by-source/shop/S1", headers={"If-None-Match": first.headers["etag"]})

    assert again.status_code == 304


def test_the_feed_tells_every_change_once_and_the_same_cursor_the_same(filled: Any) -> None:
    with client(filled) as api:
        first = api.get("/api/v1/changes", params={"limit": 4}).json()
        rest = api.get("/api/v1/changes", params={"since": first["next"], "limit": 100}).json()
        again = api.get("/api/v1/changes", params={"limit": 4}).json()

    assert again == first
    assert [c["seq"] for c in first["changes"] + rest["changes"]] == list(range(1, 11))
    assert {c["type"] for c in rest["changes"]} == {"created"}
    assert all(c["before"] is None and c["after"]["kind"] == "person" for c in rest["changes"])


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/customers/no-such-id", 404),
        ("/api/v1/customers/by-source/shop/none", 404),
        ("/api/v1/customers", 422),
        ("/api/v1/changes?since=-1", 422),
        ("/api/v1/nothing", 404),
    ],
)
def test_errors_are_problem_documents(filled: Any, path: str, status: int) -> None:
    with client(filled) as api:
        answer = api.get(path)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status


def test_every_route_but_health_and_sign_in_needs_a_token(filled: Any) -> None:
    open_routes = {"/healthz", "/openapi.json", "/login", "/language/{tag}", "/static"}
    with client(filled, TOKENS) as api:
        for route in api.app.routes:  # type: ignore[attr-defined]
            path = getattr(route, "path", "")
            for method in set(getattr(route, "methods", None) or ()) - {"HEAD", "OPTIONS"}:
                if path not in open_routes:
                    assert api.request(method, path).status_code == 401, f"{method} {path}"


def test_scopes_keep_a_crm_out_of_the_inbox(filled: Any) -> None:
    with client(filled, TOKENS) as api:
        crm = {"Authorization": "Bearer crm-token-0123456789"}
        assert api.get("/api/v1/changes", headers=crm).status_code == 200
        assert api.get("/", headers=crm).status_code == 403
        signed_in = api.post("/login", data={"token": "anna-token-0123456789"})
        assert signed_in.status_code == 303
        assert "HttpOnly" in signed_in.headers["set-cookie"]
        assert api.get("/").status_code == 200


def test_a_form_from_another_site_is_refused(filled: Any) -> None:
    with client(filled) as api:
        answer = api.post("/login", data={"token": "x"}, headers={"Origin": "https://evil.example"})

    assert answer.status_code == 403


def test_a_steward_decides_and_the_next_run_follows(filled: Any) -> None:
    with client(filled) as app, filled.hub() as hub:
        keys = hub.store.tasks()["key"].to_list()
        page = app.get(f"/tasks/{keys[0]}")
        assert "Anna Schulze" in page.text
        assert app.post(f"/tasks/{keys[0]}/decide", data={"judgement": "same"}).status_code == 303
        refused = app.post(f"/tasks/{keys[1]}/decide", data={"judgement": "different", "reason": ""})
        assert refused.status_code == 409
        assert "say why" in refused.text
        different = app.post(f"/tasks/{keys[1]}/decide", data={"judgement": "different", "reason": "two brothers"})
        assert different.status_code == 303
        assert app.get(f"/tasks/{keys[1]}").status_code == 404
        assert app.get("/", headers={"Accept-Language": "zh-CN"}).text.count("任务") >= 1

    filled.run(review_only=True)
    assert ["erp:E0", "shop:S0"] in filled.members()
    filled.run()
    members = filled.members()
    assert ["erp:E1"] in members
    assert ["shop:S1"] in members
    assert ["erp:E2", "shop:S2"] in members


def test_a_quarantined_row_is_shown_and_accepted_for_as_long_as_it_stays_the_same(filled: Any, person: Any) -> None:
    with client(filled) as app, filled.hub() as hub:
        row = hub.store.quarantine().row(0, named=True)
        page = app.get(f"/quarantine/{row['id']}")
        assert "Hilde #Wolf" in page.text
        assert "a name holds no hash sign" in page.text
        assert app.post(f"/quarantine/{row['id']}/waive", data={"reason": "that is its name"}).status_code == 303

    filled.run(review_only=True)
    assert ["shop:S#"] in filled.members()

    rows = [person(f"S{i}", name) for i, name in enumerate(NAMES)] + [person("S#", "Hilde #Wolff")]
    filled.shop(rows)
    report = filled.run(review_only=True)
    assert report.published.quarantined_rows == 1
    assert report.applied.keys["shop"].stale == 1


def test_a_customer_page_shows_sources_values_and_history(filled: Any) -> None:
    filled.run()
    golden = filled.golden().filter(pl.col("members").list.len() == 2).row(0, named=True)
    with client(filled) as app:
        page = app.get(f"/customers/{golden['golden_id']}").text
        redirect = app.get("/find", params={"q": golden["members"][0]})

    assert all(member in page for member in golden["members"])
    assert json.loads(golden["doc"])["name"]["full"] in page
    assert redirect.headers["location"] == f"/customers/{golden['golden_id']}"


def test_a_customer_tells_its_history_with_causes(filled: Any) -> None:
    with client(filled, TOKENS) as api:
        crm = {"Authorization": "Bearer crm-token-0123456789"}
        golden_id = api.get("/api/v1/customers/by-source/shop/S1", headers=crm).json()["golden_id"]
        told = api.get(f"/api/v1/customers/{golden_id}/timeline", headers=crm).json()

    assert (told["golden_id"], told["moved_to"]) == (golden_id, None)
    (version,) = told["versions"]
    assert (version["type"], version["gained"], version["run_kind"]) == ("created", ["shop:S1"], "run")
    assert version["cause"]


def test_a_value_tells_its_winner_its_rule_and_who_lost(filled: Any) -> None:
    filled.run()
    ref = next(refs for refs in filled.members() if len(refs) == 2)[0]
    with client(filled) as api:
        golden = api.get(f"/api/v1/customers/by-source/{ref.replace(':', '/')}").json()
        path = f"/api/v1/customers/{golden['golden_id']}/provenance"
        everything = api.get(path).json()["values"]
        one = api.get(path, params={"attribute": "name.full"}).json()["values"]
        none = api.get(path, params={"attribute": "founded_on"})

    assert {story["attribute"] for story in everything} >= {"name", "phones", "addresses"}
    (story,) = one
    assert story["value"] == golden["customer"]["name"]["full"]
    assert {c["ref"]: c["won"] for c in story["candidates"]} == {r: r == story["source"] for r in golden["sources"]}
    assert story["because"]
    assert all(c["source_fields"] and c["trust"] for c in story["candidates"])
    assert none.status_code == 404


def test_an_open_server_without_tokens_is_refused() -> None:
    from custhub.serve.server import run_server
    from custhub.settings import Settings

    with pytest.raises(UsageError, match="without tokens"):
        run_server(Settings.load(), host="0.0.0.0", port=0)


def test_tokens_that_are_not_well_formed_are_told_without_showing_them() -> None:
    with pytest.raises(UsageError, match="entry 1 is not well-formed") as caught:
        Access.parse("crm:secretsecretsecret:write")
    assert "secretsecret" not in str(caught.value)


def test_every_word_has_every_language() -> None:
    assert all(len(texts) == len(LANGUAGES) and all(texts) for texts in _WORDS.values())
    assert [language_of(tag) for tag in ("zh-TW", "zh_HK", "zh", "zh-CN", "en-GB", "de")] == [
        "zh-Hant",
        "zh-Hant",
        "zh-Hans",
        "zh-Hans",
        "en",
        None,
    ]
