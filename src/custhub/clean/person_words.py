"""The words that names are taken apart with, compiled once."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from custhub.clean import readings
from custhub.clean.facts import rows, words

SURNAMES = frozenset(words("surnames.txt"))
COMPOUND = frozenset(words("compound_surnames.txt"))
WEAK_COMPOUND = frozenset(words("weak_compound_surnames.txt"))
JAPANESE = frozenset(words("japanese_surnames.txt"))
TITLE_PREFIXES = frozenset(words("title_prefixes.txt"))
LATIN_TITLES = frozenset(words("latin_titles.txt"))
LATIN_SUFFIXES = frozenset(words("latin_suffixes.txt"))
PARTICLES = frozenset(words("particles.txt"))
FREQUENT = frozenset(words("surnames.txt")[:200])
_TITLES = sorted(words("titles.txt"), key=len, reverse=True)
TITLE_ENDS = frozenset(title[-1] for title in _TITLES)
long_title = re.compile(f"(?:{'|'.join(t for t in _TITLES if len(t) > 1)})$").search
leading_title = re.compile("|".join(t for t in _TITLES if len(t) > 1)).match
short_title = re.compile(f"(?:{'|'.join(t for t in _TITLES if len(t) == 1)})$").search


@lru_cache(maxsize=8)
def nickname_groups(own: tuple[tuple[str, ...], ...] = ()) -> dict[str, frozenset[int]]:
    """The groups of forms that a Western given name belongs to; `own` are a project's."""
    table: dict[str, set[int]] = {}
    for number, names in enumerate([*(row[0].split(" ") for row in rows("nicknames.txt")), *own]):
        for name in names:
            table.setdefault(name, set()).add(number)
    return {name: frozenset(groups) for name, groups in table.items()}


@cache
def western_names() -> frozenset[str]:
    """Given names and short forms that tell a Western name from a Chinese one in Latin letters."""
    return frozenset(words("western_names.txt"))


@cache
def romanised_surnames() -> frozenset[str]:
    """Chinese surnames as spelled in Latin letters, in any of the usual ways."""
    found = set(words("romanised_surnames.txt"))
    for family in SURNAMES | COMPOUND:
        for reading in readings.surname(family)[:2]:
            glued = "".join(reading)
            found.update((glued, glued.replace("v", "yu"), glued.replace("v", "u")))
    return frozenset(found - {"a", "o", "e", "mai", "dan", "ann", "kim"})


@cache
def compound_surnames() -> frozenset[str]:
    """Chinese surnames of two characters as spelled in pinyin."""
    spelled = ["".join(readings.surname(family)[0]) for family in COMPOUND]
    return frozenset([*spelled, "auyeung", "auyeong", "szeto", "ouyang", "situ"])


@cache
def frequent_surnames() -> frozenset[str]:
    """The spellings of surnames that are frequent enough to make the order of a name doubtful."""
    found = set(words("romanised_surnames.txt")[:80])
    for family in FREQUENT:
        glued = "".join(readings.surname(family)[0])
        found.update((glued, glued.replace("v", "yu")))
    return frozenset(found)


@cache
def korean_surnames() -> dict[str, frozenset[str]]:
    """Han surname to Korean spellings."""
    return {han: frozenset(spelled.split(" ")) for han, spelled in rows("korean_surnames.tsv")}


@cache
def korean_spellings() -> frozenset[str]:
    return frozenset(spelling for spelled in korean_surnames().values() for spelling in spelled)


@cache
def vietnamese_surnames() -> frozenset[str]:
    """The family names that nine of ten people in Vietnam have, without their marks."""
    return frozenset(words("vietnamese_surnames.txt"))


@cache
def _syllables() -> frozenset[str]:
    mandarin = {reading for point in range(0x4E00, 0x9FA6) for reading in readings.mandarin(chr(point))}
    older = {spelling for syllable in mandarin for spelling in readings.older_spellings(syllable)}
    hong_kong = {spelling for row in rows("cantonese.tsv") for spelling in row[0].split(" ")}
    return frozenset(mandarin | older | hong_kong)


def is_syllable(letters: str) -> bool:
    """Whether letters are one Chinese syllable in any spelling."""
    return letters in _syllables()


@cache
def _syllable() -> re.Pattern[str]:
    every = sorted(_syllables(), key=lambda s: (-len(s), s))
    return re.compile(f"(?:{'|'.join(every)}){{1,3}}")


@lru_cache(maxsize=200_000)
def is_syllabic(letters: str) -> bool:
    """Whether letters read as one to three Chinese syllables."""
    return len(letters) <= 18 and _syllable().fullmatch(letters) is not None
