"""Reading golden customers: merges are followed, past states come back, look-ups find current values only."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import polars as pl
import pytest

from custhub.store import Changes, Store, View, views


@pytest.fixture
def hours(store_url: str) -> Iterator[Store]:
    """A store whose clock goes an hour forward at every commit, and once back."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    ticks = iter([0, 1, 2, 1, 4, 5, 6, 7, 8, 9])
    with Store.open(store_url, clock=lambda: start + timedelta(hours=next(ticks))) as store:
        store.migrate()
        yield store


def versions(store: Store, make: SimpleNamespace, *words: str) -> None:
    for word in words:
        goldens = make.goldens(make.golden("g1", ["erp:1"], word=word))
        store.write(word, make.at, Changes(goldens=goldens, links=make.links([("erp", "1", "g1")])))


def test_as_of_gives_the_version_of_the_time_and_never_goes_back(hours: Store, make: SimpleNamespace) -> None:
    versions(hours, make, "a", "b", "c", "d", "e")
    start = datetime(2026, 1, 1, tzinfo=UTC)

    def word(after: float) -> str | None:
        view = View(as_of=start + timedelta(hours=after))
        found, by_key = hours.golden("g1", view=view), hours.golden_by_source("erp", "1", view=view)
        whole = hours.goldens(view=view)
        assert found == by_key or (found is not None and by_key is not None and found.hash == by_key.hash)
        assert whole["hash"].to_list() == ([found.hash] if found else [])
        return found.hash.split("/")[1] if found and found.hash else None

    assert [word(h) for h in (-1, 0.5, 1.5, 2.5, 4.5)] == [None, "a", "b", "d", "e"]
    assert hours.timeline("g1")["at"].is_sorted()


def test_a_naive_time_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="time zone"):
        store.golden("g1", view=View(as_of=datetime(2026, 1, 1)))  # noqa: DTZ001


def test_redirects_lead_to_the_end_of_the_chain(store: Store, make: SimpleNamespace) -> None:
    store.write("r1", make.at, make.customers(4))
    for number, (gone, to) in enumerate((("g00000", "g00001"), ("g00001", "g00002"), ("g00002", "g00003"))):
        store.write(f"m{number}", make.at, Changes(goldens=make.goldens(make.golden(gone, moved_to=to))))
    found = store.golden("g00000")
    assert found is not None
    assert (found.asked, found.golden_id, found.status) == ("g00000", "g00003", "active")
    whole = store.goldens().filter(pl.col("status") == "merged")
    assert whole["moved_to"].to_list() == ["g00003"] * 3
    assert store.goldens(["g00000"])["moved_to"].to_list() == ["g00003"]
    store.write("undo", make.at, Changes(goldens=make.goldens(make.golden("g00001", word="back"))))
    assert store.golden("g00000").golden_id == "g00001"  # type: ignore[union-attr]


def test_a_detached_record_has_no_golden_customer(store: Store, make: SimpleNamespace) -> None:
    store.write("r1", make.at, make.customers(2))
    store.write("r2", make.at, Changes(links=make.links([("erp", "00000", None), ("erp", "00001", "g00000")])))
    assert store.golden_by_source("erp", "00000") is None
    assert store.golden_by_source("erp", "00001").golden_id == "g00000"  # type: ignore[union-attr]
    assert store.links().rows() == [("erp", "00001", "g00000")]


def test_lookup_knows_current_values_only(store: Store, make: SimpleNamespace) -> None:
    doc = '{"emails":[{"value":"Ann@x.org","rank":1}],"identifiers":[],"phones":[{"raw":"a\\"]","value":"+4917"},{"value":null}]}'
    row = make.golden("g1") | {"doc": doc, "display_name": "Ann  Bœhm"}
    store.write("r1", make.at, Changes(goldens=make.goldens(row)))
    assert store.lookup("phone", "+4917") == store.lookup("email", " ann@X.org") == ["g1"]
    assert store.lookup("name", "ann  bœhm") == ["g1"]
    assert store.lookup("identifier", "") == []
    store.write("r2", make.at, Changes(goldens=make.goldens(row | {"doc": '{"phones":[{"value":"+44"}]}'})))
    assert store.lookup("phone", "+4917") == []
    assert store.lookup("phone", "+44") == ["g1"]


def test_a_timeline_names_runs_and_causes(store: Store, make: SimpleNamespace) -> None:
    store.write("r1", make.at, make.customers(3))
    store.write("r2", make.at, Changes(goldens=make.goldens(make.golden("g00001", word="quiet"))))
    line = store.timeline("g00001")
    assert line.select("seq", "run_id", "run_kind", "type").rows() == [
        (1, "r1", "decision", "created"),
        (2, "r2", "decision", None),
    ]
    assert "why" in line["cause"][0]


def test_many_references_and_ids_are_found_whole(
    store: Store, make: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "_KEYS_AT_ONCE", 40)
    run = store.open_run("r1", make.at)
    store.stage(run.run_no, make.customers(150))
    store.publish_run(run.run_no, 0)
    refs = pl.DataFrame({"system": ["erp"] * 151, "key": [f"{n:05d}" for n in range(151)]})
    ids = [f"g{n:05d}" for n in range(130)]
    for few in (1_000, 10):
        monkeypatch.setattr(views, "FEW", few)
        assert store.records(refs=refs).height == store.links(refs=refs).height == 150
        found = store.goldens(ids)
        assert sorted(found["golden_id"]) == ids
        assert set(found["born"]) == {run.run_no}
