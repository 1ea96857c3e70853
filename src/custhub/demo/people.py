"""People: names as they are written at home and in Latin letters, birth dates, households."""

from __future__ import annotations

import numpy as np

from custhub.demo import facts
from custhub.demo.dice import Columns, Dice, Mask, Texts, Whole, texts
from custhub.demo.spelling import handle, pinyin, pinyin_surname, taiwan_given, taiwan_surname


def people(dice: Dice, country: str, n: int) -> tuple[Columns, Whole]:
    """Names at home and in Latin letters, the western name that a Chinese customer also goes by (empty for most), gender
    and birth date (ISO); and whose household each is of: the place of its first member."""
    leader, relative = _households(dice.about("household"), n)
    male = dice.chance(n, 0.5)
    family = _families(dice.about("family"), country, n)
    chinese = country in facts.CHINESE
    same_family = relative & dice.chance(n, 0.6 if chinese else 0.92)
    family = np.where(same_family, family[leader], family)
    given = np.where(male, _given(dice, country, n, "male"), _given(dice, country, n, "female"))
    years = 1945 + (dice.below(62, n) + dice.below(62, n)) // 2 - np.where(relative & dice.chance(n, 0.5), -12, 0)
    suffix = texts([""] * n)
    if country in ("GB", "US"):
        junior = same_family & male & male[leader] & dice.chance(n, 0.35)
        given = np.where(junior, given[leader], given)
        suffix = np.where(junior, " Jr.", suffix)
        years = np.where(junior, years[leader] + 27, years)
    latin_family, latin_given = _latin(country, family, given)
    family = texts([f.split("=")[0] for f in family])
    given = texts(["".join(part.split("=")[0] for part in g.split("|")) for g in given])
    columns = {
        "family": family,
        "given": given,
        "name": family + given if chinese else given + " " + family + suffix,
        "latin_family": latin_family,
        "latin_given": latin_given,
        "western": _western_names(dice.about("western"), country, male),
        "suffix": texts([s.strip() for s in suffix]),
        "gender": np.where(male, "male", "female"),
        "born": _dates(dice.about("born"), years),
    }
    return columns, leader


def _households(dice: Dice, n: int) -> tuple[Whole, Mask]:
    """Who lives with the one before: at most four together."""
    joins = dice.chance(n, 0.16)
    joins[:1] = False
    leader = np.arange(n)
    for _ in range(3):
        leader = np.where(joins, leader[np.maximum(np.arange(n) - 1, 0)], np.arange(n))
    return leader, leader != np.arange(n)


def _families(dice: Dice, country: str, n: int) -> Texts:
    names = facts.words(country, "family")
    if country == "ES":
        return texts([f"{a} {b}" for a, b in zip(dice.ranked(names, n), dice.ranked(names, n), strict=True)])
    chinese = country in facts.CHINESE
    return dice.ranked(names, n, shift=6.0 if chinese else 5.0, power=1.5 if chinese else 0.75)


def _given(dice: Dice, country: str, n: int, gender: str) -> Texts:
    """Chinese given names are one or two characters; in Hong Kong with their spelling, as `志=Chi|明=Ming`."""
    own, dice = facts.words(country, gender), dice.about("given", gender)
    if country not in facts.CHINESE:
        return dice.ranked(own, n, shift=8.0, power=0.9)
    first = dice.ranked(own + facts.words(country, "neutral"), n, shift=25.0, power=1.0)
    second = dice.ranked(own, n, shift=25.0, power=1.0)
    single = dice.chance(n, 0.16 if country == "CN" else 0.02)
    mark = "|" if country == "HK" else ""
    return texts([b if s else a + mark + b for a, b, s in zip(first, second, single.tolist(), strict=True)])


def _latin(country: str, family: Texts, given: Texts) -> tuple[Texts, Texts]:
    match country:
        case "CN":
            return texts([pinyin_surname(f) for f in family]), texts([pinyin(g) for g in given])
        case "TW":
            return texts([taiwan_surname(f) for f in family]), texts([taiwan_given(g) for g in given])
        case "HK":
            spelled = [" ".join(p.split("=")[1] for p in g.split("|")) for g in given]
            return texts([f.split("=")[1] for f in family]), texts(spelled)
    return family, given


def _western_names(dice: Dice, country: str, male: Mask) -> Texts:
    n = len(male)
    if country not in facts.CHINESE:
        return texts([""] * n)
    file = "hk" if country == "HK" else "shared"
    names = np.where(
        male,
        dice.pick(facts.words(file, "western_male"), n),
        dice.pick(facts.words(file, "western_female"), n),
    )
    return np.where(dice.chance(n, {"CN": 0.12, "TW": 0.2, "HK": 0.75}[country]), names, "")


def _dates(dice: Dice, years: Whole) -> Texts:
    n = len(years)
    parts = zip(years.tolist(), dice.between(1, 12, n).tolist(), dice.between(1, 28, n).tolist(), strict=True)
    return texts([f"{y}-{m:02d}-{d:02d}" for y, m, d in parts])


def mail_addresses(dice: Dice, country: str, crowd: Columns) -> Texts:
    """Private addresses; two people never share one, unless by the world's own chance."""
    n = len(crowd["family"])
    hosts = dice.pick(facts.words(country, "free_mail"), n)
    style, number = dice.below(6, n).tolist(), dice.between(2, 9999, n).tolist()
    long_number = dice.between(10**7, 4 * 10**9, n).tolist()
    names = zip(map(handle, crowd["latin_family"]), map(handle, crowd["latin_given"]), crowd["western"], strict=True)
    rows = zip(names, crowd["born"], hosts, zip(style, number, long_number, strict=True), strict=True)
    return texts([_mail_address(*row) for row in rows])


def _mail_address(names: tuple[str, str, str], born: str, host: str, drawn: tuple[int, int, int]) -> str:
    (f, g, western), (style, number, long) = names, drawn
    if host in ("qq.com", "foxmail.com"):
        return f"{long}@qq.com" if style < 4 else f"{f}{g}{number}@{host}"
    if western and style == 5:
        return f"{western.lower()}.{f}{number % 100}@{host}"
    local = (
        f"{g}.{f}{born[2:4]}",
        f"{f}{g}{born[:4]}",
        f"{g}{f}{number}",
        f"{g[:1]}{f}{number}",
        f"{f}.{g}.{number}",
        f"{f}_{g}{born[5:7]}{born[8:]}",
    )
    return f"{local[style]}@{host}"
