"""Chinese numerals as digits."""

from __future__ import annotations

import re

_DIGITS = dict(zip("〇零○Ｏ一二三四五六七八九两壹贰叁肆伍陆柒捌玖幺", "00001234567892123456789" + "1", strict=True))
_UNITS = {"十": 10, "百": 100, "千": 1000, "拾": 10, "佰": 100, "仟": 1000, "廿": 20, "卅": 30}
HAN_NUMERAL = "〇零○一二三四五六七八九十百千两廿卅壹贰叁肆伍陆柒捌玖拾佰仟"
_NUMBER = re.compile(f"[{HAN_NUMERAL}]+")


def number(numeral: str) -> int | None:
    """The number that Chinese numerals write: 一百二十三, 二〇二四, 廿三. Null for what is no number."""
    if len(numeral) > 12:
        return None
    if all(char in _DIGITS for char in numeral):
        return int("".join(_DIGITS[char] for char in numeral)) if numeral else None
    total, digit = 0, 0
    for char in numeral:
        if char in _DIGITS:
            digit = int(_DIGITS[char])
        elif char in "廿卅":
            total, digit = total + _UNITS[char], 0
        elif char in _UNITS:
            total, digit = total + (digit or 1) * _UNITS[char], 0
        else:
            return None
    return total + digit


def in_digits(text: str) -> str:
    """`text` with every run of Chinese numerals as digits."""

    def digits(match: re.Match[str]) -> str:
        value = number(match[0])
        return match[0] if value is None else str(value)

    return _NUMBER.sub(digits, text)
