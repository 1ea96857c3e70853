"""Landing: a batch and its rows and cursors come all at once; the latest row per key counts; ledgers balance."""

from __future__ import annotations

from types import SimpleNamespace

import polars as pl
import pytest

from custhub.errors import BalanceError, NotFoundError, StoreError
from custhub.model.ledger import RowLedger
from custhub.store import Batch, BatchState, Changes, Store, View, landing


def batch(make: SimpleNamespace, batch_id: str, count: int = 0) -> Batch:
    return Batch(batch_id, "erp", make.at, f"batches/{batch_id}", True, RowLedger(count, new=count), info={"drift": []})


def rows(*pairs: tuple[str, str]) -> pl.DataFrame:
    frame = pl.DataFrame(pairs, schema=["row_key", "row_hash"], orient="row")
    return frame.with_row_index("position", offset=1)


def known(store: Store) -> dict[str, tuple[str | None, str, bool]]:
    found = store.rows("erp")
    return {r["row_key"]: (r["row_hash"], r["batch_id"], r["present"]) for r in found.iter_rows(named=True)}


def test_the_latest_row_of_a_key_counts(store: Store, make: SimpleNamespace) -> None:
    assert store.source_state("erp") == {}
    store.land(batch(make, "b1", 2), rows(("1", "x"), ("2", "y")), state={"cursor": "2026-01-01"})
    store.land(batch(make, "b2", 1), rows(("2", "z")), pl.DataFrame({"row_key": ["1"]}), {"cursor": "2026-01-02"})
    assert known(store) == {"1": (None, "b2", False), "2": ("z", "b2", True)}
    assert store.source_state("erp") == {"cursor": "2026-01-02"}
    assert store.rows("crm").height == 0
    store.set_batch("b2", state=BatchState.WITHDRAWN)
    assert known(store) == {"1": ("x", "b1", True), "2": ("y", "b1", True)}


def test_landing_twice_changes_nothing(store: Store, make: SimpleNamespace) -> None:
    store.land(batch(make, "b1", 1), rows(("1", "x")), state={"c": 1})
    store.land(batch(make, "b1", 1), rows(("1", "other")), state={"c": 2})
    assert known(store) == {"1": ("x", "b1", True)}
    assert store.source_state("erp") == {"c": 1}
    assert store.batch("b1") == batch(make, "b1", 1)


class CrashError(Exception):
    """Stands for a crash."""


def test_a_broken_landing_is_not_seen_and_comes_whole_the_second_time(
    store: Store, make: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise CrashError

    many = rows(*[(str(n), "h") for n in range(3_000)])
    with monkeypatch.context() as patched, pytest.raises(CrashError):
        patched.setattr(landing, "_refuse_late", die)
        store.land(batch(make, "b1", 3_000), many, state={"c": 1})
    assert store.rows("erp").height == 0
    assert store.source_state("erp") == {}
    assert store.batches() == []
    with pytest.raises(NotFoundError):
        store.batch("b1")
    store.land(batch(make, "b1", 3_000), many, state={"c": 1})
    assert store.rows("erp").height == 3_000


def test_a_batch_that_comes_too_late_is_refused(
    store: Store, make: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise CrashError

    with monkeypatch.context() as patched, pytest.raises(CrashError):
        patched.setattr(landing, "_refuse_late", die)
        store.land(batch(make, "b1", 1), rows(("1", "old")), state={"c": 1})
    store.land(batch(make, "b2", 1), rows(("1", "new")), state={"c": 2})
    with pytest.raises(StoreError, match="later batch"):
        store.land(batch(make, "b1", 1), rows(("1", "old")), state={"c": 1})
    assert known(store) == {"1": ("new", "b2", True)}
    assert store.source_state("erp") == {"c": 2}


def test_a_key_that_comes_twice_is_refused(store: Store, make: SimpleNamespace) -> None:
    with pytest.raises(StoreError, match="twice"):
        store.land(batch(make, "b1", 2), rows(("1", "x"), ("1", "y")))


def test_batches_move_with_their_run(store: Store, make: SimpleNamespace) -> None:
    store.land(batch(make, "b1"), rows())
    store.set_batch("b1", state=BatchState.CHECKED, info={"rules": 3}, ledger=RowLedger(4, unchanged=4))
    assert store.batch("b1").info == {"drift": [], "rules": 3}
    assert store.batch("b1").ledger.unchanged == 4
    run = store.open_run("r1", make.at, batches=["b1"])
    with pytest.raises(StoreError, match="another run"):
        store.open_run("r2", make.at, batches=["b1"])
    assert store.batches("erp", [BatchState.CHECKED]) == [store.batch("b1")]
    store.publish_run(run.run_no, 0)
    assert store.batch("b1").state is BatchState.APPLIED
    assert store.batch("b1").run_no == run.run_no


def test_the_key_ledger_counts_where_keys_are(store: Store, make: SimpleNamespace) -> None:
    store.land(batch(make, "b1", 5), rows(*[(f"{n:05d}", "h") for n in range(5)]))
    run = store.open_run("r1", make.at, batches=["b1"])
    changes = make.customers(2)
    others = [
        make.records([("erp", "00002")], status="quarantined"),
        make.records([("erp", "00003")], status="deleted"),
    ]
    records = pl.concat([changes.records.with_columns(stale=pl.col("key") == "00001"), *others])
    store.stage(run.run_no, Changes(records, changes.links, changes.goldens, changes.events))
    staged = View(including=run.run_no)
    with pytest.raises(BalanceError):  # 00004 was landed and is nowhere
        store.key_ledger("erp", view=staged).check("erp")
    assert store.key_ledger("erp").seen == 0
    more = pl.concat([records, make.records([("erp", "00004")], status="excluded")])
    store.stage(run.run_no, Changes(records=more))
    ledger = store.key_ledger("erp", view=staged)
    ledger.check("erp")
    store.publish_run(run.run_no, 0)
    assert store.key_ledger("erp") == ledger
    assert (ledger.seen, ledger.attached, ledger.stale, ledger.quarantined, ledger.deleted) == (5, 2, 1, 1, 1)
    store.write("detach", make.at, Changes(links=make.links([("erp", "00000", None)])))
    with pytest.raises(BalanceError):
        store.key_ledger("erp").check("erp")
