"""Which id goes on: most members, then oldest, then order."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custhub.golden import Identity, assign_ids
from custhub.model.frames import LINK

BORN = {"golden_id": pl.String, "born": pl.Int64}


def clusters(*groups: str) -> pl.DataFrame:
    rows = [("s", key, n) for n, group in enumerate(groups) for key in group]
    return pl.DataFrame(rows, schema={"system": pl.String, "key": pl.String, "cluster": pl.Int64}, orient="row")


def links(**members: str) -> pl.DataFrame:
    rows = [("s", key, golden_id) for golden_id, keys in members.items() for key in keys]
    return pl.DataFrame(rows, schema=LINK, orient="row")


def born(**ages: int) -> pl.DataFrame:
    return pl.DataFrame(list(ages.items()), schema=BORN, orient="row")


def ids(identity: Identity) -> dict[str, str]:
    return {key: golden_id for _, key, golden_id in identity.links.iter_rows()}


def new_ids() -> object:
    return (f"new{n}" for n in range(1000))


def test_new_ids_follow_the_lowest_reference():
    assert ids(assign_ids(clusters("zy", "b", "ca"), links(), born(), new_ids())) == {
        "a": "new0", "c": "new0", "b": "new1", "y": "new2", "z": "new2"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("before", "ages", "survivor"),
    [
        ({"G": "a", "H": "bc"}, {"G": 1, "H": 2}, "H"),  # most members
        ({"G": "ab", "H": "cd"}, {"G": 2, "H": 1}, "H"),  # then the oldest
        ({"H": "ab", "G": "cd"}, {"G": 1, "H": 1}, "G"),  # then the lower id
    ],
)
def test_merge_keeps(before, ages, survivor):
    identity = assign_ids(clusters("abcd"), links(**before), born(**ages), new_ids())
    assert set(ids(identity).values()) == {survivor}
    (gone,) = set(before) - {survivor}
    assert identity.merged.rows() == [(gone, survivor)]


def test_split_leaves_the_id_with_most_members_then_lowest_reference():
    assert ids(assign_ids(clusters("a", "bc"), links(G="abc"), born(G=1), new_ids())) == {
        "a": "new0", "b": "G", "c": "G"
    }  # fmt: skip
    assert ids(assign_ids(clusters("b", "a"), links(G="ab"), born(G=1), new_ids()))["a"] == "G"


def test_members_change_places_and_both_ids_stay():
    before = links(G="abc", H="def")
    identity = assign_ids(clusters("abf", "dec"), before, born(G=1, H=1), new_ids())
    assert ids(identity) == dict.fromkeys("abf", "G") | dict.fromkeys("dec", "H")
    assert identity.merged.is_empty() and identity.created.is_empty()


def test_id_without_members_retires_and_returns_with_them():
    gone = assign_ids(clusters("b"), links(G="a", H="b"), born(G=1, H=1), new_ids())
    assert gone.retired["golden_id"].to_list() == ["G"]
    back = assign_ids(clusters("a", "b"), links(H="b"), born(G=1, H=1), new_ids(), former=links(G="a"))
    assert ids(back)["a"] == "G" and back.revived["golden_id"].to_list() == ["G"]


def test_former_id_never_beats_a_current_one():
    identity = assign_ids(clusters("ab"), links(H="b"), born(G=1, H=2), new_ids(), former=links(G="a"))
    assert set(ids(identity).values()) == {"H"} and identity.revived.is_empty()


def test_former_id_that_somebody_holds_is_not_given_again():
    identity = assign_ids(clusters("a", "b"), links(G="b"), born(G=1), new_ids(), former=links(G="a"))
    assert ids(identity) == {"a": "new0", "b": "G"}


partition = st.lists(st.integers(0, 5), min_size=12, max_size=12)


def grouped(labels: list[int]) -> list[str]:
    keys = "abcdefghijkl"
    return ["".join(k for k, at in zip(keys, labels, strict=True) if at == n) for n in sorted({*labels} - {5})]


@settings(max_examples=60, deadline=None)
@given(partition, partition, st.randoms(use_true_random=False))
def test_every_record_has_one_id_and_no_id_is_lost_or_shared(before, after, random):
    """Label 5 means: not there."""
    old = {f"G{n}": group for n, group in enumerate(grouped(before))}
    ages = {golden_id: random.randrange(3) for golden_id in old}
    now = clusters(*grouped(after))
    identity = assign_ids(now, links(**old), born(**ages), new_ids())
    shuffled = now.sample(fraction=1, shuffle=True, seed=random.randrange(99))
    again = assign_ids(shuffled, links(**old).reverse(), born(**ages), new_ids())
    assert ids(identity) == ids(again), "row order decides nothing"
    assert identity.links.height == now.height
    by_cluster = now.join(identity.links, on=["system", "key"]).group_by("cluster").agg(pl.col("golden_id").unique())
    assert by_cluster["golden_id"].list.len().max() in (1, None)
    given_ids = [g[0] for g in by_cluster["golden_id"]]
    assert len(given_ids) == len(set(given_ids)), "no id for two clusters"
    kept, merged, retired = (
        set(given_ids) & set(old),
        set(identity.merged["golden_id"]),
        set(identity.retired["golden_id"]),
    )
    assert kept | merged | retired == set(old) and len(kept) + len(merged) + len(retired) == len(old)
    assert set(identity.merged["moved_to"]) <= set(given_ids), "redirects end at a living id"
    members = {g: set(old[g]) for g in kept}
    for golden_id in kept:
        assert members[golden_id] & {k for k, g in ids(identity).items() if g == golden_id}, "an id keeps a member"


@settings(max_examples=30, deadline=None)
@given(partition)
def test_same_clusters_again_change_nothing(labels):
    groups = grouped(labels)
    first = assign_ids(clusters(*groups), links(), born(), new_ids())
    ages = first.created.with_columns(pl.lit(1, dtype=pl.Int64).alias("born"))
    again = assign_ids(clusters(*reversed(groups)), first.links, ages, (f"other{n}" for n in range(99)))
    assert ids(again) == ids(first)
    assert all(frame.is_empty() for frame in (again.created, again.merged, again.retired))
