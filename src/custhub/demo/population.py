"""The true customers behind all demo systems: who they are, where they live before and after they move."""

from __future__ import annotations

import numpy as np
import polars as pl

from custhub.demo import facts, numbers, places
from custhub.demo.companies import companies, role_addresses
from custhub.demo.dice import Columns, Dice, Whole, texts
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
    frame = pl.concat(parts, how="diagonal").with_columns(pl.col(pl.String).fill_null(""))
    return frame.with_columns(customer=pl.format("c{}", pl.int_range(1, pl.len() + 1).cast(pl.String).str.zfill(7)))


def _crowd(dice: Dice, code: str, n: int, firms: pl.DataFrame, first_row: int) -> pl.DataFrame:
    who, leader = people(dice, code, n)
    homes = places.addresses(dice.about("home"), code, n, office=False)
    at = {name: column[leader] for name, column in homes.items()}
    reached = _reached(dice, code, at, places.addresses(dice.about("other home"), code, n, office=False))
    works = dice.about("works").chance(n, 0.4)
    firm = dice.about("firm").below(firms.height, n)
    domains = texts(firms["domain"].to_list())[firm]
    rows = zip(who["latin_given"], who["latin_family"], domains, works.tolist(), strict=True)
    more = {
        "email": mail_addresses(dice.about("mail"), code, who),
        "email_b": mail_addresses(dice.about("other mail"), code, who),
        "work_email": texts([f"{handle(g)}.{handle(f)}@{d}" if w else "" for g, f, d, w in rows]),
        "fixed": reached["fixed"][leader],
    }
    id_type = ""
    if code == "CN":
        id_type, born, male = "cn_ric", who["born"], who["gender"] == "male"
        more["id_value"] = numbers.resident_id(dice.about("id"), at["division"], born, male)
    employer = np.where(works, firm + first_row, -1)
    return _frame(dice, (code, "person", id_type), who | reached | more, employer, np.full(n, -1))


def _firms(dice: Dice, code: str, n: int, first_row: int) -> pl.DataFrame:
    at = places.addresses(dice.about("office"), code, n, office=True)
    reached = _reached(dice, code, at, places.addresses(dice.about("other office"), code, n, office=True))
    owners, _ = people(dice.about("owners"), code, n)
    firm, branch_of = companies(dice, code, at, owners)
    more = {
        "email": role_addresses(dice.about("mail"), code, firm["domain"]),
        "email_b": role_addresses(dice.about("other mail"), code, firm["domain"]),
    }
    parent = np.where(branch_of >= 0, branch_of + first_row, -1)
    kind = (code, "organisation", facts.text(code, "company_id"))
    return _frame(dice, kind, firm | reached | more, np.full(n, -1), parent)


def _reached(dice: Dice, code: str, at: Columns, then: Columns) -> Columns:
    """Addresses and telephones, now and (`_b`) at the other time."""
    return {
        **at,
        **{f"{name}_b": column for name, column in then.items()},
        "mobile": numbers.mobiles(dice.about("mobile"), code, at["area"]),
        "mobile_b": numbers.mobiles(dice.about("other mobile"), code, at["area"]),
        "fixed": numbers.fixed_lines(dice.about("fixed"), code, at["area"]),
        "fixed_b": numbers.fixed_lines(dice.about("other fixed"), code, then["area"]),
    }


def _frame(dice: Dice, sort: tuple[str, str, str], columns: Columns, employer: Whole, parent: Whole) -> pl.DataFrame:
    """`sort` is country, kind and type of identifier, the same for all rows."""
    code, kind, id_type = sort
    return pl.DataFrame(
        {name: pl.Series(name, list(values), dtype=pl.String) for name, values in columns.items()}
        | {"employer": employer, "parent": parent}
        | {name: _when(dice.about(name), len(employer), rates) for name, rates in _CHANGES.items()}
    ).with_columns(kind=pl.lit(kind), country=pl.lit(code), id_type=pl.lit(id_type))


_CHANGES = {"moves": (0.08, 0.025), "rephones": (0.06, 0.02), "remails": (0.05, 0.012)}


def _when(dice: Dice, n: int, rates: tuple[float, float]) -> Whole:
    past, day_2 = rates
    return np.array([NEVER, PAST, DAY_2])[dice.index(3, n, [1 - past - day_2, past, day_2])]
