"""Random histories: whatever happens, the invariants of golden customers hold."""

from __future__ import annotations

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from custhub.golden import documents
from custhub.model.hashing import golden_hash

REFS = ["a:1", "a:2", "a:3", "b:1", "b:2", "b:3"]
FEW = settings.get_profile("costly").max_examples // 2  # tests/integration/test_histories.py plays thousands of steps
NAMES = ["Anna Müller", "Li Na", "Bo Ek"]
step = st.fixed_dictionaries(
    {
        "rows": st.dictionaries(st.sampled_from(REFS), st.sampled_from([*NAMES, None]), max_size=4),
        "labels": st.lists(st.integers(0, 3), min_size=len(REFS), max_size=len(REFS)),
    }
)


def _rows(make, told):
    return [make.person(ref, name) if name else make.record(ref, status="deleted") for ref, name in told.items()]


def _clusters(world, rows, labels):
    """Labels only of records that are there after the run."""
    status = {f"{s}:{k}": v for s, k, v in world.records.select("system", "key", "status").iter_rows()}
    status |= {f"{r['system']}:{r['key']}": r["status"] for r in rows}
    groups: dict[int, list[str]] = {}
    for ref, label in zip(REFS, labels, strict=True):
        if status.get(ref) == "attached":
            groups.setdefault(label, []).append(ref)
    return list(groups.values())


def _check(world, clusters):
    links = world.links.drop_nulls("golden_id")
    active = world.goldens.filter(pl.col("status") == "active")
    members = {ref: g for g, refs in active.select("golden_id", "members").iter_rows() for ref in refs}
    linked = {f"{s}:{k}": g for s, k, g in links.iter_rows()}
    assert members == linked, "every linked record is in exactly one active golden customer"
    assert {frozenset(c) for c in clusters} == {frozenset(refs) for refs in active["members"]}
    ends = dict(world.goldens.filter(pl.col("status") == "merged").select("golden_id", "moved_to").iter_rows())
    for start in ends:
        seen, at = set(), start
        while at in ends:
            assert at not in seen, "redirects never run in a circle"
            seen.add(at)
            at = ends[at]
        assert world.golden(at)["status"] in ("active", "retired")


@settings(max_examples=FEW, deadline=None)
@given(st.lists(step, min_size=1, max_size=5), st.integers(0, 99))
def test_histories_keep_the_invariants(make, steps, seed):
    world = make.world()
    for told in steps:
        rows = _rows(make, told["rows"])
        clusters = _clusters(world, rows, told["labels"])
        plan = world.plan(rows, clusters)
        shuffled = world.plan(rows[::-1], clusters[::-1], shuffle=seed)
        assert plan.hash == shuffled.hash, "order of rows decides nothing"
        before = set(world.goldens["golden_id"])
        world.apply(plan)
        _check(world, clusters)
        created = set(plan.changes.filter(pl.col("action") == "create")["golden_id"])
        assert not created & before, "an id is never given twice"
        told_ids = plan.payload["events"]["golden_id"].to_list()
        assert len(told_ids) == len(set(told_ids)), "one event per customer and run"
        assert set(told_ids) == set(plan.payload["goldens"]["golden_id"])
        assert world.plan([], clusters).empty, "the same again changes nothing"


@settings(max_examples=FEW, deadline=None)
@given(st.lists(step, min_size=1, max_size=4))
def test_history_does_not_show_in_the_golden_hash(make, steps):
    world = make.world()
    clusters: list[list[str]] = []
    for told in steps:
        rows = _rows(make, told["rows"])
        clusters = _clusters(world, rows, told["labels"])
        world.run(rows, clusters)
    fresh = make.world()
    fresh.run(world.records.to_dicts(), clusters)
    assert golden_hash(documents(fresh.goldens)) == world.hash()
