"""Keys under which golden customers that belong together are filed."""

from __future__ import annotations

import json

import polars as pl
import pytest

from custhub.store.kinship import kin_keys


@pytest.mark.parametrize("family", ["王", 'O"Neil {x}'])
def test_a_household_goes_by_the_name_and_not_by_a_projects_own_field(family: str) -> None:
    address = {"city": "天津市", "house_number": "439号", "lines": ["a", "b]"], "street": "嘉陵江路"}
    document = {"addresses": [address], "extra": {"family": "Gold"}, "name": {"aliases": ["{"], "family": family}}
    doc = json.dumps(document, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    golden = pl.DataFrame({"golden_id": ["g"], "kind": ["person"], "display_name": [family], "doc": [doc]})

    keys = pl.concat(kin_keys(golden))

    assert keys["kind"].to_list() == ["household"]
    assert "gold" not in keys["value"][0]
    assert "天津市" in keys["value"][0]
