"""Right to erasure: the values are gone everywhere and do not come back; ledgers, feed and ids hold."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from fastapi.testclient import TestClient

from custhub import stewardship
from custhub.errors import NotFoundError, UsageError
from custhub.model.decisions import Judgement
from custhub.model.refs import SourceRef
from custhub.serve import create_app
from custhub.serve.access import Access
from custhub.store.tables import metadata

pytestmark = pytest.mark.story

NAMES = ["Quirin Zapf", "Bernd Krause", "Carla Vogt", "Dieter Lang", "Eva Brandt"]
SECRET = ("Quirin", "Zapf", "quirin", "zapf", "4711-77", "Ottakring")


def at(small: Any, hours: int = 5) -> datetime:
    return datetime.fromisoformat("2026-01-05T08:00:00+00:00") + timedelta(days=small.day, hours=hours)


def erase(small: Any, target: str) -> stewardship.ErasureReport:
    with small.hub() as hub:
        return stewardship.erase(hub, target, by="eva", at=at(small), reason="asked by letter")


def ids(small: Any) -> dict[str, str]:
    return dict(small.golden().explode("members").select("members", "golden_id").iter_rows())


def everything_kept(small: Any, source_files: set[str] = frozenset({"shop.csv", "erp.db", "golden.db"})) -> str:
    """All text in the store's tables and in all files of the data folder."""
    said: list[str] = []
    with small.hub() as hub, hub.store.database.read() as connection:
        for table in metadata.sorted_tables:
            if table.name != "model":  # value frequencies, see the report
                said += [repr(tuple(row)) for row in connection.execute(table.select())]
    for path in sorted((small.folder / ".custhub").rglob("*.parquet")):
        if path.parent.name != "models":
            said.append(repr(pl.read_parquet(path).rows()))
    return "\n".join(said)


@pytest.fixture
def known(small: Any, person: Any, kept: Any) -> Any:
    """Somebody in two systems, with a history, a decision with a reason, a merge, and a refused row."""
    kept.bring(small, "erasure_known", lambda: know(small, person))
    assert all(word in everything_kept(small) for word in ("Quirin", "4711-77", "Ottakring"))
    return small


def know(small: Any, person: Any) -> None:
    small.declare("expectations/canonical.customer.yml", small.CANONICAL)
    zapf = person("S0", NAMES[0], street="Ottakring 1", phone="+49 30 4711-77")
    rest = [person(f"S{i}", name) for i, name in enumerate(NAMES) if i]
    small.shop([zapf, *rest])
    small.erp([person("E0", NAMES[0], street="Ottakring 1", phone="+49 30 4711-77"), person("E1", NAMES[1])])
    small.run()
    with small.hub() as hub:
        refs = SourceRef("shop", "S0"), SourceRef("shop", "S4")
        why = "Quirin Zapf told me"
        stewardship.decide(hub, *refs, Judgement.DIFFERENT, by="anna", at=at(small, 1), reason=why)
    small.shop([{**zapf, "city": "Wien"}, *rest])
    small.run()
    small.shop([{**zapf, "name": "Quirin #Zapf"}, *rest])
    small.run()


def test_a_golden_customer_is_erased_everywhere_and_does_not_come_back(known: Any) -> None:
    golden_id, before, others = ids(known)["shop:S0"], known.events(), ids(known)

    report = erase(known, golden_id)

    assert report.golden_erased == (golden_id,)
    assert report.rows == ("erp:E0", "shop:S0")
    kept = everything_kept(known)
    assert [word for word in SECRET if word in kept] == []
    assert ids(known) == {ref: g for ref, g in others.items() if g != golden_id}
    after = known.events()
    columns = ["seq", "golden_id", "type", "gained", "lost", "changed"]
    assert after.head(before.height).select(columns).equals(before.select(columns))
    assert after["type"][-1] == "erased"
    with known.hub() as hub:
        assert hub.store.verify_audit().problems == ()
        for source in ("erp", "shop"):
            hub.store.key_ledger(source).check(source)

    known.run()
    known.run(full=True)
    kept = everything_kept(known)
    assert [word for word in SECRET if word in kept] == []
    assert ids(known) == {ref: g for ref, g in others.items() if g != golden_id}
    assert known.events().height == after.height


def test_the_api_says_gone(known: Any) -> None:
    golden_id, then = ids(known)["shop:S0"], known.events()["at"][0]
    erase(known, golden_id)

    with known.hub() as hub, TestClient(create_app(hub, Access.parse(""))) as api:
        by_id = api.get(f"/api/v1/customers/{golden_id}")
        by_source = api.get("/api/v1/customers/by-source/shop/S0")
        before = api.get(f"/api/v1/customers/{golden_id}", params={"as_of": then})
        changes = [c for c in api.get("/api/v1/changes?limit=1000").json()["changes"] if c["golden_id"] == golden_id]

    assert (by_id.status_code, by_source.status_code, before.status_code) == (410, 410, 410)
    assert [(c["before"], c["after"]) for c in changes] == [(None, None)] * len(changes)
    assert changes[-1]["type"] == "erased"


def test_one_source_row_goes_and_the_customer_stays_with_what_others_say(known: Any, person: Any) -> None:
    golden_id = ids(known)["shop:S0"]

    report = erase(known, "shop:S0")

    assert (report.golden_erased, report.golden_changed) == ((), (golden_id,))
    assert ids(known)["erp:E0"] == golden_id
    document = json.loads(known.golden().filter(pl.col("golden_id") == golden_id)["doc"][0])
    assert document["addresses"][0]["city"] == "Berlin"
    assert "Wien" not in everything_kept(known)
    hash_ = known.hash()
    known.run(full=True)
    assert (known.hash(), "shop:S0" in ids(known)) == (hash_, False)


def test_what_cannot_be_erased_is_said_and_an_erasure_cannot_be_undone(known: Any) -> None:
    with known.hub() as hub:
        runs = [run.run_id for run in hub.store.runs()]
    report = erase(known, "shop:S0")
    for target in ("shop:none", "no-such-id"):
        with pytest.raises(NotFoundError):
            erase(known, target)
    with known.hub() as hub:
        for target in (report.erasure_id, runs[-1]):
            with pytest.raises(UsageError):
                stewardship.undo(hub, target, by="bert", at=at(known, 6), with_later=True)


def test_an_erasure_that_was_cut_off_goes_on(known: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    golden_id = ids(known)["shop:S0"]
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr("custhub.stewardship.erasing.strip_files", _cut_off)
        erase(known, golden_id)
    assert "Quirin" in everything_kept(known)
    known.day += 1

    erase(known, golden_id)

    assert "Quirin" not in everything_kept(known)


def _cut_off(*_: Any) -> None:
    raise KeyboardInterrupt


def test_no_value_is_left_in_the_database_file(new_project: Any, person: Any) -> None:
    small = new_project()
    small.shop([person("S0", NAMES[0]), person("S1", NAMES[1])])
    small.run()
    erase(small, "shop:S0")

    with small.hub() as hub:
        model = hub.store.model()
    assert model is not None
    raw = Path(small.url.removeprefix("sqlite:///")).read_bytes().replace(model[1].encode(), b"")
    assert b"quirin.zapf@example.org" not in raw
