import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from custhub.pipeline.landing import sort_out
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


NOTHING = pl.DataFrame(schema=ROW)
ROWS = st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from("xyz")), max_size=12)


def test_the_last_of_rows_with_one_key_counts_and_the_others_are_superseded() -> None:
    landing = sort_out("b1", root([("a", "x"), ("b", "x"), ("a", "y")]), {}, NOTHING, None, {"": 2})

    assert landing.work.select("row_key", "position").rows() == [("b", 2), ("a", 3)]
    assert (landing.ledger.landed, landing.ledger.superseded, landing.ledger.unreadable) == (5, 1, 2)


def test_a_changed_child_row_changes_the_family() -> None:
    rows = root([("a", "x"), ("b", "x")])
    first = sort_out("b1", rows, {"address": child([("a", "1"), ("b", "1")])}, NOTHING, None, {})

    second = sort_out("b2", rows, {"address": child([("a", "1"), ("b", "2")])}, known(first.work), None, {})

    assert second.work["row_key"].to_list() == ["b"]
    assert second.ledger.unchanged == 1


def test_a_child_row_that_cannot_be_read_changes_the_family_once() -> None:
    rows, people = root([("a", "x"), ("b", "x")]), {"people": child([("a", "1")])}
    torn = pl.DataFrame({"stream": ["people"], "_parent": ["b"], "_hash": ["?"]})
    first = sort_out("b1", rows, people, NOTHING, None, {})

    second = sort_out("b2", rows, people, known(first.work), None, {"people": 1}, torn=torn)
    both = known(pl.concat([first.work.filter(pl.col("row_key") == "a"), second.work]))
    third = sort_out("b3", rows, people, both, None, {"people": 1}, torn=torn)

    assert second.work["row_key"].to_list() == ["b"]
    assert third.work.is_empty()


def test_keys_that_are_gone_are_deleted_only_when_the_batch_can_tell() -> None:
    first = sort_out("b1", root([("a", "x"), ("b", "x")]), {}, NOTHING, None, {})
    rows = root([("a", "x")])

    assert sort_out("b2", rows, {}, known(first.work), pl.Series(["a"]), {}).deleted["row_key"].to_list() == ["b"]
    assert sort_out("b2", rows, {}, known(first.work), None, {}).deleted.is_empty()


def test_keys_that_the_source_calls_deleted_are_deleted_last() -> None:
    first = sort_out("b1", root([("a", "x"), ("b", "x")]), {}, NOTHING, None, {})
    gone = pl.Series(["b", "c", "stranger"])

    landing = sort_out("b2", root([("b", "y"), ("c", "y")]), {}, known(first.work), None, {}, gone)

    assert landing.deleted["row_key"].to_list() == ["b", "c"]
    landing.ledger.check("b2")


def test_a_child_row_without_its_root_row_is_kept_as_an_orphan() -> None:
    landing = sort_out("b1", root([("a", "x")]), {"address": child([("a", "1"), ("z", "1")])}, NOTHING, None, {})

    assert landing.orphans.rows() == [("address", "2", 2)]
    assert landing.children["address"].unreadable == 1
    landing.children["address"].check("b1")


@given(ROWS, ROWS, st.lists(st.tuples(st.sampled_from("abcdefz"), st.sampled_from("12")), max_size=6))
def test_every_landed_row_is_in_the_ledger(first: list[Row], second: list[Row], kin: list[Row]) -> None:
    before = sort_out("b1", root(first), {}, NOTHING, None, {})
    landing = sort_out("b2", root(second), {"kin": child(kin)}, known(before.work), pl.Series([], dtype=pl.String), {})

    for ledger in (before.ledger, landing.ledger, *landing.children.values()):
        ledger.check("b2")
    assert landing.work.height == landing.ledger.new + landing.ledger.changed


@given(ROWS)
def test_landing_the_same_rows_again_is_no_work(rows: list[Row]) -> None:
    first = sort_out("b1", root(rows), {}, NOTHING, None, {})

    again = sort_out("b2", root(rows), {}, known(first.work), first.work["row_key"], {})

    assert again.work.is_empty()
    assert again.deleted.is_empty()
