"""Shortcuts give what the long way gives: every value is cleaned twice, the second time with all shortcuts off."""

import re
import string
from collections.abc import Callable
from functools import cache
from types import ModuleType

import phonenumbers
import polars as pl
import pytest
from benchmarks.mixed_set import mixed_set
from hypothesis import given, settings
from hypothesis import strategies as st

from custhub.clean import (
    KINDS,
    address,
    address_detail,
    address_english,
    address_western,
    blanks,
    clean_column,
    clean_value,
    company,
    company_latin,
    company_words,
    dialling,
    identifier_types,
    person_latin,
    phone,
    text,
)
from custhub.clean.facts import words


def _never(_: str) -> None:
    return None


def _always(_: str) -> bool:
    return True


def _legal_tail(name: str) -> tuple[int, str] | None:
    codes = company_words.legal_codes()
    match = re.search(f"\\(?({'|'.join(map(re.escape, sorted(codes, key=len, reverse=True)))})\\)?$", name)
    return (match.start(), codes[match[1]]) if match else None


def _trade_tail(name: str) -> int:
    listed = sorted((word[::-1] for word in words("trade_words.txt")), key=len, reverse=True)
    shop = f"(?:(?=.{{3}})[{''.join(company_words._SHOPS)}])*?"
    match = re.match(f"(?:{shop}(?:{'|'.join(listed)}))+", name[::-1])
    return len(name) - (match.end() if match else 0)


def _branch(name: str) -> re.Match[str] | None:
    named = name.endswith(company_words._branch_words())
    bracketed = company_words._in_brackets(name) if named or name.endswith(company_words._SHOP_WORDS) else None
    return company_words._branch().match(name) or (None if named else company_words._shop(name)) or bracketed


SHORTCUTS: list[tuple[ModuleType, str, Callable[..., object]]] = [
    (text, "_settled", _never),
    (text, "_wide", _never),
    (text, "_may_begin", lambda _: "any"),
    (text, "_has_variant", _always),
    (blanks, "_may_say_nothing", _always),
    (company, "_has_status_word", _always),
    (company, "_letter", _always),
    (company, "branch", _branch),
    (company, "legal_tail", _legal_tail),
    (company, "trade_tail", _trade_tail),
    (company_latin, "_may_be_branch", _always),
    (address, "_LABEL_FIRST", _always),
    (address, "_may_have_postcode", _always),
    (address_detail, "_usual", _never),
    (address_english, "_six_digits", _always),
    (address_english, "_may_be_china", _always),
    (address_western, "_may_have_unit", _always),
    (address_western, "_box_word", _always),
    (address_western, "_may_be_lettered", _always),
    (phone, "_bare", _never),
    (dialling, "find", dialling._asked),
    (identifier_types, "_plain_vat", _never),
    (identifier_types, "_ubn", _never),
    (person_latin, "_quote", _always),
]


def _both_ways(kind: str, raw: str, region: str) -> None:
    fast = clean_value(kind, raw, region=region)
    with pytest.MonkeyPatch.context() as patch:
        for module, name, instead in SHORTCUTS:
            patch.setattr(module, name, instead)
        slow = clean_value(kind, raw, region=region)
    assert fast == slow


@cache
def _lifelike() -> list[tuple[str, str]]:
    columns = ["name", "phone", "email", "address", "identifier", "birth_date"]
    table = mixed_set(400, 3).unpivot(columns, index="country", variable_name="field").drop_nulls("value")
    return [(row[0], row[1] or "CN") for row in table.select("value", "country").iter_rows()]


SIGNS = "的 .,'-&()@+/#:;　（）·０１abcXYZ0159张王有限公司集团路号室弄巷段楼栋分店省市区銀臺\u200béßıİ上海转"
HAN = st.text(
    "王李张刘欧阳司马伟芳北京上海市区路号弄巷楼栋室有限公司股份集团分行科技贸易12345( )（）·先生", max_size=20
)
LATIN = st.text(string.ascii_letters + string.digits + " .,'-&()@+/#:;", max_size=30)
REGIONS = st.sampled_from(["CN", "TW", "HK", "US", "DE", "FR", "GB", "JP", "SG", "ZZ"])


@st.composite
def edited(draw: st.DrawFn) -> tuple[str, str]:
    """A value as customers have it, with up to two signs put in or taken out."""
    value, region = draw(st.sampled_from(_lifelike()))
    for _ in range(draw(st.integers(0, 2))):
        place = draw(st.integers(0, len(value)))
        taken = draw(st.integers(0, 2))
        value = value[:place] + draw(st.sampled_from(["", *SIGNS])) + value[place + taken :]
    return value, region


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=150, deadline=None)
@given(value=edited())
def test_lifelike_values(kind: str, value: tuple[str, str]) -> None:
    _both_ways(kind, *value)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=80, deadline=None)
@given(raw=st.one_of(HAN, LATIN, st.text(st.characters(), max_size=20)), region=REGIONS)
def test_any_text(kind: str, raw: str, region: str) -> None:
    _both_ways(kind, raw, region)


PIECES = st.lists(
    st.sampled_from(
        [
            "东",
            "甲",
            "中山",
            "东大街",
            "人民西",
            "路",
            "号",
            "号路",
            "号院",
            "号楼",
            "634",
            "12",
            "3",
            "1404",
            "5",
            "栋",
            "座",
            "幢",
            "单元",
            "2单元",
            "12楼",
            "3层",
            "楼",
            "室",
            "1404室",
            "12室",
            "a",
            "f",
            "a室",
            "之",
            "之3",
            "4段",
            "段",
            "2巷",
            "弄",
            "期",
            "翠湖花园",
            "第",
            "房",
            "铺",
            "二十",
            "-",
            "附",
            "临",
        ]
    ),
    min_size=2,
    max_size=9,
)
USUAL = st.tuples(
    st.sampled_from(["东大街", "人民西路", "忠孝东路4段", "甲路", "附"]),
    st.integers(1, 9999).map(str),
    st.sampled_from(["号", "号", "号院"]),
    st.sampled_from(["", "翠湖花园", "东方大厦", "1期"]),
    st.sampled_from(["", "19栋", "3号楼", "a座", "北楼"]),
    st.sampled_from(["", "2单元", "甲单元"]),
    st.sampled_from(["", "12楼", "第3层", "5f"]),
    st.sampled_from(["", "1404室", "a室", "1501", "101号房"]),
)


@settings(max_examples=500, deadline=None)
@given(detail=st.one_of(PIECES, USUAL).map("".join))
def test_details_of_addresses(detail: str) -> None:
    fast = address_detail.read(detail)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(address_detail, "_usual", _never)
        assert fast == address_detail.read(detail)


@settings(max_examples=500, deadline=None)
@given(
    region=st.sampled_from(sorted(phonenumbers.SUPPORTED_REGIONS)),
    other=st.sampled_from(sorted(phonenumbers.SUPPORTED_REGIONS)),
    kind=st.sampled_from([0, 1, 2, 3, 4, 6, 7, 10]),
    lead=st.sampled_from(["", "0", "1", "8", "00"]),
    slip=st.tuples(st.integers(0, 12), st.sampled_from(["", *string.digits, "00"])),
)
def test_numbering_plans_are_those_of_phonenumbers(
    region: str, other: str, kind: int, lead: str, slip: tuple[int, str]
) -> None:
    example = phonenumbers.example_number_for_type(region, kind) or phonenumbers.example_number(region)
    digits = phonenumbers.national_significant_number(example)
    digits = lead + digits[: slip[0]] + slip[1] + digits[slip[0] + 1 :]
    for dialled, where in ((digits, region), (digits, other), (f"{example.country_code}{digits}", None)):
        assert dialling.find(dialled, where) == dialling._asked(dialled, where)


@pytest.mark.parametrize("kind", KINDS)
def test_columns_are_their_values(kind: str) -> None:
    values = [*_lifelike()[::7], ("", "CN"), ("无", "TW")] * 2
    raw, region = (pl.Series(column) for column in zip(*values, strict=True))
    frame = clean_column(kind, raw, region=region)
    for (value, where), row in zip(values, frame.iter_rows(named=True), strict=True):
        one = clean_value(kind, value, region=where)
        assert (row["display"], row["key"], row["valid"]) == (one.display, one.key, one.valid)
        assert (row["parts"], row["reasons"]) == (one.parts, list(one.reasons))
