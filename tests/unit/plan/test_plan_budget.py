"""A run that would change too much stops; merges of existing customers need stronger evidence."""

from __future__ import annotations

import polars as pl
import pytest

from custhub.errors import ConflictError, UsageError
from custhub.golden import Limits
from custhub.model.decisions import Judgement
from custhub.model.frames import LINK, PAIR
from custhub.plan import (
    Plan,
    check_decisions,
    contradictions,
    explain,
    hold_merges,
    over_budget,
    spending,
    within,
)


def test_budget_stops_merges_of_existing_customers(world, make):
    world.run([make.person(f"a:{n}", "Jo Li") for n in range(6)])
    plan = world.plan([], [["a:0", "a:1", "a:2", "a:3"]])
    tight = Limits.model_validate({"merges": 2, "changed": {"count": 50}})
    (told,) = over_budget(plan, tight)
    assert told.startswith("merges: 3 of 6 golden customers, limits.merges allows 2")
    said = explain(plan, over=[told], consumers=["crm"])
    assert "OVER BUDGET  merges" in said
    assert f"change feed: {plan.payload['events'].height} changes for crm, the API's readers" in said
    assert over_budget(plan, Limits()) == []
    assert over_budget(plan, Limits.model_validate({"merges": {"share": 0.5}})) == []
    assert spending(plan) == {"merges": 3, "splits": 0, "retired": 0, "changed": 1}
    assert within(spending(plan), {"merges": 3, "changed": 1}) and not within(
        spending(plan), {"merges": 2, "changed": 9}
    )


def test_first_load_costs_nothing(world, make):
    plan = world.plan([make.person(f"a:{n}", "Jo Li") for n in range(4)])
    assert over_budget(plan, Limits.model_validate({"merges": 0, "splits": 0, "retired": 0, "changed": 0})) == []


def _frames(make, members, links, pairs):
    clustered = [(*ref.split(":"), n) for n, refs in enumerate(members) for ref in refs]
    schema = {"system": pl.String, "key": pl.String, "cluster": pl.Int64}
    linked = [(*ref.split(":"), golden_id) for ref, golden_id in links.items()]
    return (
        pl.DataFrame(clustered, schema=schema, orient="row"),
        pl.DataFrame(linked, schema=LINK, orient="row"),
        pl.DataFrame([make.pair(*p) for p in pairs], schema=PAIR),
    )


def test_weak_merge_of_two_existing_customers_is_held(make):
    frames = _frames(
        make,
        [["a:1", "a:2", "n:1"], ["z:1"]],
        {"a:1": "G", "a:2": "H", "z:1": "Z"},
        [("a:1", "a:2", 0.96), ("a:2", "n:1", 0.99), ("a:1", "n:1", 0.97)],
    )
    result = hold_merges(*frames, at_least=0.99)
    groups = result.clusters.group_by("cluster").agg(pl.concat_str("system", "key").sort())
    assert {tuple(g) for g in groups["system"]} == {("a1",), ("a2", "n1"), ("z1",)}
    assert result.held.select("golden_l", "golden_r", "probability").rows() == [("G", "H", 0.97)]


def test_parts_of_one_customer_in_two_clusters_do_not_bring_the_clusters_together(make):
    members = [["a:1", "b:1"], ["a:2", "b:2"]]  # a:1 and a:2 were one customer, and are held apart now
    pairs = [("a:1", "b:1", 0.995), ("a:2", "b:2", 0.995)]
    result = hold_merges(
        *_frames(make, members, {"a:1": "G", "a:2": "G", "b:1": "H", "b:2": "K"}, pairs), at_least=0.99
    )
    groups = result.clusters.group_by("cluster").agg(pl.concat_str("system", "key").sort())
    assert {tuple(g) for g in groups["system"]} == {("a1", "b1"), ("a2", "b2")}


def test_strong_evidence_or_a_person_merges(make):
    told = ([["a:1", "a:2"]], {"a:1": "G", "a:2": "H"})
    strong = hold_merges(*_frames(make, *told, [("a:1", "a:2", 0.995)]), at_least=0.99)
    said = (make.decision("a:1", "a:2", Judgement.SAME),)
    weak = hold_merges(*_frames(make, *told, [("a:1", "a:2", 0.96)]), at_least=0.99, decisions=said)
    for result in (strong, weak):
        assert result.held.is_empty() and result.clusters["cluster"].n_unique() == 1


def test_decisions_that_cannot_all_be_true_are_refused_by_name(make):
    said = [
        make.decision("a:1", "a:2", Judgement.SAME, "one"),
        make.decision("a:3", "a:2", Judgement.SAME, "two"),
        make.decision("a:1", "a:3", Judgement.HELD, "three"),
        make.decision("a:1", "a:9", Judgement.UNSURE, "four"),
    ]
    (found,) = contradictions(said)
    assert found.decision_ids == ("three", "one", "two")
    with pytest.raises(ConflictError, match="three, one, two") as caught:
        check_decisions(said)
    assert caught.value.decision_ids == ("three", "one", "two")
    check_decisions(said[1:])


def test_saved_plan_holds_personal_values_only_on_request(world, make, tmp_path):
    world.run([make.person("a:1", "Jo Li", gender="f")])
    plan = world.plan([make.person("a:1", "Joanna Secret", gender="f"), make.person("a:2", "New One")])
    plan.save(tmp_path / "bare.parquet")
    assert b"Secret" not in (tmp_path / "bare.parquet").read_bytes()
    bare = Plan.load(tmp_path / "bare.parquet")
    assert (bare.hash, bare.counts, bare.has_values) == (plan.hash, plan.counts, False)
    plan.save(tmp_path / "full.parquet", values=True)
    full = Plan.load(tmp_path / "full.parquet")
    assert full.changes.equals(plan.changes) and full.run == plan.run
    assert all(full.payload[name].equals(plan.payload[name]) for name in plan.payload)
    assert explain(full, values=True) == explain(plan, values=True) and "Secret" in explain(full, values=True)
    world.apply(full)
    assert world.plan([]).empty


def test_file_that_is_no_plan_or_was_changed_is_refused(world, make, tmp_path):
    other = tmp_path / "other.parquet"
    pl.DataFrame({"a": [1]}).write_parquet(other)
    with pytest.raises(UsageError, match="no saved plan"):
        Plan.load(other)
    plan = world.plan([make.person("a:1", "Jo")])
    plan.save(other, values=True)
    meta = pl.read_parquet_metadata(other)
    pl.read_parquet(other).filter(pl.col("action") != "record").write_parquet(
        other, metadata={"custhub.plan": meta["custhub.plan"]}
    )
    with pytest.raises(UsageError, match="changed after it was saved"):
        Plan.load(other)


def test_scope_that_leaves_out_a_member_is_the_callers_mistake(world, make):
    world.run([make.person("a:1", "Jo"), make.person("a:2", "Jo")], [["a:1", "a:2"]])
    world.records = world.records.filter(pl.col("key") == "1")
    with pytest.raises(ValueError, match="partly"):
        world.plan([])
