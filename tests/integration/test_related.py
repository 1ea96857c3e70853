"""Customers that belong together without being the same: found however the golden customers merge and split."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient

from custhub import stewardship
from custhub.model.decisions import Judgement
from custhub.model.refs import SourceRef
from custhub.pipeline import Kinship, related
from custhub.serve import create_app
from custhub.serve.access import Access
from custhub.store import LATEST, View, keys_of

pytestmark = pytest.mark.story

FAMILY = "  name.full: name\n  name.family: family\n  parent: boss\n"
GIVEN = [
    "Otto",
    "Paula",
    "Quentin",
    "Rosa",
    "Stefan",
    "Tilda",
    "Ulrich",
    "Vera",
    "Wanja",
    "Xaver",
    "Yvonne",
    "Zita",
    "Hektor",
    "Ilse",
]
HOME = {"street": "Lindenweg 4", "city": "Berlin", "zip": "10115"}


@pytest.fixture
def shop(small: Any, person: Any) -> Any:
    """A couple with a namesake elsewhere, and a firm with two branches and an owner."""
    mapping = (
        (small.MAPPING % "shop")
        .replace("  name.full: name\n", FAMILY)
        .replace("street: street", "street: street, house_number: nr")
    )
    small.declare("mappings/shop.customer.yml", mapping)
    small.declare("connectors/shop.yml", small.SHOP)

    def customer(key: str, name: str, **values: str) -> dict[str, str]:
        return {**person(key, name), "family": name.split()[-1], "boss": "", "nr": "4", **values}

    def firm(key: str, name: str, **values: str) -> dict[str, str]:
        return {
            **customer(key, name, kind="O", family="", born="", street="", nr="", city="", zip="", email=""),
            **values,
        }

    rows = [
        customer("S1", "Anna Schulze", **HOME),
        customer("S2", "Bernd Schulze", **{**HOME, "street": "LINDENWEG 4"}),
        customer("S3", "Anna Schulze", born="1931-02-03", phone="+49 89 1234567", email="as@example.net"),
        firm("S4", "上海华兴贸易有限公司"),
        firm("S5", "上海华兴贸易有限公司北京分公司"),
        firm("S6", "上海华兴贸易有限责任公司广州分公司"),
        customer("S7", "Carla Vogt", boss="S4"),
        customer("S8", "Dieter Lang", phone="+49 89 1234567"),
    ]
    small.rows = rows
    write(small, rows)
    small.run()
    return small


def write(small: Any, rows: list[dict[str, str]]) -> None:
    lines = [",".join(rows[0]), *(",".join(row.values()) for row in rows)]
    (small.folder / "shop.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def of(small: Any, key: str, view: View = LATEST) -> dict[str, str]:
    """Members of the others by how they are related, as `kinship: member`."""
    with small.hub() as hub:
        golden = hub.store.golden_by_source("shop", key, view=view)
        found = related(hub, golden, view)
        return {" ".join(hub.store.golden(r.golden_id, view=view).members): r.kinship.value for r in found}


def test_households_branches_namesakes_and_declared_ties_are_found_from_both_ends(shop: Any) -> None:
    assert of(shop, "S1") == {"shop:S2": "household", "shop:S3": "same_name"}
    assert of(shop, "S2") == {"shop:S1": "household"}
    assert of(shop, "S3") == {"shop:S1": "same_name", "shop:S8": "related"}
    assert of(shop, "S4") == {"shop:S5": "branch", "shop:S6": "branch", "shop:S7": "declared_by"}
    assert of(shop, "S5") == {"shop:S4": "head_office", "shop:S6": "same_head_office"}
    assert of(shop, "S6") == {"shop:S4": "head_office", "shop:S5": "same_head_office"}
    assert of(shop, "S7") == {"shop:S4": "declared"}


def test_links_follow_a_merge_and_its_undo_and_are_no_part_of_the_golden_hash(shop: Any) -> None:
    before = shop.hash()
    at = datetime(2026, 2, 1, tzinfo=UTC)
    with shop.hub() as hub:
        refs = SourceRef("shop", "S1"), SourceRef("shop", "S3")
        stewardship.decide(hub, *refs, Judgement.SAME, by="anna", at=at, reason="she moved")
    shop.run()
    assert of(shop, "S2") == {"shop:S1 shop:S3": "household"}
    assert of(shop, "S8") == {"shop:S1 shop:S3": "related"}

    with shop.hub() as hub:
        decision = next(d.decision.id for d in hub.store.decisions())
        stewardship.undo(hub, decision, by="anna", at=at, reason="she did not", with_later=True, dry=False)
    shop.run()
    assert of(shop, "S2") == {"shop:S1": "household"}
    assert shop.hash() == before


def test_links_are_told_as_they_were(shop: Any, person: Any) -> None:
    with shop.hub() as hub:
        then = View(upto=hub.store.head())
        at = hub.store.golden_by_source("shop", "S2").at
    before = {key: of(shop, key) for key in ("S1", "S2", "S4", "S7")}
    moved = {"S2": {"street": "Neue Gasse 9"}, "S7": {"boss": ""}}
    write(shop, [{**row, **moved.get(row["id"], {})} for row in shop.rows if row["id"] != "S5"])
    shop.run()

    assert of(shop, "S1") == {"shop:S3": "same_name"}
    assert of(shop, "S4") == {"shop:S6": "branch"}
    assert {key: of(shop, key, then) for key in before} == before
    with shop.hub() as hub:
        asked = {"related": "true", "as_of": at}
        told = TestClient(create_app(hub, Access.parse(""))).get("/api/v1/customers/by-source/shop/S2", params=asked)
    assert [r["kinship"] for r in told.json()["related"]] == ["household"]


def test_what_a_crowd_shares_ties_nobody(shop: Any, person: Any) -> None:
    tower = [
        {
            **person(f"T{i}", f"{given} Wang"),
            "family": "Wang",
            "boss": "",
            "nr": "1",
            "street": "Turm 1",
            "zip": "10117",
        }
        for i, given in enumerate(GIVEN)
    ]
    write(shop, [*shop.rows, *tower[:12]])
    shop.run(review_only=True)
    assert list(of(shop, "T0").values()).count("household") == 11

    write(shop, [*shop.rows, *tower])
    shop.run(review_only=True)
    assert "household" not in of(shop, "T0").values()


def test_the_api_tells_who_is_related_when_asked(shop: Any) -> None:
    with shop.hub() as hub:
        client = TestClient(create_app(hub, Access.parse("")))
        plain = client.get("/api/v1/customers/by-source/shop/S5")
        kin = client.get("/api/v1/customers/by-source/shop/S5", params={"related": "true"})
    assert "related" not in plain.json()
    found = kin.json()["related"]
    assert [(r["kinship"], r["name"]) for r in found] == [
        ("head_office", "上海华兴贸易有限公司"),
        ("same_head_office", "上海华兴贸易有限责任公司广州分公司"),
    ]
    assert found[0]["evidence"] == ["head: 上海华兴贸易有限公司"]
    assert set(plain.headers) - set(kin.headers) == {"etag"}


def test_keys_follow_the_document_alone(shop: Any) -> None:
    goldens = shop.golden()
    assert keys_of(goldens).equals(keys_of(goldens.reverse()))
    assert Kinship.HOUSEHOLD in of(shop, "S1").values()
