"""Identifiers with right check digits, and phone numbers of right shape."""

from __future__ import annotations

import numpy as np

from custhub.demo.dice import Dice, Mask, Texts, Whole, texts

_USCC = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = np.array([1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28])
_ORG_WEIGHTS = np.array([3, 7, 9, 10, 5, 8, 4, 2])
_RIC_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
_UBN_WEIGHTS = np.array([1, 2, 1, 2, 1, 2, 4])


def _grid(values: Texts, alphabet: str) -> Whole:
    table = np.full(128, -1, dtype=np.int64)
    table[[ord(c) for c in alphabet]] = np.arange(len(alphabet))
    width = len(values[0]) if len(values) else 1
    return table[np.frombuffer("".join(values).encode(), dtype=np.uint8).reshape(-1, width)]


def uscc(dice: Dice, division: Texts) -> Texts:
    """Unified social credit codes of companies (91) registered in the given six-digit divisions."""
    n = len(division)
    if n == 0:
        return texts([])
    fresh = dice.chance(n, 0.5)
    tail = dice.below(len(_USCC) ** 4, n)
    alnum = ["".join(_USCC[t // len(_USCC) ** k % len(_USCC)] for k in range(4)) for t in tail.tolist()]
    old = dice.digits(8, n)
    org = texts([f"MA{d[:2]}{a}" if f else d for f, a, d in zip(fresh.tolist(), alnum, old, strict=True)])
    digit = (11 - (_grid(org, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") * _ORG_WEIGHTS).sum(axis=1) % 11) % 11
    body = texts([f"91{c}{o}{'0123456789X'[d]}" for c, o, d in zip(division, org, digit.tolist(), strict=True)])
    check = (31 - (_grid(body, _USCC) * _USCC_WEIGHTS).sum(axis=1) % 31) % 31
    return texts([b + _USCC[c] for b, c in zip(body, check.tolist(), strict=True)])


def resident_id(dice: Dice, division: Texts, born: Texts, male: Mask) -> Texts:
    """Resident identity numbers; `born` are ISO dates, `male` tells the serial number's parity."""
    n = len(division)
    if n == 0:
        return texts([])
    serial = dice.between(0, 498, n) * 2 + 1 + np.where(male, 0, 1)
    parts = zip(division, born, serial.tolist(), strict=True)
    body = texts([f"{c}{b.replace('-', '')}{s:03d}" for c, b, s in parts])
    check = (_grid(body, "0123456789") * _RIC_WEIGHTS).sum(axis=1) % 11
    return texts([b + "10X98765432"[c] for b, c in zip(body, check.tolist(), strict=True)])


def taiwan_ubn(dice: Dice, n: int) -> Texts:
    """Unified business numbers that hold under the old rule (mod 10) and under the new one (mod 5)."""
    body = dice.digits(6, n)
    seventh = dice.pick("012345689", n)  # a 7 there has two readings
    seven = texts([b + s for b, s in zip(body, seventh, strict=True)])
    if n == 0:
        return seven
    products = _grid(seven, "0123456789") * _UBN_WEIGHTS
    check = (-(products // 10 + products % 10).sum(axis=1)) % 10
    return texts([s + str(c) for s, c in zip(seven, check.tolist(), strict=True)])


def _luhn(digits: str) -> str:
    total = 0
    for i, c in enumerate(reversed(digits)):
        d = int(c) * (2 if i % 2 == 0 else 1)
        total += d - 9 if d > 9 else d
    return str(-total % 10)


def _german(body: str) -> str:
    rest = 10
    for c in body:
        rest = (int(c) + rest) % 10 or 10
        rest = rest * 2 % 11
    return f"DE{body}{(11 - rest) % 10}"


def _austrian(body: str) -> str:
    total = sum(int(c) if i % 2 == 0 else sum(divmod(2 * int(c), 10)) for i, c in enumerate(body))
    return f"ATU{body}{(6 - total) % 10}"


def _french(body: str) -> str:
    siren = body + _luhn(body)
    return f"FR{(12 + 3 * (int(siren) % 97)) % 97:02d}{siren}"


def _spanish(body: str) -> str:
    return f"ESB{body}{_luhn(body)}"


def _british(body: str) -> str:
    total = sum(int(c) * w for c, w in zip(body, range(8, 1, -1), strict=True))
    return f"GB{body}{97 - total % 97:02d}"


_VAT = {"DE": (_german, 8), "AT": (_austrian, 7), "FR": (_french, 8), "ES": (_spanish, 7), "GB": (_british, 7)}
_EIN_PREFIXES = ("20", "26", "27", "45", "46", "47", "81", "82", "83", "84")


def company_number(dice: Dice, country: str, n: int) -> Texts:
    """VAT numbers; employer numbers for the USA, business registration numbers for Hong Kong."""
    if country in _VAT:
        make, width = _VAT[country]
        return texts([make(body) for body in dice.digits(width, n)])
    if country == "US":
        parts = zip(dice.pick(_EIN_PREFIXES, n), dice.digits(7, n), strict=True)
        return texts([f"{prefix}-{tail}" for prefix, tail in parts])
    return dice.digits(8, n)


COMPANY_ID_TYPE = {"CN": "uscc", "TW": "tw_ubn", "HK": "hk_br", "US": "ein"}
"""Which identifier a country's companies carry; `vat` elsewhere."""

CALLING_CODE = {
    "CN": "86",
    "TW": "886",
    "HK": "852",
    "DE": "49",
    "AT": "43",
    "FR": "33",
    "ES": "34",
    "GB": "44",
    "US": "1",
}
_MOBILE = {
    "TW": ("910 912 918 920 921 928 932 935 937 952 955 958 963 968 972 975 983 987 988", 6), "FR": ("6", 8),
    "DE": ("160 170 171 172 173 175 177", 7), "AT": ("660 664 676 699", 7), "GB": ("7400 7500 7710 7800 7900", 6),
    "ES": ("600 609 616 619 626 629 636 639 646 649 650 655 659 660 667 669 670 676 680 686 690 696", 6),
}  # fmt: skip
_HK_MOBILE = (
    "51",
    "53",
    "54",
    "55",
    "56",
    "60",
    "61",
    "62",
    "63",
    "64",
    "65",
    "66",
    "67",
    "68",
    "90",
    "91",
    "92",
    "93",
    "94",
    "96",
    "97",
    "98",
)
_SEVEN_DIGITS = frozenset(
    ("535", "536", "315", "312", "351", "553", "592", "771", "773", "931", "951", "991", "471", "472", "816", "717", "756", "752")
)  # fmt: skip
"""Chinese area codes whose numbers have seven digits; elsewhere eight."""
_FIXED_WIDTH = {"HK": 8, "DE": 7, "AT": 7, "FR": 8, "US": 7}


def _fixed_width(country: str, area: str) -> int:
    """Digits of a fixed-line number after its area code."""
    match country:
        case "CN":
            return 7 if area in _SEVEN_DIGITS else 8
        case "TW":
            return 8 if area in ("2", "4") else 7
        case "ES":
            return 9 - len(area)
        case "GB":
            return 10 - len(area)
    return _FIXED_WIDTH[country]


def mobiles(dice: Dice, country: str, prefixes: tuple[str, ...], areas: Texts) -> Texts:
    """Mobile numbers as `calling code|prefix|rest`; in the USA they have an area code like any other."""
    n = len(areas)
    if country == "CN":
        parts = zip(dice.pick(prefixes, n), dice.below(10**8, n).tolist(), strict=True)
        return texts([f"86|{p}|{rest:08d}" for p, rest in parts])
    if country == "US":
        return texts([f"1|{a}|{x}{rest:04d}" for a, x, rest in _us_parts(dice, areas)])
    if country == "HK":
        return texts(
            [
                f"852||{p}{rest:06d}"
                for p, rest in zip(dice.pick(_HK_MOBILE, n), dice.below(10**6, n).tolist(), strict=True)
            ]
        )
    heads, width = _MOBILE[country]
    code = CALLING_CODE[country]
    parts = zip(dice.pick(heads.split(), n), dice.below(10**width, n).tolist(), strict=True)
    return texts([f"{code}|{p}|{rest:0{width}d}" for p, rest in parts])


def fixed_lines(dice: Dice, country: str, areas: Texts) -> Texts:
    """Fixed-line numbers as `calling code|area|rest`, the area without its trunk zero."""
    n, code = len(areas), CALLING_CODE[country]
    if country == "US":
        return texts([f"1|{a}|{x}{rest:04d}" for a, x, rest in _us_parts(dice, areas)])
    heads = {"HK": "2", "GB": "3", "TW": "23"}.get(country, "2345678")
    first, rest = dice.pick(heads, n), dice.digits(12, n)
    out = []
    for area, head, tail in zip(areas, first, rest, strict=True):
        plain = area.lstrip("0")
        head = "2" if country == "GB" and plain == "29" else head
        out.append(f"{code}|{plain}|{head}{tail[: _fixed_width(country, plain) - 1]}")
    return texts(out)


def _us_parts(dice: Dice, areas: Texts) -> zip[tuple[str, int, int]]:
    n = len(areas)
    return zip(areas, dice.between(220, 989, n).tolist(), dice.below(10**4, n).tolist(), strict=True)
