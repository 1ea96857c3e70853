"""Other scripts in Latin letters, by what Unicode calls their letters: ARABIC LETTER FEH is an f, KHMER LETTER MO an m.

Only good enough to be compared by sound: vowels that are not written stay unwritten, and what is left is lower case.
Cyrillic is spelled by its own table and Han by the cleaning room; here is everything else.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

import polars as pl

from custhub.matching.arrays import having

OTHER_SCRIPT = (
    r"[\p{L}\p{M}\p{Nd}--[\p{Latin}\p{Cyrillic}\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Common}\p{Inherited}]]"
)
_SPELLED_OUT = {
    "PSI": "ps",
    "ETA": "i",
    "UPSILON": "y",
    "OMEGA": "o",
    "XI": "x",
    "AIN": "",
    "ALEF": "a",
    "TEH MARBUTA": "",
}
_NAME = re.compile(
    r"(?:LETTER|CHARACTER|VOWEL SIGN|SARA|SYLLABLE)(?: FINAL| FARSI| INDEPENDENT VOWEL| CAPITAL| SMALL)* (.+)$"
)


@cache
def _spelled(character: str) -> str:
    """A letter's consonants, or its vowel when it is one; marks that are not spoken are left out."""
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    name = unicodedata.name(character, "")
    found = _NAME.search(name.partition(" WITH ")[0])
    if found is None:
        return ""
    called = found[1].replace("SARA ", "").replace("CHARACTER ", "")
    if called in _SPELLED_OUT:
        return _SPELLED_OUT[called]
    first = called.split(" ")[0]
    consonants = re.match(r"[^AEIOU]*", first)
    assert consonants is not None
    return (consonants[0] or first[0]).lower()


def romanised(texts: pl.Series) -> pl.Series:
    """Texts with the letters of scripts other than Latin, Cyrillic and East Asian ones in Latin letters."""
    at = having(texts, OTHER_SCRIPT)
    if not len(at):
        return texts
    spelled = ["".join(c if ord(c) < 0x370 or _known(c) else _spelled(c) for c in text) for text in texts.gather(at)]
    return texts.clone().scatter(at, pl.Series(spelled, dtype=pl.String))


@cache
def _known(character: str) -> bool:
    return not (character.isalpha() or character.isdecimal() or unicodedata.category(character)[0] == "M") or bool(
        re.match(
            r"(?:LATIN|CYRILLIC|CJK|HIRAGANA|KATAKANA|HANGUL|IDEOGRAPHIC|FULLWIDTH|HALFWIDTH)",
            unicodedata.name(character, ""),
        )
    )
