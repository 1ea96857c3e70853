"""What holds for every text: cleaning its own display changes nothing, nothing crashes, time is linear."""

import string
import time

import pytest
from benchmarks.mixed_set import mixed_set
from hypothesis import example, given, settings
from hypothesis import strategies as st

from custhub.clean import KINDS, clean_column, clean_value, compare_values, repair_text
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


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("unit", ["a", "张", "1", "(", "́", " ", "有限公司", "a@", "-1"])
def test_long_values_are_linear(kind: str, unit: str) -> None:
    raw = unit * (1_000_000 // len(unit))
    started = time.process_time()
    clean_value(kind, raw)
    assert time.process_time() - started < 10


@pytest.mark.parametrize("kind", KINDS)
def test_ten_megabytes_of_broken_text_do_no_harm(kind: str) -> None:
    unit = "张\ud800a\u0301"
    raw = unit * (10_000_000 // len(unit.encode("utf-8", "surrogatepass")))
    started = time.process_time()
    assert set(clean_value(kind, raw).reasons) <= set(reasons())
    assert time.process_time() - started < 60


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
