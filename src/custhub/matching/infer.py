"""Rules from the data: what each column is, from its name and its values."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from custhub.errors import UsageError
from custhub.matching.alike_columns import merged
from custhub.matching.cores import together
from custhub.matching.profile import Profile, profile
from custhub.matching.rules import FieldKind, FieldRule, MatchRules
from custhub.matching.values import as_texts
from custhub.matching.vocabulary import Role, role_of

_CONTACTS = (
    *(Role.EMAIL, Role.PHONE, Role.IDENTIFIER, Role.GIVEN, Role.FAMILY, Role.PERSON, Role.COMPANY, Role.BIRTH),
    *(Role.STREET, Role.POSTCODE, Role.NAME),
)

_CUSTOMERS = (Role.EMAIL, Role.PHONE, Role.GIVEN, Role.FAMILY, Role.PERSON, Role.COMPANY, Role.BIRTH, Role.POSTCODE)


def infer_rules(frame: pl.DataFrame, *, id_column: str | None = None, source_column: str | None = None) -> MatchRules:
    """The rules that fit a frame. Columns that are ids, labels, unique codes or about the business are no evidence."""
    frame = as_texts(frame)
    columns = [c for c in frame.columns if c not in (id_column, source_column) and not c.startswith("_")]
    profiles = together(lambda column: profile(frame, (column,), role_of(column)), columns, frame.height)
    id_column = id_column or _id_column(frame, profiles, source_column)
    if source_column is None:
        source_column = next((p.column for p in profiles if p.role is Role.SOURCE and p.few), None)
    others = _in_context(frame, [p for p in profiles if p.column not in (id_column, source_column)])
    found = merged(frame, [(p, kind_of(p)) for p in others])
    fields = _fields(found)
    if not fields:  # nothing is known by name or looks: compare whatever text there is
        fields = [_rule(FieldKind.TEXT, p.column) for p in found if p.values][:8]
    if not fields:
        raise UsageError("no column has values that could tell customers apart", "name the columns in a rules file")
    if source_column in frame.columns and frame[source_column].n_unique() > 1:
        fields.append(_rule(FieldKind.SOURCE, source_column, name="source"))
    return MatchRules(id_column=id_column, source_column=source_column, fields=fields)


def _in_context(frame: pl.DataFrame, profiles: list[Profile]) -> list[Profile]:
    """What a name means beside the others that its rows have: `Name` beside `Vorname` is the family's, `nome` alone is
    the whole name. Tables that call their columns differently do not speak for one another."""

    def beside(p: Profile, role: Role) -> bool:
        known = frame[p.column].is_not_null()
        return any(q.role is role and bool((known & frame[q.column].is_not_null()).any()) for q in profiles if q.values)

    def role(p: Profile) -> Role:
        given, family = beside(p, Role.GIVEN), beside(p, Role.FAMILY)
        if p.role is Role.NAME and given is not family and p.words < 1.5:
            return Role.FAMILY if given else Role.GIVEN
        if p.role is Role.GIVEN and not family and not beside(p, Role.NAME) and p.words > 1.6:
            return Role.NAME
        return p.role

    goods = not any(p.role in _CUSTOMERS for p in profiles if p.values)
    return [replace(p, role=_as_filled(p, role(p), goods=goods)) for p in profiles]


def _as_filled(p: Profile, role: Role, *, goods: bool) -> Role:
    """The role, unless what stands in the column cannot be that: a name of a column may mean two things."""
    match role:
        case Role.MONTH | Role.DAY if p.values and p.length > 4:
            return Role.BIRTH if p.dates > 0.3 else Role.UNKNOWN
        case Role.POSTCODE if p.length > 12 and p.words > 2:
            return Role.STREET
        case Role.POSTCODE if p.phones > 0.8 and p.length >= 9 and p.signs > 0.2:
            return Role.PHONE
        case Role.COMPANY if p.names > 0.5 and p.company < 0.03:
            return Role.NAME
        case Role.VARIANT if not goods:
            return Role.CATEGORY  # of a firm, or of somebody's clothes
        case _:
            return role


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
        case Role.VARIANT:
            return FieldKind.VARIANT
        case Role.PRICE:
            return FieldKind.NUMBER if p.numbers > 0.5 else None
        case Role.TEXT:
            return _text_kind(p)
        case _:
            return FieldKind.CATEGORY


def _text_kind(p: Profile) -> FieldKind:
    return FieldKind.CATEGORY if p.few or (p.words < 1.6 and p.distinct < 0.05 * p.values) else FieldKind.TEXT


def _name_kind(p: Profile) -> FieldKind | None:
    if p.digits > 0.5:
        return _by_values(p)  # a number of an account, a client ...
    if p.few and p.values > 200:
        return FieldKind.CATEGORY if p.filled > 0.5 else None
    match p.role:
        case Role.GIVEN | Role.FAMILY if p.lists >= 0.2:
            return FieldKind.TEXT  # of everybody who took part
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


def _rule(kind: FieldKind, *columns: str, name: str = "", aliases: tuple[str, ...] = ()) -> FieldRule:
    label = "_".join((name or columns[0]).replace(".", " ").split())
    return FieldRule(name=label, kind=kind, columns=list(columns), aliases=list(aliases))


def _fields(profiles: list[Profile]) -> list[FieldRule]:
    by_kind: dict[FieldKind, list[Profile]] = {}
    for p in profiles:
        if kind := kind_of(p):
            by_kind.setdefault(kind, []).append(p)
    suffix = [p.column for p in profiles if p.role is Role.SUFFIX and p.values][:1]
    fields = _person_fields(by_kind, suffix)
    fields += _date_fields(by_kind.pop(FieldKind.DATE, []))
    fields += _address_fields(by_kind.pop(FieldKind.ADDRESS, []))
    fields += _company_fields(by_kind.pop(FieldKind.COMPANY, []))
    return fields + [_rule(kind, *p.columns) for kind, found in by_kind.items() for p in found]


def _person_fields(by_kind: dict[FieldKind, list[Profile]], suffix: list[str]) -> list[FieldRule]:
    given, family, person = (by_kind.pop(k, []) for k in (FieldKind.GIVEN, FieldKind.FAMILY, FieldKind.PERSON))

    def best(profiles: list[Profile]) -> Profile | None:
        return max(profiles, key=lambda p: p.filled, default=None)

    middle = [p for p in given if p.role is Role.MIDDLE]
    given = [p for p in given if p not in middle]
    first, last = best(given), best(family)
    full = sorted((p for p in person if p.filled >= 0.02), key=lambda p: (-p.filled, p.column))
    if first is None and last is None:
        if not full:
            return []
        return [_rule(FieldKind.PERSON, *full[0].columns, aliases=_columns(full[1:]))]
    out = []
    others = _columns([p for p in (*given, *family, *full) if p not in (first, last)])
    if first:
        out.append(_rule(FieldKind.GIVEN, *first.columns, aliases=others))
    if last:
        out.append(_rule(FieldKind.FAMILY, *last.columns, *suffix, aliases=() if first else others))
    return out + [_rule(FieldKind.GIVEN, *p.columns) for p in middle if first]


def _columns(profiles: list[Profile]) -> tuple[str, ...]:
    return tuple(column for p in profiles for column in p.columns)


def _date_fields(profiles: list[Profile]) -> list[FieldRule]:
    parts = {p.role: p for p in reversed(profiles)}
    whole = [p for p in profiles if p.dates > 0.3 and p.role is not Role.DAY]
    if Role.YEAR in parts and not whole:
        found = _columns([parts[r] for r in (Role.YEAR, Role.MONTH, Role.DAY) if r in parts])
        return [_rule(FieldKind.DATE, *found, name="birth_date" if len(found) > 1 else found[0])]
    return [_rule(FieldKind.DATE, *p.columns) for p in whole]


def _address_fields(profiles: list[Profile]) -> list[FieldRule]:
    house = [p for p in profiles if p.role is Role.HOUSE]
    lines = [p for p in profiles if p not in house]
    if not lines:
        return [_rule(FieldKind.CATEGORY, *p.columns) for p in house]
    main, *rest = lines
    out = [_rule(FieldKind.ADDRESS, *_columns(house[:1]), *main.columns, name=main.column)]
    return out + [_rule(FieldKind.TEXT, *p.columns) for p in rest]


def _company_fields(profiles: list[Profile]) -> list[FieldRule]:
    kept = sorted((p for p in profiles if p.filled >= 0.02), key=lambda p: -p.filled)
    dense = [p for p in kept if p.filled >= 0.3] or kept[:1]
    return [_rule(FieldKind.COMPANY, *p.columns) for p in dense]
