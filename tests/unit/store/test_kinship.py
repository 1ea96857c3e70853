"""Keys under which golden customers that belong together are filed."""

from __future__ import annotations

import json

import polars as pl
import pytest

from custhub.store import keys_of


@pytest.mark.parametrize("family", ["王", 'O"Neil {x}'])
def test_a_household_goes_by_the_name_and_not_by_a_projects_own_field(family: str) -> None:
    address = {"city": "天津市", "house_number": "439号", "lines": ["a", "b]"], "street": "嘉陵江路"}
    document = {"addresses": [address], "extra": {"family": "Gold"}, "name": {"aliases": ["{"], "family": family}}
    doc = json.dumps(document, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    golden = pl.DataFrame(
        {"golden_id": ["g"], "status": ["active"], "kind": ["person"], "display_name": [family], "doc": [doc]}
    )

    keys = keys_of(golden).filter(pl.col("kind") != "name")

    assert keys["kind"].to_list() == ["household"]
    assert "gold" not in keys["value"][0]
    assert "天津市" in keys["value"][0]


def test_what_a_source_declares_is_a_tie_and_a_projects_own_field_of_that_name_is_not() -> None:
    extra = {"parent": "erp:1", "to": "erp:2"}
    doc = json.dumps({"extra": extra, "parent": "erp:3", "relations": [{"to": 'erp:"4"', "type": "subsidiary_of"}]})
    golden = pl.DataFrame(
        {"golden_id": ["g"], "status": ["active"], "kind": ["organisation"], "display_name": ["Firm"], "doc": [doc]}
    )

    assert keys_of(golden).filter(pl.col("kind") != "name")["value"].to_list() == ['erp:"4"', "erp:3"]
