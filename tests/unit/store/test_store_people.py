"""What people said, and what waits for them."""

from __future__ import annotations

from types import SimpleNamespace

import polars as pl
import pytest
import sqlalchemy as sa

from custhub.errors import NotFoundError, StoreError
from custhub.model.decisions import Decision, Judgement, Pin, Task, TaskKind
from custhub.model.refs import SourceRef
from custhub.store import CLOSING, QUARANTINED, Approval, Changes, Facts, Store, tables, task_frame

A, B, C = SourceRef("crm", "a:1"), SourceRef("erp", "1"), SourceRef("erp", "2")


def said(name: str, judgement: Judgement, left: SourceRef = A, right: SourceRef = B) -> Facts:
    return Facts(decisions=[Decision(name, left, right, judgement, "ann", "2026-03-01T00:00:00Z", "seen")])


def test_one_live_decision_per_pair_and_the_old_ones_stay(store: Store, make: SimpleNamespace) -> None:
    store.write("c1", make.at, None, said("d1", Judgement.UNSURE))
    store.write("c2", make.at, None, said("d2", Judgement.SAME))
    store.write("c3", make.at, None, said("d3", Judgement.DIFFERENT, A, C))
    assert [row.decision.id for row in store.decisions()] == ["d2", "d3"]
    every = store.decisions(live=False)
    assert [(row.decision.id, row.superseded_by) for row in every] == [("d1", "d2"), ("d2", None), ("d3", None)]
    assert store.decisions(pl.DataFrame({"system": ["erp"], "key": ["2"]}))[0].decision.right == C
    store.write("c4", make.at, None, Facts(released=["d2"]))
    assert [row.decision.id for row in store.decisions()] == ["d3"]
    with pytest.raises(NotFoundError):
        store.write("c5", make.at, None, Facts(released=["d2"]))


def test_the_database_itself_holds_one_live_decision_per_pair(store: Store, make: SimpleNamespace) -> None:
    store.write("c1", make.at, None, said("d1", Judgement.SAME))
    row = sa.select(tables.decision)
    with pytest.raises(StoreError), store.database.write() as connection:
        again = dict(connection.execute(row).mappings().one()) | {"id": "d2"}
        connection.execute(tables.decision.insert().values(again))


def test_pins_replace_one_another_per_attribute(store: Store, make: SimpleNamespace) -> None:
    def pin(name: str, attribute: str) -> Facts:
        return Facts(pins=[Pin(name, A, attribute, '"x"', "ann", "2026-03-01", "call", seen="h")])

    for step, (name, attribute) in enumerate((("p1", "name"), ("p2", "gender"), ("p3", "name"))):
        store.write(f"c{step}", make.at, None, pin(name, attribute))
    assert [p.id for p in store.pins()] == ["p2", "p3"]
    assert store.pins()[0] == Pin("p2", A, "gender", '"x"', "ann", "2026-03-01", "call", seen="h")
    store.write("c9", make.at, None, Facts(unpinned=["p3"]))
    assert [p.id for p in store.pins()] == ["p2"]
    assert len(store.pins(live=False)) == 3


def bad(*keys: str) -> pl.DataFrame:
    rows = [
        {"system": "erp", "key": k, "row_key": k, "rule_id": "r", "raw": "{}", "severity": "quarantine"} for k in keys
    ]
    return pl.DataFrame(rows, schema=QUARANTINED)


def test_quarantine_opens_and_closes_with_the_commit(store: Store, make: SimpleNamespace) -> None:
    run = store.open_run("r1", make.at)
    store.stage(run.run_no, Changes(quarantine=bad("1", "2", "3")))
    assert store.quarantine().height == 0
    store.publish_run(run.run_no, 0)
    found = store.quarantine("erp")
    assert found.drop("id", "opened_run", "status", "who", "why", "closed_run").equals(bad("1", "2", "3"))
    closing = pl.DataFrame([(found["id"][1], "waived", "ann", "known")], schema=CLOSING, orient="row")
    run = store.open_run("r2", make.at)
    store.stage(run.run_no, Changes(closings=closing))
    assert store.quarantine().height == 3
    store.publish_run(run.run_no, 1)
    assert store.quarantine()["key"].to_list() == ["1", "3"]
    assert store.quarantine(status="waived").select("key", "who", "closed_run").rows() == [("2", "ann", run.run_no)]
    assert store.quarantine(status=None, limit=2).height == 2
    late = pl.DataFrame([(found["id"][1], "fixed", "bob", "late")], schema=CLOSING, orient="row")
    store.write("c3", make.at, Changes(closings=late))
    assert store.quarantine(status="waived")["who"].to_list() == ["ann"]


def test_an_unknown_quarantine_id_is_refused(store: Store, make: SimpleNamespace) -> None:
    with pytest.raises(StoreError, match="quarantine"):
        store.write(
            "c", make.at, Changes(closings=pl.DataFrame([("x", "waived", "", "")], schema=CLOSING, orient="row"))
        )


def test_tasks_live_by_their_key(store: Store, make: SimpleNamespace) -> None:
    tasks = [
        Task("t1", TaskKind.POSSIBLE_DUPLICATE, "look", ("erp:1", "crm:a:1"), ("g1", "g2"), worth=5),
        Task("t2", TaskKind.CONFLICT, "settle", (), (), worth=9),
    ]
    store.write("r1", make.at, Changes(tasks=task_frame(tasks)))
    assert store.tasks()["key"].to_list() == ["t2", "t1"]
    assert store.tasks(kind="possible_duplicate")["refs"].to_list() == [["erp:1", "crm:a:1"]]
    answered = task_frame(tasks[:1], status="answered").with_columns(assignee=pl.lit("ann"), answer=pl.lit("same"))
    store.write("r2", make.at, Changes(tasks=answered))
    assert store.tasks()["key"].to_list() == ["t2"]
    one = store.task("t1")
    assert (one["status"], one["answer"], one["opened_run"]) == ("answered", "same", store.run("r1").run_no)
    with pytest.raises(NotFoundError):
        store.task("t3")


def test_approvals_and_models(store: Store) -> None:
    store.approve(Approval("h1", "r1", {"merges": 10}, "ann", "2026-03-01"))
    store.approve(Approval("h1", "r1", {"merges": 12}, "bob", "2026-03-02"))
    assert store.approvals("r1") == [Approval("h1", "r1", {"merges": 12}, "bob", "2026-03-02")]
    assert store.approvals("r2") == []
    assert store.model() is None
    store.save_model("v1", "one")
    store.save_model("v2", "two")
    assert store.model() is None
    for version in ("v2", "v1"):
        store.adopt_model(version)
    assert store.model() == ("v1", "one")
    assert store.model("v2") == ("v2", "two")
    with pytest.raises(NotFoundError):
        store.adopt_model("v3")
