"""Hashes and grouping give the same on every machine and in any order."""

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from custhub.matching.arrays import (
    NONE,
    combine,
    combine_unordered,
    distinct,
    group,
    hash_texts,
    ordered,
    shortened,
    start_hashes,
)


def test_hashes_are_fixed_for_ever() -> None:
    hashes = hash_texts(pl.Series(["", None, "a", "王伟", "abcdefgh", "abcdefghi"]))
    assert hashes[0] == hashes[1] == NONE
    assert len(set(hashes[2:].tolist())) == 4
    assert hashes[2] == 39898768554013150, "a model in use holds these hashes"


@given(st.lists(st.text(max_size=30), min_size=1, max_size=30))
@settings(max_examples=60, deadline=None)
def test_a_text_has_the_same_hash_alone_and_among_others(texts: list[str]) -> None:
    together = hash_texts(pl.Series(texts, dtype=pl.String))
    alone = [hash_texts(pl.Series([text], dtype=pl.String))[0] for text in texts]
    assert together.tolist() == [int(h) for h in alone]


@given(st.lists(st.text("abé王𠀋", max_size=6), min_size=1, max_size=12))
@settings(max_examples=60, deadline=None)
def test_hashes_of_pieces_are_equal_where_the_pieces_are(texts: list[str]) -> None:
    starts = start_hashes(pl.Series(texts, dtype=pl.String), 4)
    owner, hashes = shortened(pl.Series(texts, dtype=pl.String), 9)
    told = {(o, int(h)) for o, h in zip(owner.tolist(), hashes, strict=True)}
    for i, one in enumerate(texts):
        pieces = {one, *(one[:at] + one[at + 1 :] for at in range(len(one)))}
        for j, other in enumerate(texts):
            assert [a == b for a, b in zip(starts[i], starts[j], strict=True)] == [
                one[:n] == other[:n] for n in range(1, 5)
            ]
            whole = int(hashes[np.flatnonzero(owner == j)[0]])
            assert ((i, whole) in told) == (other in pieces)


def test_combining_keeps_nothing_as_nothing_and_minds_the_order_unless_told_not_to() -> None:
    a, b = hash_texts(pl.Series(["x", "x", ""])), hash_texts(pl.Series(["y", "", "y"]))
    assert combine(a, b)[1] == combine(a, b)[2] == NONE
    assert combine(a, b)[0] != combine(b, a)[0]
    assert combine_unordered(a, b)[0] == combine_unordered(b, a)[0]


@given(st.lists(st.integers(0, 2**50), max_size=50))
@settings(max_examples=60, deadline=None)
def test_group_and_order_agree_with_sorting(values: list[int]) -> None:
    array = np.array(values, dtype=np.int64)
    keys, numbers = group(array)
    assert keys.tolist() == sorted(set(values)) == distinct(array).tolist()
    assert keys[numbers].tolist() == values
    keys, order = ordered(array)
    assert keys.tolist() == array[order].tolist() == sorted(values)
