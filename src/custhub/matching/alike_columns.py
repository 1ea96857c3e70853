"""Which columns are one field under several names: what one source calls `title` and another `Bezeichnung`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
import polars as pl

from custhub.matching.arrays import Bools, hash_texts
from custhub.matching.profile import Profile, profile, sampled
from custhub.matching.rules import FieldKind
from custhub.matching.values import plain
from custhub.matching.vocabulary import Role, words_of_name

_TOGETHER = 0.01  # of the rows of either that may have both, by mistake
_OVERLAP = 0.3
_MOST_VALUES = 30_000
_CODES = 5.0  # times as much says an overlap of values that are long codes
_FEW_VALUES = 10  # that two columns may well share by accident
_ONE_MEANING = (
    *(FieldKind.GIVEN, FieldKind.FAMILY, FieldKind.PERSON, FieldKind.COMPANY, FieldKind.DATE, FieldKind.ADDRESS),
    *(FieldKind.EMAIL, FieldKind.PHONE, FieldKind.POSTCODE, FieldKind.PLACE),
)
"""Kinds that say what a value is, whatever stands in it."""
_NEVER = (Role.KEY, Role.SOURCE, Role.IGNORED, Role.SUFFIX)
_VAGUE = {Role.NAME, Role.PERSON, Role.COMPANY, Role.CONTACT, Role.TEXT}
"""Roles that one thing may have in two tables."""


@dataclass
class _Column:
    frame: pl.DataFrame
    profile: Profile
    kind: FieldKind | None

    @cached_property
    def known(self) -> Bools:
        known: Bools = (self.frame[self.profile.column].cast(pl.String).fill_null("") != "").to_numpy()
        return known

    @cached_property
    def values(self) -> pl.Series:
        whole = self.frame[self.profile.column].cast(pl.String).drop_nulls()
        return plain(sampled(whole, _MOST_VALUES)[0]).drop_nulls()

    @cached_property
    def wholes(self) -> set[int]:
        return _hashes(self.values.str.replace_all(" ", ""))

    @cached_property
    def words(self) -> set[int]:
        parts = self.values.str.extract_all(r"\p{Han}|[\p{L}--\p{Han}]{2,}|\p{N}{2,}")
        return _hashes(parts.list.explode(empty_as_null=False))

    def alike(self, other: _Column) -> float:
        """The share of values, and of the words in them, that the column with fewer has in common with the other."""
        fewest = min(len(self.wholes), len(other.wholes))
        if not fewest or (fewest < _FEW_VALUES and not self.named_as(other)):
            return 0.0
        values = len(self.wholes & other.wholes) / fewest
        if self.profile.codes and other.profile.codes:
            return _CODES * values
        if self.profile.numbers > 0.5 and other.profile.numbers > 0.5:
            return values
        return (values + len(self.words & other.words) / max(1, min(len(self.words), len(other.words)))) / 2

    def named_as(self, other: _Column) -> bool:
        mine, theirs = (set(words_of_name(c.profile.column)) for c in (self, other))
        return bool(mine) and mine == theirs

    def may_be(self, other: _Column) -> bool:
        """Whether neither kinds nor names speak against it, and no row (or hardly one) has both."""
        roles = {self.profile.role, other.profile.role} - {Role.UNKNOWN}
        if not roles and self.kind is None and other.kind is None:
            return False
        return (len(roles) < 2 or roles <= _VAGUE) and _apart(self.known, other.known)

    def sure(self, other: _Column) -> bool:
        """Whether their names alone say that they are one."""
        return (self.kind is other.kind and self.kind in _ONE_MEANING) or self.named_as(other)


def _hashes(texts: pl.Series) -> set[int]:
    return set(np.unique(hash_texts(texts)).tolist())


def merged(frame: pl.DataFrame, profiles: list[tuple[Profile, FieldKind | None]]) -> list[Profile]:
    """Profiles of fields: columns of which a row has one at most, and that are called or filled alike, are one."""
    known = [(p, kind) for p, kind in profiles if p.values and p.filled < 0.99]
    columns = [_Column(frame, p, kind) for p, kind in known if p.role not in _NEVER]
    links = []
    for a, b in combinations(range(len(columns)), 2):
        if columns[a].may_be(columns[b]):
            score = columns[a].alike(columns[b]) + columns[a].sure(columns[b])
            if score >= _OVERLAP:
                links.append((-round(score, 6), a, b))
    group = {number: [number] for number in range(len(columns))}
    for _, a, b in sorted(links):
        one, two = group[a], group[b]
        if one is not two and all(_apart(columns[i].known, columns[j].known) for i in one for j in two):
            both = sorted(one + two)
            group.update(dict.fromkeys(both, both))
    fields = {column.profile.column: [columns[i].profile for i in group[n]] for n, column in enumerate(columns)}
    out = []
    for p, _ in profiles:
        parts = fields.get(p.column, [p])
        if len(parts) == 1:
            out.append(p)
        elif p is parts[0]:
            out.append(profile(frame, tuple(part.column for part in parts), _common_role(parts)))
    return out


def _apart(one: Bools, two: Bools) -> bool:
    return bool((one & two).sum() <= _TOGETHER * min(one.sum(), two.sum()))


def _common_role(parts: list[Profile]) -> Role:
    roles = {p.role for p in parts} - {Role.UNKNOWN}
    if len(roles) < 2:
        return next(iter(roles), Role.UNKNOWN)
    if Role.TEXT in roles:
        return Role.TEXT
    return Role.PERSON if roles <= {Role.PERSON, Role.NAME} else Role.NAME
