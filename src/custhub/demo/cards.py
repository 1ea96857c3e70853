"""Who is a customer of which system, since when, and what each system has heard of the changes in the customer's life."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from custhub.demo import places
from custhub.demo.dice import Dice, Mask, Whole
from custhub.demo.facts import CHINESE, WESTERN
from custhub.demo.population import DAY_2, PAST


@dataclass(frozen=True, slots=True)
class System:
    """One demo system: its part of all rows, its customers' countries, how many of them are people."""

    name: str
    share: float
    countries: tuple[str, ...]
    people: float


SYSTEMS = (
    System("erp", 0.40, CHINESE + WESTERN, 0.4),
    System("crm", 0.25, CHINESE + WESTERN, 0.55),
    System("legacy", 0.12, ("CN",), 0.5),
    System("legacy_tw", 0.06, ("TW",), 0.5),
    System("shop", 0.10, WESTERN, 0.8),
    System("branch", 0.07, ("CN",), 0.0),
)
CUSTOMERS_PER_ROW = 0.6
NEW_ON_DAY_2 = 0.03
CONTACTS = {"erp": 2, "branch": 1}
"""Systems that keep contacts with their companies, and how many at most."""


def deal(
    people: pl.DataFrame, rows: int, seed: int, systems: tuple[System, ...] = SYSTEMS, again: float = 0.045
) -> pl.DataFrame:
    """All records of both days: system, slot (number of the row in its system), who (row of the population), host and
    part (for contacts), and what the system has heard, in columns ending in _1 and _2 for the two days. `again` is the share of rows that are
    duplicates within their system."""
    parts = [_rows_of(people, system, rows, again, Dice(seed, "cards", system.name)) for system in systems]
    cards = pl.concat(parts)
    cards = pl.concat([cards, _contacts(people, cards, Dice(seed, "contacts"))])
    return _fates(people, cards, Dice(seed, "fates"))


def _rows_of(people: pl.DataFrame, system: System, rows: int, again: float, dice: Dice) -> pl.DataFrame:
    total = max(4, round(rows * system.share))
    new = max(2, round(total * NEW_ON_DAY_2))
    count_people = round((total + new) * system.people)
    picked = [
        _sample(people, system, "person", (count_people, again), dice.about("people")),
        _sample(people, system, "organisation", (total + new - count_people, again), dice.about("firms")),
    ]
    who = np.concatenate(picked)[dice.order(total + new)]
    slots = np.arange(total + new)
    nobody = np.full(total + new, -1)
    return pl.DataFrame(
        {"slot": slots, "who": who, "host": nobody, "part": nobody, "new": slots >= total}
    ).with_columns(system=pl.lit(system.name))


def _sample(people: pl.DataFrame, system: System, kind: str, size: tuple[int, float], dice: Dice) -> Whole:
    """Customers of the system; a few stand in it twice or three times. `size` is how many rows, and what share again."""
    n, share = size
    fits = pl.col("country").is_in(system.countries) & (pl.col("kind") == kind)
    able = people.with_row_index("row").filter(fits)["row"].to_numpy().astype(np.int64)
    able = able[dice.order(len(able))]
    once = np.resize(able, max(1, round(n * (1 - share))))[:n]
    again = once[dice.below(len(once), n - len(once))]
    return np.concatenate([once, again])


def _contacts(people: pl.DataFrame, cards: pl.DataFrame, dice: Dice) -> pl.DataFrame:
    """People who work for a company that stands in a system with contacts."""
    staff = (
        people.with_row_index("member")
        .filter(pl.col("employer") >= 0)
        .select("employer", pl.col("member").cast(pl.Int64), place=pl.int_range(pl.len()).over("employer"))
    )
    hosts = cards.with_row_index("host_card").filter(pl.col("system").is_in(list(CONTACTS)))
    pairs = hosts.join(staff, left_on="who", right_on="employer", how="inner", maintain_order="left_right")
    most = pl.col("system").replace_strict(CONTACTS, return_dtype=pl.Int64)
    kept = pairs.filter((pl.col("place") < most) & pl.Series(dice.chance(pairs.height, 0.85)))
    return kept.select(
        "slot",
        who=pl.col("member"),
        host=pl.col("host_card").cast(pl.Int64),
        part=pl.int_range(1, pl.len() + 1).over("host_card").cast(pl.Int64),
        new="new",
        system="system",
    ).select(cards.columns)


def _fates(people: pl.DataFrame, cards: pl.DataFrame, dice: Dice) -> pl.DataFrame:
    n = cards.height
    gone, flagged = dice.about("gone").chance(n, 0.012), dice.about("flagged").index(3, n, [0.985, 0.01, 0.005])
    who = cards["who"].to_numpy()
    columns: dict[str, Mask | Whole] = {"gone": gone & ~cards["new"].to_numpy(), "flagged": flagged}
    for name in ("moves", "rephones", "remails"):
        when = people[name].to_numpy()[who]
        columns |= _heard(dice.about(name), name, when)
    columns["terms_2"] = dice.about("terms").chance(n, 0.012)
    fated = cards.with_columns(**{name: pl.Series(values) for name, values in columns.items()})
    host_gone = fated["gone"].to_numpy()[np.maximum(cards["host"].to_numpy(), 0)] & (cards["host"].to_numpy() >= 0)
    return fated.with_columns(gone=pl.col("gone") | pl.Series(host_gone))


def _heard(dice: Dice, name: str, when: Whole) -> dict[str, Mask]:
    """Whether the card shows the other value (`_b`), day by day: the old one of a past change, the new one of day 2."""
    n = len(when)
    behind = (when == PAST) & dice.about("behind").chance(n, 0.4)
    learns = (when == DAY_2) & dice.about("learns").chance(n, 0.6)
    return {f"{name}_1": behind, f"{name}_2": behind | learns}


_UNSEEN = ("moves", "rephones", "remails", "employer", "parent", "domain")
"""Columns of the population that no system shows."""


def view(people: pl.DataFrame, cards: pl.DataFrame, day: int) -> pl.DataFrame:
    """The cards with the customers' true values as the systems know them on `day`, all cards of both days in place."""
    facts = people.drop(*_UNSEEN)[cards["who"].to_numpy()]
    whole = pl.concat([cards, facts], how="horizontal")
    shown = dict.fromkeys(places.FIELDS, f"moves_{day}")
    shown |= {"mobile": f"rephones_{day}", "fixed": f"rephones_{day}", "email": f"remails_{day}"}
    chosen = [pl.when(flag).then(pl.col(f"{name}_b")).otherwise(name).alias(name) for name, flag in shown.items()]
    return whole.with_columns(chosen).drop([f"{name}_b" for name in shown])
