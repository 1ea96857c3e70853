"""What holds for every text: cleaning its own display changes nothing, nothing crashes, time is linear."""

import os
import string
import time
from collections.abc import Callable
from functools import partial

import polars as pl
import pytest
from benchmarks.mixed_set import mixed_set
from hypothesis import example, given, settings
from hypothesis import strategies as st

from custhub.clean import KINDS, clean_column, clean_value, compare_values, repair_text, split_values
from custhub.clean.reasons import reasons

HAN = st.text(
    st.sampled_from("王李张刘欧阳司马伟芳娜中国北京上海市区路号有限公司股份集团分银行科技1234567890( )（）·先生女士-"),
    max_size=20,
)
LATIN = st.text(string.ascii_letters + string.digits + " .,'-&()@+/#:;", max_size=30)
ANY = st.text(st.characters(), max_size=30)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=60, deadline=None)
@given(raw=st.one_of(HAN, LATIN, ANY))
@example(raw="00U\xa8")
def test_cleaning_the_display_changes_nothing(kind: str, raw: str) -> None:
    first = clean_value(kind, raw)
    if first.display is not None:
        assert clean_value(kind, first.display).display == first.display
    assert set(first.reasons) <= set(reasons())


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=40, deadline=None)
@given(left=st.one_of(HAN, LATIN), right=st.one_of(HAN, LATIN))
def test_comparing_is_symmetric(kind: str, left: str, right: str) -> None:
    assert compare_values(kind, left, right).decision == compare_values(kind, right, left).decision


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("raw", ["\ud800", "张\udfff伟", "\x00", "\U0010ffff", "е́" * 9, "̈" * 50])
def test_odd_characters_do_no_harm(kind: str, raw: str) -> None:
    assert set(clean_value(kind, raw).reasons) <= set(reasons())


AWKWARD = [
    "a", "word ", "12 3-4.", "a,", "张三有限公司", "a\u0301\u0316\u0345", "\u200fא", "\ud800张", "👨\u200d👩\u200d👧", "([{（【", "a@", "a\n",
    "路1号", "0", " ", "Ltd ", "锟斤拷", "Ã©", "&amp;", "%E4", "=?utf-8?b?5L2g?= ", "\\u4f60", "张(zhang)", "138/", "a@b.cn;", "分公司", "-1",
]  # fmt: skip
"""Repeated to megabytes: what is worst for patterns, for normalising and for splitting."""
MEGABYTES = float(os.environ.get("CUSTHUB_FUZZ_MEGABYTES", "0.15"))
"""Small for the suite; 2.5, 5 and 10 are for measuring by hand."""


@pytest.mark.parametrize("unit", AWKWARD)
def test_values_of_any_length_take_linear_time(unit: str) -> None:
    raw = unit * int(MEGABYTES * 1e6 / len(unit.encode("utf-8", "surrogatepass")))
    steps: dict[str, Callable[[], object]] = {kind: partial(clean_value, kind, raw) for kind in KINDS}
    steps["repair"] = partial(repair_text, raw)
    if "\ud800" not in unit:  # which no column can hold
        column = pl.Series(["张伟", raw])
        steps |= {f"{kind} column": partial(clean_column, kind, column) for kind in KINDS}
        steps |= {f"split {kind}": partial(split_values, kind, column) for kind in ("phone", "email")}
    for name, step in steps.items():
        started = time.process_time()
        step()
        spent = time.process_time() - started
        assert spent < 2 + 6 * MEGABYTES, f"{name}: {spent:.1f} s"


@pytest.mark.parametrize("kind", ["text", "company"])  # what has no bound, and what is bounded like all others
def test_ten_megabytes_of_broken_text_do_no_harm(kind: str) -> None:
    unit = "张\ud800a\u0301"
    raw = unit * (10_000_000 // len(unit.encode("utf-8", "surrogatepass")))
    started = time.process_time()
    assert set(clean_value(kind, raw).reasons) <= set(reasons())
    assert time.process_time() - started < 60


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "text"])
@pytest.mark.parametrize("unit", ["Zhang Wei ", "13812345678;", "a@b.cn,"])
def test_what_is_too_long_is_kept_whole(kind: str, unit: str) -> None:
    raw = (unit * 1_000).strip()
    cleaned = clean_value(kind, raw)
    assert cleaned.display == (None if kind == "date" else raw)
    assert (cleaned.key, cleaned.reasons, set(cleaned.parts.values())) == (None, ("too_long",), {None})
    if kind in ("phone", "email"):
        assert split_values(kind, pl.Series([raw])).to_list() == [[raw]]


def test_spaces_and_unseen_signs_make_no_value_too_long() -> None:
    cleaned = clean_value("person", "张" + " \u200b" * 3_000 + "伟")
    assert (cleaned.display, cleaned.parts["family"]) == ("张伟", "张")
    assert "invisible_removed" in cleaned.reasons


def test_half_a_surrogate_pair_is_lost_text() -> None:
    assert repair_text("\ud800é").values[0] == "\ufffdé"


def test_lifelike_values_have_known_reasons() -> None:
    for column in mixed_set(300, 4).select("name", "phone", "email", "address", "identifier", "birth_date"):
        for kind in KINDS:
            assert set(clean_column(kind, column)["reasons"].explode().drop_nulls()) <= set(reasons())


@given(digits=st.text(string.digits, min_size=4, max_size=20))
@settings(max_examples=60, deadline=None)
def test_digits_are_never_padded_or_dropped_silently(digits: str) -> None:
    for options in ({}, {"type": "uscc"}, {"type": "tw_ubn"}, {"type": "cn_id"}, {"type": "duns"}):
        cleaned = clean_value("identifier", digits, **options)
        assert cleaned.display in (None, digits) or "leading_zero_restored" in cleaned.reasons
