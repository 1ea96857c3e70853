"""Which characters sound or look alike."""

from __future__ import annotations

import re
from functools import cache

from custhub.clean import readings
from custhub.clean.facts import words

_SOFT = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ng", "n"), ("hu", "f"))


@cache
def _pairs(name: str) -> frozenset[frozenset[str]]:
    return frozenset(frozenset(word) for word in words(name))


def look_alike(one: str, other: str) -> bool:
    """Whether two characters are mistaken for one another in writing or scanning."""
    return frozenset((one, other)) in _pairs("lookalikes.txt")


def confused_surnames(one: str, other: str) -> bool:
    """Whether two surnames are written for one another."""
    return frozenset((one, other)) in _pairs("confused_surnames.txt")


def distinct_surnames(one: str, other: str) -> bool:
    """Whether two surnames that share a key are two surnames (於 and 于)."""
    return one != other and frozenset((one, other)) in _pairs("distinct_surnames.txt")


def same_sound(one: str, other: str) -> bool:
    """Whether the usual readings are the same but for the tone."""
    first = readings.usual(one)
    return first == readings.usual(other) and first != one


def near_sound(one: str, other: str) -> bool:
    """Whether the usual readings differ only by what southern accents do not tell apart (n/l, zh/z, ing/in, f/h)."""
    return _soft(readings.usual(one)) == _soft(readings.usual(other))


@cache
def _soft(syllable: str) -> str:
    for hard, soft in _SOFT:
        syllable = syllable.replace(hard, soft)
    return "l" + syllable[1:] if syllable.startswith("n") and len(syllable) > 1 else syllable


_COARSE = tuple(
    (re.compile(pattern), plain)
    for pattern, plain in (
        (r"zh|ch|q", "j"), (r"hs|sh|x", "x"), (r"ts|tz|c", "z"), (r"k", "g"), (r"p", "b"), (r"t", "d"), (r"ung", "ong"), (r"ien", "ian"),
        (r"ueh|ueh|ve", "ue"), (r"ieh", "ie"), (r"uei|wei", "ui"), (r"r", "j"), (r"iu|iou", "iu"), (r"yu|v|u", "u"), (r"h$", ""),
    )
)  # fmt: skip


@cache
def coarse(letters: str) -> str:
    """Letters with the differences between pinyin and Wade-Giles taken out: for doubt, never for equality."""
    for pattern, plain in _COARSE:
        letters = pattern.sub(plain, letters)
    return letters


has_umlaut = re.compile("[äöüøåÄÖÜØÅ]").search
_SPELLED_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})


def spelled_out(name: str) -> str:
    """A name as typed where there are no umlauts, in lower case: Müller is mueller."""
    return name.lower().translate(_SPELLED_OUT)


def one_slip(one: str, other: str, least: int) -> bool:
    """Whether two texts of at least `least` characters are one slip apart (wrong, missing, extra or swapped)."""
    from rapidfuzz.distance import OSA

    return min(len(one), len(other)) >= least and OSA.distance(one, other, score_cutoff=1) == 1
