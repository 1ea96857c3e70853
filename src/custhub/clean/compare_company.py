"""Are two names the name of one company? The core decides; place, trade, form and branch each have a say."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from custhub.clean import characters, company, readings
from custhub.clean.cleaned import Options, Result
from custhub.clean.company_words import without_province
from custhub.clean.facts import pairs, rows
from custhub.clean.likeness import has_umlaut, look_alike, one_slip, same_sound, spelled_out
from custhub.clean.own_names import Groups, own_names
from custhub.clean.verdict import Verdict, no, open_, yes

_ORDINAL = re.compile(r"[0-9]+|第?[一二三四五六七八九十百]+|[甲乙丙丁]")
_LONGEST_ABBREVIATION = 3


@dataclass(frozen=True, slots=True)
class _Name:
    core: str
    place: str
    trade: str
    legal: str
    branch: str
    where: str  # place, core and trade as they stand in the key
    han: bool

    @property
    def whole(self) -> str:
        return self.place + self.core + self.trade


def _name(result: Result) -> _Name:
    core, place, trade, legal, branch, _, _ = (part or "" for part in result.parts)
    where = (result.key or "").split("|")[0]
    han = characters.has_latin(result.key or "") is None or characters.has_han(core) is not None
    return _Name(core, without_province(place), trade, legal, branch.replace("市", ""), where, han)


def compare(left: Result, right: Result) -> Verdict:
    """A branch never equals its parent; a conflict in any part contradicts, what is missing is for review."""
    verdict = _compare(left, right)
    if verdict.decision != "match" and has_umlaut(f"{left.display}{right.display}"):
        spelled = _compare(*(company.clean(spelled_out(side.display or ""), Options()) for side in (left, right)))
        return spelled if spelled.decision == "match" else verdict
    return verdict


def _compare(left: Result, right: Result) -> Verdict:
    one, other = _name(left), _name(right)
    if not one.core or not other.core:
        return yes("key", "Same text.") if left.key == right.key else no("else", "Different names.")
    if one.branch != other.branch:
        if one.core == other.core:
            return no("branch", "A branch beside its parent or another branch: linked, never merged.")
        return no("core", "Different companies.")
    if left.key == right.key:
        return yes("key", "Same name.")
    if one.han != other.han:
        return _across(one, other)
    if one.core == other.core:
        return _same_core(one, other)
    return _other_core(one, other)


def _same_core(one: _Name, other: _Name) -> Verdict:
    trade = _trade(one, other)
    place = _place(one, other)
    for verdict in (trade, place):
        if verdict and verdict.decision == "no-match":
            return verdict
    found = trade or place
    if found:
        return found
    if one.where != other.where:
        return open_("place_order", "The place stands elsewhere in the name: usually another company.")
    if one.legal == other.legal:
        return yes("parts", "Same place, core, trade and legal form.")
    if not one.legal or not other.legal:
        return open_("legal_missing", "The legal form is missing on one side.")
    return open_("legal_differs", "Only the legal form differs.")


def _trade(one: _Name, other: _Name) -> Verdict | None:
    if one.trade == other.trade:
        return None
    if not one.trade or not other.trade:
        if {one.legal, other.legal} == {"LLC", "JSC"}:
            return no("trade", "Two full names with other trades and other legal forms.")
        group = "G" in one.legal.split("+") + other.legal.split("+")
        if group and one.legal and other.legal and one.legal != other.legal and "G" not in (one.legal, other.legal):
            return no("group", "A group beside one of its companies.")
        return open_("short_form", "The trade is missing on one side.")
    if one.trade.endswith(other.trade) or other.trade.endswith(one.trade):
        return open_("short_form", "The trade is shorter on one side.")
    if _synonyms(one.trade) == _synonyms(other.trade):
        return open_("trade_synonym", "The trades are words for one thing.")
    if one.trade.startswith(other.trade) or other.trade.startswith(one.trade):
        return open_("short_form", "The trade is shorter on one side.")
    return no("trade", "Different trades: companies of one group, perhaps.")


@cache
def _synonyms(trade: str) -> str:
    for word, plain in pairs("trade_synonyms.tsv"):
        trade = trade.replace(word, plain)
    return trade


def _place(one: _Name, other: _Name) -> Verdict | None:
    if one.place == other.place:
        return None
    if not one.place or not other.place:
        return open_("place_missing", "The place is missing on one side: a parent or a short form.")
    short, long = sorted((one.place, other.place), key=len)
    if short in long:
        return open_("place_finer", "One place is a part of the other.")
    return no("place", "Different places.")


def _conflicts(one: _Name, other: _Name) -> bool:
    return any(v is not None and v.decision == "no-match" for v in (_trade(one, other), _place(one, other)))


def _other_core(one: _Name, other: _Name) -> Verdict:
    latin = None if one.han else _latin_cores(one, other)
    if latin and latin.decision == "match":
        return latin
    if _alias(one, other, whole=True):
        return open_("alias", "Listed as names of one company.")
    if latin:
        return latin
    if _is_abbreviation(one, other) or _is_abbreviation(other, one):
        return open_("abbreviation", "One can be short for the other.")
    if _ORDINAL.findall(one.core) != _ORDINAL.findall(other.core):
        return no("ordinal", "Different numbers in the name.")
    if one.whole == other.whole:
        return open_("parts", "Same text, taken apart in two ways.")
    if _conflicts(one, other):
        return no("core", "Different names.")
    if len(one.core) == len(other.core) >= 2:
        differing = [(a, b) for a, b in zip(one.core, other.core, strict=True) if a != b]
        if len(differing) == 1 and same_sound(*differing[0]):
            return open_("homophone", "One character of the name differs and sounds the same.")
        if len(differing) == 1 and look_alike(*differing[0]):
            return open_("look_alike", "One character of the name differs and looks alike.")
    if one_slip(one.core, other.core, 5) and sorted(one.core) != sorted(other.core):
        return open_("slip", "Long names that are one character apart.")
    return no("core", "Different names.")


def _is_abbreviation(short: _Name, long: _Name) -> bool:
    """Whether all of a short name without legal form stands in the other, in order, from its place or core on."""
    name = short.whole
    group = short.legal == "G" and long.legal.endswith("G") and not long.core.startswith(short.core)
    if (short.legal and not group) or not 2 <= len(name) <= _LONGEST_ABBREVIATION or len(long.whole) < len(name) + 2:
        return False
    if name[0] not in (long.whole[0], long.core[0]):
        return False
    rest = iter(long.whole)
    return all(char in rest for char in name)


@lru_cache(maxsize=8)
def _groups(own: Groups) -> dict[str, frozenset[int]]:
    """The groups of aliases by name: the package's own and the project's, whose names may be written in full."""
    listed = [row[0].split("|") for row in rows("company_aliases.tsv")]
    listed += [[*names, *(_name(company.clean(name, Options())).whole for name in names)] for names in own]
    table: dict[str, set[int]] = {}
    for number, names in enumerate(listed):
        for alias in filter(None, names):
            table.setdefault(alias, set()).add(number)
    return {alias: frozenset(groups) for alias, groups in table.items()}


def _alias(one: _Name, other: _Name, *, whole: bool = False) -> bool:
    """Whether both stand in one line of aliases: a `whole` name, or across scripts the first word of one."""
    if _place_conflict(one, other):
        return False
    return bool(_of_group(one, whole=whole) & _of_group(other, whole=whole))


def _place_conflict(one: _Name, other: _Name) -> bool:
    verdict = _place(one, other) if one.han == other.han else None
    return verdict is not None and verdict.decision == "no-match"


def _of_group(name: _Name, *, whole: bool) -> frozenset[int]:
    forms = {name.core, name.whole, name.core + name.trade, name.core + "公司"}
    if not (name.han or whole):
        forms.add(name.core.split(" ")[0])
    groups = _groups(own_names().companies)
    return frozenset().union(*(groups.get(form, frozenset()) for form in forms))


def _glued(words: list[str]) -> str:
    return "".join(word for word in words if word not in ("and", "&", "+", "und", "et", "y"))


def _latin_cores(one: _Name, other: _Name) -> Verdict:
    if _place_conflict(one, other):
        return no("core", "Different names.")
    first, second = one.core.split(" "), other.core.split(" ")
    short, long = sorted(((first, one), (second, other)), key=lambda pair: len(pair[0]))
    if long[0][: len(short[0])] == short[0] and not short[1].legal:
        return open_("short_form", "One name is the beginning of the other.")
    if len(short[0]) == 1 and len(long[0]) > 1 and short[0][0] == "".join(word[0] for word in long[0]):
        return open_("abbreviation", "One can be the initials of the other.")
    joined = _glued(first), _glued(second)
    if joined[0] == joined[1]:
        return (
            yes("parts", "Same name, parted into words in two ways.")
            if one.legal == other.legal and one.place == other.place
            else open_("parts", "Same letters, parted into words in two ways.")
        )
    if one_slip(joined[0], joined[1], 6) and _ORDINAL.findall(one.core) == _ORDINAL.findall(other.core):
        return open_("slip", "The names are one slip apart.")
    return no("core", "Different names.")


def _across(one: _Name, other: _Name) -> Verdict:
    """Han beside Latin letters: a translation cannot be computed, only hinted at."""
    han, latin = (one, other) if one.han else (other, one)
    if _alias(han, latin):
        return open_("alias", "Listed as names of one company.")
    spelled = "".join(readings.usual(char) for char in han.core)
    first = latin.core.split(" ")[0]
    glued = latin.core.replace(" ", "")
    if len(first) >= 3 and (
        spelled.startswith(first) or spelled == glued or (first.startswith(spelled) and len(spelled) >= 4)
    ):
        return open_("pinyin", "The brand sounds like the name in Latin letters.")
    if readings.spells(glued, han.core):
        return open_("pinyin", "The brand can be spelled so.")
    return no("script", "Nothing in the two scripts agrees.")
