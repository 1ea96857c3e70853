"""Finds province, city and county at the head of a Chinese address. What is ambiguous is left open and said."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from custhub.clean.divisions import MUNICIPALITIES, Division, gazetteer, stem

_ROAD = re.compile(
    r"[东南西北中一二三四五六七八九十新老]{0,2}(?:路|街|大道|大街|巷|弄|胡同|道(?![一-龥]?区)|里|桥|高速|公路|站|机场|宾馆|饭店|大厦|广场|商厦|酒店|银行|大学|医院)"
)
_SEPARATORS = " ,，、/-·;"
_LONGEST_NAME = 13


@dataclass(frozen=True, slots=True)
class Place:
    """The levels that are known; null where the address does not tell."""

    province: str | None = None
    city: str | None = None
    county: str | None = None


@dataclass(frozen=True, slots=True)
class _State:
    place: Place
    rest: str
    doubts: tuple[str, ...] = ()


def find(plain: str, region: str) -> tuple[Place, str, tuple[str, ...]]:
    """The place, what is left of the simplified text, and doubts."""
    state = _State(Place(), plain)
    for _ in range(8):
        step = _step(state, region)
        if step is None:
            break
        state = step
    return state.place, state.rest, tuple(dict.fromkeys(state.doubts))


@cache
def _heads() -> frozenset[str]:
    """Everything that may stand at the head of an address as a place."""
    places = gazetteer()
    former = {name for old in places.former for name in (old, old.removesuffix("市")) if len(name) > 1}
    short = {name for _, name in places.short_counties}
    return frozenset(former | short | {*places.provinces, *places.cities, *places.counties})


def _step(state: _State, region: str) -> _State | None:
    """Takes the longest name at the head that fits what is known so far."""
    rest = state.rest.lstrip(_SEPARATORS)
    known = _heads()
    for size in range(min(_LONGEST_NAME, len(rest)), 1, -1):
        name = rest[:size]
        if name not in known:
            continue
        found = _named(name, rest[size:], state.place, region)
        if found is not None:
            place, doubts = found
            return _State(place, rest[size:], state.doubts + doubts)
    return None


def _named(name: str, after: str, place: Place, region: str) -> tuple[Place, tuple[str, ...]] | None:
    places = gazetteer()
    if place.county is None:
        counties = _fitting(places.counties.get(name, ()), place)
        if counties:
            return _county(counties, name, place, region)
    short = name == stem(name)
    if short and _ROAD.match(after):
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
    if len(counties) == 1:
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
