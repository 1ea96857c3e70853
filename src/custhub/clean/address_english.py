"""Chinese addresses written in English: the divisions are found by their pinyin, the rest stays as written."""

from __future__ import annotations

import re
from functools import cache

from custhub.clean import readings
from custhub.clean.cleaned import Options, Result
from custhub.clean.divisions import MUNICIPALITIES, OWN_CODE, Division, gazetteer, stem
from custhub.clean.facts import pairs

_CHINA = re.compile(
    r"^(?:the )?(?:p\.? ?r\.?(?: of)? ?china|people'?s republic of china|china|prc|p\.?r\.?c\.?)$", re.IGNORECASE
)
_ROC = re.compile(r"(?<=taiwan)[,\s]*\(?r\.?o\.?c\b\.?\)?", re.IGNORECASE)
_POSTCODE = re.compile(r"(?<![0-9#])\b([0-9]{6})\b(?!\s*(?:road|rd|street|st|room|rm))", re.IGNORECASE)
_KIND = re.compile(
    r"[\s'-]+(?:province|prov\.?|city|shi|sheng|municipality|new (?:area|district)|xinqu|district|dist\.?|qu|county|xian|town|sar|autonomous region)$",
    re.IGNORECASE,
)
_six_digits = re.compile("[0-9]{6}").search
_LETTERS = re.compile("[^a-z]")
_SIGNS = re.compile("[^a-z0-9]")
_NUMBER = re.compile(
    r"(?:no\.?|#|number)\s*([0-9]+[a-z]?)(?![0-9])|^([0-9]+[a-z]?(?:-[0-9]+)?)[, ]+(?=[a-z])", re.IGNORECASE
)
_NUMBER_WORD = re.compile(r"(?:no\.?|#|number)\s*([0-9]+[a-z]?)(?![0-9])()", re.IGNORECASE)
_ROAD = re.compile(
    r"\b(?:road|rd|street|st|avenue|ave|lane|boulevard|blvd|highway|drive|lu|jie|dadao|dajie|xiang)\b", re.IGNORECASE
)
_UNIT = re.compile(r"\b(?:room|rm|flat|unit|suite|apt|shop)\.?\s*#?\s*([0-9a-z\-]{1,8})", re.IGNORECASE)
_BUILDING = re.compile(
    r"\b(?:building|bldg|block|tower)\.?\s*([0-9]{1,3}|[a-z])\b|\b([0-9]{1,3}|[a-z])\s+(?:building|block|tower)\b",
    re.IGNORECASE,
)
_FLOOR = re.compile(
    r"\b([0-9]{1,3})\s*(?:/?f\b|(?:st|nd|rd|th)?\s+floor\b)|\b(?:floor|level)\s*([0-9]{1,3})\b", re.IGNORECASE
)
_SECTION = re.compile(r"sec(?:tion)?\b\.?\s*[0-9]+$", re.IGNORECASE)
_TW_POSTCODE = re.compile(r"(?<=[a-z]) +([0-9]{3}(?:[0-9]{2,3})?)$", re.IGNORECASE)
_CHINESE = ("CN", "HK", "TW", "MO", "SG")


@cache
def _english() -> dict[str, list[str]]:
    """All spellings of places that have other ones than their pinyin."""
    return {name: spellings.split(" ") for name, spellings in pairs("english_places.tsv")}


@cache
def _own_readings() -> dict[str, str]:
    return dict(pairs("place_readings.tsv"))


def _pinyin(name: str) -> str:
    own = _own_readings()
    return own.get(name) or "".join(own.get(char) or readings.usual(char) for char in name).replace("v", "u")


def _spellings(name: str) -> list[str]:
    return _english().get(name) or [_pinyin(stem(name))]


@cache
def _spelled() -> tuple[dict[str, Division], dict[str, list[Division]], dict[str, list[Division]]]:
    """Provinces, cities and counties by the letters of their names."""
    places = gazetteer()
    provinces = {letters: d for d in places.provinces.values() for letters in _spellings(d.province)}
    cities: dict[str, list[Division]] = {}
    counties: dict[str, list[Division]] = {}
    former = [tuple(d for d in listed if d.county == name) for name, listed in places.former.items()]
    for found, table in ((places.cities.values(), cities), ((*places.counties.values(), *former), counties)):
        for division in dict.fromkeys(d for listed in found for d in listed):
            name = division.county or division.city
            for letters in _spellings(name):
                if division not in table.setdefault(letters, []):
                    table[letters].append(division)
    return provinces, cities, counties


@cache
def _letters() -> dict[str, list[str]]:
    provinces, cities, counties = _spelled()
    found: dict[str, list[str]] = {}
    for letters, division in provinces.items():
        found.setdefault(division.province, []).append(letters)
    for letters, divisions in (*cities.items(), *counties.items()):
        for name in dict.fromkeys(division.name for division in divisions):
            found.setdefault(name, []).append(letters)
    return found


def letters_of(name: str) -> list[str]:
    """How the name of a division is spelled in English addresses, without spaces and lower case."""
    return _letters().get(name, [])


def read(display: str, reasons: tuple[str, ...], options: Options) -> Result | None:
    """The address when its tail is a place in China; null when it is not."""
    found = _POSTCODE.search(display) if _six_digits(display) else None
    lowered = display.lower()
    may_be_china = _may_be_china(lowered)
    if not may_be_china and not found and options.region not in _CHINESE:
        return None
    plain = _ROC.sub("", display[: found.start()] + display[found.end() :] if found else display)
    pieces = [piece.strip() for piece in plain.split(",") if piece.strip()]
    country = [piece for piece in pieces[1:] if _CHINA.match(piece)] if may_be_china else []
    if not country and not found and options.region not in _CHINESE:
        return None
    pieces = [piece for piece in pieces if piece not in country]
    postcode = found[1] if found else None
    if "taiwan" in lowered or options.region == "TW":
        tails = [match[1] for piece in pieces if (match := _TW_POSTCODE.search(piece))]
        pieces, postcode = [_TW_POSTCODE.sub("", piece) for piece in pieces], next(iter(tails), postcode)
    rest, place = _climb(pieces)
    if place is None or not (country or place.city or options.region == "CN" or place.province in OWN_CODE):
        return None
    return _result(display, reasons, place, rest, postcode)


def _result(display: str, reasons: tuple[str, ...], place: Division, rest: list[str], postcode: str | None) -> Result:
    detail = ", ".join(rest)
    named = _named(rest)
    lines = [piece for piece in rest if _ROAD.search(piece)] or list(filter(_NUMBER.match, named))
    line = lines[0] if lines else ", ".join(named) or detail
    number = _NUMBER.search(line)
    street = (line[: number.start()] + line[number.end() :]).strip(" ,") if number else line
    street = ", ".join([street, *(piece for piece in rest if _SECTION.match(piece))])
    beside = ", ".join(piece for piece in rest if piece != line)
    number = number or _NUMBER_WORD.search(beside)
    house = (number[1] or number[2]) if number else None
    building, floor, unit = (_first(pattern, beside) for pattern in (_BUILDING, _FLOOR, _UNIT))
    code = OWN_CODE.get(place.province, "CN")
    levels = (place.province, place.city or None, place.county or None)
    below = "|".join(
        (_SIGNS.sub("", street.casefold()), house or "", *(part.upper() for part in (building, floor, unit)))
    )
    key = "/".join(filter(None, (*levels, below)))
    parts = (code, *levels, detail or None, street or None, house, unit or None, postcode)
    return Result(display, key, parts, (*reasons, "english_form"))


def _named(pieces: list[str]) -> list[str]:
    """The pieces that name a place rather than number a building, a floor or a room."""
    return [piece for piece in pieces if not any(p.match(piece) for p in (_UNIT, _FLOOR, _BUILDING))]


def _first(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return next(filter(None, match.groups())) if match else ""


def _may_be_china(lowered: str) -> bool:
    return ("ch" in lowered and "na" in lowered) or "pr" in lowered or "p.r" in lowered


def _climb(pieces: list[str]) -> tuple[list[str], Division | None]:
    """Takes places off the end, from the province down."""
    provinces, cities, counties = _spelled()
    place: Division | None = None
    while pieces and len(pieces) >= 1:
        letters = _LETTERS.sub("", _KIND.sub("", pieces[-1]).casefold())
        step = _lower(letters, place, provinces, cities, counties)
        if step is None:
            break
        place, pieces = step, pieces[:-1]
    return pieces, place


def _lower(
    letters: str,
    place: Division | None,
    provinces: dict[str, Division],
    cities: dict[str, list[Division]],
    counties: dict[str, list[Division]],
) -> Division | None:
    if not letters:
        return None
    if letters in provinces and (place is None or provinces[letters].province == place.province):
        found = provinces[letters]
        city = found.province if found.province in MUNICIPALITIES else (place.city if place else "")
        return Division(found.province, city, place.county if place else "")
    listed = cities.get(letters, []) if place is None or not place.city else []
    fitting = [d for d in listed if place is None or d.province == place.province]
    if len(fitting) == 1:
        return fitting[0]
    if place is None or place.county:
        return None
    within = [
        d
        for d in counties.get(letters, [])
        if d.province == place.province and (not place.city or d.city == place.city)
    ]
    return within[0] if len(within) == 1 else None
