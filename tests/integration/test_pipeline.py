"""The whole pipeline over a small project, on every database."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from custhub.errors import CusthubError, StoppedForPersonError

PEOPLE = [
    "Anna Schulze", "Bernd Krause", "Carla Vogt", "Dieter Lang", "Eva Brandt", "Frank Seidel", "Gerda Pohl",
    "Hans Winter", "Ines Busch", "Jens Horn", "Karin Roth", "Lars Fuchs", "Maria Keller", "Nils Otto", "Olga Stein",
    "Paul Ernst", "Rita Haas", "Sven Graf", "Tina Voss", "Uwe Dietz",
]  # fmt: skip


def test_customers_of_two_systems_become_golden_customers(small: Any, person: Any) -> None:
    small.shop([person(f"S{i}", name) for i, name in enumerate(PEOPLE)])
    small.erp([person(f"000{i}", name, phone="") for i, name in enumerate(PEOPLE[:10])])

    report = small.run()

    assert report.published.golden_customers == 20
    assert sum(len(m) == 2 for m in small.members()) == 10
    assert ["erp:0000", "shop:S0"] in small.members()
    first = json.loads(small.golden().filter(pl.col("display_name") == "Anna Schulze")["doc"][0])
    assert first["phones"][0]["value"].startswith("+4930")
    assert {r.source: r.ledger.new for r in report.batches} == {"erp": 10, "shop": 20}


def test_a_first_run_that_one_source_broke_off_is_made_good_by_the_next(
    small: Any, person: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    suite = yaml.safe_load((Path(__file__).parents[2] / "expectations" / "canonical.customer.yml").read_text())
    rules = [rule for rule in suite["rules"] if rule["id"] in ("canonical.key.twice", "canonical.volume.empty")]
    small.declare("expectations/canonical.customer.yml", yaml.safe_dump({"layer": "canonical", "rules": rules}))
    small.declare("connectors/zoo.yml", small.ERP.replace("source: erp", "source: zoo").replace("ERP", "ZOO"))
    small.declare("mappings/zoo.customer.yml", small.MAPPING % "zoo")
    small.erp([person("Z1", "Anna Schulze")])
    small.shop([person("S1", "Anna Schulze")])
    with pytest.raises(CusthubError, match="CONN_ZOO"):
        small.run()

    monkeypatch.setenv("CUSTHUB_CONN_ZOO", f"sqlite:///{small.folder / 'erp.db'}")
    small.run()

    assert small.members() == [["erp:Z1", "shop:S1", "zoo:Z1"]]


@pytest.fixture
def applied(small: Any, person: Any, kept: Any) -> tuple[Any, list[dict[str, str]]]:
    """The shop's rows, applied."""

    def reach() -> None:
        small.shop(rows)
        small.run()

    rows = [person(f"S{i}", name) for i, name in enumerate(PEOPLE)]
    kept.bring(small, "pipeline_applied", reach)
    return small, rows


def test_a_run_without_changes_writes_no_event_and_no_version(applied: Any) -> None:
    small, _ = applied
    before, hash_ = small.events(), small.hash()

    report = small.run()

    assert report.matched.skipped
    assert small.events().equals(before)
    assert small.hash() == hash_


def test_ids_stay_while_values_change_and_rows_go(applied: Any) -> None:
    small, rows = applied
    before = dict(small.golden().explode("members").select("members", "golden_id").iter_rows())
    rows[3] = {**rows[3], "city": "Hamburg", "zip": "20095"}

    small.shop(rows[:-1])
    small.run()

    after = dict(small.golden().explode("members").select("members", "golden_id").iter_rows())
    assert after == {ref: golden_id for ref, golden_id in before.items() if ref != "shop:S19"}
    second = small.events().filter(pl.col("run_id") == small.events()["run_id"][-1])
    assert sorted(second["type"]) == ["deleted", "updated"]


def test_a_bad_new_version_keeps_the_last_good_one(small: Any, person: Any) -> None:
    small.declare("expectations/canonical.customer.yml", small.CANONICAL)
    rows = [person(f"S{i}", name) for i, name in enumerate(PEOPLE)]
    small.shop(rows)
    small.run()
    hash_ = small.hash()

    small.shop([{**rows[0], "name": "###"}, *rows[1:]])
    report = small.run()

    assert report.published.quarantined_rows == 1
    assert report.applied.keys["shop"].stale == 1
    assert small.hash() == hash_

    small.shop(rows)
    assert small.run().published.quarantined_rows == 0


def test_rows_that_cannot_be_mapped_are_kept_and_excluded_rows_counted(small: Any, person: Any) -> None:
    rows = [person("S1", "Anna Schulze"), person("S2", "Bernd Krause", kind="X"), person("S3", "TEST account")]
    small.shop(rows)

    report = small.run()

    keys = report.applied.keys["shop"]
    assert (keys.attached, keys.quarantined, keys.excluded) == (1, 1, 1)
    with small.hub() as hub:
        row = hub.store.quarantine().row(0, named=True)
    assert "Bernd" in row["raw"]
    assert "Bernd" not in row["reason"]


def test_too_many_deletes_stop_for_a_person(small: Any, person: Any) -> None:
    small.declare("connectors/shop.yml", small.SHOP.replace("delete_limit: 1", "delete_limit: 0.2"))
    small.shop([person(f"S{i}", name) for i, name in enumerate(PEOPLE)])
    small.run()
    small.shop([])

    with pytest.raises(StoppedForPersonError, match="20 of 20 known rows are gone"):
        small.run()
    assert len(small.members()) == 20

    small.run(approve=True)
    assert small.members() == []


def test_merges_over_the_budget_wait_for_approval(small: Any, person: Any) -> None:
    small.declare("mappings/golden.customer.yml", "limits: {merges: 1}\n")
    shop = [person(f"S{i}", name) for i, name in enumerate(PEOPLE)]
    small.shop(shop)
    small.erp([person(f"E{i}", name) for i, name in enumerate(PEOPLE[:4])])
    small.run(review_only=True)
    assert len(small.members()) == 24

    with pytest.raises(StoppedForPersonError, match="over its budget: merges: 4"):
        small.run()
    assert len(small.members()) == 24

    small.run(approve=True)
    assert len(small.members()) == 20


def test_review_only_merges_nothing_by_itself(small: Any, person: Any) -> None:
    small.shop([person(f"S{i}", name) for i, name in enumerate(PEOPLE)])
    small.erp([person(f"E{i}", name) for i, name in enumerate(PEOPLE[:10])])

    report = small.run(review_only=True)

    assert report.published.golden_customers == 30
    assert report.published.open_tasks == 10


def test_a_changed_mapping_is_applied_to_rows_that_did_not_change(applied: Any) -> None:
    small, _ = applied
    small.declare("mappings/shop.customer.yml", (small.MAPPING % "shop").replace("  emails: email\n", ""))
    report = small.run()

    assert report.applied.summary["update"] == 20
    assert all("emails" not in json.loads(doc) for doc in small.golden()["doc"])
