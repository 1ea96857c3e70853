"""Addresses in Latin letters: street, number, unit, city, postcode and country, by the customs of the country."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from custhub.clean import characters
from custhub.clean.cleaned import Options, Result
from custhub.clean.facts import rows

_states = {
    country: re.compile(rf"^(.*?)(?:^|[\s/(-]+){state}$") for country, _, state in rows("postcodes.tsv") if state
}
_compiled = {country: re.compile(pattern, re.IGNORECASE) for country, pattern, _ in rows("postcodes.tsv")}
_LEAD = re.compile(r"([DF](?=-[0-9]{5} )|CH(?=-[0-9]{4} ))-").match
_US = re.compile(r",?\s*\b([A-Z]{2})\.?,?\s+([0-9]{5}(?:-[0-9]{4})?)$")
_UNIT_WORDS = "apt|apartment|suite|ste|unit|flat|room|rm|floor|fl|app|etage|stock|top|wohnung|piso|apto|lok|planta|puerta|bldg|building|box"
_UNIT = re.compile(
    rf"[,\s]*(?:\b(?:{_UNIT_WORDS})\b\.?\s*#?\s*|#\s*)([0-9a-z\-]{{1,8}})\b|[,\s]*\b([0-9]{{1,3}})(?:st|nd|rd|th) floor\b",
    re.IGNORECASE,
)
# What is in every post office box, for lower case: a cheap look before the pattern below.
_box_word = re.compile("box|postfach|bo.te|bp|apartado").search
_other_case_of_i = re.compile("[İı]").search  # which IGNORECASE takes for an i
# The ends of the post codes with letters: `4 AB`, `4AB`, `4A1`.
_may_be_lettered = re.compile(r"[0-9] ?[^\W\d_](?:[^\W\d_]\b|[0-9])").search
_NUMBER_FIRST = re.compile(
    r"^(?:no\.?\s*)?([0-9]{1,6}(?:[a-z]|\s?[-/]\s?[0-9]{1,5}| ?bis| ?ter)?)[,\s]+(?=\D|[0-9]{1,3}(?:st|nd|rd|th)\b)",
    re.IGNORECASE,
)
_NUMBER_LAST = re.compile(
    r"[,\s]+(?:n[°ºro]?\.?\s*)?([0-9]{1,5}\s?[a-z]?(?:\s?[-/+]\s?[0-9]{1,4}\s?[a-z]?)?)$", re.IGNORECASE
)
_NUMBER_STAIR_DOOR = re.compile(r"\s([0-9]{1,5})/[0-9]{1,4}/[0-9]{1,4}[a-z]?$", re.IGNORECASE)
_NUMBER_ALONE = re.compile(r"([0-9]{1,6}[a-z]?)(?:\s+-\s+\D.*)?", re.IGNORECASE).fullmatch
_PO_BOX = re.compile(r"\b(?:p\.? ?o\.? ?box|postfach|boîte postale|bp|apartado)\s*([0-9 ]{1,10})", re.IGNORECASE)
_WORDS = re.compile(r"\w+")
_SIGNS = re.compile(r"[^\w]+")
_unit_words = frozenset(_UNIT_WORDS.split("|"))
_UPPERCASE = frozenset(("GB", "CA", "NL"))


@cache
def _countries() -> dict[str, str]:
    return {name: code for code, names in rows("countries.tsv") for name in names.split("|")}


@cache
def _words() -> dict[str, str]:
    return {short: word for word, shorts in rows("street_words.tsv") for short in shorts.split(" ")}


def read(display: str, reasons: tuple[str, ...], options: Options) -> Result:
    """A Western address; what cannot be told apart stays in `detail`."""
    pieces = [piece for part in display.replace(";", ",").split(",") if (piece := part.strip())]
    pieces, named = _without_country(pieces)
    country = named or _country_by_form(pieces, options.region)
    pieces, postcode, state = _without_postcode(pieces, country)
    if country in _states:
        pieces, state = _without_state(pieces, _states[country])
    city = pieces.pop() if len(pieces) > 1 else None
    detail = ", ".join(pieces)
    lowered = detail.lower()
    odd = not detail.isascii() and _other_case_of_i(detail)
    box = (odd or _box_word(lowered)) and _PO_BOX.search(detail)
    unit_match = _UNIT.search(detail) if not box and (odd or _may_have_unit(lowered)) else None
    street = (detail[: unit_match.start()] + detail[unit_match.end() :]).strip(" ,") if unit_match else detail
    unit = (unit_match[1] or unit_match[2]) if unit_match else None
    street, number = (street, None) if box else _number(street)
    levels = (country, state, city)
    key = "/".join(_plain(part) for part in (country, postcode, city) if part)
    key = f"{key}/{street_key(street)}|{_plain(number or '')}|{_plain(unit or '')}||"
    doubts = () if city and number else ("not_parsed",)
    parts = (*levels, None, detail or None, street or None, number, unit, postcode)
    return Result(display, key, parts, reasons + doubts)


def _without_country(pieces: list[str]) -> tuple[list[str], str | None]:
    """A country at the end, with or without a postcode behind it; the name of Singapore is that of the city too."""
    bare = pieces[-1].rstrip("0123456789 -").casefold().strip(".") if len(pieces) > 1 else ""
    named = _countries().get(bare) or _countries().get(characters.ascii_letters(bare))
    if not named:
        return pieces, None
    behind = pieces[-1] if named == "SG" and pieces[-1][-1].isdigit() else pieces[-1][len(bare) :].strip(" .")
    return [*pieces[:-1], behind] if behind else pieces[:-1], named


def _may_have_unit(lowered: str) -> bool:
    return "#" in lowered or not _unit_words.isdisjoint(_WORDS.findall(lowered))


def _country_by_form(pieces: list[str], region: str) -> str | None:
    tail = ", ".join(pieces[-2:])
    if tail[-4:].isdigit() and _US.search(tail):
        return "US"
    lead = next((match for piece in pieces if (match := _LEAD(piece))), None)
    if lead:
        return {"D": "DE", "F": "FR"}.get(lead[1], lead[1])
    if _may_be_lettered(tail):
        for country in ("GB", "CA", "NL"):
            if _compiled[country].search(tail):
                return country
    return region if region not in ("CN", "TW", "HK") else None


def _without_postcode(pieces: list[str], country: str | None) -> tuple[list[str], str | None, str | None]:
    if country == "US" and pieces and pieces[-1][-4:].isdigit():
        match = _US.search(", ".join(pieces))
        if match:
            joined = ", ".join(pieces)[: match.start()]
            return [piece.strip() for piece in joined.split(",") if piece.strip()], match[2], match[1].upper()
    pattern = _compiled.get(country or "") or _compiled["DE"]
    first = pattern.match(pieces[0].removeprefix("D-")) if country in _compiled and len(pieces) > 1 else None
    if first:  # 80331 München, Musterweg 12
        return [*pieces[1:], pieces[0].removeprefix("D-")[first.end() :].strip()], first[1], None
    for place in range(len(pieces) - 1, -1, -1):
        match = pattern.search(pieces[place])
        if match and (place or len(pieces) == 1):
            around = (pieces[place][: match.start()].strip(" -"), pieces[place][match.end() :].strip(" -"))
            left = pieces[:place] + list(filter(None, around)) + pieces[place + 1 :]
            code = match[1].upper() if country in _UPPERCASE else match[1]
            return left, code, None
    return pieces, None, None


def _without_state(pieces: list[str], pattern: re.Pattern[str]) -> tuple[list[str], str | None]:
    match = pattern.search(pieces[-1]) if len(pieces) > 1 else None
    if not match:
        return pieces, None
    return pieces[:-1] + ([match[1]] if match[1] else []), match[2]


def _number(street: str) -> tuple[str, str | None]:
    """The number at an end of the line, else the first that ends a piece of it or is one: `Rua X, 1000 - Jardins`."""
    pieces = [piece.strip() for piece in street.split(",")]
    for line in (street, *pieces) if len(pieces) > 1 else (street,):
        alone = _NUMBER_ALONE(line) if line not in (street, pieces[0]) else None
        if alone:
            return pieces[pieces.index(line) - 1], alone[1]
        for pattern in (_NUMBER_FIRST, _NUMBER_STAIR_DOOR, _NUMBER_LAST):
            match = pattern.search(line)
            if match:
                return (line[: match.start()] + line[match.end() :]).strip(" ,"), match[1].replace(" ", "")
    return street, None


@lru_cache(maxsize=100_000)
def _plain(part: str) -> str:
    return _SIGNS.sub("", characters.ascii_letters(part.casefold()))


@lru_cache(maxsize=100_000)
def street_key(street: str) -> str:
    """A street's name with its kind written out: `Main St.` and `main street` are one."""
    spelled = _words()
    words = _WORDS.findall(characters.ascii_letters(street.casefold()).replace("ß", "ss"))
    joined = " ".join([spelled.get(word, word) for word in words])
    return (
        joined[:-3] + "strasse" if joined.endswith("str") and len(joined) > 4 else joined.replace(" strasse", "strasse")
    )
