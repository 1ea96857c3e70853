"""Stories of golden customers over several runs."""

from __future__ import annotations

import json

import polars as pl

from custhub.model.decisions import Judgement, Pin
from custhub.model.refs import SourceRef
from custhub.plan import explain


def test_first_load_creates_and_second_run_writes_nothing(world, make):
    rows = [make.person("crm:1", "Anna Müller"), make.person("erp:1", "Anna Müller"), make.person("erp:2", "Li Na")]
    plan = world.run(rows, [["crm:1", "erp:1"]])
    assert plan.counts["create"] == 2 and plan.counts["record"] == 3
    assert {e["type"] for e in world.events} == {"created"}
    again = world.plan([], [["crm:1", "erp:1"]])
    assert again.empty and again.payload["events"].is_empty()
    assert explain(again).endswith("nothing changes.")


def test_landed_again_without_change_is_no_change(world, make):
    world.run([make.person("crm:1", "Anna Müller")])
    again = {**make.person("crm:1", "Anna Müller"), "batch_id": "later", "position": 7}
    assert world.plan([again]).empty


def test_merge_next_batch_split_and_rebuild(world, make):
    refs = ["crm:1", "erp:1", "erp:2"]
    world.run([make.person(r, "Anna Müller") for r in refs], [["crm:1"], ["erp:1", "erp:2"]])
    small, large = world.id_of("crm:1"), world.id_of("erp:1")

    merged = world.run([], [refs])
    assert [world.id_of(r) for r in refs] == [large] * 3
    assert world.golden(small)["status"] == "merged" and world.golden(small)["moved_to"] == large
    assert merged.merges.select("golden_id", "moved_to").row(0) == (small, large)

    world.run([make.person("web:9", "Anna Müller")], [[*refs, "web:9"]])
    assert world.id_of("web:9") == large

    parts = [["crm:1"], ["erp:1", "erp:2", "web:9"]]
    split = world.run([], parts)
    assert world.id_of("erp:1") == large
    assert world.id_of("crm:1") == small, "the part that was the merged customer takes its id up again"
    kinds = {e["golden_id"]: e["type"] for e in split.payload["events"].iter_rows(named=True)}
    assert kinds == {large: "split", small: "created"}

    rebuilt = make.world()
    rebuilt.run(world.records.to_dicts(), parts)
    assert rebuilt.hash() == world.hash()


def test_merged_event_names_survivor_and_records(world, make):
    world.run([make.person("a:1", "Jo"), make.person("a:2", "Jo")])
    low, high = world.id_of("a:1"), world.id_of("a:2")
    plan = world.run([], [["a:1", "a:2"]])
    events = {e["golden_id"]: e for e in plan.payload["events"].to_dicts()}
    assert (events[high]["type"], events[high]["moved_to"], events[high]["lost"]) == ("merged", low, ["a:2"])
    assert (events[low]["type"], events[low]["gained"]) == ("updated", ["a:2"])
    assert json.loads(events[low]["cause"]) == {"run": "run-1", "why": "match"}


def test_deleted_record_retires_its_customer_and_its_return_revives_it(world, make):
    world.run([make.person("erp:1", "Anna Müller"), make.person("crm:1", "Anna Müller")], [["erp:1", "crm:1"]])
    golden_id = world.id_of("erp:1")
    world.run([make.record("crm:1", status="deleted")])
    assert world.golden(golden_id)["members"] == ["erp:1"]
    gone = world.run([make.record("erp:1", status="deleted")])
    assert gone.payload["events"].select("golden_id", "type").rows() == [(golden_id, "deleted")]
    assert world.golden(golden_id)["status"] == "retired" and world.golden(golden_id)["doc"] is None
    back = world.run([make.person("erp:1", "Anna Müller")])
    assert world.id_of("erp:1") == golden_id
    assert back.counts["revive"] == 1 and back.counts["create"] == 0
    assert world.golden(golden_id)["status"] == "active"


def test_a_record_that_returns_alone_leaves_its_old_id_to_those_who_stayed(world, make):
    world.run([make.person("a:1", "Anna Müller"), make.person("b:1", "Anna Müller")], [["a:1", "b:1"]])
    stayed = world.id_of("b:1")
    world.run([make.record("a:1", status="deleted")], [["b:1"]])

    back = world.plan([make.person("a:1", "Li Na")], [["a:1"]], only=True)

    assert back.counts["create"] == 1 and back.counts["revive"] == 0
    world.apply(back)
    assert (world.id_of("b:1"), world.golden(stayed)["members"]) == (stayed, ["b:1"])


def test_quarantined_record_leaves_but_stale_one_stays(world, make):
    world.run([make.person("erp:1", "Anna"), make.person("crm:1", "Anna")], [["erp:1", "crm:1"]])
    golden_id = world.id_of("erp:1")
    stale = {**make.person("erp:1", "Anna"), "stale": True}
    plan = world.run([stale], [["erp:1", "crm:1"]])
    assert world.id_of("erp:1") == golden_id and plan.counts["update"] == 0 and plan.counts["record"] == 1
    world.run([make.record("crm:1", status="quarantined")])
    assert world.id_of("crm:1") is None and world.golden(golden_id)["members"] == ["erp:1"]


def test_different_holds_through_a_third_record(world, make):
    world.run([make.person("a:1", "Jo Li"), make.person("a:2", "Jo Li")])
    apart = make.decision("a:1", "a:2", Judgement.DIFFERENT)
    seen = [make.pair("a:1", "a:2"), make.pair("a:1", "a:3"), make.pair("a:2", "a:3")]
    # Matching, which honours decisions, puts the third record to one of them.
    world.run([make.person("a:3", "Jo Li")], [["a:1", "a:3"]], pairs=seen, decisions=[apart])
    assert world.id_of("a:1") == world.id_of("a:3") != world.id_of("a:2")
    assert world.open_tasks() == [], "a=c and a different from b: nobody is asked about b and c again"


def test_contradicting_decisions_become_a_conflict_task(world, make):
    rows = [make.person(f"a:{i}", "Jo Li") for i in (1, 2, 3)]
    said = [
        make.decision("a:1", "a:2", Judgement.SAME, "one"),
        make.decision("a:2", "a:3", Judgement.SAME, "two"),
        make.decision("a:1", "a:3", Judgement.DIFFERENT, "three"),
    ]
    plan = world.run(rows, [["a:1", "a:2"]], decisions=said)
    assert world.open_tasks() == ["conflict:a:1|a:3", "conflict:a:2|a:3"]
    assert "decisions contradicted: 2, a conflict task each" in explain(plan)
    world.run([], [["a:1", "a:2", "a:3"]], decisions=said[:2])
    assert world.open_tasks() == []


def test_possible_duplicate_opens_once_and_closes_itself(world, make):
    rows = [make.person("a:1", "Jo Li"), make.person("a:2", "Jo Lee")]
    world.run(rows, pairs=[make.pair("a:1", "a:2")])
    assert world.open_tasks() == ["possible_duplicate:a:1|a:2"]
    assert world.plan([], pairs=[make.pair("a:1", "a:2")]).empty
    closed = world.run([make.person("a:2", "Somebody Else")])
    assert closed.counts["task_close"] == 1 and world.open_tasks() == []


def test_unsure_sleeps_until_the_evidence_changes(world, make):
    world.run([make.person("a:1", "Jo Li"), make.person("a:2", "Jo Lee")], pairs=[make.pair("a:1", "a:2")])
    world.tasks = world.tasks.with_columns(pl.lit("asleep").alias("status"))
    unsure = [make.decision("a:1", "a:2", Judgement.UNSURE)]
    assert world.plan([], pairs=[make.pair("a:1", "a:2")], decisions=unsure).empty
    world.run([], pairs=[make.pair("a:1", "a:2", weight=9000)], decisions=unsure)
    assert world.open_tasks() == ["possible_duplicate:a:1|a:2"]


def test_reused_source_key_gets_a_new_id_and_a_task(world, make):
    world.run([make.person("erp:1", "Anna Müller", birth_date="1980-01-01", emails=[{"value": "anna@x.org"}])])
    old = world.id_of("erp:1")
    plan = world.run([make.person("erp:1", "Pedro Gomez", birth_date="1991-12-12", emails=[{"value": "pg@y.org"}])])
    assert world.id_of("erp:1") != old and world.golden(old)["status"] == "retired"
    assert world.open_tasks() == ["key_reused:erp:1"]
    assert {json.loads(e["cause"])["why"] for e in plan.payload["events"].to_dicts()} == {"key_reused"}


def test_marriage_and_a_move_keep_the_id(world, make):
    world.run([make.person("erp:1", "Anna Müller", birth_date="1980-01-01", emails=[{"value": "anna@x.org"}])])
    old = world.id_of("erp:1")
    world.run([make.person("erp:1", "Frau Schmidt", birth_date="1980-01-01", emails=[{"value": "new@y.org"}])])
    assert world.id_of("erp:1") == old


def test_two_owners_of_one_organisation_open_a_task(world, make):
    def view(key: str, owner: str) -> list[dict[str, str]]:
        return [{"system": "erp", "organisation": "1000", "key": key, "owner": owner}]

    rows = [make.person(f"erp:{k}", "Jo", organisation_views=view(k, o)) for k, o in (("1", "kim"), ("2", "lee"))]
    world.run(rows, [["erp:1", "erp:2"]])
    assert world.open_tasks() == ["two_owners:erp:1"]
    views = json.loads(world.golden(world.id_of("erp:1"))["doc"])["organisation_views"]
    assert [v["owner"] for v in views] == ["kim", "lee"], "both keep their customer"
    world.run([make.person("erp:2", "Jo", organisation_views=view("2", "kim"))], [["erp:1", "erp:2"]])
    assert world.open_tasks() == []


def test_pin_stays_and_opens_a_task_when_the_value_beneath_moves(world, make):
    world.run([make.person("erp:1", "Anna Müller", gender="f")])
    from custhub.golden import value_hash

    pin = Pin("p1", SourceRef("erp", "1"), "gender", '"x"', "ann", "2026-01-01T00:00:00Z", "", seen=value_hash("f"))
    plan = world.run([], pins=[pin])
    change = plan.changes.filter(pl.col("attribute") == "gender").row(0, named=True)
    assert (change["old"], change["new"], change["rule"], change["cause"]) == ('"f"', '"x"', "p", "pin")
    assert world.open_tasks() == []
    world.run([make.person("erp:1", "Anna Müller", gender="m")], pins=[pin])
    assert json.loads(world.golden(world.id_of("erp:1"))["doc"])["gender"] == "x"
    assert world.open_tasks() == ["pin_moved:p1"]


def test_changed_value_is_listed_with_old_new_and_rule(world, make):
    rows = [make.person("a:1", "Jo Li", gender="m"), make.person("a:2", "Jo Li", gender="m")]
    world.run(rows, [["a:1", "a:2"]])
    plan = world.run(
        [make.person("a:2", "Jo Li", gender="f", source_updated_at="2026-01-01T00:00:00Z")], [["a:1", "a:2"]]
    )
    updates = plan.changes.filter(pl.col("action") == "update")
    assert updates.select("attribute", "old", "new", "rule", "cause").rows() == [
        ("gender", '"m"', '"f"', "r", "data"),
        ("source_updated_at", None, '"2026-01-01T00:00:00Z"', "u", "data"),
    ]
    assert plan.payload["events"]["changed"].to_list() == [["gender", "source_updated_at"]]
    assert '"f"' not in explain(plan) and '"m" -> "f"' in explain(plan, values=True)


def test_answered_task_stays_answered_until_the_evidence_changes(world, make):
    world.run([make.person("a:1", "Jo Li"), make.person("a:2", "Jo Lee")], pairs=[make.pair("a:1", "a:2")])
    world.tasks = world.tasks.with_columns(pl.lit("answered").alias("status"))
    apart = [make.decision("a:1", "a:2", Judgement.DIFFERENT)]
    assert world.plan([], pairs=[make.pair("a:1", "a:2")], decisions=apart).empty
    assert world.plan([], pairs=[make.pair("a:1", "a:2")]).empty
    world.run([], pairs=[make.pair("a:1", "a:2", weight=9000)])
    assert world.open_tasks() == ["possible_duplicate:a:1|a:2"]
