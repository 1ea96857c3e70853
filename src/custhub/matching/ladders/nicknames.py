"""Short forms and nicknames of given names."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
import polars as pl

from custhub.clean import facts
from custhub.matching.arrays import Bools, Codes, Frequencies, Ints, code_points, hash_texts, looked_up

_MOST_GROUPS = 4


@cache
def _listed() -> list[list[str]]:
    return [row[0].split(" ") for row in facts.rows("nicknames.txt")]


def _ended(names: pl.Series) -> pl.Series:
    """With one ending for Peggy, Peggie and Peggi."""
    return names.str.replace(r"^(.{3,})(?:ie|ey|ee|i)$", "${1}y")


@cache
def _table() -> tuple[dict[int, int], npt.NDArray[np.int16]]:
    """The place of each name (by hash), and by place the groups that it is in; the last place is that of no name."""
    listed = _listed()
    every = _ended(pl.Series([name for names in listed for name in names])).to_list()
    number_of = [number for number, names in enumerate(listed) for _ in names]
    groups: dict[str, dict[int, None]] = {}
    for name, number in zip(every, number_of, strict=True):
        groups.setdefault(name, {})[number] = None
    out = np.full((len(groups) + 1, _MOST_GROUPS), -1, dtype=np.int16)
    for place, numbers in enumerate(groups.values()):
        chosen = sorted(numbers)[:_MOST_GROUPS]
        out[place, : len(chosen)] = chosen
    hashes = hash_texts(pl.Series(list(groups))).tolist()
    return Frequencies(zip(hashes, range(len(groups)), strict=True)), out


def groups_of(names: pl.Series) -> npt.NDArray[np.int16]:
    """For each name the numbers of the groups that its first word is in, -1 beyond."""
    places, groups = _table()
    first = _ended(names.str.extract("^([^ ]*)"))
    found: npt.NDArray[np.int16] = groups[looked_up(places, hash_texts(first), -1)]
    return found


@cache
def _initials() -> Ints:
    """By group, the letters that its names begin with, as bits; the last is that of no group."""
    return np.array([sum({1 << (ord(name[0]) - 97) for name in names}) for names in _listed()] + [0], dtype=np.int64)


def initials_of(names: pl.Series, groups: npt.NDArray[np.int16]) -> Ints:
    """For each name the letters that it or one of its short forms begins with, as bits: Robert may be a B."""
    points, lengths = code_points(names.str.slice(0, 1))
    own = np.zeros(len(lengths), dtype=np.int64)
    letters = points - ord("a")
    own[lengths > 0] = np.where((letters >= 0) & (letters < 26), 1 << np.clip(letters, 0, 25), 0)
    out: Ints = np.bitwise_or.reduce(_initials()[groups], axis=1) | own
    return out


def share_group(groups: npt.NDArray[np.int16], left: Codes, right: Codes) -> Bools:
    """Whether two names are in one group."""
    listed = groups[:, 0] >= 0
    at = np.flatnonzero(listed[left] & listed[right])
    a, b = groups[left[at]], groups[right[at]]
    out = np.zeros(len(left), dtype=bool)
    for i in range(_MOST_GROUPS):
        for j in range(_MOST_GROUPS):
            out[at] |= (a[:, i] == b[:, j]) & (a[:, i] >= 0)
    return out
