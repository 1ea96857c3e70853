"""Runs: nothing is seen before the commit, everything after it; a killed run goes on; a moved plan is refused."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest
import sqlalchemy as sa

from custhub.errors import NotFoundError, PlanMovedError, StoreError
from custhub.model.decisions import Decision, Judgement
from custhub.model.refs import SourceRef
from custhub.store import Changes, Facts, RunState, Store, View, bulk


def publish(store: Store, run_id: str, changes: Changes, make: SimpleNamespace, base: int | None = None) -> int:
    run = store.open_run(run_id, make.at)
    store.stage(run.run_no, changes)
    return store.publish_run(run.run_no, store.head() if base is None else base)


def contents(store: Store) -> list[list[tuple[object, ...]]]:
    frames = [
        store.records().sort("system", "key"),
        store.links().sort("system", "key"),
        store.goldens().sort("golden_id"),
        store.events(0, 10_000).drop("at"),
    ]
    return [frame.rows() for frame in frames]


def test_a_run_is_seen_all_at_once(store: Store, make: SimpleNamespace) -> None:
    run = store.open_run("r1", make.at)
    changes = make.customers(50)
    for part in ("records", "links"):
        store.stage(run.run_no, Changes(**{part: getattr(changes, part)}))
    store.stage(run.run_no, Changes(goldens=changes.goldens, events=changes.events))
    assert [frame.height for frame in (store.records(), store.links(), store.goldens(), store.events(0, 99))] == [0] * 4
    assert store.golden("g00001") is None
    assert store.golden_by_source("erp", "00001") is None
    assert store.goldens(view=View(including=run.run_no)).height == 50
    assert store.publish_run(run.run_no, 0) == 1
    assert [frame.height for frame in (store.records(), store.links(), store.goldens(), store.events(0, 99))] == [
        50
    ] * 4
    found = store.golden_by_source("erp", "00001")
    assert found is not None
    assert found.golden_id == "g00001"
    assert found.members == ("erp:00001",)


def test_frames_come_back_as_they_went_in(store: Store, make: SimpleNamespace) -> None:
    records = make.records([("erp", "1"), ("crm", "张:三")], doc='{"name":{"full":"Ünï \\"x\\""}}').with_columns(
        failed_rules=pl.Series([['a"b', "c,d"], []], dtype=pl.List(pl.String)), stale=pl.lit(True), position=pl.lit(7)
    )
    publish(store, "r1", Changes(records=records), make)
    assert store.records().sort("system").rows() == records.sort("system").rows()
    assert store.records(systems=["crm"]).height == 1
    assert store.records(refs=pl.DataFrame({"system": ["crm", "erp"], "key": ["张:三", "x"]})).height == 1


def test_nul_characters_do_not_stop_a_run(store: Store, make: SimpleNamespace) -> None:
    publish(store, "r1", Changes(records=make.records([("erp", "1")], doc="a\0b")), make)
    assert store.records()["doc"].to_list() == ["a\ufffdb"]


def test_the_latest_commit_wins_not_the_latest_run_number(store: Store, make: SimpleNamespace) -> None:
    early, late = store.open_run("early", make.at), store.open_run("late", make.at)
    store.stage(late.run_no, make.customers(1, word="late"))
    store.publish_run(late.run_no, 0)
    store.stage(early.run_no, make.customers(1, word="early"))
    store.publish_run(early.run_no, store.head())
    assert store.goldens()["hash"].to_list() == ["g00000/early"]
    assert store.goldens(["g00000"])["born"].to_list() == [early.run_no]
    assert store.goldens(view=View(upto=1))["hash"].to_list() == ["g00000/late"]


def test_publishing_and_opening_twice_is_harmless(store: Store, make: SimpleNamespace) -> None:
    seq = publish(store, "r1", make.customers(3), make)
    again = store.open_run("r1", make.at)
    store.stage(again.run_no, make.customers(3))
    assert store.publish_run(again.run_no, 0) == seq == 1
    assert store.run("r1").state is RunState.PUBLISHED
    assert store.events(0, 99).height == 3
    assert [run.run_id for run in store.runs()] == ["r1"]


def test_a_run_without_changes_writes_no_event(store: Store, make: SimpleNamespace) -> None:
    publish(store, "r1", make.customers(2), make)
    publish(store, "r2", Changes(), make)
    publish(store, "r3", make.customers(1, word="x"), make)
    assert store.events(0, 99)["seq"].to_list() == [1, 2, 3]
    assert store.head() == 3


class CrashError(Exception):
    """Stands for a crash."""


def test_a_broken_stage_goes_on_and_gives_the_same_store(
    store: Store, make: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes = make.customers(900)
    run = store.open_run("r1", make.at)
    for dies_at in ("source_version", "link", "golden_version", "golden_key", "event"):

        def die(step: str, done: int, total: int | None = None, at: str = f"apply {dies_at}") -> None:
            if step == at:
                raise CrashError

        with pytest.raises(CrashError):
            store.stage(run.run_no, changes, die)
        if store.database.is_sqlite:  # the first chunk is smaller than the frame
            with pytest.raises(StoreError, match="not fully staged"):
                store.publish_run(run.run_no, 0)
    store.stage(run.run_no, changes)
    store.publish_run(run.run_no, 0)
    assert store.goldens().height == store.records().height == store.links().height == 900
    assert store.events(0, 3_000)["seq"].to_list() == list(range(1, 901))


def test_other_frames_replace_what_was_staged(store: Store, make: SimpleNamespace) -> None:
    run = store.open_run("r1", make.at)
    store.stage(run.run_no, make.customers(30, word="first try"))
    store.stage(run.run_no, make.customers(20, word="second"))
    store.publish_run(run.run_no, 0)
    assert store.goldens()["hash"].str.ends_with("second").all()
    assert store.goldens().height == store.links().height == store.events(0, 99).height == 20


def test_an_abandoned_run_leaves_nothing_and_can_come_back(store: Store, make: SimpleNamespace) -> None:
    run = store.open_run("r1", make.at)
    store.stage(run.run_no, make.customers(10))
    store.abandon_run(run.run_no)
    with pytest.raises(StoreError, match="not open"):
        store.stage(run.run_no, make.customers(10))
    assert store.goldens(view=View(including=run.run_no)).height == 0
    publish(store, "r1", make.customers(4), make)
    assert store.goldens().height == 4
    with pytest.raises(StoreError, match="published"):
        store.abandon_run(run.run_no)


KILLED = """
import os, signal, sys
sys.path.insert(0, sys.argv[2])
from conftest import AT, customers_of
from custhub.store import Store
store = Store.open(sys.argv[1])
run = store.open_run("r1", AT)
def die(step, done, total=None):
    if step == "apply golden_version":
        print("staged", flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
store.stage(run.run_no, customers_of(1_000), die)
"""


def test_a_killed_process_leaves_a_store_that_a_second_run_makes_whole(
    store: Store, store_url: str, make: SimpleNamespace
) -> None:
    words = [sys.executable, "-c", KILLED, store_url, str(Path(__file__).parent)]
    killed = subprocess.run(words, capture_output=True, timeout=300, check=False)
    assert (killed.returncode, killed.stdout) == (-9, b"staged\n")
    assert store.goldens().height == store.records().height == 0
    publish(store, "r1", make.customers(1_000), make)
    assert store.goldens().height == store.records().height == store.links().height == 1_000
    assert store.events(0, 9_999)["golden_id"].n_unique() == 1_000


@pytest.mark.postgres
def test_a_server_that_goes_away_is_named_and_the_run_goes_on(
    postgres_url: str, make: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "_POSTGRES_ROWS", 50)
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    with Store.open(postgres_url) as store:
        store.migrate()
        run = store.open_run("r1", make.at)

        def cut(step: str, done: int, total: int | None = None) -> None:
            if (step, done) == ("apply golden_version", 100):
                with store.database.write() as connection:
                    connection.execute(sa.text(others))

        with pytest.raises(StoreError) as lost:
            store.stage(run.run_no, make.customers(300), cut)
        assert lost.value.retryable
        store.stage(run.run_no, make.customers(300))
        store.publish_run(run.run_no, 0)
        assert store.goldens().height == store.events(0, 999).height == 300


def test_a_load_beside_others_is_whole_and_takes_smaller_steps(
    store: Store, make: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Steps are told only to see them; what counts is that a click between them is kept, and all rows are there."""
    for name, value in (("_POSTGRES_ROWS", 50), ("_POSTGRES_BESIDE_OTHERS", 10), ("_SQLITE_ROWS", (25, 25))):
        monkeypatch.setattr(bulk, name, value)
    run, steps = store.open_run("r1", make.at), list[int]()

    def tell(step: str, done: int, total: int | None = None) -> None:
        if step == "apply golden_version":
            steps.append(done)
        if step == "apply golden_version" and len(steps) == 2:
            store.write("click", make.at, Changes(goldens=make.goldens(make.golden("other"))))

    store.stage(run.run_no, make.customers(200), tell)
    store.publish_run(run.run_no, store.head())
    assert store.goldens().height == 201
    if not store.database.is_sqlite:
        assert steps[:4] == [50, 100, 110, 120]


def test_a_plan_that_moved_is_refused_with_the_ids(store: Store, make: SimpleNamespace) -> None:
    base = publish(store, "r1", make.customers(5), make)
    click = Changes(goldens=make.goldens(make.golden("g00002", ["erp:00002"], word="click")))
    store.write("click", make.at, click)
    run = store.open_run("r2", make.at)
    store.stage(run.run_no, make.customers(4, word="plan"))
    with pytest.raises(PlanMovedError) as refused:
        store.publish_run(run.run_no, base)
    assert refused.value.golden_ids == ("g00002",)
    assert store.golden("g00002").hash == "g00002/click"  # type: ignore[union-attr]
    store.stage(run.run_no, make.customers(4, word="planned again"))
    store.publish_run(run.run_no, store.head())
    assert store.golden("g00002").hash == "g00002/planned again"  # type: ignore[union-attr]


def test_others_changes_do_not_hinder_a_plan(store: Store, make: SimpleNamespace) -> None:
    base = publish(store, "r1", make.customers(5), make)
    store.write("click", make.at, Changes(goldens=make.goldens(make.golden("g00004", word="click"))))
    publish(store, "r2", make.customers(4, word="plan"), make, base)
    hashes = {golden_id: store.golden(golden_id).hash for golden_id in ("g00003", "g00004")}  # type: ignore[union-attr]
    assert hashes == {"g00003": "g00003/plan", "g00004": "g00004/click"}


@pytest.mark.parametrize("way", ["link", "record", "decision"])
def test_a_plan_is_refused_when_records_moved_or_were_judged(store: Store, make: SimpleNamespace, way: str) -> None:
    base = publish(store, "r1", make.customers(5), make)
    changes, facts = Changes(), Facts()
    match way:
        case "link":
            changes = Changes(links=make.links([("erp", "00001", "g00000")]))
        case "record":
            changes = Changes(records=make.records([("erp", "00001")]))
        case _:
            pair = (SourceRef("erp", "00001"), SourceRef("erp", "00003"))
            facts = Facts(decisions=[Decision("d1", *pair, Judgement.DIFFERENT, "ann", "2026-03-01", "seen both")])
    store.write("click", make.at, changes, facts)
    run = store.open_run("r2", make.at)
    store.stage(run.run_no, make.customers(2, word="plan"))
    with pytest.raises(PlanMovedError) as refused:
        store.publish_run(run.run_no, base)
    assert refused.value.golden_ids
    assert set(refused.value.golden_ids) <= {"g00000", "g00001"}


def test_a_small_write_is_one_step_and_harmless_twice(store: Store, make: SimpleNamespace) -> None:
    publish(store, "r1", make.customers(2), make)
    click = Changes(
        goldens=make.goldens(make.golden("g00001", word="click")), events=make.events(("g00001", "updated"))
    )
    assert store.write("c1", make.at, click) == store.write("c1", make.at, click) == 2
    with pytest.raises(PlanMovedError):
        store.write("c2", make.at, click, base_seq=1)
    with pytest.raises(NotFoundError):
        store.run("c2")
    assert store.events(0, 9).height == 3


def test_a_summary_is_kept_with_the_run(store: Store, make: SimpleNamespace) -> None:
    run = store.open_run("r1", make.at)
    store.save_summary(run.run_no, {"merged": 3, "名": "x"})
    assert store.run("r1").summary == {"merged": 3, "名": "x"}
    assert store.run("r1").at == make.at


@pytest.mark.slow
def test_a_click_does_not_wait_for_a_big_run(store: Store, make: SimpleNamespace) -> None:
    import threading

    publish(store, "r1", make.customers(100), make)
    run = store.open_run("r2", make.at)
    big = make.customers(6_000, start=1_000)
    staging = threading.Thread(target=store.stage, args=(run.run_no, big))
    staging.start()
    clicks = 0
    while staging.is_alive():
        changes = Changes(goldens=make.goldens(make.golden("g00001", word=str(clicks))))
        store.write(f"click {clicks}", make.at, changes)
        clicks += 1
        time.sleep(0.01)
    staging.join()
    assert clicks > 3
