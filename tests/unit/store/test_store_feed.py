"""The change feed: in commit order, gapless, the same answer to the same question, none missed beside writers."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custhub.store import Changes, Store

WRITERS = 8
EACH = 6


def test_pages_join_to_the_whole_feed(store: Store, make: SimpleNamespace) -> None:
    for number, count in enumerate((3, 0, 5, 1, 1, 4)):
        changes = make.customers(count, word=str(number)) if count else Changes()
        store.write(f"r{number}", make.at, changes)
    whole = store.events(0, 100)
    assert whole["seq"].to_list() == list(range(1, 15))
    for size in (1, 2, 3, 5, 20):
        pages, since = [], 0
        while (page := store.events(since, size)).height:
            assert page.rows() == store.events(since, size).rows()
            pages += page.rows()
            since = page["seq"].max()
        assert pages == whole.rows()
    assert store.events(14, 5).height == store.events(99, 5).height == 0


@pytest.fixture(scope="module")
def long_feed(tmp_path_factory: pytest.TempPathFactory, make: SimpleNamespace) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path_factory.mktemp('feed') / 'golden.db'}") as store:
        store.migrate()
        for number, count in enumerate((7, 1, 0, 12, 0, 1, 1, 3)):
            store.write(f"r{number}", make.at, make.customers(count) if count else Changes())
        yield store


@settings(max_examples=60, deadline=None)
@given(since=st.integers(0, 30), limit=st.integers(1, 30))
def test_any_page_is_the_part_of_the_whole(long_feed: Store, since: int, limit: int) -> None:
    expected = [seq for seq in range(1, 26) if seq > since][:limit]
    assert long_feed.events(since, limit)["seq"].to_list() == expected


def test_before_and_after_are_the_versions_around_the_run(store: Store, make: SimpleNamespace) -> None:
    for word in ("one", "two", "three"):
        kind = "created" if word == "one" else "updated"
        goldens = make.goldens(make.golden("g1", ["erp:1"], word=word))
        store.write(word, make.at, Changes(goldens=goldens, events=make.events(("g1", kind))))
    feed = store.events(0, 9)
    assert feed["before"][0] is None
    assert [('"one"' in before, '"two"' in after) for before, after in feed.select("before", "after").rows()[1:2]] == [
        (True, True)
    ]
    assert '"three"' in feed["after"][2]
    assert feed["type"].to_list() == ["created", "updated", "updated"]
    assert feed["run_id"].to_list() == ["one", "two", "three"]
    assert feed["changed"].to_list() == [["name"]] * 3
    assert feed["members_after"].to_list() == [["erp:1"]] * 3


def test_eight_writers_beside_a_reader(store: Store, make: SimpleNamespace) -> None:
    """Each writer counts up its own customer: the reader must see every step, in order, and no number twice."""
    failed: list[BaseException] = []

    def steps(writer: int) -> None:
        try:
            for step in range(EACH):
                goldens = make.goldens(make.golden(f"g{writer}", word=f"{step:03d}"))
                events = make.events((f"g{writer}", "updated"))
                store.write(f"{writer}/{step}", make.at, Changes(goldens=goldens, events=events))
        except BaseException as error:
            failed.append(error)

    writers = [threading.Thread(target=steps, args=(n,)) for n in range(WRITERS)]
    for writer in writers:
        writer.start()
    seen: list[tuple[int, str, str]] = []
    while any(writer.is_alive() for writer in writers) or store.events(len(seen), 1).height:
        seen += store.events(len(seen), 50).select("seq", "golden_id", "after").rows()
        time.sleep(0.01)
    for writer in writers:
        writer.join()
    assert not failed
    assert [seq for seq, _, _ in seen] == list(range(1, WRITERS * EACH + 1))
    for number in range(WRITERS):
        steps_seen = [after.split('"word": "')[1][:3] for _, golden_id, after in seen if golden_id == f"g{number}"]
        assert steps_seen == [f"{step:03d}" for step in range(EACH)]


def test_consumers_keep_their_place(store: Store) -> None:
    assert store.consumer("crm") == 0
    store.set_consumer("crm", 5)
    store.set_consumer("crm", 7)
    assert store.consumer("crm") == 7
