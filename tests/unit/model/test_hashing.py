import random

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custhub.model.hashing import canonical_json, golden_hash, hash_rows, hash_texts, text_hash


def test_canonical_json_follows_rfc_8785_ordering() -> None:
    # The RFC's own example of key order: by UTF-16 code units, so that the emoji sorts before U+FB33.
    value = {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\u0080": 6, "\u00f6": 7}

    assert canonical_json(value)[1:].startswith('"\\r"')
    assert canonical_json(value).index("\U0001f600") < canonical_json(value).index("\ufb33")


def test_floats_have_no_place_in_golden_documents() -> None:
    with pytest.raises(TypeError, match="decimal text"):
        canonical_json({"limit": 1.5})


@given(st.lists(st.tuples(st.text(min_size=1), st.dictionaries(st.text(), st.text())), max_size=8), st.randoms())
def test_golden_hash_does_not_depend_on_order(documents: list[tuple[str, dict[str, str]]], rng: random.Random) -> None:
    shuffled = [(ref, dict(sorted(doc.items(), reverse=True))) for ref, doc in documents]
    rng.shuffle(shuffled)

    assert golden_hash(documents) == golden_hash(shuffled)


def test_golden_hash_sees_every_value() -> None:
    assert golden_hash([("a:1", {"kind": "person"})]) != golden_hash([("a:1", {"kind": "organisation"})])


def test_row_hashes_tell_null_from_empty_and_column_from_column() -> None:
    frame = pl.DataFrame({"a": ["x", None, "", "x"], "b": [None, "x", "x", None]})

    hashes = hash_rows(frame).to_list()

    assert hashes[0] == hashes[3]
    assert len(set(hashes)) == 3


def test_hash_of_null_is_null() -> None:
    assert hash_texts(pl.Series("t", ["a", None])).to_list() == [text_hash("a"), None]
