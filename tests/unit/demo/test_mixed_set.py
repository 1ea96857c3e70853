import polars as pl
import pytest
from benchmarks.mixed_set import mixed_set


@pytest.fixture(scope="module")
def mixed() -> pl.DataFrame:
    return mixed_set(1500, seed=4)


def test_it_has_exactly_the_rows_asked_for(mixed: pl.DataFrame) -> None:
    assert mixed.height == 1500
    assert not mixed.select("source", "id").is_duplicated().any()
    assert mixed["source"].unique().sort().to_list() == ["crm", "erp", "legacy"]


def test_the_same_seed_makes_the_same_set(mixed: pl.DataFrame) -> None:
    assert mixed.equals(mixed_set(1500, seed=4))
    assert not mixed.equals(mixed_set(1500, seed=5))


def test_it_is_mixed(mixed: pl.DataFrame) -> None:
    han = mixed["name"].str.contains(r"\p{Han}").mean()
    assert isinstance(han, float)
    assert 0.4 < han < 0.8
    sizes = mixed["cluster"].value_counts()["count"]
    assert sizes.max() in range(3, 9)
    assert (sizes > 1).sum() > 400
    scripts = mixed.group_by("cluster").agg(pl.col("name").str.contains(r"\p{Han}").n_unique().alias("scripts"))
    assert (scripts["scripts"] == 2).sum() > 20


def test_nothing_is_known_of_everybody(mixed: pl.DataFrame) -> None:
    for column in ("phone", "email", "address", "identifier", "birth_date"):
        assert 0 < mixed[column].null_count() < mixed.height
    assert mixed["name"].null_count() == 0
