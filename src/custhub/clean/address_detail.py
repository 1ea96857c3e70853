"""The part of a Chinese address below the county: road, number, building, floor, room."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from custhub.clean.numerals import HAN_NUMERAL, in_digits

_NUMERAL = re.compile(
    f"[{HAN_NUMERAL}](?:[{HAN_NUMERAL}]*(?=[号弄巷栋幢座楼层室段组村f]|单元)|(?<=号[之附].)[{HAN_NUMERAL}]*)"
)
_MARK = "甲乙丙丁戊己庚辛东西南北附临"
_NUMBER = re.compile(
    rf"(?P<lane>(?:[0-9]+巷)?(?:[0-9]+弄)?)(?P<no>(?:[{_MARK}]?[0-9]+[a-z]?(?:[-~之][0-9]+[a-z]?)?|[{_MARK}][0-9]*)(?=号(?!楼))|(?<=[路街巷道弄])[0-9]+(?:-[0-9]+)?$)号?(?P<of>[之附][0-9]+号?)?(?P<mark>(?<=号)[甲乙丙丁](?![0-9座栋幢楼室单段区]))?"
)
_LANE_ONLY = re.compile(r"[0-9]+弄(?=[0-9])")
_BUILDING = re.compile(
    r"([a-z0-9甲乙丙丁东西南北]{1,6})(?:号楼|幢|栋|座|号院|号库|号厂房|期)|(?:building|bldg\.?|block|tower) ?([a-z0-9]{1,4})"
)
_UNIT = re.compile(r"([0-9]{1,2})单元")
_FLOOR = re.compile(r"(?:第)?([0-9b]{1,3})(?:层|楼|f(?![a-z]))|(?:floor) ?([0-9]{1,3})")
_ROOM = re.compile(
    r"((?:(?<![0-9])[a-z]{1,2}-?)?[0-9]{1,5}[a-z]?)(?:室|房间?|号房|单位|铺|号铺)|(?<=[层楼])([a-z])(?:室|座|单位)|[之附]([0-9]{1,3})号?|(?:room|rm\.?|unit|suite) ?([a-z0-9]{1,6})"
)
_ROOM_LAST = re.compile(r"((?:(?<![0-9])[a-z])?[0-9]{3,4}[a-z]?)$")
# `25-1203` and `2-3-1201` after the number: building, unit, room.
_BY_HYPHENS = re.compile(r"(?<![0-9-])([0-9]{1,3})-(?:([0-9]{1,2})-)?([0-9]{3,4})(?:室|房)?$")
_SIGNS = re.compile(r"[\s,，.;#()]+")


class Detail(NamedTuple):
    """The parts of a detail in key form; empty where it has none."""

    road: str = ""
    number: str = ""
    building: str = ""
    floor: str = ""
    room: str = ""

    @property
    def key(self) -> str:
        return f"{self.road}|{self.number}|{self.building}|{self.floor}|{self.room}"

    @property
    def unit(self) -> str | None:
        if self.building or self.floor:
            return " ".join(filter(None, (self.building, self.floor, self.room)))
        return self.room or None


NOTHING = Detail()
# `road 634号 estate 19栋 2单元 12楼 1404室`, each once, in this order, and nothing that could be read in another way.
_NO_HAN = "\\x00-\u4dff\ua000-\U0010ffff"
_usual = re.compile(
    rf"((?:[^{_NO_HAN}{_MARK}号]++|[{_MARK}](?![0-9号]))++(?:[0-9]{{1,2}}段)?)([0-9]{{1,6}})号(?![楼之院库厂房铺])"
    rf"[^{_NO_HAN}{_MARK}号楼层室单元房铺期座栋幢之第]*+"
    r"(?:([0-9]{1,4})(?:号楼|幢|栋|座))?(?:([0-9]{1,2})单元)?(?:([0-9]{1,3})[层楼])?(?:([0-9]{1,5})室|(?<=[层楼])([a-z])室)?"
).fullmatch


def read(detail: str) -> Detail:
    """Takes a detail in key form (simplified, lower case) apart."""
    plain = detail if detail.isalnum() else _SIGNS.sub("", detail)
    if _has_numeral(plain):
        plain = _NUMERAL.sub(_in_digits, plain)
    usual = _usual(plain)
    if usual:
        road, number, building, unit, floor, room, letter = usual.groups("")
        building = f"{building}-{unit}" if building and unit else building or unit
        return Detail(road, number, building, floor, room or letter.upper())
    match = _NUMBER.search(plain)
    lane = None if match and match["lane"] else _LANE_ONLY.search(plain)
    if match:
        road, number, rest = plain[: match.start()], match["no"] + (match["mark"] or ""), plain[match.end() :]
        if match["of"]:
            rest = match["of"] + rest
    elif lane:
        road, number, rest = plain[: lane.start()], lane[0], plain[lane.end() :]
    else:
        first = _BUILDING.search(plain) or _UNIT.search(plain) or _FLOOR.search(plain) or _ROOM.search(plain)
        road, number, rest = (plain[: first.start()], "", plain[first.start() :]) if first else (plain, "", "")
    building = _first(_BUILDING, rest)
    if match and match["lane"]:
        building, number = f"{number}{'-' + building if building else ''}", match["lane"]
    return _below(Detail(road, number, building), rest)


def numerals(plain: str) -> Iterator[tuple[int, int, str]]:
    """The characters of a simplified text with their places; a Han numeral before 号, 段 and the like as its digits."""
    end = 0
    for match in _NUMERAL.finditer(plain):
        yield from ((place, place + 1, plain[place]) for place in range(end, match.start()))
        end = match.end()
        yield match.start(), end, _digits(match[0])
    yield from ((place, place + 1, plain[place]) for place in range(end, len(plain)))


def _in_digits(match: re.Match[str]) -> str:
    return _digits(match[0])


_digits = lru_cache(maxsize=10_000)(in_digits)
_has_numeral = re.compile(f"[{HAN_NUMERAL}]").search


def _below(detail: Detail, rest: str) -> Detail:
    short = None if detail.building else _BY_HYPHENS.search(rest)
    if short:
        building = "-".join(filter(None, short.groups()[:2]))
        return Detail(detail.road, detail.number, building, "", short[3])
    unit = _first(_UNIT, rest)
    floor = _first(_FLOOR, rest)
    room = _first(_ROOM, rest)
    if not room:
        last = _ROOM_LAST.search(rest)
        room = last[1] if last else ""
    building = "-".join(filter(None, (detail.building, unit)))
    return Detail(detail.road, detail.number, building.upper(), floor.upper(), room.upper())


def _first(pattern: re.Pattern[str], rest: str) -> str:
    match = pattern.search(rest)
    return next(group for group in match.groups() if group) if match else ""
