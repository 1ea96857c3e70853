from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from custhub.pipeline.landing import NO_DOUBT, Brought, Doubt, Landing
from custhub.pipeline.landing import sort_out as sorted_out
from custhub.store import ROW

Row = tuple[str, str]


def root(rows: list[Row]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "_position": range(1, len(rows) + 1),
            "_file": ["f"] * len(rows),
            "_key": [k for k, _ in rows],
            "_hash": [h for _, h in rows],
        },
        schema={"_position": pl.Int64, "_file": pl.String, "_key": pl.String, "_hash": pl.String},
    )


def child(rows: list[Row]) -> pl.DataFrame:
    return root(rows).rename({"_key": "_parent"}).with_columns(_key=pl.col("_position").cast(pl.String))


def known(work: pl.DataFrame) -> pl.DataFrame:
    return work.select("row_key", "row_hash", "batch_id", "position", present=pl.lit(True))


def bad(rows: list[tuple[str | None, str | None, str]], *, shifted: bool = False, first: int = 90) -> pl.DataFrame:
    """Unreadable rows: stream (None: the root), key, content."""
    schema = {"stream": pl.String, "_key": pl.String, "_hash": pl.String}
    places = pl.int_range(first, first + pl.len())
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return frame.with_columns(
        _position=places, _file=pl.lit("f"), shifted=pl.lit(shifted), rule_id=pl.lit("landed.shop.encoding")
    )


def sort_out(
    rows: pl.DataFrame,
    before: pl.DataFrame,
    *,
    kin: dict[str, pl.DataFrame] | None = None,
    lost: pl.DataFrame | None = None,
    present: list[str] | None = None,
    gone: list[str] | None = None,
    doubt: Doubt = NO_DOUBT,
) -> Landing:
    keys, told = (None if k is None else pl.Series(k, dtype=pl.String) for k in (present, gone))
    brought = Brought(rows, kin or {}, bad([]) if lost is None else lost, keys, told, before=doubt)
    return sorted_out("b", brought, before)


NOTHING = pl.DataFrame(schema=ROW)
ROWS = st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from("xyz")), max_size=12)


def test_the_last_of_rows_with_one_key_counts_and_the_others_are_superseded() -> None:
    landing = sort_out(
        root([("a", "x"), ("b", "x"), ("a", "y")]), NOTHING, lost=bad([(None, None, "?"), (None, None, "!")])
    )

    assert landing.work.select("row_key", "position").rows() == [("b", 2), ("a", 3)]
    assert (landing.ledger.landed, landing.ledger.superseded, landing.ledger.unreadable) == (5, 1, 2)


def test_a_changed_child_row_changes_the_family() -> None:
    rows = root([("a", "x"), ("b", "x")])
    first = sort_out(rows, NOTHING, kin={"address": child([("a", "1"), ("b", "1")])})

    second = sort_out(rows, known(first.work), kin={"address": child([("a", "1"), ("b", "2")])})

    assert second.work["row_key"].to_list() == ["b"]
    assert second.ledger.unchanged == 1


def test_a_child_row_that_cannot_be_read_changes_the_family_once() -> None:
    rows, people = root([("a", "x"), ("b", "x")]), {"people": child([("a", "1")])}
    first = sort_out(rows, NOTHING, kin=people)
    lost = bad([("people", "b", "?")])

    second = sort_out(rows, known(first.work), kin=people, lost=lost)
    both = known(pl.concat([first.work.filter(pl.col("row_key") == "a"), second.work]))
    third = sort_out(rows, both, kin=people, lost=lost)

    assert second.work["row_key"].to_list() == ["b"]
    assert third.work.is_empty()


def test_a_root_row_that_cannot_be_read_is_work_once_and_again_when_it_is_mended() -> None:
    rows = root([("a", "x"), ("b", "x")])
    first = sort_out(rows, NOTHING)
    lost = bad([(None, "b", "?")])

    second = sort_out(root([("a", "x")]), known(first.work), lost=lost, present=["a"])
    both = known(pl.concat([first.work.filter(pl.col("row_key") == "a"), second.work]))
    third = sort_out(root([("a", "x")]), both, lost=lost, present=["a"])
    mended = sort_out(rows, both, present=["a", "b"])

    assert second.work.select("row_key", "position", "change").rows() == [("b", 90, "unreadable")]
    assert (second.ledger.landed, second.ledger.unchanged, second.ledger.unreadable) == (2, 1, 1)
    assert second.deleted.is_empty()
    assert not second.held_back
    assert third.work.is_empty()
    assert third.unread["row_key"].to_list() == ["b"]
    assert mended.work.select("row_key", "change").rows() == [("b", "changed")]


def test_of_a_readable_and_an_unreadable_row_with_one_key_the_later_counts() -> None:
    rows = root([("a", "x")])

    later = sort_out(rows, NOTHING, lost=bad([(None, "a", "?")]))
    earlier = sort_out(rows, NOTHING, lost=bad([(None, "a", "?")], first=0))

    assert (later.unread["row_key"].to_list(), later.ledger.superseded) == (["a"], 1)
    assert (earlier.unread.is_empty(), earlier.ledger.new, earlier.ledger.unreadable) == (True, 1, 1)


def test_the_key_of_a_shifted_row_counts_only_if_it_is_known_and_nobody_else_has_it() -> None:
    first = sort_out(root([("a", "x"), ("b", "x"), ("c", "x")]), NOTHING)
    rows, before, keys = root([("a", "x"), ("c", "x")]), known(first.work), ["a", "c"]

    its_own = sort_out(rows, before, lost=bad([(None, "b", "?")], shifted=True), present=keys)
    of_nobody = sort_out(rows, before, lost=bad([(None, "Schulze", "?")], shifted=True), present=keys)
    of_another = sort_out(rows, before, lost=bad([(None, "a", "?")], shifted=True), present=keys)

    assert (its_own.unread["row_key"].to_list(), its_own.held_back) == (["b"], False)
    for doubtful in (of_nobody, of_another):
        assert doubtful.unread.is_empty()
        assert doubtful.held_back
        assert doubtful.deleted.is_empty()
        assert doubtful.doubt.held["row_key"].to_list() == ["b"]


def test_a_key_that_was_seen_beside_a_stranger_is_not_the_strangers() -> None:
    before = known(sort_out(root([("a", "x"), ("b", "x"), ("c", "x")]), NOTHING).work)
    stranger = bad([(None, None, "?")])

    came = sort_out(root([("a", "x"), ("b", "x")]), before, lost=stranger, present=["a", "b"])
    later = sort_out(root([("a", "x")]), before, lost=stranger, present=["a"], doubt=came.doubt)
    mended = sort_out(root([("a", "x")]), before, present=["a"], doubt=later.doubt)

    assert (came.deleted.height, came.doubt.held["row_key"].to_list()) == (0, ["c"])
    assert (later.deleted["row_key"].to_list(), later.doubt.held["row_key"].to_list()) == (["b"], ["c"])
    assert (mended.deleted["row_key"].to_list(), mended.held_back) == (["b", "c"], False)


def test_what_the_source_calls_deleted_is_in_no_doubt() -> None:
    before = known(sort_out(root([("a", "x"), ("b", "x")]), NOTHING).work)
    landing = sort_out(root([]), before, lost=bad([(None, None, "?")]), gone=["b"])
    assert landing.deleted["row_key"].to_list() == ["b"]


def test_keys_that_are_gone_are_deleted_only_when_the_batch_can_tell() -> None:
    before = known(sort_out(root([("a", "x"), ("b", "x")]), NOTHING).work)
    rows = root([("a", "x")])

    assert sort_out(rows, before, present=["a"]).deleted["row_key"].to_list() == ["b"]
    assert sort_out(rows, before).deleted.is_empty()


def test_keys_that_the_source_calls_deleted_are_deleted_last() -> None:
    first = sort_out(root([("a", "x"), ("b", "x")]), NOTHING)

    landing = sort_out(root([("b", "y"), ("c", "y")]), known(first.work), gone=["b", "c", "stranger"])

    assert landing.deleted["row_key"].to_list() == ["b", "c"]
    landing.ledger.check("b2")


def test_a_child_row_without_its_root_row_is_kept_as_an_orphan() -> None:
    landing = sort_out(root([("a", "x")]), NOTHING, kin={"address": child([("a", "1"), ("z", "1")])})

    assert landing.orphans.rows() == [("address", "2", 2)]
    assert landing.children["address"].unreadable == 1
    landing.children["address"].check("b1")


def test_a_child_row_goes_where_its_unreadable_root_row_went() -> None:
    kin = {"address": child([("a", "1"), ("z", "1")])}
    landing = sort_out(root([("a", "x")]), NOTHING, kin=kin, lost=bad([(None, "z", "?")]))

    assert landing.orphans.is_empty()
    assert (landing.children["address"].new, landing.children["address"].unreadable) == (1, 1)


LOST = st.lists(
    st.tuples(st.sampled_from([None, "kin"]), st.sampled_from([None, *"abcdefz"]), st.just("?")), max_size=4
)


@given(ROWS, ROWS, st.lists(st.tuples(st.sampled_from("abcdefz"), st.sampled_from("12")), max_size=6), LOST)
def test_every_landed_row_is_in_the_ledger(first: list[Row], second: list[Row], kin: list[Row], lost: Any) -> None:
    before = sort_out(root(first), NOTHING, kin={"kin": child([])})
    landing = sort_out(root(second), known(before.work), kin={"kin": child(kin)}, lost=bad(lost), present=[])

    for ledger in (before.ledger, landing.ledger, *landing.children.values()):
        ledger.check("b2")
    changes = landing.work.filter(pl.col("change") != "unreadable").height
    assert changes == landing.ledger.new + landing.ledger.changed
    kept = {key for stream, key, _ in lost if stream is None and key}
    assert not kept & set(landing.deleted["row_key"])
    assert kept <= set(landing.unread["row_key"])


@given(ROWS, LOST)
def test_landing_the_same_rows_again_is_no_work(rows: list[Row], lost: Any) -> None:
    first = sort_out(root(rows), NOTHING, kin={"kin": child([])}, lost=bad(lost))

    keys = first.work["row_key"].to_list()
    again = sort_out(root(rows), known(first.work), kin={"kin": child([])}, lost=bad(lost), present=keys)

    assert again.work.is_empty()
    assert again.deleted.is_empty()
