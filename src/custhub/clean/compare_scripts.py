"""A name in Han characters beside one in Latin letters."""

from __future__ import annotations

import re

from custhub.clean import readings
from custhub.clean.likeness import coarse
from custhub.clean.person_latin import letters
from custhub.clean.person_parts import PersonName
from custhub.clean.person_words import COMPOUND, JAPANESE, is_syllabic, korean_surnames
from custhub.clean.verdict import Verdict, no, open_, yes

_romaji = re.compile(r"(?:(?:[kgsztdnhbpmrwfjcy]|ch|sh|ts|[knhmrgbp]y)?[aiueo]+|n)+").fullmatch

_korean_letters = re.compile("ae|eo|hy|ky|young|oo").search  # what no Chinese syllable has, or few


def compare(han: PersonName, latin: PersonName) -> Verdict:
    """The Latin name agrees when its letters can be spelled from the readings of the characters, in order."""
    if han.nick and _alias(han, latin):
        return yes("alias", "The name in Latin letters stands beside the Han name.")
    orders = [(letters(latin.family), latin.letters)]
    if "ambiguous_order" in latin.reasons or (not latin.western and not latin.family):
        orders.append((latin.letters, letters(latin.family)))
    verdicts = [_order(han, latin, family, given) for family, given in orders]
    words = [letters(word) for word in latin.display.split()]
    verdicts += [_spelled(han, f) for f, g in _ends(words) if _spells(han, f, g)]
    # Where the Latin name leaves the order open, the characters settle it: both orders cannot spell a given of two.
    return min(verdicts, key=lambda verdict: ("match", "review", "no-match").index(verdict.decision))


def _ends(words: list[str]) -> list[tuple[str, str]]:
    """Family and given name when the family name is the first word or the last one."""
    return [(words[0], "".join(words[1:])), (words[-1], "".join(words[:-1]))] if len(words) > 1 else []


def _spells(han: PersonName, family: str, given: str) -> bool:
    return readings.spells(family, han.family, as_surname=True) and readings.spells(given, han.given)


def _alias(han: PersonName, latin: PersonName) -> bool:
    alias = {letters(word) for word in han.nick.split()}
    name = {letters(word) for word in latin.display.split()} - {"mr", "ms", "mrs", "dr"}
    return len(alias) > 1 and alias == name


def _order(han: PersonName, latin: PersonName, family: str, given: str) -> Verdict:
    if not family or not readings.spells(family, han.family, as_surname=True):
        return _other_family(han, latin, family, given)
    if not han.given:
        return open_("partial", "Only the surname is known on one side, and it agrees.")
    if given and readings.spells(given, han.given):
        return _spelled(han, family)
    if "initials" in latin.reasons and given:
        return _initials(han, given)
    if not given and latin.western:
        if han.western and han.western != latin.western:
            return no("western", "Different Western given names.")
        return open_("western_given", "The surname agrees; a Western given name says nothing on the Chinese one.")
    if not given:
        return open_("partial", "Only the surname is known on one side, and it agrees.")
    return (
        _korean(han, latin, family, given) or _japanese(han, latin) or no("given", "The given name is not spelled so.")
    )


def _spelled(han: PersonName, family: str) -> Verdict:
    if len(han.given) < 2:
        return open_("romanised_short", "The spelling agrees, but many Han names are spelled so.")
    has_umlaut = any("v" in reading[0] for reading in readings.surname(han.family))
    if has_umlaut and "v" not in family and "yu" not in family:
        return open_("romanised_umlaut", "The spelling agrees when a u stands for ü.")
    return yes("romanised", "The letters spell the characters; one more field is needed to merge.")


def _initials(han: PersonName, given: str) -> Verdict:
    starts = [{spelling[0] for spelling in readings.spellings(char)} for char in han.given]
    if len(given) <= len(starts) and all(letter in start for letter, start in zip(given, starts, strict=False)):
        return open_("initials", "The surname and the initials agree.")
    return no("initials", "Different initials.")


def _other_family(han: PersonName, latin: PersonName, family: str, given: str) -> Verdict:
    double = len(han.family) == 2 and han.family not in COMPOUND
    if family and double and any(readings.spells(family, char, as_surname=True) for char in han.family):
        return open_("married_surname", "One of two surnames agrees.")
    naive = len(han.family) == 1 and family in readings.mandarin(han.family)
    if naive and given and readings.spells(given, han.given):
        return open_("naive_reading", "The surname is spelled by the character's everyday reading.")
    loose = family and given and han.family and coarse(family) == coarse("".join(readings.surname(han.family)[0]))
    if loose and readings.spells(given, han.given) and len(han.given) > 1:
        return open_("loose_spelling", "The surname is spelled nearly so.")
    return _korean(han, latin, family, given) or _japanese(han, latin) or no("family", "The surname is not spelled so.")


def _korean(han: PersonName, latin: PersonName, family: str, given: str) -> Verdict | None:
    spelled = korean_surnames().get(han.family, frozenset())
    if family in spelled and given and (not is_syllabic(given) or _korean_letters(given)):
        return open_("korean_reading", "The surname agrees in Korean; the given name needs a dictionary.")
    return None


def _japanese(han: PersonName, latin: PersonName) -> Verdict | None:
    whole = han.family + han.given
    known = "japanese_name" in han.reasons or any(whole[:size] in JAPANESE and len(whole) > size for size in (2, 3))
    words = [letters(word) for word in latin.display.split()]
    if known and all(_romaji(word) for word in words) and any(len(word) > 3 for word in words):
        return open_("japanese_reading", "Perhaps a Japanese name: its reading needs a dictionary.")
    return None
