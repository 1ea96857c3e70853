"""The demo project's own declarations, over the demo systems: every row is accounted for, the keys are the truth's."""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from custhub import declaration
from custhub.demo import generate
from custhub.demo.story import run_demo
from custhub.errors import UsageError
from custhub.extract import Extraction, extract, load_connector
from custhub.mapping import Mapped, load_mapping
from custhub.matching import MatchRules, hub_rules
from custhub.project import init_project
from custhub.settings import Settings

ROOT = Path(__file__).parents[3]
SOURCES = ("branch", "crm", "erp", "legacy", "legacy_tw", "shop")
CHECKED_LATER = "born in the future"
"""Broken rows that mappings take and expectations keep out."""


def _run(source: str, base: Path, state: dict[str, object]) -> tuple[Extraction, Mapped]:
    connector = load_connector(declaration.read(ROOT / "connectors" / f"{source}.yml", ROOT))
    mapping = load_mapping(
        declaration.read(ROOT / "mappings" / f"{source}.customer.yml", ROOT), time_zone=connector.time_zone
    )
    folder = base / source
    folder.mkdir()
    found = extract(
        connector, folder, base=base, state=state, secrets=lambda name: f"sqlite:///{base / 'demo' / 'erp.db'}"
    )
    landed = {name: pl.read_parquet(stream.path) for name, stream in found.streams.items()}
    return found, mapping.apply(landed, batch_id="b")


@pytest.mark.parametrize("day", [1, 2])
def test_keys_agree_with_the_truth(tmp_path: Path, day: int) -> None:
    generate(tmp_path / "demo", rows=400, seed=3, day=day)
    customers, rejected, unreadable = [], [], 0
    for source in SOURCES:
        found, mapped = _run(source, tmp_path, {})
        rows = pl.read_parquet(found.streams[found.root].path)
        told = pl.concat([mapped.customers["row_key"], mapped.rejected["row_key"], mapped.excluded["row_key"]])
        assert set(told) == set(rows["_key"])
        assert mapped.customers.join(mapped.rejected, on=["system", "key"], how="semi").is_empty()
        customers.append(mapped.customers.select("system", "key"))
        rejected.append(mapped.rejected.select("system", "key").unique())
        unreadable += found.unreadable_rows
    truth = pl.read_parquet(tmp_path / "demo" / "truth.parquet")
    broken = pl.read_parquet(tmp_path / "demo" / "broken.parquet")
    later = broken.filter(pl.col("why") == CHECKED_LATER).select("system", "key")
    expected = pl.concat([truth.select("system", "key"), later]).sort("system", "key")
    assert pl.concat(customers).sort("system", "key").equals(expected)
    assert pl.concat(rejected).join(broken, on=["system", "key"], how="anti").is_empty()
    assert pl.concat(rejected).height + unreadable + later.height == broken.height


def test_the_erp_is_read_on_where_it_was_left(tmp_path: Path) -> None:
    generate(tmp_path / "demo", rows=400, seed=3, day=1)
    first, _ = _run("erp", tmp_path, {})
    before = set(pl.read_parquet(first.streams["kna1"].path)["_key"])
    generate(tmp_path / "demo", rows=400, seed=3, day=2)
    (tmp_path / "erp").rename(tmp_path / "erp_of_day_1")
    second, mapped = _run("erp", tmp_path, first.state)
    assert not second.full
    assert 0 < second.streams["kna1"].rows < len(before) / 4
    assert second.keys is not None
    assert before - set(pl.read_parquet(second.keys)["_key"])
    assert "0000001003" in set(mapped.customers["key"])


def test_the_demo_matches_by_the_hubs_own_rules() -> None:
    """They stand in the demo's YAML for all to see; whoever betters the hub's rules betters them there as well."""
    golden = declaration.read(ROOT / "mappings" / "golden.customer.yml", ROOT).data
    assert MatchRules.model_validate(golden["match"]) == hub_rules()


def test_a_project_that_would_not_read_the_demo_is_told(tmp_path: Path) -> None:
    init_project(tmp_path / "own")
    settings = Settings.load(tmp_path / "own", {})
    with pytest.raises(UsageError, match="connects none of the demo systems"):
        run_demo(settings, rows=60, seed=7, day=1, at=datetime(2026, 3, 2, tzinfo=UTC), say=lambda _: None)
    assert not (tmp_path / "own" / "demo").exists()
