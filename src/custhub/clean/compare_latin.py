"""Two names in Latin letters."""

from __future__ import annotations

from dataclasses import replace

from custhub.clean.likeness import coarse, has_umlaut, one_slip, spelled_out
from custhub.clean.own_names import own_names
from custhub.clean.person_latin import letters
from custhub.clean.person_parts import PersonName
from custhub.clean.person_words import is_syllabic, nickname_groups, western_names
from custhub.clean.verdict import Verdict, no, open_, yes


def compare(one: PersonName, other: PersonName) -> Verdict:
    """Equal keys match; nicknames, initials and what is missing on one side are for review."""
    verdict = _compare(one, other)
    if verdict.decision != "match" and has_umlaut(one.display + other.display):
        spelled = _compare(_spelled_out(one), _spelled_out(other))  # Mueller for Müller
        verdict = spelled if verdict.decision == "no-match" or spelled.decision == "match" else verdict
    if verdict.decision == "match" and one.generation != other.generation:
        if one.generation and other.generation:
            return no("generation", "Junior and senior: two generations of one name.")
        return open_("generation", "One side says which generation it is.")
    if verdict.decision == "no-match" and "ambiguous_order" in one.reasons ^ other.reasons:
        ambiguous, plain = (one, other) if "ambiguous_order" in one.reasons else (other, one)
        turned = replace(ambiguous, family=ambiguous.given, given=ambiguous.family)
        if _compare(turned, plain).decision != "no-match":
            return open_("ambiguous_order", "The names go together when one is read in the other order.")
    return verdict


def _spelled_out(name: PersonName) -> PersonName:
    return replace(name, family=spelled_out(name.family), given=spelled_out(name.given))


def _compare(one: PersonName, other: PersonName) -> Verdict:
    ambiguous = "ambiguous_order" in one.reasons | other.reasons
    if not ambiguous and _in_letters(one.display) == _in_letters(other.display) and _words(one):
        return yes("letters", "Same words, but for accents and hyphens.")
    if one.key and one.key == other.key:
        if ambiguous and one.family != other.family:
            return open_("ambiguous_order", "Same words, but which is the family name is open.")
        return yes("key", "Same name.")
    family, other_family = letters(one.family), letters(other.family)
    if not family or not other_family:
        return _single(one, other)
    if family == other_family:
        return _same_family(one, other)
    if {family, one.letters} == {other_family, other.letters}:
        return open_("ambiguous_order", "Same words in another order.")
    return _other_family(one, other, family, other_family)


def _in_letters(display: str) -> list[str]:
    return [letters(word) or word for word in display.replace("-", " ").replace(",", " , ").split()]


def _words(name: PersonName) -> set[str]:
    return {letters(word) for word in f"{name.family} {name.given} {name.middle} {name.western}".split()} - {""}


def _single(one: PersonName, other: PersonName) -> Verdict:
    short, long = sorted((_words(one), _words(other)), key=len)
    if short and short <= long:
        return open_("partial", "One side has only a part of the name.")
    return no("else", "Different names.")


def _same_family(one: PersonName, other: PersonName) -> Verdict:
    if one.western and other.western and _first(one.western, other.western) == "no":
        if one.letters and one.letters == other.letters:
            return open_("western", "The Chinese name agrees, the Western given name does not.")
        return no("western", "Different Western given names.")
    if one.letters and other.letters:
        return _both_given(one, other)
    if one.western and other.western:
        if one.western == other.western:
            return open_("western_given", "Surname and Western given name agree, the Chinese given name is missing.")
        return open_("nickname", "Forms of one Western given name.")
    return open_("western_given", "Only the surname can be compared.")


def _both_given(one: PersonName, other: PersonName) -> Verdict:
    if one.letters == other.letters:
        return _middle(one, other)
    if "initials" in one.reasons | other.reasons:
        return _initials(one, other)
    found = _first(one.given, other.given)
    if found == "nickname":
        return open_("nickname", "Forms of one given name.")
    if found == "slip":
        return open_("slip", "The given names are one slip apart.")
    if coarse(one.letters) == coarse(other.letters):
        return open_("older_spelling", "The given names agree when read as Wade-Giles and pinyin.")
    return no("given", "Different given names.")


def _first(one: str, other: str) -> str:
    """How two given names go together: same, nickname, slip or no."""
    first, second = (letters(name.split(" ")[0]) for name in (one, other))
    if first == second:
        return "same"
    groups = nickname_groups(own_names().people)
    if groups.get(first, frozenset()) & groups.get(second, frozenset()):
        return "nickname"
    if abs(len(first) - len(second)) == 1 and max(first, second) == f"{min(first, second)}a":
        return "no"  # Daniel and Daniela
    both_known = first in western_names() and second in western_names()
    return "slip" if not both_known and not _chinese_pair(first, second) and one_slip(first, second, 4) else "no"


def _chinese_pair(first: str, second: str) -> bool:
    return is_syllabic(first) and is_syllabic(second)


def _middle(one: PersonName, other: PersonName) -> Verdict:
    first, second = letters(one.middle), letters(other.middle)
    if first == second:
        return yes("parts", "Same family and given name.")
    if not first or not second:
        return open_("middle_missing", "A middle name is missing on one side.")
    if first.startswith(second) or second.startswith(first):
        return open_("initials", "The middle names agree as far as they go.")
    return no("middle", "Different middle names.")


def _initials(one: PersonName, other: PersonName) -> Verdict:
    first, second = one.given.split(" "), other.given.split(" ")
    short, long = sorted((first, second), key=lambda words: max(map(len, words)))
    if len(short) <= len(long) and all(a[:1] == b[:1] for a, b in zip(short, long, strict=False)):
        return open_("initials", "The surname and the initials agree.")
    if short[0][:1] == long[0][:1]:
        return open_("initials", "The surname and the first initial agree.")
    return no("initials", "Different initials.")


def _other_family(one: PersonName, other: PersonName, family: str, other_family: str) -> Verdict:
    same_given = bool(one.letters) and _first(one.given, other.given) == "same" and one.letters == other.letters
    if same_given:
        if one_slip(family, other_family, 4):
            return open_("slip", "The family names are one slip apart.")
        words = set(one.family.split()), set(other.family.split())
        if words[0] & words[1]:
            return open_("married_surname", "One of two family names agrees.")
    if one.letters and one.letters == other.letters and (_words(one) < _words(other) or _words(other) < _words(one)):
        return open_("partial", "One side has only a part of the name.")
    if (
        one.letters
        and other.letters
        and coarse(family) == coarse(other_family)
        and coarse(one.letters) == coarse(other.letters)
    ):
        return open_("older_spelling", "The names agree when read as Wade-Giles and pinyin.")
    return no("family", "Different family names.")
