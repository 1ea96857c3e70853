"""Levels of the ladders on small, lifelike pairs."""

import polars as pl
import pytest

from custhub.matching import FieldKind, FieldRule, MatchRules, explain_pair, infer_rules, match
from custhub.matching.ladders.dates import day_first, parse_dates
from custhub.matching.ladders.names import split_names
from custhub.matching.values import compact, email_text, joined, number_text, phone_digits


def level(kind: str, left: str | None, right: str | None, **columns: list[str | None]) -> str:
    rules = MatchRules(fields=[FieldRule(name="field", kind=FieldKind(kind), columns=["v"])])
    frame = pl.DataFrame({"v": [left, right], **columns}, schema_overrides={"v": pl.String})
    return explain_pair(frame, match(frame, rules).model).reasons[0].level


@pytest.mark.parametrize(
    ("kind", "left", "right", "expected"),
    [
        ("given", "Robert", "Bob", "nickname or short form"),
        ("given", "Müller", "muller", "exact"),
        ("given", "Jonathan", "Jonathon", "one typo"),
        ("given", "J", "Jonathan", "initial"),
        ("given", "Anna", "Pedro", "different"),
        ("given", "杰", "Jie", "sounds the same"),
        ("given", "伟", "炜", "sounds the same"),
        ("given", "伟", "强", "different"),
        ("date", "1980-02-03", "03.02.1980", "exact"),
        ("date", "1980-02-03", "1980-03-02", "day and month transposed"),
        ("date", "1980-02-03", "1980-02-08", "one digit"),
        ("date", "1980-02-03", "1980-01-01", "same as far as known"),
        ("date", "1980-02-13", "1961-11-28", "different"),
        ("phone", "+49 171 1234567", "0171/1234567", "exact"),
        ("phone", "(847) 245-6715", "245-6715", "same ending"),
        ("phone", "030 123456; 0171 1234567", "+49 171 1234567", "exact"),
        ("email", "Anna <anna.b@x.de>", "anna.b+news@x.de", "exact"),
        ("email", "anna.b@x.de", "anna.b@y.org", "same name at another domain"),
        ("identifier", "DE 123-456-789", "de123456789", "exact"),
        ("identifier", "de123456789", "de123456798", "one typo"),
        ("identifier", "vat:de123456789; duns:11", "vat:de987654321", "different"),
        ("identifier", "vat:de123456789", "duns:123456789", "missing on one side or both"),
        ("number", "$1,200.00", "1200", "exact"),
        ("number", "100", "101", "within 2 %"),
        ("postcode", "SW1A 2BJ", "sw1a2bj", "exact"),
        ("place", "London", "City of London", "part of the other"),
    ],
)
def test_level(kind: str, left: str, right: str, expected: str) -> None:
    assert level(kind, left, right).split(",")[0] == expected


@pytest.mark.parametrize("blank", ["N/A", "无", "00000000", "-", None, ""])
def test_blank_never_matches_blank(blank: str | None) -> None:
    assert level("identifier", blank, blank).startswith("missing")


def test_a_house_number_that_contradicts_is_another_level() -> None:
    assert "other number" in level("address", "12 Main Street", "14 Main Street")
    assert "same number" in level("address", "12 Main Street", "12 Main Str")
    assert level("address", "广东省珠海市斗门区幸福路829号", "珠海市幸福路829号").endswith("same number")


def test_the_legal_form_of_a_han_name_does_not_count() -> None:
    assert level("company", "上海汉得信息技术股份有限公司", "上海漢得信息技術有限公司").startswith("exact")


def test_full_names_fall_into_parts() -> None:
    given, family = split_names(
        pl.Series(["Howard Hughes", "Hughes, Howie", "王杰", "欧阳娜娜", "정예진", "Cher", None])
    )
    assert list(zip(given, family, strict=True)) == [
        ("Howard", "Hughes"),
        (" Howie", "Hughes"),
        ("杰", "王"),
        ("娜娜", "欧阳"),
        ("예진", "정"),
        (None, "Cher"),
        (None, None),
    ]


def test_dates_in_many_forms() -> None:
    texts = pl.Series(["3/25/89", "Mar 1 1970", "24-May-11", "1993年9月14日", "19560409", "1856-86-18", "1999", "soon"])
    assert not day_first(texts)
    parts = parse_dates(texts, day_first=False).rows()
    assert parts == [
        (1989, 3, 25),
        (1970, 3, 1),
        (2011, 5, 24),
        (1993, 9, 14),
        (1956, 4, 9),
        (1856, 86, 18),
        (1999, None, None),
        (None, None, None),
    ]


@pytest.mark.parametrize("kind", list(FieldKind))
def test_no_kind_minds_odd_digits_and_signs(kind: FieldKind) -> None:
    odd = ["３２９１年", "٣٤٥٦", "①②③", "🙂", "\u200b", "‘’", "a" * 300, "ａｂ＠ｃ．ｄｅ", "1e400", "½"]
    frame = pl.DataFrame({"v": odd * 2})
    rules = MatchRules(fields=[FieldRule(name="field", kind=kind, columns=["v"])])
    assert len(match(frame, rules).clusters) == 20
    infer_rules(frame)


def test_small_normalisers() -> None:
    assert phone_digits(pl.Series(["+86 138-1234-5678转801", "123"])).to_list() == ["812345678", None]
    assert phone_digits(pl.Series(["5551234567.0"])).to_list() == ["551234567"]
    assert compact(pl.Series(["10115.0", "1.0.0", "12.5"])).to_list() == ["10115", "100", "125"]
    assert joined(pl.DataFrame({"a": ["x", None, None], "b": [None, "y", None]}), ["a", "b"]).to_list() == [
        "x",
        "y",
        None,
    ]
    assert email_text(pl.Series(['"Jay" <JJones@Jones.com>'])).to_list() == ["jjones@jones.com"]
    assert number_text(pl.Series(["1.234,50", "x"])).to_list() == ["1234.5", None]


PEOPLE = MatchRules(
    fields=[
        FieldRule(name="given", kind=FieldKind.GIVEN, columns=["given"]),
        FieldRule(name="family", kind=FieldKind.FAMILY, columns=["family"]),
        FieldRule(name="email", kind=FieldKind.EMAIL, columns=["email"]),
    ]
)


def levels_of_two(rules: MatchRules, **columns: list[str | None]) -> dict[str, str]:
    frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
    told = explain_pair(frame, match(frame, rules).model)
    assert told.weight == explain_pair(frame.reverse(), match(frame, rules).model).weight
    return {reason.comparison: reason.level.split(",")[0] for reason in told.reasons}


@pytest.mark.parametrize(
    ("given", "emails", "expected"),
    [
        (["Anna", "Paul"], ["info@x.de", "info@x.de"], "same domain"),
        (["Anna", "Paul"], ["sales-2@x.de", "sales-2@x.de"], "same domain"),
        ([None, None], ["info@x.de", "info@x.de"], "exact"),
        (["Anna", "Paul"], ["informer@x.de", "informer@x.de"], "exact"),
        (["Anna", "Anna"], ["anna.bauer@x.de", "anna.bauer@other.org"], "missing on one side or both"),
        (["Anna", "Anna"], ["abauer1@x.de", "abauer2@other.org"], "missing on one side or both"),
        (["Anna", "Anna"], ["anna.bauer@x.de", "anna.bauer@x.de"], "exact"),
        (["Anna", "Anna"], ["funky77@x.de", "funky77@other.org"], "same name at another domain"),
    ],
)
def test_what_addresses_of_people_do_not_say(given: list[str | None], emails: list[str | None], expected: str) -> None:
    assert levels_of_two(PEOPLE, given=given, family=["Bauer", "Bauer"], email=emails)["email"] == expected


def test_swapped_names_are_one_fact() -> None:
    found = levels_of_two(PEOPLE, given=["Jay", "Jones"], family=["Jones", "Jay"], email=[None, None])
    assert found["given"] == "given and family name swapped"
    assert found["family"] == "missing on one side or both"
