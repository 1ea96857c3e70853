"""Dates: day and month transposed, one digit, only a part known."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import polars as pl

from custhub.matching.arrays import NONE, Bools, Codes, Hashes, Ints, Levels, mix
from custhub.matching.ladders.base import Atom, Step, ladder_of
from custhub.matching.values import Column

DATE_STEPS = (
    Step("exact", 0.78),
    Step("one digit", 0.08),
    Step("day and month transposed", 0.02),
    Step("same as far as known", 0.03),
    Step("same day of another year", 0.02),
    Step("same month or near", 0.02),
    Step("same year", 0.02),
    Step("different", 0.03),
)
_PARTS = [
    pl.col("t").str.split("-").list.get(i, null_on_oob=True).cast(pl.Int64).fill_null(0).alias(str(i)) for i in range(3)
]
Digits = npt.NDArray[np.int8]
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ISO = r"^(\d{4})\D{1,2}(\d{1,2})(?:\D{1,2}(\d{1,2})(?:\D.*)?)?\D?$"
_SOLID = r"^(\d{4})(\d{2})(\d{2})$"
_NUMBERS = r"^(\d{1,2})\D{1,2}(\d{1,2})\D{1,2}(\d{4}|\d{2})$"
_DAY_NAME = r"^(\d{1,2})\D{0,4}(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\D{0,3}(\d{4}|\d{2})$"
_NAME_DAY = r"^(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\D{0,3}(\d{1,2})\D{0,4}(\d{4}|\d{2})$"
_YEAR = r"^(\d{4})$"


_LOW = (
    pl.col("t")
    .str.normalize("NFKC")
    .str.strip_chars()
    .str.to_lowercase()
    .str.replace(r"[t ]\d{1,2}:\d{2}.*$", "")
    .str.replace_all(r"[年月]", "-")
    .str.replace_all("[日号]", "")
)


def parse_dates(texts: pl.Series, *, day_first: bool) -> pl.DataFrame:
    """Year, month and day (Int32, null where unknown) of dates in any usual form; wrong months and days are kept."""
    low = texts.to_frame("t").select(low=_LOW)

    def part(pattern: str, place: int) -> pl.Expr:
        return pl.col("low").str.extract(pattern, place)

    first, second = (2, 1) if day_first else (1, 2)
    names = {name: str(number + 1) for number, name in enumerate(_MONTHS)}
    year = [(_ISO, 1), (_SOLID, 1), (_NUMBERS, 3), (_DAY_NAME, 3), (_NAME_DAY, 3), (_YEAR, 1)]
    month = [(_ISO, 2), (_SOLID, 2), (_NUMBERS, first), (_DAY_NAME, 2), (_NAME_DAY, 1)]
    day = [(_ISO, 3), (_SOLID, 3), (_NUMBERS, second), (_DAY_NAME, 1), (_NAME_DAY, 2)]
    parts = low.select(
        y=pl.coalesce(part(*p) for p in year).cast(pl.Int32, strict=False),
        m=pl.coalesce(part(*p) for p in month).replace(names).cast(pl.Int32, strict=False),
        d=pl.coalesce(part(*p) for p in day).cast(pl.Int32, strict=False),
        numbers=pl.col("low").str.contains(_NUMBERS),
    )
    century = pl.when(pl.col("y") > 30).then(1900).otherwise(2000)
    swap = (pl.col("m") > 12) & (pl.col("d") <= 12) & pl.col("numbers")
    return parts.select(
        y=pl.when(pl.col("y") < 100).then(pl.col("y") + century).otherwise("y"),
        m=pl.when(swap).then("d").otherwise("m"),
        d=pl.when(swap).then("m").otherwise("d"),
    )


def day_first(texts: pl.Series) -> bool:
    """Whether 3/4/1990 is in April: decided by the column, where some value will have a number above 12."""
    low = texts.drop_nulls().to_frame("t").select(low=_LOW)["low"]
    numbers = low.str.extract_groups(_NUMBERS).struct.unnest().cast(pl.Int32, strict=False)
    over = (int((numbers["1"] > 12).sum()), int((numbers["2"] > 12).sum()))
    if over[0] != over[1]:
        return over[0] > over[1]
    return bool(low.str.contains(r"^\d{1,2}\.\d{1,2}\.\d{2,4}$").any())


@dataclass(slots=True)
class DateLadder:
    """Dates as year, month and day by distinct value; 0 is an unknown part."""

    name: str
    column: Column
    day_first: bool = False
    steps: tuple[Step, ...] = DATE_STEPS
    contact: bool = False
    shared: tuple[float, float] = (0.03, 0.05)
    parts: tuple[Ints, Ints, Ints] = field(init=False)

    def __post_init__(self) -> None:
        known = self.column.values.to_frame("t").select(_PARTS)
        self.parts = (known["0"].to_numpy(), known["1"].to_numpy(), known["2"].to_numpy())

    def compare(self, left: Codes, right: Codes) -> Levels:
        year, month, day = self.parts
        same_y, same_m, same_d = year[left] == year[right], month[left] == month[right], day[left] == day[right]
        transposed = same_y & (month[left] == day[right]) & (day[left] == month[right])
        lost = ((day[left] <= 1) & (month[left] <= 1)) | ((day[right] <= 1) & (month[right] <= 1))
        lost |= ((day[left] == 0) | (day[right] == 0)) & same_m
        apart = (year[left] - year[right]) * 372 + (month[left] - month[right]) * 31 + day[left] - day[right]
        conditions = [
            (2, _one_digit(self._digits(), left, right)),
            (3, transposed),
            (4, same_y & lost),
            (5, same_m & same_d),
            (6, (same_y & same_m) | (np.abs(apart) <= 31)),
            (7, same_y),
        ]
        return ladder_of(self.steps, conditions, len(left))

    def _digits(self) -> Digits:
        year, month, day = self.parts
        number = year * 10000 + month * 100 + day
        return ((number[:, None] // 10 ** np.arange(7, -1, -1)) % 10).astype(np.int8)

    def atoms(self) -> list[Atom]:
        year, month, day = self.parts
        known = (month > 0) & (day > 0)
        pieces = [
            ("value", year * 10000 + month * 100 + day, known, True),
            ("month", year * 100 + month, month > 0, False),
            ("day", month * 100 + day, known, False),
            ("year", year, year > 0, False),
        ]
        return [Atom(name, _hash(number, keep), self.column.codes, whole) for name, number, keep, whole in pieces]


def _hash(numbers: Ints, keep: Bools) -> Hashes:
    return np.where(keep, mix(numbers.astype(np.uint64) + np.uint64(1)), NONE)


def _one_digit(digits: Digits, left: Codes, right: Codes) -> Bools:
    """One digit differs, or two neighbours are swapped."""
    a, b = digits[left], digits[right]
    differs = a != b
    count = differs.sum(axis=1)
    swapped = (count == 2) & np.any(
        (a[:, 1:] == b[:, :-1]) & (a[:, :-1] == b[:, 1:]) & differs[:, 1:] & differs[:, :-1], axis=1
    )
    found: Bools = (count == 1) | swapped
    return found
