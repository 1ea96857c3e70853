"""Addresses: real cities with postcodes and area codes that belong to them, made-up streets and numbers."""

from __future__ import annotations

from collections.abc import Iterable

from custhub.demo import facts
from custhub.demo.dice import Columns, Dice, Texts, texts
from custhub.demo.spelling import pinyin

FIELDS = (
    "region", "city", "district", "street", "house", "unit", "postcode", "area", "division", "latin_place",
)  # fmt: skip
"""The columns of addresses, empty where a country has no such thing; `area` is the telephone area code, `division` the
Chinese code, `latin_place` the city in Latin."""


def addresses(dice: Dice, country: str, n: int, *, office: bool) -> Columns:
    """`n` addresses; `office` ones sit in towers and estates rather than in housing blocks."""
    match country:
        case "CN":
            return _mainland(dice, n, office=office)
        case "TW":
            return _taiwan(dice, n, office=office)
        case "HK":
            return _hong_kong(dice, n)
        case _:
            return _western(dice, country, n)


def _cities(dice: Dice, country: str, n: int) -> list[facts.Row]:
    cities = facts.rows(country, "cities")
    return dice.rows(cities, n, [(rank + 6.0) ** -0.7 for rank in range(len(cities))])


def _addresses(n: int, **columns: Iterable[str]) -> Columns:
    return {name: texts(list(columns.get(name, [""] * n))) for name in FIELDS}


def _mainland(dice: Dice, n: int, *, office: bool) -> Columns:
    rows = _cities(dice, "CN", n)
    which = dice.below(720, n).tolist()
    districts = [row[5].split() for row in rows]
    streets = dice.pick(facts.words("CN", "streets"), n)
    houses = dice.between(1, 999, n).tolist()
    block, floor, door = (dice.between(1, high, n).tolist() for high in (28, 26, 6))
    estates = dice.pick(facts.words("CN", "estates"), n)
    estate = (dice.chance(n, 0.0 if office else 0.35)).tolist()
    units = []
    for b, f, d, e, name in zip(block, floor, door, estate, estates, strict=True):
        home = f"{name}{b}栋{f}{d:02d}室" if e else f"{b}号楼{f}{d:02d}室"
        units.append(f"{f}{d:02d}室" if office and b % 3 else f"{f}楼" if office else home)
    return _addresses(
        n,
        region=[row[1] for row in rows],
        city=[f"{row[0]}市" for row in rows],
        district=[d[w % len(d)] for d, w in zip(districts, which, strict=True)],
        street=streets,
        house=[f"{h}号" for h in houses],
        unit=units,
        postcode=[f"{row[3]}{w % 100:02d}" for row, w in zip(rows, which, strict=True)],
        area=[row[4].lstrip("0") for row in rows],
        division=[f"{row[2]}{w % len(d) + 1:02d}" for row, d, w in zip(rows, districts, which, strict=True)],
        latin_place=[pinyin(row[0]) for row in rows],
    )


_SECTIONS = ("", "", "", "一段", "二段", "三段", "四段")


def _taiwan(dice: Dice, n: int, *, office: bool) -> Columns:
    rows = _cities(dice, "TW", n)
    streets = dice.pick(facts.words("TW", "streets"), n)
    sections = dice.pick(_SECTIONS, n)
    lane = [f"{x}巷" if x <= 60 and not office else "" for x in dice.between(1, 180, n).tolist()]
    floors = dice.between(1, 15, n).tolist()
    streets = texts([s if "段" in s else s + x for s, x in zip(streets, sections, strict=True)])
    return _addresses(
        n,
        city=[row[0] for row in rows],
        district=[row[1] for row in rows],
        street=[s + x for s, x in zip(streets, lane, strict=True)],
        house=[f"{h}號" for h in dice.between(1, 480, n).tolist()],
        unit=[f"{f}樓" if f > 1 else "" for f in floors],
        postcode=[row[2] for row in rows],
        area=[row[3].lstrip("0") for row in rows],
        latin_place=[row[4] for row in rows],
    )


def _hong_kong(dice: Dice, n: int) -> Columns:
    rows = _cities(dice, "HK", n)
    streets = dice.rows(facts.rows("HK", "streets"), n)
    parts = zip(dice.between(1, 38, n).tolist(), dice.pick("ABCDEFGH", n), strict=True)
    return _addresses(
        n,
        region=[row[2] for row in rows],
        city=["香港"] * n,
        district=[row[0] for row in rows],
        street=[s[0] for s in streets],
        house=[f"{h}號" for h in dice.between(1, 720, n).tolist()],
        unit=[f"{floor}樓{flat}室" for floor, flat in parts],
        latin_place=["Hong Kong"] * n,
    )


def _western(dice: Dice, country: str, n: int) -> Columns:
    rows = _cities(dice, country, n)
    high = 6200 if country == "US" else 190
    suffix = dice.pick(["", "", "", "", "", "a", "b"], n) if country in ("DE", "AT", "FR") else [""] * n
    houses = [f"{h}{s}" for h, s in zip(dice.between(1, high, n).tolist(), suffix, strict=True)]
    flat = dice.chance(n, 0.3).tolist()
    numbers = dice.between(1, 40, n).tolist()
    label = facts.text(country, "unit")
    return _addresses(
        n,
        region=[row[1] for row in rows],
        city=[row[0] for row in rows],
        street=dice.pick(facts.words(country, "streets"), n),
        house=houses,
        unit=[f"{label} {x}" if f and label else "" for f, x in zip(flat, numbers, strict=True)],
        postcode=_postcodes(dice, [row[2] for row in rows]),
        area=[row[3] for row in rows],
        latin_place=[row[0] for row in rows],
    )


def _postcodes(dice: Dice, patterns: list[str]) -> Texts:
    """Fills patterns: `#` is a digit; letters stand for themselves (so do the two inward letters of Britain)."""
    noise = dice.below(10**4, len(patterns)).tolist()
    letters = "ABDEFGHJLNPQRSTUWXYZ"
    out = []
    for pattern, value in zip(patterns, noise, strict=True):
        code = pattern
        for k in range(pattern.count("#")):
            code = code.replace("#", str(value // 10**k % 10), 1)
        if " " in code:  # Britain: outward code, then digit and two letters
            outward = code.split(" ")[0]
            inward = f"{value // 100 % 10}{letters[value % 20]}{letters[value // 20 % 20]}"
            code = f"{outward} {inward}"
        out.append(code)
    return texts(out)


def one_line(country: str, part: dict[str, str]) -> str:
    """The address as one line of text, in the country's own order; `part` has this module's fields."""
    if country in ("CN", "TW", "HK") and not part["house"].startswith("No."):
        region = "" if part["region"] == part["city"] else part["region"]
        head = part["city"] + region if country == "HK" else region + part["city"]
        return head + part["district"] + part["street"] + part["house"] + part["unit"]
    place = f"{part['postcode']} {part['city']}".strip()
    return ", ".join(filter(None, (street_line(country, part), part["district"], place)))


def street_line(country: str, part: dict[str, str]) -> str:
    """Street, number and unit in the country's own order."""
    street, house, unit = part["street"], part["house"], part["unit"]
    if house.startswith("No."):  # a Chinese address in Latin letters
        return f"{house} {street}"
    match country:
        case "CN" | "TW" | "HK":
            return street + house + unit
        case "GB":
            return ", ".join(filter(None, (unit, f"{house} {street}")))
        case "US":
            return " ".join(filter(None, (house, street, unit)))
        case "FR":
            return ", ".join(filter(None, (f"{house} {street}", unit)))
        case _:
            return ", ".join(filter(None, (f"{street} {house}", unit)))
