"""Placeholders: what people type when they have nothing to say. A blank never matches a blank."""

from __future__ import annotations

import re
from functools import cache

import polars as pl

from custhub.clean.facts import words

_SAME_SIGN = re.compile(r"[\W_]+|0+|1|x{2,}|\?+|9{5,}|(?:no\.?)?0{3,}")
_BRACKETS = re.compile(r"[(\[{<【「《](.*)[)\]}>】」》]", re.DOTALL)
_LONGEST = 40
_may_say_nothing = re.compile(r"[\W_01x9n]").match


@cache
def _placeholders() -> frozenset[str]:
    return frozenset(words("placeholders.txt")) | {word.replace("_", " ") for word in words("placeholders.txt")}


LONGEST_WORD = 16


@cache
def _first_characters() -> frozenset[str]:
    return frozenset(word[0] for word in _placeholders())


def may_begin(first: str) -> str:
    """What a key that begins so can be: a `word` for nothing only, `any` placeholder, or none (an empty text)."""
    if _may_say_nothing(first):
        return "any"
    return "word" if first in _first_characters() else ""


def says_nothing(display: str, key: str) -> bool:
    """Whether a text (its display form and key) is a placeholder. `Null` alone is kept: it is a family name."""
    if key in _placeholders():
        return display != "Null"
    if not _may_say_nothing(key):  # what all but the words begin with
        return False
    if len(key) > _LONGEST:
        return not any(char.isalnum() for char in key)
    if _SAME_SIGN.fullmatch(key):
        return True
    inner = _BRACKETS.fullmatch(key)
    return bool(inner) and says_nothing(inner[1].strip(), inner[1].strip()) if inner else False


def is_blank(raw: str) -> bool:
    """Whether a raw value says nothing: empty, only signs, or a placeholder in one of many languages."""
    from custhub.clean.text import display_form, key_form

    display = display_form(raw)
    return not display or says_nothing(display, key_form(display))


def blank_mask(raw: pl.Series) -> pl.Series:
    """`is_blank` of every value of a String series; null is blank."""
    distinct = raw.drop_nulls().unique()
    blank = [value for value in distinct if is_blank(value)]
    return (raw.is_null() | raw.is_in(blank)).rename(raw.name)
