"""Arithmetic of cursors: the start of the next run is written like the values of the database."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custhub.extract.cursor import Mark, NoTimeError, start
from custhub.extract.spec import Cursor, CursorType

TEN = Cursor(columns=("c",), lag=timedelta(minutes=10))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["2024-01-01 00:05:00"], ["2023-12-31 23:55:00"]),
        (["2024-01-01T00:05:00.500"], ["2023-12-31T23:55:00.500"]),
        (["2024-01-01T00:05:00.123456789+00:00"], ["2023-12-31T23:55:00.123456000+00:00"]),
        (["2024-01-01T00:05Z"], ["2023-12-31T23:55Z"]),
        (["2024-01-01"], ["2023-12-31"]),
        (["2024/01/01"], ["2023/12/31"]),
        (["20240101"], ["20231231"]),
        ([20240101], [20231231]),
        (["20240101000500"], ["20231231235500"]),
        (["20240101", "000500"], ["20231231", "235500"]),
        (["2024-01-01", "00:05"], ["2023-12-31", "23:55"]),
        ([1700000600], [1700000000]),
        ([1700000600000], [1700000000000]),
        ([datetime(2024, 1, 1, 0, 5)], [datetime(2023, 12, 31, 23, 55)]),  # noqa: DTZ001
        ([date(2024, 1, 1), time(0, 5)], [date(2023, 12, 31), time(23, 55)]),
        ([date(2024, 1, 1), timedelta(minutes=5)], [date(2023, 12, 31), timedelta(hours=23, minutes=55)]),
    ],
)
def test_start_is_written_like_the_cursor(values: list[object], expected: list[object]) -> None:
    marks = [Mark.of(value) for value in values]
    assert start(marks, TEN) == expected


@pytest.mark.parametrize(("value", "expected"), [(5000, 4000), (Decimal(5000), Decimal(4000)), ("0005000", "0004000")])
def test_numbers(value: object, expected: object) -> None:
    assert start([Mark.of(value)], Cursor(columns=("c",), type=CursorType.NUMBER)) == [expected]


@pytest.mark.parametrize("value", ["yesterday", "12", "2024-13-01", b"\x01", "2024-01-01 at noon"])
def test_what_is_no_time_is_told(value: object) -> None:
    with pytest.raises(NoTimeError):
        start([Mark.of(value)], TEN)


@given(st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)), st.timedeltas(timedelta(0), timedelta(days=400)))  # noqa: DTZ001
def test_start_is_never_later_than_it_should_be(when: datetime, lag: timedelta) -> None:
    cursor = Cursor(columns=("c",), lag=lag)
    (text,) = start([Mark("str", when.isoformat(sep=" "))], cursor)
    begun = datetime.fromisoformat(str(text))
    assert begun <= when - lag < begun + timedelta(seconds=1)
