"""How likely characters are in customers' data: what tells right text from text read in the wrong code page."""

from __future__ import annotations

from functools import cache, lru_cache

from custhub.clean import text
from custhub.clean.facts import words


@cache
def _levels() -> dict[str, float]:
    """Goodness from 0 to 1 of Han characters: level one of GB 2312 and Big5, then frequent ones."""
    first_gb = bytes(byte for lead in range(0xB0, 0xD8) for trail in range(0xA1, 0xFF) for byte in (lead, trail))
    first_big5 = bytes(
        byte
        for lead in range(0xA4, 0xC7)
        for trail in (*range(0x40, 0x7F), *range(0xA1, 0xFF))
        for byte in (lead, trail)
    )
    level = dict.fromkeys(first_gb.decode("gb2312", "ignore"), 0.55)
    level |= dict.fromkeys(first_big5.decode("big5", "ignore"), 0.45) | level
    for name, goodness in (("surnames.txt", 0.7), ("trade_words.txt", 0.9), ("common_characters.txt", 1.0)):
        for char in "".join(words(name)):
            level[char] = max(goodness, level.get(char, 0.0))
    return level


@lru_cache(maxsize=70_000)
def goodness(char: str) -> float:
    """From -0.5 (never in right text) to 1 (everywhere)."""
    point = ord(char)
    if 0x4E00 <= point <= 0x9FFF:
        plain = text.simplified(char)
        return max(_levels().get(char, 0.0), _levels().get(plain, 0.0) - 0.05 if plain != char else 0.0)
    if point == 0xFFFD or 0xE000 <= point <= 0xF8FF or 0x80 <= point <= 0x9F:
        return -0.5
    if 0xAC00 <= point <= 0xD7A3:
        return 0.85 if _in_codec(char, "euc_kr") else 0.0
    if 0x410 <= point <= 0x451:
        return 0.7 if point >= 0x430 else 0.4
    if 0x3041 <= point <= 0x30FE:
        return 0.75
    if char in "、。，！？：；（）《》「」『』【】“”‘’…·—～　":
        return 0.7
    if 0xC0 <= point <= 0x17F:
        return 0.4
    return 0.05


def _in_codec(char: str, codec: str) -> bool:
    try:
        return len(char.encode(codec)) == 2  # other syllables are spelled out by the codec
    except UnicodeEncodeError:
        return False


def badness(value: str) -> float:
    """1 minus the mean goodness of the characters beyond ASCII; 0 when there are none."""
    beyond = [char for char in value if char > "\x7f"]
    if not beyond:
        return 0.0
    kana = sum("\u3041" <= char <= "\u30fe" for char in beyond)
    lone = 0.25 * kana if 0 < kana <= len(beyond) // 2 and kana <= 2 else 0.0  # kana strewn among Han
    hangul = sum("\uac00" <= char <= "\ud7a3" for char in beyond)
    if 0 < hangul < len(beyond) and any("\u4e00" <= char <= "\u9fff" for char in beyond):
        lone += 0.3 * hangul  # Hangul and Han in one word
    return 1.0 - (sum(map(goodness, beyond)) - lone) / len(beyond)
