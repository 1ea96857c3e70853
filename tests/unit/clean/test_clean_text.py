"""Text, placeholders and the columnar door."""

import polars as pl
import pytest

from custhub.clean import CLEANERS, KINDS, PARTS, blank_mask, clean_column, clean_value, is_blank, split_values
from custhub.clean.characters import variants
from custhub.errors import UsageError


@pytest.mark.parametrize(
    ("raw", "display", "key"),
    [
        ("Ｂｅｉｊｉｎｇ　北京", "Beijing 北京", "beijing 北京"),
        ("東 京 都", "東京都", "东京都"),
        ("a\u200bb", "ab", "ab"),
        ("銀(yín)行", "銀行", "银行"),
        ("王(Mike)伟", "王(Mike)伟", "王(mike)伟"),
        ("芸芸", "芸芸", "芸芸"),
        ("Crème brûlée", "Crème brûlée", "crème brûlée"),
    ],
)
def test_display_keeps_script_and_key_folds_it(raw: str, display: str, key: str) -> None:
    cleaned = clean_value("text", raw)
    assert (cleaned.display, cleaned.key) == (display, key)


@pytest.mark.parametrize(
    "raw", ["", "  ", "暂无", "【无】", "unbekannt", "なし", "없음", "- -", "？？？", "0000000", "不详", "TBD"]
)
def test_placeholders_are_blank(raw: str) -> None:
    assert is_blank(raw)
    assert clean_value("text", raw).display is None


@pytest.mark.parametrize("raw", ["无锡", "吴", "空空", "Null", "10", "Nil Smith"])
def test_words_that_only_look_so_are_kept(raw: str) -> None:
    assert not is_blank(raw)


def test_column_follows_rows_and_knows_null() -> None:
    frame = clean_column("text", pl.Series(["甲", None, "N/A", "甲"]))
    assert frame["display"].to_list() == ["甲", None, None, "甲"]
    assert frame["reasons"].to_list() == [[], [], ["placeholder"], []]
    assert blank_mask(pl.Series(["甲", None, "N/A"])).to_list() == [False, True, True]


@pytest.mark.parametrize("kind", KINDS)
def test_column_and_value_agree_and_examples_hold(kind: str) -> None:
    for raw, display in CLEANERS[kind].examples:
        value = clean_value(kind, raw)
        row = clean_column(kind, pl.Series([raw])).row(0, named=True)
        assert value.display == row["display"] == display
        assert value.key == row["key"]
        assert tuple(row["parts"] or {}) == PARTS[kind]
        assert list(value.reasons) == row["reasons"]


def test_options_may_differ_by_row() -> None:
    raw = pl.Series(["55558888", "55558888", "55558888"])
    frame = clean_column("phone", raw, city=pl.Series(["上海", "苏州市", None]))
    assert frame["display"].to_list() == ["+862155558888", "+8651255558888", "55558888"]


def test_fields_with_several_values_are_split() -> None:
    phones = split_values("phone", pl.Series(["5555 8888/6666", "13812345678;13912345678", "无", None]))
    assert phones.to_list() == [["5555 8888", "5555 6666"], ["13812345678", "13912345678"], [], []]
    emails = split_values("email", pl.Series(["A <a@x.com>; b@y.com", "he@han,com"]))
    assert emails.to_list() == [["A <a@x.com>", "b@y.com"], ["he@han,com"]]


def test_unknown_kind_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="kinds"):
        clean_value("colour", "x")


def test_no_variant_leads_to_another_variant() -> None:
    table = variants()
    assert [chr(point) for point, plain in table.items() if plain.translate(table) != plain] == []
