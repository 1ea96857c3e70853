"""Accuracy on the shared labelled sets, without rules; skipped loudly where they are not at hand."""

from pathlib import Path

import polars as pl
import pytest

from custhub.matching import evaluate, infer_rules, match

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="LABELLED SETS MISSING: accuracy is not tested (../shared/data)"
)


@pytest.mark.parametrize(
    ("name", "least"),
    [("febrl1", 0.995), ("fake_1000", 0.94), ("chicago_early_childhood", 0.92)],
)
def test_f1_at_the_default(name: str, least: float) -> None:
    frame = pl.read_parquet(DATA / name / "data.parquet")
    customers = frame.drop("cluster")
    result = match(customers, infer_rules(customers))
    assert evaluate(result.clusters, frame["cluster"].to_numpy()).pairs.f1 >= least
