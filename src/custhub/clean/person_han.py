"""Names in Han characters: surname first, titles last."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from custhub.clean import person_latin, readings
from custhub.clean.characters import has_latin
from custhub.clean.cleaned import Result
from custhub.clean.facts import words
from custhub.clean.person_words import (
    COMPOUND,
    FREQUENT,
    JAPANESE,
    SURNAMES,
    TITLE_ENDS,
    TITLE_PREFIXES,
    WEAK_COMPOUND,
    leading_title,
    long_title,
    short_title,
)

_DOTS = re.compile(r"[·.,]+")
_japanese_tail = re.compile("[郎美夫雄]$|太郎$|之助$|[子]$").search


@dataclass(frozen=True, slots=True)
class Beside:
    """What stood beside the Han part of a name: a Latin title, another name in brackets or Latin letters."""

    title: str | None
    alias: str | None
    region: str


@cache
def _stand_ins() -> frozenset[str]:
    return frozenset(words("stand_in_names.txt"))


def read(display: str, plain: str, reasons: tuple[str, ...], beside: Beside) -> Result:
    """`plain` is the Han part in simplified form, without spaces."""
    if "," in plain:
        plain = _surname_first(plain)
    if _DOTS.search(plain):
        name = "·".join(part for part in _DOTS.split(plain) if part)
        return _result(display, ("", name, beside.title), (*reasons, "dotted_name"), beside)
    name, title = _without_title(plain)
    title = title or beside.title
    if title:
        reasons = (*reasons, "title")
    family, given, doubts = _split(name, beside.region)
    if title == "阿":  # before a given name, whatever surnames there are
        family, given, doubts = "", name, ("partial_name",)
    elif not given:
        doubts = (*doubts, "partial_name")
    if name in _stand_ins():
        doubts = (*doubts, "placeholder_like")
    return _result(display, (family, given, title), reasons + doubts, beside)


def _is_family(name: str) -> bool:
    return name in SURNAMES or name in COMPOUND or name in WEAK_COMPOUND


def _surname_first(plain: str) -> str:
    """`王,小明` and `小明,王` in Chinese order; what else has commas is left as it is."""
    head, _, tail = plain.partition(",")
    for family, given in ((head, tail), (tail, head)):
        if _is_family(family) and 1 <= len(given) <= 2 and given.isalpha():
            return family + given
    return plain


def _begins_with_family(rest: str) -> bool:
    """Whether what follows a title is a whole name: 先生张伟."""
    return (2 <= len(rest) <= 3 and rest[0] in FREQUENT) or (3 <= len(rest) <= 4 and rest[:2] in COMPOUND)


def _without_title(plain: str) -> tuple[str, str | None]:
    """The name before its title; a short title, and a familiar word in front, only with a bare surname."""
    ends = plain[-1:] in TITLE_ENDS
    if plain[-1:] == "收" and long_title(plain[:-1]):
        plain = plain[:-1]
    match = long_title(plain) if ends else None
    if match and match.start() > 0:
        rest = plain[: match.start()]
        if _is_family(rest) or len(rest) >= 2:
            outer = long_title(rest)
            if outer and outer.start() > 0:
                rest, title = rest[: outer.start()], outer[0] + match[0]
            else:
                title = match[0]
            return (_without_prefix(rest) if rest[0] in "老小" else None) or rest, title
    match = leading_title(plain) if len(plain) >= 4 else None
    if match and _begins_with_family(plain[match.end() :]):
        return plain[match.end() :], match[0]
    match = short_title(plain) if ends else None
    if match and _is_family(plain[: match.start()]) and (match.start() == 1 or plain[: match.start()] in COMPOUND):
        return plain[: match.start()], match[0]
    bare = _without_prefix(plain)
    return (bare, plain[0]) if bare else (plain, None)


def _without_prefix(name: str) -> str | None:
    """The surname behind a familiar word: 老陈."""
    return name[1:] if name[:1] in TITLE_PREFIXES and _is_family(name[1:]) and name not in COMPOUND else None


def _split(name: str, region: str) -> tuple[str, str, tuple[str, ...]]:
    """Family name, given name and doubts."""
    size = len(name)
    if name in COMPOUND:
        return name, "", ()
    if size >= 4 and (region == "JP" or size <= 5):
        japanese = next((name[:n] for n in (3, 2) if name[:n] in JAPANESE), None)
        if japanese and name[:2] not in COMPOUND:
            return japanese, name[len(japanese) :], ("japanese_name",)
    told = region == "JP" or name[0] not in SURNAMES or (_japanese_tail(name) and name[0] not in FREQUENT)
    if size == 3 and name[:2] in JAPANESE and told:
        return name[:2], name[2:], ("japanese_name",)
    if size >= 3 and name[:2] in COMPOUND:
        return name[:2], name[2:], ()
    if size == 4 and (name[:2] in WEAK_COMPOUND or (name[0] in FREQUENT and name[1] in FREQUENT)):
        return name[:2], name[2:], ()
    if size >= 5 or (size == 4 and name[0] not in FREQUENT):
        return "", name, ("not_chinese_order",)
    if name[0] in SURNAMES or size < 2:
        return (name[0], name[1:], ()) if _is_family(name[0]) else ("", name, ("partial_name",))
    if size >= 3 and name[-1] in FREQUENT:
        return name[-1], name[:-1], ("order_doubtful",)
    return name[0], name[1:], ("rare_surname",)


def _result(display: str, name: tuple[str, str, str | None], reasons: tuple[str, ...], beside: Beside) -> Result:
    family, given, title = name
    glued = given.replace("·", "")
    whole = family + glued
    alias = beside.alias
    western = person_latin.western_part(alias) if alias and has_latin(alias) else None
    partial = not given or (not family and len(given) < 2)
    latin = None if partial else readings.pinyin(family, glued)
    parts = (family or None, given or None, None, title, None, alias, western, whole, latin)
    return Result(display, None if partial else whole, parts, reasons)
