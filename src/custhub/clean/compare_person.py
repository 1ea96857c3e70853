"""Are two names the name of one person? Characters and readings decide, never bytes."""

from __future__ import annotations

from custhub.clean import characters, compare_latin, compare_scripts, readings
from custhub.clean.cleaned import Result
from custhub.clean.likeness import confused_surnames, distinct_surnames, look_alike, near_sound, same_sound
from custhub.clean.person_parts import PersonName, parts_of
from custhub.clean.person_words import COMPOUND
from custhub.clean.verdict import Verdict, no, open_, yes


def compare(left: Result, right: Result) -> Verdict:
    """Same script first, then Han against Latin letters by the ways in which the Han name can be spelled."""
    one, other = parts_of(left), parts_of(right)
    for name in (one, other):
        if {"not_a_person", "looks_like_company", "several_people"} & name.reasons:
            return _as_text(left, right)
    if one.han and other.han:
        return _two_han(one, other)
    if one.native or other.native:
        return _across(one, other)
    if (characters.has_latin(one.display) is None) != (characters.has_latin(other.display) is None):
        return open_("other_script", "One name in two alphabets: a person has to look.")
    return compare_latin.compare(one, other)


def _as_text(left: Result, right: Result) -> Verdict:
    if left.key == right.key:
        return open_("not_a_person", "Same text, but it is not a person's name.")
    return no("not_a_person", "Not the name of a person.")


def _across(one: PersonName, other: PersonName) -> Verdict:
    if one.native and other.native:
        if one.key == other.key:
            return yes("key", "Same name.")
        if one.han or other.han or one.script != other.script:
            return open_("other_script", "One name in two scripts cannot be told without a dictionary of names.")
        return no("else", "Different names.")
    native, latin = (one, other) if one.native else (other, one)
    if not native.han:
        return open_("other_script", "Kana or Hangul beside Latin letters: a person has to look.")
    return compare_scripts.compare(native, latin)


def _two_han(one: PersonName, other: PersonName) -> Verdict:
    """Equal keys match; one character that sounds or looks alike is for review; the rest contradicts."""
    if one.key and one.key == other.key:
        return _equal(one, other)
    if "masked" in one.reasons | other.reasons or not (one.given and other.given):
        return _partial(one, other)
    if "dotted_name" in one.reasons | other.reasons or not (one.family and other.family):
        return _dotted(one, other)
    if _whole(one) == other.given + other.family or _whole(other) == one.given + one.family:
        return open_("family_last", "Same characters with the family name last.")
    if one.family == other.family:
        return _given(one, other)
    return _family(one, other)


def _whole(name: PersonName) -> str:
    return name.family + name.given.replace("·", "")


def _equal(one: PersonName, other: PersonName) -> Verdict:
    if "order_doubtful" in one.reasons ^ other.reasons:
        return open_("family_last", "Same characters with the family name last.")
    if "placeholder_like" in one.reasons:
        return open_("stand_in", "Same name, but one that stands for anybody.")
    if distinct_surnames(_bare(one.display)[:1], _bare(other.display)[:1]):
        return open_("merged_surnames", "Two surnames that share a simplified form.")
    return yes("key", "Same name; a common name still needs a second field.")


def _bare(display: str) -> str:
    return display.replace(" ", "")


def _partial(one: PersonName, other: PersonName) -> Verdict:
    """One side has only a surname (王总, 小王) or only a given name."""
    if one.family and other.family:
        if one.family == other.family or confused_surnames(one.family, other.family):
            return open_("partial", "Only the surname is known on one side, and it agrees.")
        return no("family", "Different surnames.")
    if one.given and one.given == other.given:
        return open_("partial", "Only the given name is known on one side, and it agrees.")
    return _dotted(one, other) if one.given and other.given else no("else", "Different names.")


def _dotted(one: PersonName, other: PersonName) -> Verdict:
    pieces, others = (_whole(n).split(" ") if n.family else n.given.split("·") for n in (one, other))
    short, long = sorted((pieces, others), key=len)
    if _whole(one) == _whole(other):
        return yes("key", "Same name, with and without dots.")
    if len(short) < len(long) and all(piece in long for piece in short):
        return open_("partial", "One side has only a part of the name.")
    return no("else", "Different names.")


def _given(one: PersonName, other: PersonName) -> Verdict:
    """Same surname, other given name."""
    first, second = one.given, other.given
    if len(first) != len(second):
        short, long = sorted((one, other), key=lambda name: len(name.given))
        if len(long.given) == len(short.given) + 1:
            if any(long.given == short.given[: n + 1] + short.given[n:] for n in range(len(short.given))):
                return open_("reduplicated", "A doubled character is missing on one side.")
            if "placeholder_like" in short.reasons and long.given.startswith(short.given):
                return open_("stand_in", "The shorter name is one that stands for anybody.")
        return no("given", "Given names of different length.")
    differing = [(a, b) for a, b in zip(first, second, strict=True) if a != b]
    if len(differing) != 1:
        return no("given", "Different given names.")
    return _one_character(*differing[0], known=len(first) - 1)


def _one_character(one: str, other: str, *, known: int) -> Verdict:
    if same_sound(one, other):
        return open_("homophone", "One character differs and sounds the same: a slip of typing, or another person.")
    if look_alike(one, other):
        return open_("look_alike", "One character differs and looks alike: a slip of reading, or another person.")
    if known and near_sound(one, other):
        return open_("near_homophone", "One character differs and sounds nearly the same.")
    return no("given", "One character differs, in sound and in shape.")


def _family(one: PersonName, other: PersonName) -> Verdict:
    """Other surname."""
    if one.given == other.given:
        if confused_surnames(one.family, other.family) or look_alike(one.family, other.family):
            return open_("confused_surname", "Surnames that are written for one another.")
        if len(one.given) >= 2 and _sounds(one.family) & _sounds(other.family):
            return open_("homophone_surname", "The surnames sound the same.")
        short, long = sorted((one.family, other.family), key=len)
        if len(short) == 1 and len(long) == 2 and short in long and long not in COMPOUND:
            return open_("married_surname", "One side has a second surname.")
    return no("family", "Different surnames.")


def _sounds(family: str) -> set[str]:
    return {"".join(reading) for reading in readings.surname(family)[:1]}
