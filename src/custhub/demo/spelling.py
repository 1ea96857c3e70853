"""Spellings of one name: pinyin, Wade-Giles, the other Chinese script, full width, letters without marks."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

_SURNAMES = {
    "单": "shan", "解": "xie", "查": "zha", "仇": "qiu", "区": "ou", "曾": "zeng", "翟": "zhai", "缪": "miao", "乐": "yue",
    "覃": "qin", "朴": "piao", "盖": "gai", "任": "ren", "宁": "ning", "华": "hua", "燕": "yan", "应": "ying", "阚": "kan",
    "谌": "chen", "佟": "tong", "冼": "xian", "盛": "sheng", "车": "che", "石": "shi", "洗": "xian", "召": "shao",
}  # fmt: skip
"""Characters that are read differently as a family name."""
_COMMON = {
    "长": "chang", "重": "chong", "行": "xing", "朝": "chao", "乐": "le", "石": "shi", "广": "guang", "厦": "xia",
    "和": "he", "合": "he", "大": "da", "会": "hui", "都": "du", "省": "sheng", "曾": "zeng", "沈": "shen", "术": "shu", "佛": "fo",
}  # fmt: skip
"""Characters whose first reading in the dictionary is not the usual one."""
_COMPOUND = {"尉迟": "Yuchi", "令狐": "Linghu", "长孙": "Zhangsun", "万俟": "Moqi", "鲜于": "Xianyu"}


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


def traditional_all(values: Sequence[str]) -> list[str]:
    """`traditional` of many values that hold no line break, in one call."""
    return str(_converter("s2t").convert("\n".join(values))).split("\n") if values else []


@lru_cache(maxsize=16384)
def syllable(char: str, *, surname: bool = False) -> str:
    """The usual toneless Mandarin reading, ü written as v; other characters come back as they are."""
    plain = simplified(char)
    if surname and plain in _SURNAMES:
        return _SURNAMES[plain]
    if plain in _COMMON:
        return _COMMON[plain]
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
    if plain in _COMPOUND:
        return _COMPOUND[plain]
    return "".join(syllable(c, surname=len(text) == 1) for c in text).capitalize()


_INITIALS = (
    ("zh", "ch"), ("ch", "ch"), ("sh", "sh"), ("z", "ts"), ("c", "ts"), ("j", "ch"), ("q", "ch"), ("x", "hs"), ("r", "j"),
    ("b", "p"), ("d", "t"), ("g", "k"),
)  # fmt: skip
_WHOLE = {
    "zhi": "chih", "chi": "chih", "shi": "shih", "ri": "jih", "zi": "tzu", "ci": "tzu", "si": "ssu", "yi": "yi", "you": "yu",
    "ye": "yeh", "yan": "yen", "yue": "yueh", "yong": "yung", "er": "erh", "yu": "yu", "guo": "kuo", "he": "ho", "ke": "ko",
    "ge": "ko", "xu": "hsu", "lv": "lu", "nv": "nu", "xue": "hsueh", "jue": "chueh", "ye ": "yeh",
}  # fmt: skip
_FINALS = (("ian", "ien"), ("ong", "ung"), ("uo", "o"), ("ie", "ieh"))


@lru_cache(maxsize=2048)
def wade_giles(pinyin_syllable: str) -> str:
    """As passports in Taiwan spell it: Wade-Giles without apostrophes."""
    if pinyin_syllable in _WHOLE:
        return _WHOLE[pinyin_syllable]
    start, rest = "", pinyin_syllable
    for initial, spelled in _INITIALS:
        if pinyin_syllable.startswith(initial):
            start, rest = spelled, pinyin_syllable[len(initial) :]
            break
    for final, spelled in _FINALS:
        if rest.endswith(final):
            rest = rest[: -len(final)] + spelled
            break
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
