"""The many ways in which one phone number or one date is written down."""

from __future__ import annotations

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


def date_text(born: str, style: int) -> str:
    """An ISO date as 0: 20010403, 1: 2001/04/03, 2: 03.04.2001, 3: 2001年4月3日, 4: ROC year 090/04/03."""
    if len(born) != 10:
        return born
    year, month, day = born.split("-")
    match style:
        case 0:
            return year + month + day
        case 1:
            return f"{year}/{month}/{day}"
        case 2:
            return f"{day}.{month}.{year}"
        case 3:
            return f"{year}年{int(month)}月{int(day)}日"
        case 4:
            return f"{int(year) - 1911:03d}/{month}/{day}"
    return born
