"""Text into dates, instants, numbers and flags."""

from __future__ import annotations

import polars as pl
import pytest

from custhub.mapping import convert
from custhub.model.numbers import NumberFormat


def _texts(read):
    return read.values.to_list(), read.bad.to_list()


@pytest.mark.parametrize(
    ("style", "text", "expected"),
    [
        (NumberFormat.PLAIN, "1234.50", "1234.50"),
        (NumberFormat.PLAIN, "1,234", None),
        (NumberFormat.GERMAN, "1.234.567,89", "1234567.89"),
        (NumberFormat.GERMAN, "1234,5-", "-1234.5"),
        (NumberFormat.GERMAN, "1.23,4", None),
        (NumberFormat.GERMAN, "-0,00", "0.00"),
        (NumberFormat.ENGLISH, "-1,234.5", "-1234.5"),
        (NumberFormat.FRENCH, "1\u00a0234,5", "1234.5"),
        (NumberFormat.SWISS, "1'234.50", "1234.50"),
        (NumberFormat.COMMA, "007,10", "7.10"),
        (NumberFormat.PLAIN, "-5-", None),
        (NumberFormat.PLAIN, "1e5", None),
    ],
)
def test_decimals(style, text, expected):
    values, bad = _texts(convert.decimals(pl.Series([text, None]), style))
    assert (values, bad) == ([expected, None], [expected is None, False])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-05-01 12:00:00", "2024-05-01T10:00:00Z"),
        ("2024-01-01 12:00", "2024-01-01T11:00:00Z"),
        ("20240501120000", "2024-05-01T10:00:00Z"),
        ("20240501 120000", "2024-05-01T10:00:00Z"),
        ("2024-05-01T12:00:00Z", "2024-05-01T12:00:00Z"),
        ("2024-05-01T12:00:00.120+0530", "2024-05-01T06:30:00.12Z"),
        ("2024-05-01T12:00:00-08", "2024-05-01T20:00:00Z"),
        ("2024-05-01", "2024-04-30T22:00:00Z"),
        ("/Date(1714557600000)/", "2024-05-01T10:00:00Z"),
        ("1714557600000", "2024-05-01T10:00:00Z"),
        ("2024-03-31 02:30:00", "2024-03-31T01:30:00Z"),  # an hour that the clock skipped
        ("2024-10-27 02:30:00", "2024-10-27T00:30:00Z"),  # an hour that it showed twice
        ("2024-02-30 10:00:00", None),
        ("yesterday", None),
    ],
)
def test_instants_in_the_sources_time_zone(text, expected):
    values, bad = _texts(convert.instants(pl.Series([text, None]), "Europe/Berlin", None))
    assert (values, bad) == ([expected, None], [expected is None, False])


@pytest.mark.parametrize("zeros", ["0000-00-00 00:00:00", "0000-00-00", "00000000", "0"])
def test_zeros_are_no_instant_and_no_mistake(zeros):
    assert _texts(convert.instants(pl.Series([zeros]), "UTC", None)) == ([None], [False])


def test_instants_by_format():
    read = convert.instants(pl.Series(["01.05.2024 12:00", "2024-05-01"]), "UTC", "%d.%m.%Y %H:%M")
    assert _texts(read) == (["2024-05-01T12:00:00Z", None], [False, True])


@pytest.mark.parametrize(
    ("text", "expected", "bad"),
    [
        ("1980-05-01", "1980-05-01", False),
        ("19800501", "1980-05-01", False),
        ("1980", "1980", False),
        ("1980-05", "1980-05", False),
        ("1980-05-01 00:00:00", "1980-05-01", False),
        ("1980-04-30T22:00:00Z", "1980-05-01", False),  # midnight in Berlin
        ("00000000", None, False),
        ("0000-00-00", None, False),
        ("1980-02-30", None, True),
        ("1980-13", None, True),
        (None, None, False),
    ],
)
def test_dates(text, expected, bad):
    read = convert.dates(pl.Series([text], dtype=pl.String), "Europe/Berlin", None, {})
    assert _texts(read) == ([expected], [bad])


def test_other_dates_go_to_the_cleaner_and_keep_its_reasons():
    read = convert.dates(pl.Series(["31.12.1999", "19990101", "not a day"]), "UTC", None, {"order": "dmy"})
    assert read.values.to_list() == ["1999-12-31", "1999-01-01", None]
    assert read.bad.to_list() == [False, False, True]
    assert read.reasons is not None and read.reasons[2]


def test_dates_by_format():
    read = convert.dates(pl.Series(["05/01/80", "1980-05-01"]), "UTC", "%m/%d/%y", {})
    assert _texts(read) == (["1980-05-01", None], [False, True])


def test_flags_and_integers():
    flags = convert.booleans(pl.Series(["X", "0", "Ja", "是", "maybe", None]))
    assert _texts(flags) == ([True, False, True, True, None, None], [False, False, False, False, True, False])
    assert _texts(convert.integers(pl.Series(["07", "x"]))) == ([7, None], [False, True])
