"""Companies: names of place, brand, trade and legal form, the name they use abroad, their branches."""

from __future__ import annotations

import numpy as np

from custhub.demo import facts, numbers
from custhub.demo.dice import Columns, Dice, Mask, Texts, Whole, texts
from custhub.demo.spelling import handle, pinyin, taiwan_surname


def companies(dice: Dice, country: str, at: Columns, owners: Columns) -> tuple[Columns, Whole]:
    """One company per address: its registered name, the `english` one on letters abroad, domain, number and year; and the
    place of the company that it is a branch of, -1 for none. `owners` lend western family firms their names."""
    n = len(at["city"])
    trades = dice.rows(facts.rows(country, "trades"), n)
    forms = facts.rows(country, "forms")
    form = dice.pick([row[0] for row in forms], n, [float(row[-1]) for row in forms])
    if country in facts.CHINESE:
        brand, latin = _han_brands(dice.about("brand"), country, n)
        place = texts([_place(country, city) for city in at["city"]])
        name, english = _han_names(dice, country, (place, brand, latin, form), trades, at)
    else:
        latin = _western_brands(dice.about("brand"), country, owners)
        name = english = texts([f"{b} {t[0]} {f}" for b, t, f in zip(latin, trades, form, strict=True)])
    parent = _parents(dice.about("branch"), n)
    domains = _domains(dice.about("domain"), country, latin, [t[-1] for t in trades])
    domains = np.where(parent >= 0, domains[parent], domains)
    name, english = _branch_names(country, parent, at, (name, english))
    columns = {
        "name": name,
        "english": english,
        "domain": domains,
        "id_value": _numbers(dice.about("number"), country, at),
        "born": texts([str(y) for y in dice.between(1978, 2024, n).tolist()]),
    }
    return columns, parent


def _place(country: str, city: str) -> str:
    return "" if country == "HK" else city.removesuffix("市").removesuffix("縣")


def _han_brands(dice: Dice, country: str, n: int) -> tuple[Texts, Texts]:
    if country == "HK":
        one = dice.rows(facts.rows("HK", "brand"), n)
        two = [w.split("=") for w in dice.pick(facts.words("HK", "family"), n)]
        joined = dice.chance(n, 0.8).tolist()
        native = [b[0] + (t[0] if j else "") for b, t, j in zip(one, two, joined, strict=True)]
        return texts(native), texts(
            [b[1] + (" " + t[1] if j else "") for b, t, j in zip(one, two, joined, strict=True)]
        )
    first, second = (dice.pick(facts.words(country, f"brand_{k}"), n) for k in ("first", "second"))
    third = dice.pick(facts.words(country, "brand_second"), n)
    three = dice.chance(n, 0.25).tolist()
    brand = texts([_no_echo(a, b) + (c if t else "") for a, b, c, t in zip(first, second, third, three, strict=True)])
    if country == "TW":
        return brand, texts(["".join(taiwan_surname(c) for c in b).capitalize() for b in brand])
    return brand, texts([pinyin(b) for b in brand])


def _no_echo(first: str, second: str) -> str:
    return first + (second if second != first else "达")


def _han_names(
    dice: Dice, country: str, parts: tuple[Texts, Texts, Texts, Texts], trades: list[facts.Row], at: Columns
) -> tuple[Texts, Texts]:
    """The place stands in front, in brackets in the middle, or (Taiwan, Hong Kong) mostly not at all."""
    place, brand, latin, form = parts
    n = len(place)
    english_form = {row[0]: row[1] for row in facts.rows(country, "forms")}
    middle = dice.chance(n, 0.22).tolist()
    omit = dice.chance(n, {"CN": 0.08, "TW": 0.9, "HK": 1.0}[country]).tolist()
    native, english = [], []
    rows = zip(place, brand, latin, trades, form, at["latin_place"], middle, omit, strict=True)
    for p, b, la, t, f, city, mid, no_place in rows:
        here = "" if no_place else p
        native.append(f"{b}{t[0]}({here}){f}" if mid and here else f"{here}{b}{t[0]}{f}")
        where = f" ({city})" if mid and here else ""
        head = f"{city} " if here and not mid else ""
        english.append(f"{head}{la} {t[1]}{where} {english_form[f]}")
    return texts(native), texts(english)


def _western_brands(dice: Dice, country: str, owners: Columns) -> Texts:
    n = len(owners["family"])
    heads, tails = facts.words("shared", "brand_head"), facts.words("shared", "brand_tail")
    coined = [a + b for a, b in zip(dice.pick(heads, n), dice.pick(tails, n), strict=True)]
    families = [f.split(" ")[0] for f in owners["family"]]
    initial = [f"{g[0]}. {f}" for g, f in zip(owners["given"], families, strict=True)]
    pair = [f"{a} & {b}" for a, b in zip(families, dice.ranked(facts.words(country, "family"), n), strict=True)]
    kinds = dice.index(4, n, [0.4, 0.3, 0.15, 0.15]).tolist()
    return texts([row[k] for row, k in zip(zip(coined, families, initial, pair, strict=True), kinds, strict=True)])


def _domains(dice: Dice, country: str, latin: Texts, trades: list[str]) -> Texts:
    end = dice.pick(facts.text(country, "domains").split(), len(latin))
    style = dice.below(3, len(latin)).tolist()
    rows = zip(latin, trades, end, style, strict=True)
    return texts([f"{handle(b)}{('', '-', '')[s]}{handle(t)[: (12, 10, 4)[s]]}.{e}" for b, t, e, s in rows])


def _parents(dice: Dice, n: int) -> Whole:
    """A few companies are branches of the one before; never branches of branches."""
    is_branch: Mask = dice.chance(n, 0.05)
    is_branch[:1] = False
    is_branch[1:] &= ~is_branch[:-1]
    return np.where(is_branch, np.arange(n) - 1, -1)


def _branch_names(country: str, parent: Whole, at: Columns, names: tuple[Texts, Texts]) -> tuple[Texts, Texts]:
    name, english = (column.copy() for column in names)
    label = facts.text(country, "branch") or "Branch"
    for i in np.flatnonzero(parent >= 0).tolist():
        up, city = int(parent[i]), str(at["city"][i])
        if country in facts.CHINESE:
            place = at["district"][i] if country == "HK" else _place(country, city)
            name[i] = f"{names[0][up]}{place}分公司"
            english[i] = f"{names[1][up]} {at['latin_place'][i]} Branch"
        else:
            name[i] = english[i] = f"{names[0][up]}, {label} {city}"
    return name, english


def _numbers(dice: Dice, country: str, at: Columns) -> Texts:
    if country == "CN":
        return numbers.uscc(dice, at["division"])
    if country == "TW":
        return numbers.taiwan_ubn(dice, len(at["city"]))
    return numbers.company_number(dice, country, len(at["city"]))


def role_addresses(dice: Dice, country: str, domains: Texts) -> Texts:
    """The address on a company's letterhead."""
    roles = dice.pick(facts.text(country, "roles").split(), len(domains))
    return texts([f"{role}@{domain}" for role, domain in zip(roles, domains, strict=True)])
