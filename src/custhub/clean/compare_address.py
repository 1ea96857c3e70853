"""Do two addresses name one place?"""

from __future__ import annotations

from custhub.clean import address_western, characters
from custhub.clean.cleaned import Result
from custhub.clean.verdict import Verdict, no, open_, yes

_LEVELS = ("country", "province", "city", "county")


def compare(left: Result, right: Result) -> Verdict:
    """A conflict on any level contradicts; what is missing on one side is for review."""
    for place, level in enumerate(_LEVELS):
        one, other = left.parts[place], right.parts[place]
        if one and other and _plain(one) != _plain(other):
            return no(level, "Different places.")
    han = [characters.has_han(result.display or "") is not None for result in (left, right)]
    if han[0] != han[1]:
        return _translated(left, right)
    if left.key == right.key and left.key:
        return yes("key", "Same address.")
    return _details(left, right, han=han[0])


def _plain(part: str) -> str:
    return characters.ascii_letters(part).casefold().replace(" ", "").replace("-", "")


def _translated(left: Result, right: Result) -> Verdict:
    numbers = left.parts[6], right.parts[6]
    if numbers[0] and numbers[1] and numbers[0] != numbers[1]:
        return no("house_number", "Different house numbers.")
    agreed = any(left.parts[place] and left.parts[place] == right.parts[place] for place in (1, 2, 3))
    if agreed:
        return open_("translated", "Place and number agree; the street is in another language.")
    return no("script", "Nothing in the two languages agrees.")


def _details(left: Result, right: Result, *, han: bool) -> Verdict:
    missing = _missing_levels(left, right)
    one, other = (_pieces(result) for result in (left, right))
    names = ("street", "house_number", "building", "floor", "room")
    lacking = None
    for name, a, b in zip(names, one, other, strict=True):
        if a == b:
            continue
        if not a or not b or (name == "street" and (a.endswith(b) or b.endswith(a) or _town_of(a, b))):
            lacking = lacking or name
        else:
            return no(name, "Different addresses.")
    if not any(a and a == b for a, b in zip(one, other, strict=True)) and any((*one, *other)):
        return (
            open_("less_exact", "One address is less exact.")
            if _deepest(left, right)
            else no("street", "Different addresses.")
        )
    if missing:
        return open_("place_missing", "City or district is missing on one side.")
    if lacking:
        return open_("less_exact", "One address is less exact.")
    if not han and left.parts[8] != right.parts[8] and left.parts[8] and right.parts[8]:
        return no("postcode", "Different postcodes.")
    return yes("parts", "Same place, street and number.")


def _town_of(one: str, other: str) -> bool:
    """Whether one side names the town only: 花桥镇 and 花桥镇绿地大道."""
    short, long = sorted((one, other), key=len)
    return short.endswith(("镇", "乡", "街道", "村", "区")) and long.startswith(short)


def _pieces(result: Result) -> tuple[str, ...]:
    """Street, number, building, floor, room in key form."""
    tail = (result.key or "").rsplit("/", 1)[-1]
    if "|" not in tail:
        return ("",) * 5
    street, *rest = tail.split("|")
    if not characters.has_han(result.display or "") and result.parts[5]:
        street = address_western.street_key(result.parts[5])
    return (street, *rest[:4])


def _missing_levels(left: Result, right: Result) -> bool:
    """Whether one side lacks a level that the other has (the county alone may be left out by a city address)."""
    return any(bool(left.parts[place]) != bool(right.parts[place]) for place in (1, 2, 3))


def _deepest(left: Result, right: Result) -> bool:
    """Whether the place itself agrees down to the city."""
    return bool(left.parts[2] and left.parts[2] == right.parts[2])
