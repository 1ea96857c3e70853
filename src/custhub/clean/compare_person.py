"""Are two names the name of one person? Characters and readings decide, never bytes."""

from __future__ import annotations

from custhub.clean import characters, compare_han, compare_latin, compare_scripts
from custhub.clean.cleaned import Result
from custhub.clean.person_parts import PersonName, parts_of
from custhub.clean.verdict import Verdict, no, open_, yes


def compare(left: Result, right: Result) -> Verdict:
    """Same script first, then Han against Latin letters by the ways in which the Han name can be spelled."""
    one, other = parts_of(left), parts_of(right)
    for name in (one, other):
        if {"not_a_person", "looks_like_company", "several_people"} & name.reasons:
            return _as_text(left, right)
    if one.han and other.han:
        return compare_han.compare(one, other)
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
