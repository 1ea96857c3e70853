"""Rules from the data: what each column is, from its name and its values."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl

from custhub.clean import facts as clean_facts
from custhub.errors import UsageError
from custhub.matching.arrays import hash_texts
from custhub.matching.cores import together
from custhub.matching.ladders.dates import day_first, parse_dates
from custhub.matching.rules import FieldKind, FieldRule, MatchRules
from custhub.matching.values import as_texts, plain, without_blanks
from custhub.matching.vocabulary import Role, role_of

_SAMPLE = 20_000
_FEW = 2_000
_COMPANY = (
    r"(?i)\b(?:inc|llc|ltd|limited|gmbh|corp|corporation|company|co|plc|ag|kg|bv|nv|sarl|srl|spa|sa|s\.a|oy|ab|as|group|"
    r"school|university|center|centre|bank|hospital|institute|association|society|church|club|hotel|services?|systems?|"
    r"technolog\w*|international|industries|holdings?|foundation|council|academy)\b|公司|集团|企业|银行|大学|医院|厂$|中心|协会|会社"
)
_CONTACTS = (
    Role.EMAIL,
    Role.PHONE,
    Role.IDENTIFIER,
    Role.GIVEN,
    Role.FAMILY,
    Role.PERSON,
    Role.COMPANY,
    Role.BIRTH,
    Role.STREET,
    Role.POSTCODE,
    Role.NAME,
)


@dataclass(frozen=True, slots=True)
class Profile:
    """What the values of a column look like; shares are of its values that are not blank."""

    column: str
    role: Role
    filled: float
    distinct: int
    values: int
    emails: float
    dates: float
    digits: float  # share of characters
    phones: float
    signs: float  # phone numbers written as such: with signs, or Chinese mobiles
    numbers: float
    words: float  # mean
    length: float  # mean
    company: float
    han: float
    letters: float  # values of letters only
    lists: float  # several parted by commas, semicolons or `and`
    times: float  # with a time of day
    names: float  # with a known given name

    @property
    def unique(self) -> bool:
        return self.values >= 20 and self.distinct == self.values

    @property
    def few(self) -> bool:
        return self.distinct <= max(12, 0.002 * self.values)


def profile(frame: pl.DataFrame, column: str) -> Profile:
    """Looks at up to 20,000 distinct values, chosen by their hash so that the order of rows does not matter."""
    whole = frame[column].cast(pl.String).drop_nulls()
    values, distinct_count = _sampled(whole)
    known = without_blanks(values).str.strip_chars().drop_nulls()
    known = known.filter(known != "")
    role = role_of(column)
    count = len(known)
    if not count:
        return Profile(column, role, 0.0, 0, 0, *([0.0] * 14))

    def share(pattern: str) -> float:
        return _mean(known.str.contains(pattern))

    lengths = known.str.len_chars()
    digits = float(known.str.count_matches(r"\d").sum()) / max(1, int(lengths.sum()))
    return Profile(
        column,
        role,
        len(whole) / max(1, frame.height),
        distinct_count,
        len(whole),
        share(r"[^\s@]+@[^\s@]+\.[^\s@]+"),
        _dates(known) if digits > 0.15 else 0.0,
        digits,
        share(r"^[+(\d][\d\s().\-/+]{5,18}(?:\s*(?:x|ext)\.?\s*\d+)?$"),
        share(r"^\+?[\d ]+[ ()./\-].*\d|^\(\d|^\+\d|^1[3-9]\d{9}$"),
        share(r"^\s*[$€£¥]?\s*-?\d+(?:[.,]\d+)*\s*$"),
        _mean(known.str.count_matches(r"\S+")),
        _mean(lengths),
        share(_COMPANY),
        share(r"\p{Han}"),
        share(r"^[\p{L}\s.'’,\-]+$"),
        share(r"[,;].+[,;]|;|\s(?:and|und|et|&)\s"),
        share(r"\d[T ]\d{1,2}:\d{2}"),
        _named(known) if digits < 0.1 else 0.0,
    )


def _sampled(whole: pl.Series) -> tuple[pl.Series, int]:
    """The distinct texts with the lowest hashes, and how many distinct ones there are at all."""
    if whole.head(_FEW).n_unique() < _FEW / 2:
        whole = whole.unique()  # quick where texts repeat; where they do not, hashes are made distinct more quickly
    hashes = hash_texts(whole)
    known = np.unique(hashes)
    at = np.flatnonzero(hashes <= known[_SAMPLE]) if len(known) > _SAMPLE else np.arange(len(hashes))
    _, first = np.unique(hashes[at], return_index=True)
    return whole.gather(at[first]), len(known)


def _named(texts: pl.Series) -> float:
    """The share of texts with a given name that is known."""
    known = _given_names()
    found = [not known.isdisjoint(text.split(" ")) for text in plain(texts.head(_FEW)) if text]
    return sum(found) / max(1, len(found))


@cache
def _given_names() -> frozenset[str]:
    return frozenset((*clean_facts.words("western_names.txt"), *clean_facts.words("nicknames.txt")))


def _dates(texts: pl.Series) -> float:
    """The share of texts that are dates with a month, as far as calendars go."""
    parsed = parse_dates(texts, day_first=day_first(texts))
    plausible = parsed["y"].is_between(1000, 2100) & parsed["m"].fill_null(1).is_between(1, 12)
    return _mean(plausible & parsed["m"].is_not_null())


def _mean(values: pl.Series) -> float:
    return float(values.cast(pl.Float64).fill_null(0.0).to_numpy().mean()) if len(values) else 0.0


def infer_rules(frame: pl.DataFrame, *, id_column: str | None = None, source_column: str | None = None) -> MatchRules:
    """The rules that fit a frame. Columns that are ids, labels, unique codes or about the business are no evidence."""
    frame = as_texts(frame)
    columns = [c for c in frame.columns if c not in (id_column, source_column) and not c.startswith("_")]
    profiles = together(lambda column: profile(frame, column), columns, frame.height)
    id_column = id_column or _id_column(frame, profiles, source_column)
    if source_column is None:
        source_column = next((p.column for p in profiles if p.role is Role.SOURCE and p.few), None)
    kinds = {p.column: kind for p in profiles if p.column not in (id_column, source_column) and (kind := kind_of(p))}
    fields = _fields(frame, kinds, {p.column: p for p in profiles})
    if not fields:  # nothing is known by name or looks: compare whatever text there is
        fields = [_rule(p.column, FieldKind.TEXT) for p in profiles if p.column != id_column and p.values][:8]
    if not fields:
        raise UsageError("no column has values that could tell customers apart", "name the columns in a rules file")
    return MatchRules(id_column=id_column, source_column=source_column, fields=fields)


def _id_column(frame: pl.DataFrame, profiles: list[Profile], source_column: str | None) -> str | None:
    """A column named as a key that every row has and that is unique in its source."""
    for p in profiles:
        if p.role is Role.KEY and p.values == frame.height:
            within = [source_column] if source_column in frame.columns else []
            if p.distinct == frame.height or frame.select(p.column, *within).n_unique() == frame.height:
                return p.column
    return None


def kind_of(p: Profile) -> FieldKind | None:
    """The kind of a column, None when it is no evidence."""
    if p.values == 0 or (p.distinct < 2 and p.values > 10) or p.role in (Role.KEY, Role.SOURCE, Role.IGNORED):
        return None
    if p.role is Role.SUFFIX:
        return None  # read together with the family name
    if (p.filled < 0.3 and p.role not in _CONTACTS) or p.filled < 0.01:
        return None
    if p.emails > 0.5:
        return FieldKind.EMAIL
    if p.times > 0.5 and p.role is not Role.BIRTH:
        return None  # when something was done with the record
    named = _by_name(p)
    return named if p.role is not Role.UNKNOWN else _by_values(p)


def _by_name(p: Profile) -> FieldKind | None:
    match p.role:
        case Role.GIVEN | Role.FAMILY | Role.MIDDLE | Role.PERSON | Role.CONTACT | Role.COMPANY | Role.NAME:
            return _name_kind(p)
        case Role.BIRTH:
            return FieldKind.DATE if p.dates > 0.3 or p.numbers > 0.5 else None
        case Role.YEAR | Role.MONTH | Role.DAY:
            return FieldKind.DATE if p.numbers > 0.5 or p.dates > 0.5 else None
        case Role.PHONE:
            return FieldKind.PHONE if p.digits > 0.3 else None
        case Role.EMAIL:
            return None
        case Role.STREET | Role.HOUSE:
            return FieldKind.ADDRESS
        case Role.POSTCODE:
            return FieldKind.POSTCODE
        case Role.CITY:
            return FieldKind.PLACE
        case Role.IDENTIFIER:
            return None if p.unique else FieldKind.IDENTIFIER
        case Role.PRICE:
            return FieldKind.NUMBER if p.numbers > 0.5 else None
        case Role.TEXT:
            return _text_kind(p)
        case _:
            return FieldKind.CATEGORY


def _text_kind(p: Profile) -> FieldKind:
    return FieldKind.CATEGORY if p.few or (p.words < 1.6 and p.distinct < 0.05 * p.values) else FieldKind.TEXT


def _name_kind(p: Profile) -> FieldKind | None:
    if p.few and p.values > 200:
        return FieldKind.CATEGORY if p.filled > 0.5 else None
    match p.role:
        case Role.GIVEN:
            return FieldKind.GIVEN
        case Role.FAMILY:
            return FieldKind.FAMILY
        case Role.MIDDLE:
            return FieldKind.GIVEN if p.filled > 0.3 else None
        case Role.PERSON:
            return FieldKind.PERSON if p.lists < 0.2 else FieldKind.TEXT
        case Role.CONTACT:
            return FieldKind.PERSON if p.filled > 0.5 else None
        case Role.COMPANY:
            return FieldKind.COMPANY
        case _:
            if p.company < 0.03 and p.letters > 0.9 and (1.6 <= p.words <= 3.2 or (p.han > 0.5 and p.length <= 4)):
                return FieldKind.PERSON
            return FieldKind.COMPANY if p.company > 0.1 or p.words < 5 else FieldKind.TEXT


def _by_values(p: Profile) -> FieldKind | None:
    if p.dates > 0.8 and p.distinct > 30:
        return FieldKind.DATE
    if p.phones > 0.8 and p.signs > 0.5 and p.length >= 7 and p.distinct > 0.1 * p.values:
        return FieldKind.PHONE
    if p.numbers > 0.8:
        return None  # codes, amounts or keys: without a name nobody knows
    if p.few or p.filled < 0.5:
        return None
    if p.han > 0.5:
        if p.company > 0.3:
            return FieldKind.COMPANY
        return FieldKind.PERSON if p.length <= 4 else FieldKind.TEXT
    if p.company > 0.2:
        return FieldKind.COMPANY
    if p.digits > 0.3 and p.words < 1.5:
        # Codes that many share (batches, tariffs) are labels of something else.
        return FieldKind.IDENTIFIER if not p.unique and p.distinct > 0.3 * p.values else None
    if p.names > 0.3 and p.letters > 0.9 and p.lists < 0.2 and p.words <= 3.2:
        return FieldKind.PERSON if p.words >= 1.6 else FieldKind.GIVEN
    if p.words >= 1.5:
        return FieldKind.TEXT
    return FieldKind.PLACE


def _rule(name: str, kind: FieldKind, *columns: str, aliases: tuple[str, ...] = ()) -> FieldRule:
    label = "_".join(name.replace(".", " ").split())
    return FieldRule(name=label, kind=kind, columns=list(columns) or [name], aliases=list(aliases))


def _fields(frame: pl.DataFrame, kinds: dict[str, FieldKind], profiles: dict[str, Profile]) -> list[FieldRule]:
    by_kind: dict[FieldKind, list[str]] = {}
    for column, kind in kinds.items():
        by_kind.setdefault(kind, []).append(column)
    fields = _person_fields(frame, by_kind, profiles)
    fields += _date_fields(frame, by_kind.pop(FieldKind.DATE, []), profiles)
    fields += _address_fields(frame, by_kind.pop(FieldKind.ADDRESS, []), profiles)
    fields += _company_fields(frame, by_kind.pop(FieldKind.COMPANY, []), profiles)
    for kind, columns in by_kind.items():
        groups = _never_together(frame, columns) if kind in _ONE_MEANING else [[column] for column in columns]
        fields += [_rule(group[0], kind, *group) for group in groups]
    return fields


_ONE_MEANING = (FieldKind.EMAIL, FieldKind.PHONE, FieldKind.POSTCODE, FieldKind.PLACE, FieldKind.TEXT)


def _never_together(frame: pl.DataFrame, columns: list[str]) -> list[list[str]]:
    """Columns in groups of which every row has one at most: what several sources call by different names."""
    known = {c: (frame[c].cast(pl.String).fill_null("") != "").to_numpy() for c in columns}
    groups: list[list[str]] = []
    for column in columns:
        for group in groups:
            both = known[column] & np.logical_or.reduce([known[c] for c in group])
            if both.sum() <= 0.01 * known[column].sum():
                group.append(column)
                break
        else:
            groups.append([column])
    return groups


def _person_fields(
    frame: pl.DataFrame, by_kind: dict[FieldKind, list[str]], profiles: dict[str, Profile]
) -> list[FieldRule]:
    given, family, person = (by_kind.pop(k, []) for k in (FieldKind.GIVEN, FieldKind.FAMILY, FieldKind.PERSON))

    def best(columns: list[str]) -> str | None:
        return max(columns, key=lambda c: profiles[c].filled, default=None)

    middle = [c for c in given if profiles[c].role is Role.MIDDLE]
    given = [c for c in given if c not in middle]
    suffix = [p.column for p in profiles.values() if p.role is Role.SUFFIX and p.values][:1]
    first, last = best(given), best(family)
    full = sorted((c for c in person if profiles[c].filled >= 0.02), key=lambda c: (-profiles[c].filled, c))
    if first is None and last is None:
        if not full:
            return []
        return [_rule(full[0], FieldKind.PERSON, aliases=tuple(full[1:]))]
    out = []
    others = tuple(c for c in (*given, *family, *full) if c not in (first, last))
    if first:
        out.append(_rule(first, FieldKind.GIVEN, aliases=others))
    if last:
        out.append(_rule(last, FieldKind.FAMILY, last, *suffix, aliases=() if first else others))
    return out + [_rule(column, FieldKind.GIVEN) for column in middle if first]


def _date_fields(frame: pl.DataFrame, columns: list[str], profiles: dict[str, Profile]) -> list[FieldRule]:
    parts = {profiles[c].role: c for c in reversed(columns)}
    whole = [c for c in columns if profiles[c].dates > 0.3 and profiles[c].role is not Role.DAY]
    out = [_rule(group[0], FieldKind.DATE, *group) for group in _never_together(frame, whole)]
    if Role.YEAR in parts and not out:
        found = [parts[r] for r in (Role.YEAR, Role.MONTH, Role.DAY) if r in parts]
        name = "birth_date" if len(found) > 1 else found[0]
        return [_rule(name, FieldKind.DATE, *found)]
    return out


def _address_fields(frame: pl.DataFrame, columns: list[str], profiles: dict[str, Profile]) -> list[FieldRule]:
    house = [c for c in columns if profiles[c].role is Role.HOUSE]
    lines = [c for c in columns if c not in house]
    if not lines:
        return [_rule(c, FieldKind.CATEGORY) for c in house]
    main, *rest = _never_together(frame, lines)
    out = [_rule(main[0], FieldKind.ADDRESS, *house[:1], *main)]
    return out + [_rule(group[0], FieldKind.TEXT, *group) for group in rest]


def _company_fields(frame: pl.DataFrame, columns: list[str], profiles: dict[str, Profile]) -> list[FieldRule]:
    kept = sorted((c for c in columns if profiles[c].filled >= 0.02), key=lambda c: -profiles[c].filled)
    groups = _never_together(frame, kept)
    dense = [g for g in groups if sum(profiles[c].filled for c in g) >= 0.3] or groups[:1]
    return [_rule(group[0], FieldKind.COMPANY, *group) for group in dense]
