"""A child row that cannot be read holds up its family, and only it: the last good one stays, marked stale."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from custhub import stewardship

CONNECTOR = """
source: shop
kind: csv
delete_limit: 1
unreadable_limit: 0.9
streams:
  customer: {path: shop.csv, key: id}
  people: {path: people.csv, key: nr, parent: customer}
"""
PEOPLE = """tables: {people: {}}
contacts:
  from: people
  key: nr
  fields: {name.full: name, emails: email}
"""
NAMES = ["Anna Schulze", "Bernd Krause", "Carla Vogt", "Dieter Lang"]
RULE = "landed.shop.child_unreadable"


class Families:
    """Customers S0, S1, ... with one contact each."""

    def __init__(self, small: Any, person: Any) -> None:
        self.small, self.rows = small, [person(f"S{i}", name) for i, name in enumerate(NAMES)]
        self.contacts = [f"{i},S{i},Kim Nr{i},kim{i}@example.org".encode() for i in range(len(NAMES))]
        small.declare("connectors/shop.yml", CONNECTOR)
        small.declare("mappings/shop.customer.yml", small.MAPPING % "shop" + PEOPLE)

    def run(self) -> Any:
        self.small.shop(self.rows)
        lines = [b"nr,customer,name,email", *self.contacts, b""]
        (self.small.folder / "people.csv").write_bytes(b"\n".join(lines))
        return self.small.run(review_only=True)

    def held(self) -> list[tuple[str, str]]:
        with self.small.hub() as hub:
            return sorted(hub.store.quarantine().select("key", "rule_id").iter_rows())

    def living(self) -> set[str]:
        return {ref for members in self.small.members() for ref in members}


@pytest.fixture
def families(new_project: Any, person: Any) -> Families:
    return Families(new_project(), person)


def test_the_last_good_family_stays_until_the_child_row_is_mended(families: Families) -> None:
    families.run()
    whole = families.small.hash()
    good = families.contacts[1]

    families.contacts[1] = b"1,S1,Kim M\xfcller,kim1@example.org"
    families.rows[2]["city"] = "Hamburg"
    report = families.run()

    assert families.held() == [("S1", RULE)]
    assert (report.applied.keys["shop"].stale, report.batches[1].ledger.changed) == (2, 2)
    assert {"shop:S1", "shop:S1#contact-1"} <= families.living()
    assert report.batches[1].deleted == 0
    with families.small.hub() as hub:
        row = hub.store.quarantine().row(0, named=True)
    assert (row["stream"], row["position"]) == ("people", 3)
    assert "M\\xfcller" in row["raw"]
    assert row["reason"] == "a row of people that belongs to it cannot be read: holds bytes that are not utf-8"

    again = families.run()
    assert again.batches[1].ledger.unchanged == len(NAMES)
    assert families.held() == [("S1", RULE)]

    families.contacts[1], families.rows[2]["city"] = good, "Berlin"
    families.run()
    assert families.held() == []
    assert families.small.hash() == whole


def test_a_family_that_never_was_whole_waits_and_an_added_torn_row_holds_up_one_that_was(families: Families) -> None:
    families.contacts[0] = b"0,S0,Kim \xff,kim0@example.org"
    families.run()
    assert families.held() == [("S0", RULE)]
    assert not {ref for ref in families.living() if ref.startswith("shop:S0")}

    families.contacts.append(b"9,S3,Lee \xff,lee@example.org")
    families.contacts.append(b"8,S3,Max \xff,max@example.org")
    families.run()
    assert families.held() == [("S0", RULE), ("S3", RULE)]
    with families.small.hub() as hub:
        raw = hub.store.quarantine().filter(pl.col("key") == "S3")["raw"][0]
    assert "Lee" in raw
    assert "Max" in raw


def test_a_torn_row_whose_family_is_not_known_waits_alone(families: Families) -> None:
    families.contacts += [b"9,S\xff,Lee,lee@example.org", b"8,S77,Max \xff,max@example.org"]
    report = families.run()

    assert [rule for _, rule in families.held()] == ["landed.shop.encoding"] * 2
    assert all(key.startswith("?") for key, _ in families.held())
    assert report.applied.keys["shop"].stale == 0


def test_a_steward_may_accept_a_family_without_the_torn_row(families: Families) -> None:
    families.contacts[1] = b"1,S1,Kim M\xfcller,kim1@example.org"
    families.run()
    with families.small.hub() as hub:
        row = hub.store.quarantine()["id"][0]
        stewardship.waive(hub, row, by="ann", at=datetime(2026, 2, 1, tzinfo=UTC), reason="Kim left")

    families.run()
    assert families.held() == []
    assert "shop:S1" in families.living()
    assert "shop:S1#contact-1" not in families.living()
    families.run()
    assert families.held() == []
