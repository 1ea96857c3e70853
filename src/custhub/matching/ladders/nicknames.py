"""Short forms and nicknames of given names."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from custhub.clean import facts
from custhub.matching.arrays import Bools, Codes, Ints


@cache
def _groups() -> list[list[str]]:
    return [row[0].split(" ") for row in facts.rows("nicknames.txt")]


@cache
def _readings() -> dict[str, frozenset[int]]:
    table: dict[str, set[int]] = {}
    for number, names in enumerate(_groups()):
        for name in names:
            table.setdefault(_ended(name), set()).add(number)
    return {name: frozenset(numbers) for name, numbers in table.items()}


def _ended(name: str) -> str:
    """With one ending for Peggy, Peggie and Peggi."""
    for ending in ("ie", "ey", "ee", "i"):
        if name.endswith(ending) and len(name) > len(ending) + 2:
            return name[: -len(ending)] + "y"
    return name


_MOST_GROUPS = 4


def groups_of(names: list[str]) -> npt.NDArray[np.int16]:
    """For each name the numbers of the groups that its first word is in, -1 beyond."""
    readings = _readings()
    out = np.full((len(names), _MOST_GROUPS), -1, dtype=np.int16)
    for place, name in enumerate(names):
        groups = readings.get(_ended(name.partition(" ")[0]))
        if groups:
            chosen = sorted(groups)[:_MOST_GROUPS]
            out[place, : len(chosen)] = chosen
    return out


@cache
def _initials() -> list[int]:
    """By group, the letters that its names begin with, as bits."""
    return [sum({1 << (ord(name[0]) - 97) for name in names}) for names in _groups()]


def initials_of(names: list[str], groups: npt.NDArray[np.int16]) -> Ints:
    """For each name the letters that it or one of its short forms begins with, as bits: Robert may be a B."""
    letters = np.array([*_initials(), 0], dtype=np.int64)
    own = [1 << (ord(name[0]) - 97) if name and "a" <= name[0] <= "z" else 0 for name in names]
    out: Ints = np.bitwise_or.reduce(letters[groups], axis=1) | np.array(own, dtype=np.int64)
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
