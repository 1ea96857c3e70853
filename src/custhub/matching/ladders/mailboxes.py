"""What the e-mail addresses of two people do not say: desks share one, and many are only made of the name."""

from __future__ import annotations

import numpy as np
import polars as pl

from custhub.clean import facts
from custhub.matching.arrays import Bools, Codes, Ints, Levels, distinct
from custhub.matching.ladders.base import MISSING
from custhub.matching.ladders.lists import ListLadder
from custhub.matching.ladders.names import GIVEN_STEPS, NameLadder
from custhub.matching.ladders.plain import LIKE_NAMES, SAME_DOMAIN

_ADDRESS = r"@[^\x1f]*"


def refine(emails: ListLadder, names: list[NameLadder], levels: Levels, left: Ints, right: Ints) -> Levels:
    """Levels in which the same desk (info@, office@) of two people is their domain only, and the same or a like name at
    another address, which the names have said already, is nothing."""
    out = levels.copy()
    rows = emails.column.codes
    given = [name.column.codes for name in names if name.steps is GIVEN_STEPS]
    equal = np.flatnonzero(levels > len(emails.steps))
    equal = equal[_both(given, left[equal], right[equal])]
    if len(equal):
        out[equal[_desks(emails, rows[left[equal]])]] = SAME_DOMAIN
    like = np.flatnonzero(np.isin(levels, LIKE_NAMES))
    if len(like):
        out[like[_named(emails, names, left[like]) & _named(emails, names, right[like])]] = MISSING
    return out


def _both(columns: list[Codes], left: Ints, right: Ints) -> Bools:
    known = np.zeros(len(left), dtype=bool)
    for codes in columns:
        known |= (codes[left] >= 0) & (codes[right] >= 0)
    return known


def _desks(emails: ListLadder, codes: Codes) -> Bools:
    """Whether all addresses of these values are those of desks."""
    some = distinct(codes.astype(np.int64))
    word = pl.element().str.extract(r"^([^@]*?)[0-9_.-]*@").is_in(facts.words("roles.txt"))
    desk = emails.column.values.gather(some).str.split("\x1f").list.eval(word.fill_null(False)).list.all()
    found: Bools = desk.to_numpy()[np.searchsorted(some, codes)]
    return found


def _named(emails: ListLadder, names: list[NameLadder], rows: Ints) -> Bools:
    """Whether a part of the row's name stands in its address."""
    some = distinct(rows)
    texts = _values(emails, some).str.replace_all(_ADDRESS, "")
    found = np.zeros(len(some), dtype=bool)
    for ladder in names:
        part = _values(ladder, some)
        table = pl.DataFrame({"t": texts, "n": part}).select(
            (pl.col("n").str.len_chars() >= 3) & pl.col("t").str.contains(pl.col("n"), literal=True)
        )
        found |= table.to_series().fill_null(False).to_numpy()
    return found[np.searchsorted(some, rows)]


def _values(ladder: ListLadder | NameLadder, rows: Ints) -> pl.Series:
    codes = pl.Series(ladder.column.codes[rows])
    return ladder.column.values.gather(codes.set(codes < 0, None))
