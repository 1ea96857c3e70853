"""How often the golden value is the true one: febrl3's original records against their true clusters."""

from __future__ import annotations

import polars as pl
import pytest
from benchmarks.golden import DATA, accuracy


@pytest.mark.skipif(not DATA.exists(), reason="LOUD: ../shared/data/febrl3 is not here, golden accuracy NOT measured")
def test_golden_values_are_the_true_ones() -> None:
    found = accuracy(pl.read_parquet(DATA))
    by_size = (found["right"] / found["values"]).to_list()

    assert found["right"].sum() / found["values"].sum() >= 0.96, by_size
    assert by_size == sorted(by_size), "accuracy does not fall with the cluster's size"
