"""Finds province, city and county at the head of a Chinese address. What is ambiguous is left open and said."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache
from typing import NamedTuple

from custhub.clean.divisions import MUNICIPALITIES, SPLIT_OFF, Division, gazetteer, stem
from custhub.clean.facts import words

_ROAD = re.compile(
    r"[东南西北中一二三四五六七八九十新老]{0,2}(?:路|街|大道|大街|巷|弄|胡同|道(?![一-龥]?区)|里|桥|高速|公路|站|机场|宾馆|饭店|大厦|广场|商厦|酒店|银行|大学|医院)"
)
_head = re.compile("[^0-9]{1,16}[省市区县处]").match  # full names of places; no name goes on beyond such an end
# What address forms put between the levels, and the Corps, which keeps towns of its own in Xinjiang.
_FILLER = re.compile(
    "市辖区|(?:雄安|两江|天府|贵安|西海岸|西咸|江北|赣江|湘江|金普|滇中|南沙|长春|福州|兰州)新区(?=[一-龥]{1,4}[县区市])|(?:省|自治区)直辖县级行政(?:区划|单位)|(?:生产建设)?兵团(?:第?[一二三四五六七八九十]+师)?(?=[一-龥]{2,4}市)"
)
_SEPARATORS = " ,，、/-·;"
_LONGEST_NAME = 13


# 昆山花桥镇: what a town without its 市 may be told by. A road would not do: 永安新村路 is anywhere.
_village = re.compile("(?!市)(?:[一-龥]{2,4}?(?:镇|乡|街道)|[一-龥]{0,4}?(?:开发区|高新区|工业园|保税区))").match


@cache
def _in_hong_kong() -> Callable[[str], object]:
    return re.compile(f"(?:九龙|新界|港岛|香港岛)(?:{'|'.join(words('hong_kong_areas.txt'))})").match


class Place(NamedTuple):
    """The levels that are known; null where the address does not tell."""

    province: str | None = None
    city: str | None = None
    county: str | None = None


_NOWHERE = Place()


def find(plain: str, region: str, place: Place = _NOWHERE) -> tuple[Place, str, tuple[str, ...]]:
    """The place, what is left of the simplified text, and doubts; `place` is what is known before."""
    if place is _NOWHERE:
        if _in_hong_kong()(plain):
            return Place("香港特别行政区"), plain, ("upper_levels_inferred",)
        town = gazetteer().towns.get(plain[:2]) or gazetteer().towns.get(plain[:3])
        if town and _village(plain, len(stem(town.county))):
            rest = plain[len(stem(town.county)) :]
            return Place(town.province, town.city or None, town.county), rest, ("upper_levels_inferred",)
    head = _head(plain)
    if not head:
        return _walk(plain, region, place)
    place, rest, doubts = _walk_again(head[0], region, place)
    place, rest, more = _walk(rest + plain[head.end() :], region, place)
    return place, rest, tuple(dict.fromkeys(doubts + more)) if more else doubts


def _walk(plain: str, region: str, place: Place) -> tuple[Place, str, tuple[str, ...]]:
    rest, heads = plain, _heads()
    doubts: tuple[str, ...] = ()
    for _ in range(8):
        head = rest.lstrip(_SEPARATORS) if rest[:1] in _SEPARATORS else rest
        for size, names in heads.get(head[:2], ()):  # the longest name that fits what is known so far
            name = head[:size]
            short = names.get(name)
            if short is not None:
                of_a_road = short and _ROAD.match(head, size) is not None
                found = _named(name, of_a_road, place, region)
                later = SPLIT_OFF.get(place.province or "") if not found and place.city is place.county else None
                if later:  # 四川省重庆市, as it was
                    found = _named(name, of_a_road, Place(later), region)
                    found = found and (found[0], ("renamed_division", *found[1]))
                if found:
                    break
        else:
            filler = _FILLER.match(head) if place.province else None
            if not filler:
                break
            rest = head[filler.end() :]
            continue
        (place, more), rest = found, head[size:]
        doubts += more
    return place, rest, tuple(dict.fromkeys(doubts)) if doubts else ()


_walk_again = lru_cache(maxsize=50_000)(_walk)  # many addresses are in one district


@cache
def _heads() -> dict[str, tuple[tuple[int, dict[str, bool]], ...]]:
    """Everything that may stand at the head of an address as a place, and whether it is a short name.

    By the first two characters, then by length, the longest first.
    """
    places = gazetteer()
    former = {name for old in places.former for name in (old, old.removesuffix("市")) if len(name) > 1}
    short = {name for _, name in places.short_counties}
    found: dict[str, dict[int, dict[str, bool]]] = {}
    for name in former | short | {*places.provinces, *places.cities, *places.counties}:
        if 2 <= len(name) <= _LONGEST_NAME:
            found.setdefault(name[:2], {}).setdefault(len(name), {})[name] = name == stem(name)
    return {head: tuple(sorted(sizes.items(), reverse=True)) for head, sizes in found.items()}


@lru_cache(maxsize=100_000)
def _named(name: str, of_a_road: bool, place: Place, region: str) -> tuple[Place, tuple[str, ...]] | None:
    """What a name means after what is known; `of_a_road` when a word for a road follows a short name."""
    places = gazetteer()
    if place.county is None:
        counties = _fitting(places.counties.get(name, ()), place)
        if counties:
            return _county(counties, name, place, region)
    if of_a_road:
        return None
    if name in places.cities:
        cities = _fitting(places.cities[name], place)
        if cities and not (
            place.province is None and name in places.provinces and name not in ("北京", "上海", "天津", "重庆")
        ):
            return _city(cities, place)
    if name in places.provinces and place.county is None:
        return _province(places.provinces[name], place)
    return _former(name, place) or _short_county(name, place)


def _fitting(found: tuple[Division, ...], place: Place) -> list[Division]:
    return [
        division
        for division in found
        if (place.province is None or division.province == place.province)
        and (place.city is None or not division.county or division.city in (place.city, ""))
    ]


def _county(counties: list[Division], name: str, place: Place, region: str) -> tuple[Place, tuple[str, ...]]:
    if len(counties) > 1 and place.province is None:
        at_home = [division for division in counties if (division.province == "台湾省") == (region == "TW")]
        counties = at_home or counties
    elsewhere = () if region == "TW" else _fitting(gazetteer().until_lately.get(name, ()), place)
    if len(counties) == 1 and not elsewhere:
        only = counties[0]
        inferred = (
            ()
            if place.city or not only.city or (only.province in MUNICIPALITIES and place.province)
            else ("upper_levels_inferred",)
        )
        return Place(only.province, only.city or place.city, name), inferred
    return Place(place.province, place.city, name), ("ambiguous_district",)


def _city(cities: list[Division], place: Place) -> tuple[Place, tuple[str, ...]] | None:
    if len(cities) != 1 or (place.city is not None and place.city != cities[0].city):
        return None
    if place.county is not None and place.city is None:
        return None
    return Place(cities[0].province, cities[0].city, place.county), ()


def _province(found: Division, place: Place) -> tuple[Place, tuple[str, ...]] | None:
    if place.province not in (None, found.province) or (place.city and found.province not in MUNICIPALITIES):
        return None
    city = found.province if found.province in MUNICIPALITIES else place.city
    return Place(found.province, city, None), ()


def _former(name: str, place: Place) -> tuple[Place, tuple[str, ...]] | None:
    """A place that has another name today, or went into another."""
    found = gazetteer().former.get(name) or (gazetteer().former.get(name + "市", ()) if len(name) > 1 else ())
    fitting = [division for division in found if place.province in (None, division.province)]
    if len({(division.province, division.city) for division in fitting if division.city}) == 1 < len(fitting):
        fitting = [
            division for division in fitting if not division.county
        ] or fitting  # 思茅市 was a city and a part of it
    if len(fitting) > 1 and place.county is None and len(_fitting(gazetteer().until_lately.get(name, ()), place)) > 1:
        return Place(place.province, place.city, name), ("ambiguous_district",)
    if len(fitting) != 1:
        return None
    now = fitting[0]
    if place.county == now.county and place.county:
        return place, ()
    if place.county is not None or (place.city and now.city and place.city != now.city):
        return None
    doubt = "abolished_division" if now.county == name else "renamed_division"
    return Place(now.province, now.city or place.city, now.county or None), (doubt,)


def _short_county(name: str, place: Place) -> tuple[Place, tuple[str, ...]] | None:
    upper = place.city or place.province
    if upper is None or place.county is not None:
        return None
    found = gazetteer().short_counties.get((upper, name))
    return (Place(found.province, found.city or place.city, found.county), ("short_county",)) if found else None
