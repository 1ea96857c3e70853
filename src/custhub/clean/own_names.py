"""A project's own tables of names: more aliases of companies, more forms of given names.

`mappings/company_aliases.txt` and `mappings/nicknames.txt` of the project: one line a company or a name, `|` between its
forms, `#` for comments. They add to the tables of this package: comparisons ask them, and matching reads every form of a
name as the first one of its line.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from custhub.clean import text
from custhub.clean.cleaned import Options
from custhub.errors import ConfigError, Mistake

COMPANIES, PEOPLE = "company_aliases.txt", "nicknames.txt"
Groups = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class OwnNames:
    """Groups of names that are one company, and of forms of one given name, in key form."""

    companies: Groups = ()
    people: Groups = ()


def read_own_names(folder: Path) -> OwnNames:
    """The tables in a project's folder `mappings`; a missing file is an empty table. Raises ConfigError."""
    mistakes: list[Mistake] = []
    companies, people = (_read(folder / name, mistakes) for name in (COMPANIES, PEOPLE))
    if mistakes:
        raise ConfigError(mistakes)
    return OwnNames(companies, people)


def _read(path: Path, mistakes: list[Mistake]) -> Groups:
    if not path.exists():
        return ()
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        mistakes.append(Mistake(path.name, None, "", "is not UTF-8 text", "save it as UTF-8"))
        return ()
    groups = []
    for number, line in enumerate(lines, 1):
        names = tuple(text.key_form(text.display_form(name)) for name in line.partition("#")[0].split("|"))
        names = tuple(name for name in names if name)
        if len(names) == 1:
            mistakes.append(Mistake(path.name, number, "", "one name alone is no alias", "write name | other name"))
        elif names:
            groups.append(names)
    return tuple(groups)


NO_NAMES = OwnNames()
_known: ContextVar[OwnNames | None] = ContextVar("own names", default=None)


@contextmanager
def knowing(own: OwnNames) -> Iterator[None]:
    """Within it, comparisons ask these names too."""
    token = _known.set(own)
    try:
        yield
    finally:
        _known.reset(token)


def own_names() -> OwnNames:
    """The names that are known besides the package's own."""
    return _known.get() or NO_NAMES


def first_forms(names: pl.Series, groups: Groups, *, companies: bool) -> pl.Series:
    """The names, each that stands in one group as the first name of it: of companies also without their legal form, of
    given names by their first word. A branch is not its company."""
    if not groups:
        return names
    first: dict[str, set[str]] = {}
    for group in groups:
        for form in (form for name in group for form in _forms(name, companies=companies)):
            first.setdefault(form, set()).add(group[0])
    known = {}
    for name in names.drop_nulls().unique():
        found = next((first[form] for form in _forms(name, companies=companies) if form in first), ())
        if len(found) == 1:
            known[name] = next(iter(found))
    return names.replace(known)


def _forms(name: str, *, companies: bool) -> list[str]:
    from custhub.clean import company  # large, and few projects have tables of their own

    key = text.key_form(text.display_form(name))
    if not companies:
        return key.split(" ")[:1]
    core, place, trade, _, branch, *_ = (part or "" for part in company.clean(name, Options()).parts)
    return [key] if branch else [key, place + core + trade]
