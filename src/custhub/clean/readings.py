"""How Chinese characters are read and spelled in Latin letters: Mandarin, Wade-Giles, Taiwan and Hong Kong usage."""

from __future__ import annotations

import importlib.util
import json
import unicodedata
from functools import cache, lru_cache
from itertools import islice, product
from pathlib import Path

import polars as pl

from custhub.clean.cleaned import Result
from custhub.clean.facts import rows

_MOST = 16  # hypotheses that are told of one name


@cache
def _dictionary() -> dict[int, str]:
    """pypinyin's table of characters, read late and without its code, which reads a larger table of phrases too."""
    found = importlib.util.find_spec("pypinyin")
    assert found is not None
    assert found.origin is not None
    table = json.loads(Path(found.origin).with_name("pinyin_dict.json").read_bytes())
    return {int(point): listed for point, listed in table.items()}


@cache
def _dropped() -> frozenset[tuple[str, str]]:
    return frozenset((char, reading) for char, listed in rows("readings_dropped.tsv") for reading in listed.split(" "))


@cache
def _surnames() -> dict[str, tuple[tuple[str, ...], ...]]:
    return {
        family: tuple(tuple(reading.split("+")) for reading in listed.split(" "))
        for family, listed in rows("surname_readings.tsv")
    }


@cache
def _cantonese() -> dict[str, tuple[str, ...]]:
    table: dict[str, list[str]] = {}
    for spellings, chars in rows("cantonese.tsv"):
        for char in chars.split(" "):
            table.setdefault(char, []).extend(spellings.split(" "))
    return {char: tuple(dict.fromkeys(spellings)) for char, spellings in table.items()}


def toneless(reading: str) -> str:
    """A reading without its tone mark; v for ü: `lǚ` is `lv`."""
    plain = unicodedata.normalize("NFD", reading.replace("ɡ", "g"))
    plain = plain.replace("u\u0308", "v").replace("e\u0302", "e")
    return "".join(char for char in plain if "a" <= char <= "z")


@lru_cache(maxsize=50_000)
def mandarin(char: str) -> tuple[str, ...]:
    """The Mandarin readings of a character without tones, the usual one first."""
    return tuple(reading for reading in every(char) if (char, reading) not in _dropped())


def every(char: str) -> tuple[str, ...]:
    """All readings that the dictionary lists for a character, without tones."""
    listed = _dictionary().get(ord(char), "")
    return tuple(dict.fromkeys(toneless(reading) for reading in listed.split(",") if reading))


@lru_cache(maxsize=50_000)
def usual(char: str) -> str:
    """The usual reading of a character, the character itself when it has none."""
    readings = mandarin(char)
    return readings[0] if readings else char


def surname(family: str) -> tuple[tuple[str, ...], ...]:
    """The readings of a family name as syllables: of 单 only shan, of 曾 only zeng."""
    known = _surnames().get(family)
    if known:
        return known
    if len(family) == 1:
        return tuple((reading,) for reading in mandarin(family)) or ((family,),)
    return (tuple(surname(char)[0][0] for char in family),)


def pinyin(family: str, given: str) -> str:
    """The likeliest spelling of a Han name, `he chengjun`: the key that meets names in Latin letters."""
    if not family:
        return "".join(map(usual, given)).strip()
    return f"{_surname_letters(family)} {''.join(map(usual, given))}".strip()


@lru_cache(maxsize=50_000)
def _surname_letters(family: str) -> str:
    return "".join(surname(family)[0])


def letters(chars: pl.Series, *, family: bool) -> pl.Series:
    """The likeliest spelling of Han texts (in key form) in one word; null where a character is none that is read."""
    read: dict[str, str | None] = {}
    for text in chars.unique():
        known = text is not None and all(map(mandarin, text))
        read[text] = None if not known else _surname_letters(text) if family else "".join(map(usual, text))
    return pl.Series([read[text] for text in chars], dtype=pl.String)


def hypotheses(family: str, given: str) -> tuple[str, ...]:
    """Readings `family | given` of a Han name, the likeliest first."""
    tails = product(*(mandarin(char) or (char,) for char in given))
    pairs = product((" ".join(head) for head in surname(family)), islice((" ".join(tail) for tail in tails), _MOST))
    return tuple(f"{head} | {tail}" for head, tail in pairs)


def of(kind: str, result: Result) -> tuple[str, ...]:
    """The readings of a cleaned name; of a Latin name whose order is open, both orders."""
    if kind != "person" or not result.key:
        return ()
    family, given, native = result.parts[0], result.parts[1], result.parts[7]
    if native and family and given:
        return hypotheses(family, given)
    if "ambiguous_order" in result.reasons and family and given:
        return (f"{family} | {given}", f"{given} | {family}")
    return ()


@cache
def _older() -> dict[str, tuple[str, ...]]:
    return {syllable: tuple(spelled.split(" ")) for syllable, spelled in rows("older_spellings.tsv")}


@cache
def older_spellings(syllable: str) -> tuple[str, ...]:
    """Wade-Giles and Taiwan spellings of a pinyin syllable, without apostrophes and dots."""
    if syllable in _older():
        return _older()[syllable]
    initial = syllable[:2] if f"{syllable[:2]}-" in _older() else syllable[:1]
    heads = _older().get(f"{initial}-")
    if heads is None:
        initial, heads = "", ("",)
    final = syllable.removeprefix(initial)
    if final == "ian":
        final = "ien"
    elif final.endswith("ong"):
        final = final.replace("ong", "ung")
    elif final in ("ie", "ue", "ve"):
        final = final.replace("v", "u") + "h"
    elif final == "uo" and initial not in ("g", "k", "h", "sh"):
        final = "o"
    elif final == "e":
        final = "eh" if initial == "y" else "e"
    return tuple(head + final.replace("v", "u") for head in heads)


def _passport(syllable: str) -> tuple[str, ...]:
    """How a syllable stands in passports: ü as yu, older v, common u."""
    if "v" not in syllable:
        return (syllable,)
    return (syllable, syllable.replace("v", "yu"), syllable.replace("v", "u"))


@lru_cache(maxsize=50_000)
def spellings(char: str, *, as_surname: bool = False) -> frozenset[str]:
    """All ways in which a character is spelled in Latin letters."""
    syllables = [reading[0] for reading in surname(char)] if as_surname else list(mandarin(char))
    found = {spelling for syllable in syllables for spelling in _passport(syllable)}
    found.update(spelling for syllable in syllables for spelling in older_spellings(syllable))
    return frozenset(found.union(_cantonese().get(char, ())))


def spells(letters: str, chars: str, *, as_surname: bool = False) -> bool:
    """Whether letters can be a spelling of the characters, in order, with nothing left."""
    known = _surnames().get(chars) if as_surname and len(chars) > 1 else None
    if known and any(letters in ("".join(reading), "".join(map(_first_passport, reading))) for reading in known):
        return True
    ends = {0}
    for char in chars:
        options = spellings(char, as_surname=as_surname)
        ends = {end + len(option) for end in ends for option in options if letters.startswith(option, end)}
        if not ends:
            return False
    return len(letters) in ends


def spelled(letters: pl.Series, chars: pl.Series, *, family: bool) -> list[bool]:
    """Whether each text in Latin letters can be a spelling of the Han text beside it (both in key form)."""
    bare = letters.str.replace_all("[^a-z]", "")
    return [spells(a, b, as_surname=family) for a, b in zip(bare, chars, strict=True)]


def _first_passport(syllable: str) -> str:
    return _passport(syllable)[-1]
