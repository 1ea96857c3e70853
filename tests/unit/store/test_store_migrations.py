"""Stores of former versions are carried over: what was in them is read, found and told as before."""

from __future__ import annotations

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command

from custhub.store import Changes, Store, audit, schema, tables

AT = "2026-03-01T08:00:00.000000Z"
OLD = sa.MetaData()
_text, _int = sa.Text(), sa.BigInteger()
GOLDEN = sa.Table(
    "golden_version", OLD, *(sa.Column(n, _text) for n in ("golden_id", "status", "kind", "display_name", "members", "doc")),
    *(sa.Column(n, _int) for n in ("run_no", "event_ord")),
)  # fmt: skip
KEY = sa.Table(
    "golden_key", OLD, *(sa.Column(n, _text) for n in ("kind", "value", "golden_id")), sa.Column("run_no", _int)
)
RECORD = sa.Table(
    "source_version", OLD, *(sa.Column(n, _text) for n in ("system", "key", "row_key", "batch_id", "status", "failed_rules", "doc")),
    sa.Column("run_no", _int), sa.Column("stale", sa.Boolean()),
)  # fmt: skip


@pytest.fixture
def at_revision(store_url: str) -> Iterator[Any]:
    """Makes an empty store as it was at a revision, with rows put in past the store."""
    with Store.open(store_url) as store:

        def make(revision: str, rows: dict[sa.Table, list[dict[str, Any]]]) -> Store:
            config = schema._config()
            with store.database.write() as connection:
                config.attributes["connection"] = connection
                command.upgrade(config, revision)
                schema._found_house(connection)
                for table, values in rows.items():
                    connection.execute(table.insert(), values)
                commits = len(rows[tables.commit_log])
                connection.execute(tables.feed_head.update().values(seq=commits, next_event=commits + 1, at=AT))
            return store

        yield make


def runs(count: int) -> dict[sa.Table, list[dict[str, Any]]]:
    numbers = range(1, count + 1)
    one = {"kind": "run", "at": AT, "state": "published", "summary": "{}"}
    return {
        tables.run: [{"run_id": f"r{n}", **one} for n in numbers],
        tables.commit_log: [{"seq": n, "run_no": n, "first_event": n, "n_events": 1, "at": AT} for n in numbers],
    }


def test_a_store_from_before_the_log_begins_it_with_what_is_there(at_revision: Any) -> None:
    pair = {"left_system": "a", "left_key": "1", "right_system": "b", "right_key": "2"}
    said = {"judgement": "same", "by": "ann", "at": AT, "reason": "seen", **pair}
    facts = {tables.decision: [{"id": f"d{n}", "run_no": n, **said, "superseded_by": None} for n in (1,)]}
    store = at_revision("0001", runs(1) | facts)

    store.migrate()

    assert [(entry["what"], entry["by"]) for entry in store.audit()] == [("decision", "ann")]
    assert store.verify_audit().problems == ()


def test_tasks_left_as_seen_before_the_log_told_of_them_are_taken_into_it_once(at_revision: Any) -> None:
    told = {"kind": "two_owners", "title": "t", "golden_ids": "[]", "detail": "{}", "worth": 1, "refs": '["a:1"]'}
    seen = {"status": "asleep", "assignee": "ann", "answer": "seen by ann", **told}
    by_hand = {"kind": "decision", "at": AT, "state": "published", "summary": "{}"}
    commits = {tables.commit_log: runs(2)[tables.commit_log]}
    rows = {tables.run: [{"run_id": f"click{n}", **by_hand} for n in (1, 2)], **commits}
    tasks = {tables.task: [{"key": f"k{n}", "run_no": n, **seen} for n in (1, 2)]}
    store = at_revision("0004", rows | tasks)
    with store.database.write() as connection:
        audit.append(connection, AT, audit.facts_of(connection, 2))

    store.migrate()

    entries = [(entry["what"], entry["by"], entry["body"]["key"]) for entry in store.audit()]
    assert sorted(entries) == [("seen", "ann", "k1"), ("seen", "ann", "k2")]
    assert [p for p in store.verify_audit().problems if "seen" in p] == []


def test_documents_and_look_up_keys_of_before_are_read_and_found(at_revision: Any, make: SimpleNamespace) -> None:
    doc = json.dumps({"kind": "person", "name": {"full": "Änne"}, "phones": [{"value": "+491"}]}, ensure_ascii=False)
    golden = {"status": "active", "kind": "person", "display_name": "Änne", "members": '["erp:1"]', "doc": doc}
    record = {"system": "erp", "key": "1", "row_key": "1", "batch_id": "b", "status": "attached", "failed_rules": "[]"}
    told = {"golden_id": "g2", "type": "created", "gained": "[]", "lost": "[]", "changed": "[]"}
    rows = runs(2) | {
        GOLDEN: [
            {"golden_id": g, "run_no": n, "event_ord": ord_, **golden}
            for g, n, ord_ in (("g1", 1, None), ("g2", 1, 1), ("g1", 2, None))
        ],
        KEY: [
            {"kind": k, "value": v, "golden_id": g, "run_no": n}
            for g, n in (("g1", 1), ("g2", 1), ("g1", 2))
            for k, v in (("phone", "+491"), ("name", "änne"))
        ],
        RECORD: [{**record, "doc": doc, "run_no": 1, "stale": False}],
        tables.event: [{"run_no": 1, "ord": 1, **told}],
    }
    store = at_revision("0003", rows)

    store.migrate()

    assert store.golden("g2").doc == doc  # type: ignore[union-attr]
    assert store.records()["doc"].to_list() == [doc]
    assert set(store.goldens()["doc"]) == {doc}
    assert store.lookup("phone", "+491") == store.lookup("name", " ÄNNE ") == ["g1", "g2"]
    assert [store.timeline(g)["type"].to_list() for g in ("g1", "g2")] == [[None, None], ["created"]]
    assert store.events(0, 9)["after"].to_list()[0] == doc
    store.write("r3", make.at, Changes(goldens=make.goldens(make.golden("g1", word="new"))))
    assert store.lookup("phone", "+491") == ["g2"]
    assert json.loads(store.golden("g1").doc)["word"] == "new"  # type: ignore[arg-type, union-attr]
