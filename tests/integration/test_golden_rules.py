"""Golden rules open tasks for stewards, close them again, and hold nothing up."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest
from fastapi.testclient import TestClient

from custhub import stewardship
from custhub.serve import create_app
from custhub.serve.access import Access
from custhub.store import tables

pytestmark = pytest.mark.story

RULES = """
layer: golden
rules:
  - id: golden.postcode.form
    description: A postcode has five digits.
    expectation: expect_column_values_to_match_regex
    column: addresses.postal_code
    with: {regex: "^[0-9]{5}$"}
    severity: warn
  - id: golden.email.shared
    description: No two golden customers share an e-mail address.
    expectation: expect_column_values_to_be_unique
    column: emails.value
    severity: warn
"""
NAMES = ["Anna Schulze", "Bernd Krause", "Carla Vogt", "Dieter Lang", "Eva Brandt"]


@pytest.fixture
def shop(new_project: Any, person: Any) -> Any:
    small = new_project()
    small.declare("expectations/golden.customer.yml", RULES)
    small.rows = [person(f"S{i}", name) for i, name in enumerate(NAMES)]
    small.rows[1]["zip"] = "1O115"
    small.rows[3]["email"] = small.rows[2]["email"]
    return small


def run(shop: Any) -> Any:
    shop.shop(shop.rows)
    return shop.run(review_only=True)


def checks(shop: Any, status: str = "open") -> dict[str, list[str]]:
    """Source records of the check tasks, by rule."""
    found: dict[str, list[str]] = {}
    with shop.hub() as hub:
        for detail, refs in hub.store.tasks(status=status, kind="check_failed").select("detail", "refs").iter_rows():
            found.setdefault(json.loads(detail)["rule"], []).extend(refs)
    return {rule: sorted(refs) for rule, refs in found.items()}


def test_what_a_steward_has_seen_comes_back_only_when_it_ended_and_begins_anew(shop: Any) -> None:
    run(shop)
    with shop.hub() as hub, TestClient(create_app(hub, Access.parse("")), follow_redirects=False) as app:
        (key,) = hub.store.tasks(kind="check_failed").filter(pl.col("refs").list.contains("shop:S1"))["key"]
        assert "<kbd>s</kbd>" in app.get(f"/tasks/{key}").text
        assert app.post(f"/tasks/{key}/seen", data={"reason": "a foreign code"}).status_code == 303
    shop.rows[1]["city"] = "Hamburg"
    run(shop)
    assert "golden.postcode.form" not in checks(shop)

    for mended, then in (("20095", {}), ("2O095", {"golden.postcode.form": ["shop:S1"]})):
        shop.rows[1]["zip"] = mended
        run(shop)
        assert {rule: refs for rule, refs in checks(shop).items() if "postcode" in rule} == then


def test_who_left_a_task_as_seen_when_and_why_is_in_the_audit_log_until_an_erasure(shop: Any) -> None:
    run(shop)
    with shop.hub() as hub, TestClient(create_app(hub, Access.parse(""))) as api:
        listed = {tuple(one["refs"]): one for one in api.get("/api/v1/tasks").json()}
        key = listed["shop:S1",]["key"]
        assert listed["shop:S1",]["may_be_left"]
        asked = {"task": key, "reason": "Bernd told me"}
        assert api.post("/api/v1/tasks/seen", json=asked).status_code == 204
        assert key not in [one["key"] for one in api.get("/api/v1/tasks").json()]
        assert api.post("/api/v1/tasks/seen", json={"task": "nothing"}).status_code == 404

        (entry,) = hub.store.audit()
        assert (entry["what"], entry["body"]["key"]) == ("seen", key)
        assert "Bernd told me" in entry["body"]["answer"]
        assert hub.store.verify_audit().problems == ()

        stewardship.erase(hub, "shop:S1", by="eva", at=datetime(2026, 3, 1, tzinfo=UTC))
        assert "Bernd told me" not in str([hub.store.task(key), hub.store.audit()])
        assert hub.store.verify_audit().problems == ()
        with hub.store.database.write() as connection:
            connection.execute(tables.task.update().where(tables.task.c.key == key).values(answer="seen by eve"))
        assert any("is not in the log" in said for said in hub.store.verify_audit().problems)


def test_a_golden_customer_that_fails_opens_a_task_until_its_source_is_mended(shop: Any) -> None:
    report = run(shop)

    failing = {"golden.postcode.form": ["shop:S1"], "golden.email.shared": ["shop:S2", "shop:S3"]}
    assert checks(shop) == failing
    assert report.published.golden_customers == len(NAMES)
    assert report.published.quarantined_rows == 0
    assert {(o.rule_id, o.failing) for o in report.planned.checks} == {
        ("golden.postcode.form", 1),
        ("golden.email.shared", 2),
    }

    assert run(shop).planned.summary["task_open"] == 0
    shop.rows[0]["city"] = "Hamburg"
    assert run(shop).planned.summary["task_open"] == 0
    assert checks(shop) == failing

    shop.rows[1]["zip"] = "10115"
    run(shop)
    assert checks(shop) == {"golden.email.shared": ["shop:S2", "shop:S3"]}

    shop.rows[3]["email"] = "dieter@example.org"  # the other one is not written, but its task ends too
    run(shop)
    assert checks(shop) == {}
    assert checks(shop, "closed") == failing


def test_a_task_ends_with_its_golden_customer_and_comes_again_with_the_failure(shop: Any) -> None:
    run(shop)
    bad = shop.rows.pop(1)
    run(shop)
    assert checks(shop) == {"golden.email.shared": ["shop:S2", "shop:S3"]}

    shop.rows.insert(1, bad)
    run(shop)
    assert checks(shop)["golden.postcode.form"] == ["shop:S1"]
    with shop.hub() as hub:
        assert hub.store.tasks(kind="check_failed").height == 3


def test_other_rules_look_at_all_golden_customers_and_no_rules_end_all_tasks(shop: Any) -> None:
    small = shop
    small.declare("expectations/golden.customer.yml", RULES.replace("{5}", "+"))
    run(small)
    assert checks(small)["golden.postcode.form"] == ["shop:S1"]

    small.declare("expectations/golden.customer.yml", RULES.replace("{5}", "{6}"))
    run(small)
    assert checks(small)["golden.postcode.form"] == [f"shop:S{i}" for i in range(len(NAMES))]

    (small.folder / "expectations" / "golden.customer.yml").unlink()
    run(small)
    assert checks(small) == {}


def test_a_rule_that_cannot_be_checked_neither_opens_nor_ends_tasks(shop: Any) -> None:
    run(shop)
    before = checks(shop)
    broken = RULES.replace('with: {regex: "^[0-9]{5}$"}', "with: {min_value: 1}").replace(
        "expect_column_values_to_match_regex", "expect_column_values_to_be_between"
    )
    shop.declare("expectations/golden.customer.yml", broken)
    report = run(shop)

    assert {o.rule_id: o.status for o in report.planned.checks}["golden.postcode.form"] == "errored"
    assert checks(shop) == before


def test_a_figure_of_all_customers_opens_one_task(shop: Any) -> None:
    rule = """
layer: golden
rules:
  - id: golden.volume.small
    description: There are at least ten golden customers.
    expectation: expect_table_row_count_to_be_between
    with: {min_value: 10}
    severity: warn
"""
    shop.declare("expectations/golden.customer.yml", rule)
    run(shop)
    run(shop)
    with shop.hub() as hub:
        assert hub.store.tasks(kind="check_failed")["key"].to_list() == ["check_failed:golden.volume.small"]


def test_the_steward_reads_rule_words_and_values(shop: Any) -> None:
    run(shop)
    with shop.hub() as hub, TestClient(create_app(hub, Access.parse(""))) as api:
        found = hub.store.tasks(kind="check_failed").filter(pl.col("refs").list.contains("shop:S1"))
        key, detail = found.select("key", "detail").row(0)
        inbox, page = api.get("/").text, api.get(f"/tasks/{key}").text

    assert "1O115" not in detail  # values stay with the customer, where they can be erased
    assert "A postcode has five digits." in inbox
    for told in ("golden.postcode.form", "A postcode has five digits.", "1O115", "addresses.postal_code", "shop:S1"):
        assert told in page
