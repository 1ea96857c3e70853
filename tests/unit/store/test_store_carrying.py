"""Key ledgers carried on from run to run: what they say is what counting all anew says, and what is lost is found."""

from __future__ import annotations

from types import SimpleNamespace

import polars as pl
import pytest
import sqlalchemy as sa

from custhub.errors import BalanceError
from custhub.model.ledger import RowLedger
from custhub.store import Batch, Changes, Store, View, carrying
from custhub.store.tables import golden_version, link, source_version


@pytest.fixture
def counted(store: Store, make: SimpleNamespace) -> Store:
    """Twenty customers of one system, published with their ledger."""
    publish(store, make, "first", make.customers(20))
    return store


def publish(store: Store, make: SimpleNamespace, run_id: str, changes: Changes, *batches: str) -> None:
    run = store.open_run(run_id, make.at, batches=batches)
    store.stage(run.run_no, changes)
    found = store.carry_keys(["erp"], run.run_no)
    assert found == store.key_ledgers(["erp"], view=View(including=run.run_no))
    store.publish_run(run.run_no, store.head())


def test_each_change_is_carried_on(counted: Store, make: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrying, "key_ledgers", carried_only)
    publish(counted, make, "more", make.customers(3, start=20))
    counted.write("click", make.at, make.customers(2, start=30))
    gone = Changes(
        records=make.records([("erp", "00003")], status="deleted"),
        links=make.links([("erp", "00003", None)]),
        goldens=make.goldens(make.golden("g00003", moved_to="g00004")),
    )
    publish(counted, make, "gone", gone)

    ledger = counted.key_ledger("erp")
    assert (ledger.seen, ledger.attached, ledger.deleted) == (25, 24, 1)


def carried_only(database: object, systems: list[str], view: View) -> dict[str, object]:
    assert not systems, "counted anew"
    return {}


def test_a_landed_row_needs_a_record(counted: Store, make: SimpleNamespace) -> None:
    """Also one whose record is as it was, and so was not written again."""
    part = make.records([("erp", "00088#a")], status="excluded").with_columns(row_key=pl.lit("00088"))
    publish(counted, make, "part", Changes(records=part))
    for key, covered in (("00001", True), ("00088", True), ("00077", False)):
        rows = pl.DataFrame({"row_key": [key], "row_hash": ["h"], "position": [1]})
        counted.land(Batch(key, "erp", make.at, key, True, RowLedger(1, new=1)), rows)
        run = counted.open_run(key, make.at, batches=[key])
        if covered:
            assert counted.carry_keys(["erp"], run.run_no)["erp"].seen == 21
            counted.publish_run(run.run_no, counted.head())
        else:
            with pytest.raises(BalanceError, match="source erp"):
                counted.carry_keys(["erp"], run.run_no)


@pytest.mark.parametrize("table", [source_version, link, golden_version], ids=str)
def test_a_row_that_is_deleted_behind_its_back_is_found(counted: Store, make: SimpleNamespace, table: sa.Table) -> None:
    key = table.c.golden_id if table is golden_version else table.c.key
    with counted.database.write() as connection:
        connection.execute(table.delete().where(key == ("g00007" if table is golden_version else "00007")))
    run = counted.open_run("second", make.at)
    counted.stage(run.run_no, make.customers(1, start=50))

    with pytest.raises(BalanceError, match=f"{table.name} of run 1"):
        counted.carry_keys(["erp"], run.run_no)


@pytest.mark.parametrize(("key", "run_no"), [("00030", 2), ("00050", 3)], ids=["of a click since", "of the run itself"])
def test_rows_written_since_are_counted_in_every_run(
    counted: Store, make: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, key: str, run_no: int
) -> None:
    """Also where it is not time to count those of all runs."""
    monkeypatch.setattr(carrying, "_SMALL", 0)
    assert not carrying._grown(1_000, 1_005) and carrying._grown(1_000, 1_125)
    monkeypatch.setattr(carrying, "_grown", lambda before, now: False)
    counted.write("click", make.at, make.customers(1, start=30))
    run = counted.open_run("second", make.at)
    counted.stage(run.run_no, make.customers(1, start=50))
    with counted.database.write() as connection:
        connection.execute(link.delete().where(link.c.key == key))

    with pytest.raises(BalanceError, match=f"link of run {run_no}"):
        counted.carry_keys(["erp"], run.run_no)


def test_a_customer_who_leaves_a_record_behind_is_found(counted: Store, make: SimpleNamespace) -> None:
    run = counted.open_run("second", make.at)
    counted.stage(run.run_no, Changes(goldens=make.goldens(make.golden("g00003", moved_to="g00004"))))
    with pytest.raises(BalanceError, match="source erp"):
        counted.carry_keys(["erp"], run.run_no)
