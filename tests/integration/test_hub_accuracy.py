"""The hub's default rules on people and firms, Chinese and Western, of three sources: what any change must keep."""

from __future__ import annotations

from benchmarks import mixed
from benchmarks.mixed_set import mixed_set

from custhub.matching import evaluate


def test_the_hubs_rules_find_people_and_firms_in_one_table() -> None:
    table = mixed_set(3000, seed=11)
    refs, clusters = mixed.hub(table)
    truth = refs.join(table.select("source", "id", "cluster"), on=["source", "id"], how="left", maintain_order="left")
    pairs = evaluate(clusters, truth["cluster"].to_numpy().astype(str)).pairs
    assert pairs.precision >= 0.98
    assert pairs.recall >= 0.92
