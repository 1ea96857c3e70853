"""The compensating plan: after any history, the state before its last run is there again, ids and documents included."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from custhub.plan import Before, Current, RunInfo, make_undo

REFS = ["a:1", "a:2", "a:3", "b:1", "b:2", "b:3"]
NAMES = ["Anna Müller", "Li Na", "Bo Ek"]
step = st.fixed_dictionaries(
    {
        "rows": st.dictionaries(st.sampled_from(REFS), st.sampled_from([*NAMES, None]), max_size=4),
        "labels": st.lists(st.integers(0, 3), min_size=len(REFS), max_size=len(REFS)),
    }
)


def play(make, world, told):
    rows = [
        make.person(ref, name) if name else make.record(ref, status="deleted") for ref, name in told["rows"].items()
    ]
    status = {f"{s}:{k}": v for s, k, v in world.records.select("system", "key", "status").iter_rows()}
    status |= {f"{r['system']}:{r['key']}": r["status"] for r in rows}
    groups: dict[int, list[str]] = {}
    for ref, label in zip(REFS, told["labels"], strict=True):
        if status.get(ref) == "attached":
            groups.setdefault(label, []).append(ref)
    world.run(rows, list(groups.values()))


def active(goldens):
    return goldens.filter(pl.col("status") == "active").sort("golden_id")


@settings(max_examples=15, deadline=None)
@given(st.lists(step, min_size=2, max_size=5), st.integers(1, 2))
def test_what_was_is_again(make, steps, back):
    world = make.world()
    for told in steps[:-back]:
        play(make, world, told)
    goldens, links, records = world.goldens, world.links.drop_nulls("golden_id"), world.records
    for told in steps[-back:]:
        play(make, world, told)
    now = Current(records=world.records, goldens=world.goldens, active=active(world.goldens).height)
    new = world.records.join(records, on=["system", "key"], how="anti").with_columns(status=pl.lit("withdrawn"))
    before = Before(goldens=active(goldens), records=pl.concat([records, new]))
    run = RunInfo("undo", datetime(2026, 4, 1, tzinfo=UTC), world.runs)

    plan = make_undo(now, before, run)

    ended = set(active(world.goldens)["golden_id"]) - set(active(goldens)["golden_id"])
    world.apply(plan)
    columns = ["golden_id", "members", "doc", "hash"]
    assert active(world.goldens).select(columns).equals(active(goldens).select(columns))
    assert world.links.drop_nulls("golden_id").sort("system", "key").equals(links.sort("system", "key"))
    told = plan.payload["events"]
    assert told["golden_id"].is_unique().all()
    assert set(told["golden_id"]) == set(plan.payload["goldens"]["golden_id"])
    assert set(told.filter(pl.col("type").is_in(["merged", "deleted"]))["golden_id"]) == ended
    again = Current(records=world.records, goldens=world.goldens)
    assert make_undo(again, before, run).empty, "twice is once"
