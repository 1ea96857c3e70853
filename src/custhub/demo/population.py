"""The true customers behind all demo systems: who they are, where they live before and after they move."""

from __future__ import annotations

import numpy as np
import polars as pl

from custhub.demo import facts, numbers, places
from custhub.demo.companies import companies, role_addresses
from custhub.demo.dice import Dice, Texts, Whole, texts
from custhub.demo.people import mail_addresses, people
from custhub.demo.spelling import handle

SHARES = {"CN": 0.50, "TW": 0.14, "HK": 0.07, "DE": 0.09, "AT": 0.02, "FR": 0.05, "ES": 0.04, "GB": 0.05, "US": 0.04}
"""How many of the customers live where."""

NEVER, PAST, DAY_2 = 0, 1, 2
"""When a customer's address, phone or e-mail changed (columns `moves`, `rephones`, `remails`): some time before day 1, so
that some systems still have the old one, or on day 2. Columns ending in `_b` hold the other value."""


def population(size: int, seed: int) -> pl.DataFrame:
    """About `size` customers, half of them people, one row each; `employer` and `parent` are row numbers, -1 for none."""
    parts: list[pl.DataFrame] = []
    start = 0
    for code, share in SHARES.items():
        crowd = max(8, round(size * share * 0.5))
        firms = max(6, round(size * share * 0.5))
        dice = Dice(seed, "population", code)
        firm_frame = _firms(dice.about("firms"), code, firms, start)
        parts += [firm_frame, _crowd(dice.about("crowd"), code, crowd, firm_frame, start)]
        start += firms + crowd
    frame = pl.concat(parts)
    return frame.with_columns(customer=pl.format("c{}", pl.int_range(1, pl.len() + 1).cast(pl.String).str.zfill(7)))


def _crowd(dice: Dice, code: str, n: int, firms: pl.DataFrame, first_row: int) -> pl.DataFrame:
    who = people(dice, code, n)
    at = places.take(places.addresses(dice.about("home"), code, n, office=False), who.leader)
    then = places.addresses(dice.about("other home"), code, n, office=False)
    chinese = code in facts.CHINESE
    spoken = [f + g if chinese else f"{g} {f}" for f, g in zip(who.family, who.given, strict=True)]
    born, male = who.born, who.male
    if code == "CN":
        id_type, id_value = "cn_ric", numbers.resident_id(dice.about("id"), at.division, born, male)
    else:
        id_type, id_value = "", texts([""] * n)
    works = dice.about("works").chance(n, 0.4)
    firm = dice.about("firm").below(firms.height, n)
    domains = texts(firms["domain"].to_list())[firm]
    rows = zip(who.latin_given, who.latin_family, domains, works.tolist(), strict=True)
    fixed = numbers.fixed_lines(dice.about("fixed"), code, at.area)[who.leader]
    more = {
        "family": who.family, "given": who.given, "latin_family": who.latin_family, "latin_given": who.latin_given,
        "western": who.western, "suffix": who.suffix, "born": born,
        "gender": np.where(who.male, "male", "female"),
        "name": texts([f"{s} {x}" if x else s for s, x in zip(spoken, who.suffix, strict=True)]),
        "id_value": id_value,
        "email": mail_addresses(dice.about("mail"), code, who),
        "email_b": mail_addresses(dice.about("other mail"), code, who),
        "work_email": texts([f"{handle(g)}.{handle(f)}@{d}" if w else "" for g, f, d, w in rows]),
        "mobile": numbers.mobiles(dice.about("mobile"), code, at.area),
        "mobile_b": numbers.mobiles(dice.about("other mobile"), code, at.area),
        "fixed": fixed, "fixed_b": numbers.fixed_lines(dice.about("other fixed"), code, then.area),
    }  # fmt: skip
    employer = np.where(works, firm + first_row, -1)
    return _frame(dice, (code, "person", id_type), {**more, **_both(at, then)}, employer, np.full(n, -1))


def _firms(dice: Dice, code: str, n: int, first_row: int) -> pl.DataFrame:
    at = places.addresses(dice.about("office"), code, n, office=True)
    then = places.addresses(dice.about("other office"), code, n, office=True)
    owners = people(dice.about("owners"), code, n)
    firm = companies(dice, code, at, owners)
    parent = np.where(firm.parent >= 0, firm.parent + first_row, -1)
    more = {
        "name": firm.name, "english": firm.english, "domain": firm.domain, "id_value": firm.number, "born": firm.founded,
        "email": role_addresses(dice.about("mail"), code, firm.domain),
        "email_b": role_addresses(dice.about("other mail"), code, firm.domain),
        "mobile": numbers.mobiles(dice.about("mobile"), code, at.area),
        "mobile_b": numbers.mobiles(dice.about("other mobile"), code, at.area),
        "fixed": numbers.fixed_lines(dice.about("fixed"), code, at.area),
        "fixed_b": numbers.fixed_lines(dice.about("other fixed"), code, then.area),
    }  # fmt: skip
    kind = (code, "organisation", facts.text(code, "company_id"))
    return _frame(dice, kind, {**more, **_both(at, then)}, np.full(n, -1), parent)


def _both(at: places.Addresses, then: places.Addresses) -> dict[str, Texts]:
    now = {name: getattr(at, name) for name in places.FIELDS}
    return now | {f"{name}_b": getattr(then, name) for name in places.FIELDS}


_TEXT_COLUMNS = (
    "family", "given", "latin_family", "latin_given", "western", "suffix", "born", "gender", "name", "english", "domain",
    "id_value", "email", "email_b", "work_email", "mobile", "mobile_b", "fixed", "fixed_b",
    *places.FIELDS, *(f"{name}_b" for name in places.FIELDS),
)  # fmt: skip


def _frame(
    dice: Dice, sort: tuple[str, str, str], columns: dict[str, Texts], employer: Whole, parent: Whole
) -> pl.DataFrame:
    """`sort` is country, kind and type of identifier, the same for all rows."""
    code, kind, id_type = sort
    n = len(employer)
    nothing = [""] * n
    return pl.DataFrame(
        {name: pl.Series(name, list(columns.get(name, nothing)), dtype=pl.String) for name in _TEXT_COLUMNS}
        | {"employer": employer, "parent": parent}
        | {name: _when(dice.about(name), n, rates) for name, rates in _CHANGES.items()}
    ).with_columns(kind=pl.lit(kind), country=pl.lit(code), id_type=pl.lit(id_type))


_CHANGES = {"moves": (0.08, 0.025), "rephones": (0.06, 0.02), "remails": (0.05, 0.012)}


def _when(dice: Dice, n: int, rates: tuple[float, float]) -> Whole:
    past, day_2 = rates
    return np.array([NEVER, PAST, DAY_2])[dice.index(3, n, [1 - past - day_2, past, day_2])]
