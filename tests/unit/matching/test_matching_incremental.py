"""Incremental runs equal full ones under the same model; search uses the same code."""

import importlib.util
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custhub.errors import UsageError
from custhub.matching import Decided, MatchIndex, MatchRules, match, match_incremental, match_indexed, search

_spec = importlib.util.spec_from_file_location("engine_tests", Path(__file__).with_name("test_matching_engine.py"))
assert _spec and _spec.loader
_tests = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_tests)
people, partition, RULES = _tests.people, _tests.partition, _tests.RULES
BASE, _ = people(150)
MODEL = match(BASE.head(200), RULES).model


def indexed(frame: pl.DataFrame, rules: MatchRules = RULES) -> MatchIndex:
    return match_indexed(frame, rules, model=MODEL)[1]


def living(index: MatchIndex) -> tuple[set[frozenset[str]], set[tuple[object, ...]]]:
    """The clusters of living records as sets of ids, and the pairs by ids."""
    rows = np.flatnonzero(index.alive)
    clusters, pairs, _ = index.found(rows)
    return named(index.records(rows)["id"], clusters, pairs)


def full(frame: pl.DataFrame, decided: Decided | None = None) -> tuple[set[frozenset[str]], set[tuple[object, ...]]]:
    result = match(frame, RULES, model=MODEL, decided=decided)
    return named(frame["id"], result.clusters, result.pairs)


def named(
    ids: pl.Series, clusters: np.ndarray, pairs: pl.DataFrame
) -> tuple[set[frozenset[str]], set[tuple[object, ...]]]:
    sides = [frozenset(ends) for ends in zip(ids[pairs["left"]], ids[pairs["right"]], strict=True)]
    told = set(zip(sides, pairs["weight"], pairs["decision"], strict=True))
    return {frozenset(ids.gather(list(c)).to_list()) for c in partition(clusters)}, told


@given(cuts=st.lists(st.integers(1, BASE.height - 1), min_size=1, max_size=3, unique=True), seed=st.integers(0, 99))
@settings(max_examples=6, deadline=None)
def test_step_by_step_equals_all_at_once(cuts: list[int], seed: int) -> None:
    frame = BASE[np.random.default_rng(seed).permutation(BASE.height)]
    edges = [0, *sorted(cuts), frame.height]
    index = indexed(frame.head(edges[1]))
    for start, end in pairwise(edges[1:]):
        index = match_incremental(index, frame[start:end]).index
    assert living(index) == full(frame)


def test_many_small_steps_leave_few_segments() -> None:
    index = indexed(BASE.head(60))
    for start in range(60, BASE.height, 10):
        index = match_incremental(index, BASE[start : start + 10]).index
    assert len(index.segments) <= 12
    assert living(index) == full(BASE)


def test_changed_and_removed_records() -> None:
    index = indexed(BASE)
    changed = BASE.head(20).with_columns(last=pl.lit("ganzanders"), phone=pl.lit("0999888777"))
    result = match_incremental(index, changed, removed=np.arange(30, 35))
    expected = pl.concat([BASE[20:30], BASE[35:], changed])
    assert living(result.index) == full(expected)
    assert len(result.touched) < BASE.height


def test_decisions_hold_in_increments() -> None:
    index = indexed(BASE)
    cluster = next(c for c in partition(index.clusters) if len(c) > 1)
    left, right, *_ = sorted(cluster)
    decided = Decided(different=np.array([[left, right]]))
    result = match_incremental(index, BASE.head(0), decided=decided)
    assert result.index.clusters[left] != result.index.clusters[right]
    assert living(result.index) == full(BASE, decided)


def test_search_finds_a_record_by_what_is_like_it() -> None:
    index = indexed(BASE)
    wanted = BASE[[7]].with_columns(id=pl.lit("new"), first=pl.col("first") + "x")
    found = search(index, wanted)
    assert found["row"][0] == 7 and found["probability"][0] > 0.9
    stranger = wanted.with_columns(
        first=pl.lit("zoltan"), last=pl.lit("xu"), born=pl.lit("1931-07-30"), phone=pl.lit("0555111"),
        street=pl.lit("z 9"), tax=pl.lit("7"),
    )  # fmt: skip
    assert search(index, stranger).filter(pl.col("probability") > 0.5).is_empty()


def test_a_record_that_lacks_fields_is_weighed_as_a_full_run_weighs_it() -> None:
    index = indexed(BASE)
    sparse = BASE[[7]].with_columns(
        id=pl.lit("new"), phone=pl.lit(None, dtype=pl.String), street=pl.lit(""), tax=pl.lit(None, dtype=pl.String)
    )
    found = search(index, sparse)
    both = match(pl.concat([BASE, sparse.cast(BASE.schema)]), RULES, model=index.model)
    pairs = both.pairs.filter(pl.col("right") == BASE.height)
    told = dict(found.select("row", "weight").iter_rows())
    assert pairs.height > 0
    assert all(told[left] == weight for left, weight in pairs.select("left", "weight").iter_rows())
    assert "level_phone" not in found.columns


def test_without_an_id_there_is_no_increment() -> None:
    rules = RULES.model_copy(update={"id_column": None, "source_column": None})
    index = indexed(BASE, rules)
    with pytest.raises(UsageError, match="no id column"):
        match_incremental(index, BASE.head(1))
