"""The audit log holds, and says so when somebody writes past it."""

from __future__ import annotations

from types import SimpleNamespace

import polars as pl
import pytest
import sqlalchemy as sa

from custhub.errors import StoreError
from custhub.model.decisions import Decision, Judgement, Pin
from custhub.model.refs import SourceRef
from custhub.store import CLOSING, Approval, Changes, Erasing, Facts, RunKind, Store, tables
from custhub.store.audit import strip

A, B, C = SourceRef("crm", "a:1"), SourceRef("erp", "1"), SourceRef("erp", "2")


@pytest.fixture
def spoken(store: Store, make: SimpleNamespace) -> Store:
    """A store in which a decision, another in its place, one that ended, a pin and an approval stand."""

    def said(name: str, left: SourceRef = A, right: SourceRef = B) -> Decision:
        return Decision(name, left, right, Judgement.SAME, "ann", "2026-03-01T00:00:00Z", "seen")

    pin = Pin("p1", A, "name.full", '"Ann"', "ann", "2026-03-01", "call")
    store.write("c1", make.at, None, Facts(decisions=[said("d1"), said("d2", A, C)], pins=[pin]))
    store.write("c2", make.at, None, Facts(decisions=[said("d3")], released=["d2"], by="bert"))
    store.approve(Approval("hash", "run-1", {"merges": 3}, "ann", "2026-03-01T00:00:00Z"))
    return store


def change(store: Store, statement: sa.UpdateBase) -> None:
    with store.database.write() as connection:
        connection.execute(statement)


def test_the_log_holds_and_names_its_head(spoken: Store) -> None:
    report = spoken.verify_audit()

    assert (report.entries, report.erased, report.problems) == (6, 0, ())
    assert [entry["what"] for entry in spoken.audit()] == [
        "approval",
        "release",
        "decision",
        "pin",
        "decision",
        "decision",
    ]
    assert spoken.audit()[1]["by"] == "bert"
    spoken.approve(Approval("other", "run-2", {}, "ann", "2026-03-02T00:00:00Z"))
    assert spoken.verify_audit(report.head).problems == ()
    assert "is not in the log" in spoken.verify_audit("6:" + "0" * 64).problems[0]


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (tables.decision.update().where(tables.decision.c.id == "d1").values(judgement="different"), "d1 is not what"),
        (tables.decision.update().where(tables.decision.c.id == "d3").values(superseded_by="released"), "d3 was ended"),
        (tables.decision.delete().where(tables.decision.c.id == "d2"), "d2 is in the log and nowhere else"),
        (tables.pin.update().values(value='"Eve"'), "pin p1 is not what"),
        (tables.approval.update().values(budget="{}"), "approval hash is not what"),
        (tables.audit.update().where(tables.audit.c.no == 2).values(by="eve"), "breaks at entry 2"),
        (tables.audit.update().where(tables.audit.c.no == 2).values(body="{}"), "entry 2 does not say"),
        (tables.audit.delete().where(tables.audit.c.no == 3), "entry 3 is missing"),
    ],
    ids=["judgement", "ended", "removed", "pin", "approval", "who", "content", "gap"],
)
def test_what_is_written_past_it_is_noticed(spoken: Store, statement: sa.UpdateBase, said: str) -> None:
    change(spoken, statement)

    assert any(said in problem for problem in spoken.verify_audit().problems)


def test_a_cut_end_is_noticed_by_the_head_that_was_noted(spoken: Store) -> None:
    head = spoken.verify_audit().head
    change(spoken, tables.approval.delete())
    change(spoken, tables.audit.delete().where(tables.audit.c.no == 6))

    assert spoken.verify_audit().problems == ()
    assert len(spoken.verify_audit(head).problems) == 1


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (tables.link.delete().where(tables.link.c.key == "00003"), "wrote 2 rows into link, and 1 are there"),
        (tables.event.delete().where(tables.event.c.run_no == 1), "run 1 wrote 2 rows into event, and 0 are there"),
        (tables.commit_log.delete().where(tables.commit_log.c.seq == 2), "3 commits were made, and 2 are there"),
    ],
    ids=["link", "event", "commit"],
)
def test_rows_of_old_runs_that_somebody_took_out_are_noticed(
    store: Store, make: SimpleNamespace, statement: sa.UpdateBase, said: str
) -> None:
    for n in (0, 2, 4):
        store.write(f"r{n}", make.at, make.customers(2, start=n))
    assert store.verify_audit().problems == ()

    change(store, statement)

    assert any(said in problem for problem in store.verify_audit().problems)


def test_an_erased_entry_keeps_the_chain_and_tells_nothing(spoken: Store) -> None:
    with spoken.database.write() as connection:
        assert strip(connection, {("erp", "1")}, by="eva", at="2026-03-02T00:00:00Z", name="erase-1") == 2
        connection.execute(tables.decision.delete().where(tables.decision.c.id.in_(["d1", "d3"])))

    report = spoken.verify_audit()

    assert (report.erased, report.problems) == (2, ())
    assert [entry["body"] is None for entry in spoken.audit()] == [False, False, False, True, False, False, True]


def test_an_entry_that_is_emptied_without_an_erasure_is_noticed(spoken: Store) -> None:
    change(spoken, tables.audit.update().where(tables.audit.c.no == 1).values(salt=None, body=None))

    assert "entry 1 is empty, and no erasure says so" in spoken.verify_audit().problems


def test_a_salt_that_is_lost_or_another_is_noticed(spoken: Store) -> None:
    change(spoken, tables.audit.update().where(tables.audit.c.no == 1).values(salt=None))
    change(spoken, tables.audit.update().where(tables.audit.c.no == 3).values(salt="00" * 16))

    told = [f"entry {no} does not say what it said" for no in (1, 3)]
    assert [problem for problem in spoken.verify_audit().problems if problem.startswith("entry")] == told


def test_nothing_is_loaded_when_nobody_can_tell_who_was_erased(spoken: Store, make: SimpleNamespace) -> None:
    erasing = Erasing((B,), (B,), "eva", "erase-1")
    spoken.write("erase-1", make.at, None, Facts(by="eva", erasing=erasing), kind=RunKind.ERASE)
    keys = pl.Series(["1", "2"])
    assert spoken.erased_keys("erp", keys).to_list() == ["1"]

    change(spoken, tables.house.delete().where(tables.house.c.name == "erasure_salt"))

    with pytest.raises(StoreError, match="erasure_salt is gone"):
        spoken.erased_keys("erp", keys)
    with pytest.raises(StoreError, match="erasure_salt is gone"):
        spoken.write("erase-2", make.at, None, Facts(by="eva", erasing=erasing), kind=RunKind.ERASE)


def test_a_waiver_is_in_the_log(store: Store, make: SimpleNamespace) -> None:
    row = pl.DataFrame([{"system": "erp", "key": "1", "row_key": "1", "rule_id": "r", "severity": "quarantine"}])
    store.write("c1", make.at, Changes(quarantine=row))
    opened = store.quarantine()["id"][0]
    closing = pl.DataFrame([{"id": opened, "status": "waived", "who": "ann", "why": "right"}], schema=CLOSING)
    store.write("c2", make.at, Changes(closings=closing))

    assert [(entry["what"], entry["by"]) for entry in store.audit()] == [("waiver", "ann")]
    change(store, tables.closing.update().values(who="eve"))
    assert len(store.verify_audit().problems) == 1
