"""Tables of characters: what is invisible, which forms are the same, which script a text is in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache

from custhub.clean.facts import pairs

HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""Character class (without brackets) of Chinese characters, with 々 and 〇."""
KANA = "\u3041-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
HANGUL = "\u1100-\u11ff\u3130-\u318f\uac00-\ud7af"

has_han = re.compile(f"[{HAN}]").search
has_kana = re.compile(f"[{KANA}]").search
has_hangul = re.compile(f"[{HANGUL}]").search
has_latin = re.compile("[A-Za-z\u00c0-\u024f]").search

INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
CONTROL = "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"

_FOLDS = {
    "'": "\u2018\u2019\u201a\u201b\u2032\u00b4\u0060\u02b9\u02bb\u02bc\u02bd\u02ca\u02cb\uff07\u2035\u0384\u1fbd\u1fbf\u1fef\u1ffd\u1ffe\u055a",
    '"': "\u201c\u201d\u201e\u201f\u2033\u301d\u301e\u301f\u2036\uff02",
    "-": "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043\ufe58\ufe63\uff0d\u2e3a\u2e3b\u02d7",
    "\u00b7": "\u2022\u2027\u30fb\u2219\u22c5\u0387\u16eb\uff65\u2024\u25cf\u2e31\u2981\u318d\u119e\u1427",
    "~": "\u301c\u223c\uff5e\u02dc",
    " ": "\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\t\n\x0b\x0c\r\x85\x1c-\x1f",
}


def _expand(spec: str) -> list[int]:
    """The code points of a character class such as `a-cx`."""
    points: list[int] = []
    for match in re.finditer(r"(?s)(.)-(.)|(.)", spec):
        first, last, single = match.groups()
        points += [ord(single)] if single else range(ord(first), ord(last) + 1)
    return points


@cache
def folds() -> dict[int, str | None]:
    """Translation table for display forms: quotes, dashes, name dots and spaces are folded, the invisible goes."""
    table: dict[int, str | None] = dict.fromkeys(_expand(INVISIBLE))
    table.update(dict.fromkeys(_expand(CONTROL)))
    table.update(dict.fromkeys(range(0xD800, 0xE000), "\ufffd"))
    for plain, spec in _FOLDS.items():
        table.update(dict.fromkeys(_expand(spec), plain))
    table.update({ord("-"): "-", ord("~"): "~"})
    return table


@cache
def variants() -> dict[int, str]:
    """Translation table for keys: traditional, Japanese and variant characters to one simplified form each."""
    import opencc  # only Chinese texts need it

    blocks = ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0x20000, 0x2A6E0))
    chars = [chr(point) for first, last in blocks for point in range(first, last)]
    japanese = opencc.OpenCC("jp2t").convert("\n".join(chars)).split("\n")
    # A form that is also a standard simplified character (芸, 余, 台) keeps its Chinese meaning.
    seen = [char if _in_gb2312(char) else folded for char, folded in zip(chars, japanese, strict=True)]
    for config in ("t2s", "hk2s"):
        seen = opencc.OpenCC(config).convert("\n".join(seen)).split("\n")
    table = {ord(char): folded for char, folded in zip(chars, seen, strict=True) if char != folded}
    own = {ord(variant): plain for variant, plain in pairs("variants.tsv")}
    table = {point: plain.translate(own) for point, plain in table.items()} | own
    return {point: plain.translate(table) for point, plain in table.items()}  # 戱 is 戯 is 戏


@cache
def has_variant() -> Callable[[str], object]:
    """Searches a text for a character that `variants` changes: most texts have none, and a search is cheap."""
    points = [point for point in variants() if point <= 0xFFFF]
    return re.compile(f"[{re.escape(''.join(map(chr, points)))}\U00010000-\U0010ffff]").search


def _in_gb2312(char: str) -> bool:
    try:
        char.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


@cache
def combining() -> re.Pattern[str]:
    """Runs of combining marks that no script has: cut, for sorting them takes more than linear time."""
    marks = [chr(point) for point in range(0x300, 0x1E950) if unicodedata.combining(chr(point))]
    plain, rare = ("".join(c for c in marks if (c <= "\uffff") == is_plain) for is_plain in (True, False))
    # Two sets, since Python looks up characters beyond U+FFFF one after the other.
    mark = f"(?:[{re.escape(plain)}]|(?=[\U00010000-\U0010ffff])[{re.escape(rare)}])"
    return re.compile(f"({mark}{{16}}){mark}+")


_WHOLE = dict(
    zip("đĐłŁøØħıæÆœŒðþ", ["d", "D", "l", "L", "o", "O", "h", "i", "ae", "AE", "oe", "OE", "d", "th"], strict=True)
)
"""Letters that have their stroke for good, and joined ones: Unicode does not take them apart."""


_LETTERS = frozenset((0, 7, 9, *range(84, 133)))
"""Classes of characters that no letter can do without: all that are no marks, and the vowels of Thai or Tibetan."""


class _Bare(dict[int, str]):
    """Translation table that finds a character's letters without marks when it first meets it."""

    def __missing__(self, point: int) -> str:
        letter = chr(point)
        split = unicodedata.normalize("NFKD", letter)
        plain = "".join(_WHOLE.get(c, c) for c in split if unicodedata.combining(c) in _LETTERS)
        self[point] = plain
        return plain


_BARE = _Bare()


def ascii_letters(text: str) -> str:
    """`text` without diacritics (ü as u): for spelling in plain Latin letters, never to be shown."""
    return text if text.isascii() else text.translate(_BARE)
