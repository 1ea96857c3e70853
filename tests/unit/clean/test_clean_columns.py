"""Large columns: helper processes, the memory of a run, and fields that are judged by columns."""

import os
import signal
import string
from unittest import mock

import polars as pl
import pytest
from benchmarks.mixed_set import mixed_set
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal, assert_series_equal

from custhub.clean import blank_mask, blanks, clean_column, columns, email, helpers, is_blank, phone, split_values
from custhub.clean.cleaned import Options, Result

NAMES = mixed_set(120, 3)["name"].drop_nulls()


@pytest.fixture
def few_pay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(helpers, "WORTH", 20)
    monkeypatch.setattr(columns, "_AT_A_TIME", (1, 5))


@pytest.mark.usefixtures("few_pay")
def test_helpers_change_nothing_and_may_die(monkeypatch: pytest.MonkeyPatch) -> None:
    if helpers._pool() is None:
        pytest.skip("one core only")
    with monkeypatch.context() as alone:
        alone.setattr(helpers, "WORTH", len(NAMES) + 1)
        expected = clean_column("company", NAMES)
    helpers._pool().submit(int).result()  # type: ignore[union-attr]  # waits until a helper has read its tables
    assert helpers.pids()
    assert_frame_equal(clean_column("company", NAMES), expected)
    for pid in helpers.pids():
        os.kill(pid, signal.SIGKILL)
    assert_frame_equal(clean_column("company", NAMES), expected)


def test_a_column_cleans_each_value_once_for_each_option(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def clean(raw: str, options: Options) -> Result:
        asked.append(raw)
        return Result(raw + options.region, raw, (None,) * 5, (), True)

    monkeypatch.setattr(phone, "clean", clean)
    regions = pl.Series(["CN", None, "TW", "CN", "CN", "TW"])
    found = clean_column("phone", pl.Series(["1", "2", "1", None, "1", "1"]), region=regions)
    assert asked == ["1", "2", "1"]
    assert found["display"].to_list() == ["1CN", "2CN", "1TW", None, "1CN", "1TW"]


SIGNS = st.text(st.sampled_from(string.punctuation + "019xXnN .无無空null"), max_size=6)
TEXTS = st.one_of(SIGNS, st.text(max_size=6), st.sampled_from(["N/A", "(null)", "无", "無", "Null", "未知", "00000"]))


@settings(max_examples=150, deadline=None)
@given(st.lists(TEXTS, max_size=8))
def test_blanks_by_column_are_those_by_value(texts: list[str]) -> None:
    with mock.patch.object(blanks, "_FEW", -1):
        found = blank_mask(pl.Series(texts, dtype=pl.String))
    assert found.to_list() == [is_blank(text) for text in texts]


@pytest.mark.parametrize("kind", ["phone", "email"])
@settings(max_examples=100, deadline=None)
@given(texts=st.lists(st.one_of(TEXTS, st.text("0123456789+-()./;, x@ab", max_size=20)), max_size=8))
def test_split_by_column_is_split_by_value(kind: str, texts: list[str]) -> None:
    expected = pl.Series(
        "t", [{"phone": phone.split, "email": email.split}[kind](text) for text in texts], dtype=pl.List(pl.String)
    )
    assert_series_equal(split_values(kind, pl.Series("t", texts, dtype=pl.String)), expected)
