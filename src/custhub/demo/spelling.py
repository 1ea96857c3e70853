"""Ways to write one thing: a name in pinyin, Wade-Giles, the other Chinese script, full width or without marks; phones, dates."""

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


_TRUNK_ZERO = frozenset(("86", "886", "49", "43", "33", "44"))


def phone_text(number: str, k: int) -> str:
    """A phone number `calling code|area|rest` as somebody in its country writes it, in the style that `k` chooses."""
    code, area, rest = number.split("|")
    if code == "86" and len(area) == 3 and area[0] == "1":
        return _chinese_mobile(area + rest, k)
    style = k % 8
    if style == 0:
        return f"+{code} {area} {_grouped(rest)}".replace("  ", " ")
    if style == 1:
        return f"+{code}{area}{rest}"
    if style == 2 and code not in ("1", "852"):
        return f"00{code} {area} {rest}"
    home = f"0{area}" if code in _TRUNK_ZERO and area else area
    if code == "1":
        return (f"({area}) {rest[:3]}-{rest[3:]}", f"{area}-{rest[:3]}-{rest[3:]}", f"{area}.{rest[:3]}.{rest[3:]}")[
            k % 3
        ]
    if not area:
        return (rest, f"{rest[:4]} {rest[4:]}", f"{rest[:4]}-{rest[4:]}")[k % 3]
    if code == "86":
        return (f"{home}-{rest}", f"({home}){rest}", f"{home} {rest}", f"86-{area}-{rest}")[k % 4]
    if code == "49" and style == 3:
        return f"{home}/{rest}"
    if code == "886" and len(area) == 3:
        return (f"0{area}-{rest[:3]}-{rest[3:]}", f"0{area}{rest}", f"0{area}-{rest}")[k % 3]
    if code == "886":
        return (f"{home}-{rest[:4]}-{rest[4:]}", f"({home}){rest}", f"{home}-{rest}")[k % 3]
    return (f"{home} {rest}", f"{home}{rest}", f"{home} {_grouped(rest)}", f"{home}-{rest}")[k % 4]


def _chinese_mobile(digits: str, k: int) -> str:
    parted = (digits[:3], digits[3:7], digits[7:])
    match k % 8:
        case 0:
            return "-".join(parted)
        case 1:
            return " ".join(parted)
        case 2:
            return f"+86 {digits}"
        case 3:
            return f"86{digits}" if k % 3 else f"0086{digits}"
    return digits


def _grouped(rest: str) -> str:
    return " ".join(rest[i : i + 2] for i in range(0, len(rest), 2)) if len(rest) % 2 == 0 else f"{rest[:3]} {rest[3:]}"


def extension(number: str, chinese: bool, k: int) -> str:
    """A number behind a switchboard."""
    tail = 100 + k % 900
    return f"{number}{('-', '转', ' 转')[k % 3] if chinese else (' ext. ', ' ext ', ' x')[k % 3]}{tail}"


_DATES = ("{0}{1}{2}", "{0}/{1}/{2}", "{2}.{1}.{0}", "{0}年{3}月{4}日", "{5:03d}/{1}/{2}")


def date_text(born: str, style: int) -> str:
    """An ISO date as 0: 20010403, 1: 2001/04/03, 2: 03.04.2001, 3: 2001年4月3日, 4: ROC year 090/04/03; others as it is."""
    if len(born) != 10 or style >= len(_DATES):
        return born
    year, month, day = born.split("-")
    return _DATES[style].format(year, month, day, int(month), int(day), int(year) - 1911)
