"""Han names beside their spellings in Latin letters: Mandarin, Wade-Giles and Taiwan usage, Hong Kong usage."""

import polars as pl
import pytest

from custhub.clean import compare_values
from custhub.clean.readings import spelled, spells

SPELLED = [
    ("周恩来", "Zhou Enlai"),
    ("周恩來", "Chou En-lai"),
    ("蒋经国", "Chiang Ching-kuo"),
    ("李登輝", "Lee Teng-hui"),
    ("蔡志忠", "Tsai Chih-chung"),
    ("謝雪紅", "Hsieh Hsueh-hung"),
    ("徐志摩", "Hsu Chih-mo"),
    ("朱自清", "Chu Tzu-ching"),
    ("胡適之", "Hu Shih-chih"),
    ("邱永漢", "Chiu Yung-han"),
    ("梁朝偉", "Leung Chiu Wai"),
    ("張國榮", "Cheung Kwok Wing"),
    ("黃家駒", "Wong Ka Kui"),
    ("吳鎮宇", "Ng Chun Yu"),
    ("鄭秀文", "Cheng Sau Man"),
    ("曾志偉", "Tsang Chi Wai"),
    ("林子祥", "Lam Tsz Cheung"),
    ("何鴻燊", "Ho Hung Sun"),
    ("郭富城", "Kwok Fu Shing"),
    ("单雄信", "Shan Xiongxin"),
    ("吕秀莲", "Lu Hsiu-lien"),
    ("吕布", "Lyu Bu"),
    ("欧阳修", "Ouyang Xiu"),
    ("司徒華", "Szeto Wah"),
]
OTHERS = [
    ("周恩来", "Zhou Enlei"),
    ("梁朝偉", "Leung Kwok Wai"),
    ("张国荣", "Wong Kwok Wing"),
    ("蔡志忠", "Tsai Chih-ming"),
    ("单雄信", "Shen Xiongxin"),
    ("欧阳修", "Ouyang Ming"),
    ("李登輝", "Lee Teng-fei"),
]


@pytest.mark.parametrize(("han", "latin"), SPELLED)
def test_a_spelling_is_recognised_in_either_order(han: str, latin: str) -> None:
    family, _, given = latin.partition(" ")
    assert compare_values("person", han, latin).decision in ("match", "review")
    assert compare_values("person", han, f"{given} {family}").decision in ("match", "review")


@pytest.mark.parametrize(("han", "latin"), SPELLED)
def test_most_spellings_of_three_characters_are_a_match(han: str, latin: str) -> None:
    expected = "match" if len(han) > 2 and han[0] not in "吕欧司" else ("match", "review")
    assert compare_values("person", han, latin).decision in expected


@pytest.mark.parametrize(("han", "latin"), OTHERS)
def test_another_name_is_no_match(han: str, latin: str) -> None:
    assert compare_values("person", han, latin).decision == "no-match"


def test_columns_are_spelled_as_values_are() -> None:
    letters, chars = pl.Series(["lau", "fen-chih", "tsz kit", "wang"]), pl.Series(["刘", "芬芷", "子杰", "李"])
    assert spelled(letters, chars, family=False) == [True, True, True, False]
    assert spells("zeng", "曾", as_surname=True)
    assert not spells("ceng", "曾", as_surname=True)
