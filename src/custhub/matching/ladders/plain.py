"""Ladders on short strings: identifiers, postcodes, places, categories, e-mail addresses, phone numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import polars as pl

from custhub.matching.arrays import NONE, Bools, Codes, Hashes, Ints, Levels, hash_texts, lengths_of
from custhub.matching.ladders.base import Atom, Step, ladder_of
from custhub.matching.ladders.similarity import edits, jaro_winkler
from custhub.matching.values import Column

IDENTIFIER_STEPS = (
    Step("exact", 0.88),
    Step("one typo", 0.07),
    Step("two typos", 0.02),
    Step("different", 0.03, against=True),
)
POSTCODE_STEPS = (
    Step("exact", 0.75),
    Step("one typo", 0.08),
    Step("same area", 0.07),
    Step("different", 0.10),
)
PLACE_STEPS = (
    Step("exact", 0.75),
    Step("alike", 0.10),
    Step("part of the other", 0.05),
    Step("different", 0.10),
)
CATEGORY_STEPS = (Step("exact", 0.9), Step("alike", 0.02), Step("different", 0.08))
VARIANT_STEPS = (Step("exact", 0.95), Step("alike", 0.02), Step("different", 0.03, against=True))
SOURCE_STEPS = (Step("exact", 0.5), Step("different", 0.5))
EMAIL_STEPS = (
    Step("exact", 0.72),
    Step("one typo", 0.06),
    Step("same name at another domain", 0.05),
    Step("alike", 0.05),
    Step("same domain", 0.05),
    Step("different", 0.07),
)
LIKE_NAMES, SAME_DOMAIN = (3, 4), 5
NUMBER_STEPS = (
    Step("exact", 0.6),
    Step("within 2 %", 0.1),
    Step("within 10 %", 0.1),
    Step("within 30 %", 0.1),
    Step("different", 0.1),
)
PHONE_STEPS = (
    Step("exact", 0.70),
    Step("same ending", 0.05),
    Step("one typo", 0.06),
    Step("same exchange", 0.04),
    Step("different", 0.15),
)


@dataclass
class Values:
    """Distinct values with what comparisons ask of them, worked out once."""

    series: pl.Series
    parts: dict[str, Hashes] = field(default_factory=dict)

    @cached_property
    def lengths(self) -> Ints:
        return lengths_of(self.series)

    def part(self, name: str, expression: pl.Expr) -> Hashes:
        """Hashes of a part of each value; `expression` is over the column `t`."""
        if name not in self.parts:
            self.parts[name] = hash_texts(self.series.to_frame("t").select(expression).to_series())
        return self.parts[name]


Conditions = Callable[[Values, Codes, Codes], list[tuple[int, Bools]]]
_T = pl.col("t")


@dataclass(slots=True)
class TextLadder:
    """A ladder whose levels come from a function of two lists of strings."""

    name: str
    column: Column
    steps: tuple[Step, ...]
    conditions: Conditions
    cut: tuple[int, ...] = ()  # lengths of starts that are atoms too
    contact: bool = False
    shared: tuple[float, float] = (0.1, 0.1)
    selective: bool = True  # the value alone may be a blocking key
    values: Values = field(init=False)

    def __post_init__(self) -> None:
        self.use(self.column)

    def use(self, column: Column) -> None:
        """Takes another column in place of its own."""
        self.column = column
        self.values = Values(column.values)

    def compare(self, left: Codes, right: Codes) -> Levels:
        return ladder_of(self.steps, self.conditions(self.values, left, right), len(left))

    def atoms(self) -> list[Atom]:
        codes = self.column.codes
        out = [Atom("value", hash_texts(self.column.values), codes, self.selective)]
        for length in self.cut:
            start = self.values.part(f"start{length}", _T.str.slice(0, length))
            out.append(Atom(f"start{length}", np.where(self.values.lengths > length, start, NONE), codes))
        return out


def identifier_levels(values: Values, left: Codes, right: Codes) -> list[tuple[int, Bools]]:
    changes = edits(values.series, left, right, 2)
    return [(2, changes <= 1), (3, changes <= 2)]


def postcode_levels(values: Values, left: Codes, right: Codes) -> list[tuple[int, Bools]]:
    changes = edits(values.series, left, right, 1)
    start = values.part("start3", _T.str.slice(0, 3))
    return [(2, changes <= 1), (3, start[left] == start[right])]


def place_levels(values: Values, left: Codes, right: Codes) -> list[tuple[int, Bools]]:
    similarity = jaro_winkler(values.series, left, right)
    spaces = values.series.str.count_matches(" ").to_numpy()
    inside = np.zeros(len(left), dtype=bool)
    at = np.flatnonzero((spaces[left] != spaces[right]) & (np.minimum(values.lengths[left], values.lengths[right]) > 2))
    pairs = zip(*(values.series.gather(codes[at]).to_list() for codes in (left, right)), strict=True)
    inside[at] = [f" {a} " in f" {b} " or f" {b} " in f" {a} " for a, b in pairs]
    return [(2, similarity >= 0.9), (3, inside)]


def category_levels(values: Values, left: Codes, right: Codes) -> list[tuple[int, Bools]]:
    return [(2, jaro_winkler(values.series, left, right) >= 0.9)]


def email_levels(values: Values, left: Codes, right: Codes) -> list[tuple[int, Bools]]:
    person = values.part("local", _T.str.extract(r"^([^@]*)"))
    domain = values.part("domain", _T.str.extract(r"@(.*)$"))
    names = values.series.str.extract(r"^([^@]*)").fill_null("")
    long = names.str.len_chars().to_numpy() >= 5
    similarity = jaro_winkler(names, left, right)
    near = np.flatnonzero(similarity >= 0.8)
    typo = np.zeros(len(left), dtype=bool)
    typo[near] = edits(values.series, left[near], right[near], 1) <= 1
    return [
        (2, typo),
        (3, (person[left] == person[right]) & long[left]),
        (4, similarity >= 0.88),
        (5, domain[left] == domain[right]),
    ]


def phone_levels(values: Values, left: Codes, right: Codes) -> list[tuple[int, Bools]]:
    ending = values.part("ending", _T.str.tail(7))
    exchange = values.part("exchange", _T.str.slice(0, _T.str.len_chars() - 4))
    short = values.lengths < 9
    one_short = short[left] ^ short[right]
    changes = edits(values.series, left, right, 1)
    return [
        (2, one_short & (ending[left] == ending[right])),
        (3, changes <= 1),
        (4, exchange[left] == exchange[right]),
    ]


def number_levels(values: Values, left: Codes, right: Codes) -> list[tuple[int, Bools]]:
    number = values.series.cast(pl.Float64, strict=False).fill_null(float("nan")).to_numpy()
    a, b = number[left], number[right]
    apart = np.abs(a - b) / np.maximum(np.maximum(np.abs(a), np.abs(b)), 1e-9)
    return [(2, apart <= 0.02), (3, apart <= 0.1), (4, apart <= 0.3)]
