"""Spellings of one name: pinyin, Wade-Giles, the other Chinese script, full width, letters without marks."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import Any

from custhub.demo import facts


def _named(key: str) -> dict[str, str]:
    return facts.pairs("spelling", key)


@cache
def _converter(profile: str) -> Any:
    import opencc  # takes time to load: only who makes demo systems pays

    return opencc.OpenCC(profile)


@cache
def _readings() -> dict[int, str]:
    from pypinyin.pinyin_dict import pinyin_dict  # the same

    found: dict[int, str] = pinyin_dict
    return found


@lru_cache(maxsize=65536)
def simplified(text: str) -> str:
    return str(_converter("t2s").convert(text))


@lru_cache(maxsize=65536)
def traditional(text: str) -> str:
    return str(_converter("s2t").convert(text))


@lru_cache(maxsize=16384)
def syllable(char: str, *, surname: bool = False) -> str:
    """The usual toneless Mandarin reading, ü written as v; other characters come back as they are."""
    plain = simplified(char)
    known = _named("readings") | (_named("surnames") if surname else {})
    if plain in known:
        return known[plain]
    reading = _readings().get(ord(plain)) or _readings().get(ord(char))
    if reading is None:
        return char
    first = unicodedata.normalize("NFD", reading.split(",")[0])
    kept = "".join(c for c in first if unicodedata.category(c) != "Mn" or c == "\u0308")
    return kept.replace("u\u0308", "v").replace("\u0308", "")


@lru_cache(maxsize=65536)
def pinyin(text: str) -> str:
    """Syllables glued, first letter capital: 汉溪 is Hanxi."""
    return "".join(syllable(c) for c in text).capitalize()


@lru_cache(maxsize=4096)
def pinyin_surname(text: str) -> str:
    plain = simplified(text)
    if plain in _named("compound_surnames"):
        return _named("compound_surnames")[plain]
    return "".join(syllable(c, surname=len(text) == 1) for c in text).capitalize()


@lru_cache(maxsize=2048)
def wade_giles(pinyin_syllable: str) -> str:
    """As passports in Taiwan spell it: Wade-Giles without apostrophes."""
    if pinyin_syllable in _named("syllables"):
        return _named("syllables")[pinyin_syllable]
    initial = next((i for i in _named("initials") if pinyin_syllable.startswith(i)), "")
    start, rest = _named("initials").get(initial, ""), pinyin_syllable.removeprefix(initial)
    final = next((f for f in _named("finals") if rest.endswith(f)), "")
    rest = rest.removesuffix(final) + _named("finals").get(final, "")
    return start + rest


@lru_cache(maxsize=4096)
def taiwan_surname(text: str) -> str:
    return "".join(wade_giles(syllable(c, surname=len(text) == 1)) for c in text).capitalize()


@lru_cache(maxsize=65536)
def taiwan_given(text: str) -> str:
    return "-".join(wade_giles(syllable(c)) for c in text).title()


_WIDE = {i: i + 0xFEE0 for i in range(0x21, 0x7F)} | {0x20: 0x3000}
_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss"})


def wide(text: str) -> str:
    """ASCII in full width."""
    return text.translate(_WIDE)


def written_out(text: str) -> str:
    """German umlauts as two letters: Müller is Mueller."""
    return text.translate(_GERMAN)


@lru_cache(maxsize=65536)
def bare(text: str) -> str:
    """Letters without marks: Müller is Muller."""
    if text.isascii():
        return text
    split = unicodedata.normalize("NFD", text.replace("ß", "ss").replace("ø", "o"))
    return "".join(c for c in split if unicodedata.category(c) != "Mn")


_NOT_LETTER = re.compile(r"[^a-z0-9]+")


@lru_cache(maxsize=65536)
def handle(text: str) -> str:
    """What can stand in an e-mail address: small letters and digits only."""
    return _NOT_LETTER.sub("", bare(written_out(text)).lower())
