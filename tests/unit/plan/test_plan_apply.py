"""Plans on a real store: what was planned is what can be read, once and not twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from custhub.errors import PlanMovedError, UsageError
from custhub.golden import Survivorship, documents
from custhub.model.frames import RECORD, conform
from custhub.model.hashing import golden_hash
from custhub.model.ids import uuid7s
from custhub.plan import Current, Evidence, Plan, RunInfo, apply_plan, make_plan
from custhub.store import Store

START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def store(tmp_path):
    opened = Store.open(f"sqlite:///{tmp_path}/golden.db")
    opened.migrate()
    yield opened
    opened.close()


def plan_on(store, rows, groups, run_id) -> Plan:
    new = conform(pl.DataFrame(rows), RECORD) if rows else pl.DataFrame(schema=RECORD)
    kept = store.records()
    scope = pl.concat([kept.join(new, on=["system", "key"], how="anti"), new])
    label = {ref: n for n, refs in enumerate(groups) for ref in refs}
    attached = scope.filter(pl.col("status") == "attached").select("system", "key")
    numbers = [label.get(f"{s}:{k}", 100 + n) for n, (s, k) in enumerate(attached.sort("system", "key").iter_rows())]
    clusters = attached.sort("system", "key").with_columns(pl.Series("cluster", numbers, dtype=pl.Int64))
    goldens = store.goldens()
    active = goldens.filter(pl.col("status") == "active").height
    current = Current(records=kept, links=store.links(), goldens=goldens, tasks=store.tasks(), active=active)
    run = RunInfo(run_id, START + timedelta(days=store.head()), store.head())
    return make_plan(current, Evidence(scope, clusters), Survivorship(), run, uuid7s(run.at, run_id))


def test_plan_is_what_happens(store, make):
    rows = [make.person("crm:1", "Anna Müller"), make.person("erp:1", "Anna Müller"), make.person("erp:2", "Li Na")]
    plan = plan_on(store, rows, [["crm:1", "erp:1"]], "one")
    seq = apply_plan(store, plan)
    assert seq == store.head() and apply_plan(store, plan) == seq, "applied again: the same commit"
    assert golden_hash(documents(store.goldens())) == golden_hash(documents(plan.payload["goldens"]))
    assert store.events(0, 10)["type"].to_list() == ["created", "created"]
    again = plan_on(store, [], [["crm:1", "erp:1"]], "two")
    assert again.empty and apply_plan(store, again) == seq
    merge = plan_on(store, [], [["crm:1", "erp:1", "erp:2"]], "three")
    apply_plan(store, merge)
    (gone, survivor) = merge.merges.select("golden_id", "moved_to").row(0)
    assert store.golden(gone).golden_id == survivor


def test_plan_on_something_that_moved_is_refused(store, make):
    apply_plan(store, plan_on(store, [make.person("a:1", "Jo Li"), make.person("b:1", "Bo")], [], "one"))
    late = plan_on(store, [make.person("a:1", "Joanna Li")], [], "late")
    apply_plan(store, plan_on(store, [make.person("a:1", "Jo Lee")], [], "two"))
    with pytest.raises(PlanMovedError):
        apply_plan(store, late)


def test_plan_without_values_cannot_be_applied(store, make, tmp_path):
    plan_on(store, [make.person("a:1", "Jo")], [], "one").save(tmp_path / "p.parquet")
    with pytest.raises(UsageError, match="without values"):
        apply_plan(store, Plan.load(tmp_path / "p.parquet"))
