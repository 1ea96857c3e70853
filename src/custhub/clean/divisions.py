"""The divisions of China: provinces, cities and counties, with short, old and abolished names.

Codes and names of GB/T 2260 come from python-stdnum; Taiwan, Hong Kong, Macau, mergers and what is newer than its table from tables of our own.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from importlib import resources

from custhub.clean import text
from custhub.clean.facts import rows

_LINE = re.compile(r'\s*(\d+) (?:province|county)="(.*)"')
_SPAN = re.compile(r"(?:\[(\d*)-(\d*)\])?(.*)")
_SUFFIX = re.compile(r"(?:特别行政区|自治区|自治州|自治县|自治旗|新区|矿区|林区|地区|省|市|县|区|盟|旗|州)$")
_PEOPLES = re.compile(
    "(?:壮族|回族|维吾尔|满族|苗族|侗族|土家族|布依族|朝鲜族|彝族|藏族|羌族|傣族|景颇族|白族|哈尼族|傈僳族|蒙古族|哈萨克|柯尔克孜|蒙古|"
    "瑶族|黎族|畲族|独龙族|怒族|佤族|拉祜族|布朗族|纳西族|普米族|仡佬族|水族|毛南族|仫佬族|土族|撒拉族|东乡族|保安族|裕固族|达斡尔族|各族|锡伯|塔吉克)+"
)
_NOT_NAMES = frozenset(("市辖区", "县", "省直辖县级行政单位", "自治区直辖县级行政单位", "林区", "郊区", "城区"))
OWN_CODE = {"台湾省": "TW", "香港特别行政区": "HK", "澳门特别行政区": "MO"}
MUNICIPALITIES = ("北京市", "天津市", "上海市", "重庆市")
_OF_COUNTIES = {"新北市": "台北县", "桃园市": "桃园县", "台中市": "台中县", "台南市": "台南县", "高雄市": "高雄县"}
"""Cities of Taiwan made of counties in 2010 and 2014; their towns are districts since."""
SPLIT_OFF = {"四川省": "重庆市", "广东省": "海南省"}
"""Provinces of which one was made since 1988, which took their counties' codes along."""
_CHAIN = 4
_REMEMBERED = (
    "2000"  # since this year systems have been filled that are read today: a county that ended later is in them
)


@dataclass(frozen=True, slots=True)
class Division:
    """A place in the hierarchy; the levels below its own are empty. `was` is the old name it was found by."""

    province: str
    city: str = ""
    county: str = ""

    @property
    def name(self) -> str:
        return self.county or self.city or self.province


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """Divisions by name: full names, short names of provinces and cities, short names of counties within a city,
    and of cities on a county's level within a province; those of which no other county has the name are `towns`.

    `former`: what became of places that are no more. `until_lately`: where counties were that ended not long ago.
    """

    provinces: dict[str, Division]
    cities: dict[str, tuple[Division, ...]]
    counties: dict[str, tuple[Division, ...]]
    short_counties: dict[tuple[str, str], Division]
    towns: dict[str, Division]
    former: dict[str, tuple[Division, ...]]
    until_lately: dict[str, tuple[Division, ...]]


@dataclass(frozen=True, slots=True)
class _Row:
    code: str
    name: str
    ended: str  # the year; empty for what there is

    @property
    def live(self) -> bool:
        return not self.ended


def stem(name: str) -> str:
    """A name without what it is: 上海市 is 上海, 延边朝鲜族自治州 is 延边. Never shorter than two characters."""
    short = _SUFFIX.sub("", name)
    people = _PEOPLES.search(short)
    if people and people.start() >= 2 and people.end() == len(short):
        short = short[: people.start()]
    return short if len(short) >= 2 else name


def _read() -> tuple[dict[str, str], list[_Row]]:
    lines = (resources.files("stdnum.cn") / "loc.dat").read_text(encoding="utf-8").splitlines()
    provinces: dict[str, str] = {}
    found: list[_Row] = []
    province = ""
    for line in lines:
        match = _LINE.match(line)
        if not match:
            continue
        code, names = match[1], text.simplified(match[2])
        if len(code) == 2:
            province, provinces[code] = code, names
            continue
        for entry in names.split(","):
            span = _SPAN.fullmatch(entry.strip())
            if span and span[3] not in _NOT_NAMES and code != "0000":
                found.append(_Row(province + code, span[3], span[2] or ""))
    return provinces, found


def _placed(row: _Row, provinces: dict[str, str], cities: dict[str, str]) -> Division:
    province = provinces[row.code[:2]]
    if row.code.endswith("00"):
        return Division(province, row.name)
    city = province if province in MUNICIPALITIES else cities.get(row.code[:4], "")
    return Division(province, city, row.name)


@cache
def gazetteer() -> Gazetteer:
    """Read once; about 3,500 places and as many old names."""
    provinces, listed = _read()
    cities = {row.code[:4]: row.name for row in listed if row.live and row.code.endswith("00")}
    live = _live(listed, provinces, cities)
    by_name: dict[str, list[Division]] = {}
    for division in live:
        by_name.setdefault(division.county or division.city, []).append(division)
    short_cities: dict[str, list[Division]] = {}
    for division in live:
        if not division.county:
            short_cities.setdefault(division.city, []).append(division)
            short_cities.setdefault(stem(division.city), []).append(division)
            if division.city.endswith("自治州"):  # 黔南州
                short_cities.setdefault(f"{stem(division.city)}州", []).append(division)
    for name in MUNICIPALITIES:
        short_cities.setdefault(name, []).append(Division(name, name))
        short_cities.setdefault(stem(name), []).append(Division(name, name))
    tops = {name: Division(name) for name in provinces.values()}
    tops |= {stem(name): Division(name) for name in provinces.values()}
    tops["内蒙"] = tops["内蒙古"]
    short_cities |= {short: short_cities[full] for short, full in (("锡盟", "锡林郭勒盟"), ("阿盟", "阿拉善盟"))}
    counties = {name: tuple(d for d in found if d.county) for name, found in by_name.items()}
    short = [(d, stem(d.county)) for d in live if len(stem(d.county)) >= 2]
    count = Counter(name for _, name in short)
    towns = {name: d for d, name in short if d.county == f"{name}市" and count[name] == 1}
    within = {(d.province, name): d for d, name in short if d.county == f"{name}市"}  # 江苏昆山
    within |= {(d.city or d.province, name): d for d, name in short}
    within |= {(d.city, name + kind): d for d, name in short if d.city in _OF_COUNTIES for kind in "市镇乡"}
    return Gazetteer(
        tops,
        {name: tuple(dict.fromkeys(found)) for name, found in short_cities.items()},
        {name: found for name, found in counties.items() if found},
        within,
        towns,
        _former(listed, provinces, live),
        _until_lately(listed, provinces, cities, set(live)),
    )


def _until_lately(
    listed: list[_Row], provinces: dict[str, str], cities: dict[str, str], live: set[Division]
) -> dict[str, tuple[Division, ...]]:
    found: dict[str, list[Division]] = {}
    for row in listed:
        division = _placed(row, provinces, cities)
        if row.ended >= _REMEMBERED and division.county and division.city and division not in live:
            found.setdefault(row.name, []).append(division)
    return {name: tuple(dict.fromkeys(places)) for name, places in found.items()}


def _live(listed: list[_Row], provinces: dict[str, str], cities: dict[str, str]) -> list[Division]:
    names_of_cities = {(code[:2], name) for code, name in cities.items()}
    found = dict.fromkeys(
        _placed(row, provinces, cities)
        for row in listed
        if row.live and (row.code.endswith("00") or (row.code[:2], row.name) not in names_of_cities)
    )
    for province, city, counties in rows("other_divisions.tsv"):
        place = "" if city == "-" else city
        if place:
            found[Division(province, place)] = None
        found.update((Division(province, place, county), None) for county in counties.split(" ") if county != "-")
    # A county straight under its province that also stands under a city is an entry from before the city was made.
    housed = {(division.province, division.county) for division in found if division.city}
    ordered = sorted(found, key=lambda d: (not d.city, d.province, d.city, d.county))
    return [division for division in ordered if division.city or (division.province, division.county) not in housed]


def _former(listed: list[_Row], provinces: dict[str, str], live: list[Division]) -> dict[str, tuple[Division, ...]]:
    """What has become of places that are no more: renamed under one code, raised to city or district, merged."""
    by_city = {row.code[:4]: row.name for row in listed if row.live and row.code.endswith("00")}
    known = {(division.province, division.name) for division in live}
    by_code: dict[str, str] = {row.code: row.name for row in listed if row.live}
    later: dict[str, str] = {}
    for row in listed:
        later[row.code] = row.name
    merged = {(province, old): new for province, old, new in rows("merged_divisions.tsv")}
    by_name: dict[tuple[str, str], list[Division]] = {}
    by_stem: dict[tuple[str, str], list[Division]] = {}
    for division in live:
        for upper in {division.province, division.city}:
            by_name.setdefault((upper, division.name), []).append(division)
        by_stem.setdefault((division.province, stem(division.name)), []).append(division)
    found: dict[str, dict[Division, None]] = {}
    unknown: dict[str, list[Division]] = {}
    for row in listed:
        if row.live:
            continue
        province, name = provinces[row.code[:2]], row.name
        if province in MUNICIPALITIES and row.code.endswith("00"):
            continue
        target: Division | None = None
        for _ in range(_CHAIN):
            name = merged.get((province, name)) or by_code.get(row.code) or name
            upper, _, name = name.rpartition("/")
            exact = by_name.get((upper or province, name), []) or by_stem.get((province, stem(name)), [])
            if len(exact) == 1:
                target = exact[0]
                break
            name = later.get(row.code, name)
        split_off = by_stem.get((SPLIT_OFF.get(province, ""), stem(row.name)), []) if target is None else []
        if len(split_off) == 1:
            target = split_off[0]
        if target and target.county and row.name.endswith("地区"):
            target = Division(province, target.city)
        if target is None and not row.code.endswith("00"):
            unknown.setdefault(row.name, []).append(_placed(row, provinces, by_city))
        if target and (target.name != row.name or (province, row.name) not in known):
            found.setdefault(row.name, {})[target] = None
    for name, places in unknown.items():  # nobody knows what became of it: it stays what it was
        housed = {place.province for place in (*found.get(name, ()), *places) if place.city}
        for place in places:
            if (place.province, name) in known or any(place.province == d.province for d in found.get(name, ())):
                continue
            if place.city or place.province not in housed:
                found.setdefault(name, {})[place] = None
    found |= {county: {Division("台湾省", city): None} for city, county in _OF_COUNTIES.items()}
    return {name: tuple(places) for name, places in found.items()}
