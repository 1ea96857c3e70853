"""Identifiers with right check digits, and phone numbers of right shape."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from stdnum import luhn
from stdnum.at import uid
from stdnum.cn import ric
from stdnum.cn import uscc as social_credit
from stdnum.fr import siren
from stdnum.gb import vat
from stdnum.iso7064 import mod_11_10
from stdnum.tw import ubn

from custhub.demo import facts
from custhub.demo.dice import Dice, Mask, Texts, texts

_USCC = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORG_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def uscc(dice: Dice, division: Texts) -> Texts:
    """Unified social credit codes of companies (91) registered in the given six-digit divisions."""
    n = len(division)
    fresh = dice.chance(n, 0.5)
    tail = dice.below(len(_USCC) ** 4, n)
    alnum = ["".join(_USCC[t // len(_USCC) ** k % len(_USCC)] for k in range(4)) for t in tail.tolist()]
    old = dice.digits(8, n)
    organisations = [f"MA{d[:2]}{a}" if f else d for f, a, d in zip(fresh.tolist(), alnum, old, strict=True)]
    bodies = [f"91{place}{o}{_organisation_check(o)}" for place, o in zip(division, organisations, strict=True)]
    return texts([f"{body}{social_credit.calc_check_digit(body)}" for body in bodies])


def _organisation_check(code: str) -> str:
    """The check digit of an organisation code, which stands inside the social credit code."""
    total = sum(int(sign, 36) * weight for sign, weight in zip(code, _ORG_WEIGHTS, strict=True))
    return "0123456789X"[-total % 11]


def resident_id(dice: Dice, division: Texts, born: Texts, male: Mask) -> Texts:
    """Resident identity numbers; `born` are ISO dates, `male` tells the serial number's parity."""
    n = len(division)
    serial = dice.between(0, 498, n) * 2 + 1 + np.where(male, 0, 1)
    parts = zip(division, born, serial.tolist(), strict=True)
    bodies = [f"{place}{day.replace('-', '')}{number:03d}" for place, day, number in parts]
    return texts([f"{body}{ric.calc_check_digit(body + '0')}" for body in bodies])


def taiwan_ubn(dice: Dice, n: int) -> Texts:
    """Unified business numbers that hold under the old rule (mod 10) and under the new one (mod 5)."""
    body = dice.digits(6, n)
    seventh = dice.pick("012345689", n)  # a 7 there has two readings
    seven = [b + s for b, s in zip(body, seventh, strict=True)]
    return texts([f"{s}{-ubn.calc_checksum(s) % 10}" for s in seven])


_VAT: dict[str, tuple[int, Callable[[str], str]]] = {
    "DE": (8, lambda body: f"DE{body}{mod_11_10.calc_check_digit(body)}"),
    "AT": (7, lambda body: f"ATU{body}{uid.calc_check_digit(f'U{body}')}"),
    "FR": (8, lambda body: f"FR{siren.to_tva(body + luhn.calc_check_digit(body))}"),
    "ES": (7, lambda body: f"ESB{body}{luhn.calc_check_digit(body)}"),
    "GB": (7, lambda body: f"GB{body}{97 - vat.checksum(body):02d}"),
}
"""How many digits a country's VAT numbers have before their check digits, and the whole number."""
_EIN_PREFIXES = ("20", "26", "27", "45", "46", "47", "81", "82", "83", "84")


def company_number(dice: Dice, country: str, n: int) -> Texts:
    """VAT numbers; employer numbers for the USA, business registration numbers for Hong Kong."""
    if country in _VAT:
        width, whole = _VAT[country]
        return texts([whole(body) for body in dice.digits(width, n)])
    if country == "US":
        parts = zip(dice.pick(_EIN_PREFIXES, n), dice.digits(7, n), strict=True)
        return texts([f"{prefix}-{tail}" for prefix, tail in parts])
    return dice.digits(8, n)


def _fixed_width(country: str, area: str) -> int:
    """Digits of a fixed-line number after its area code."""
    if country in ("ES", "GB"):
        return (9 if country == "ES" else 10) - len(area)
    short = area in facts.words("CN", "seven_digit_areas") if country == "CN" else country in ("DE", "AT")
    return 7 if short or (country == "TW" and area not in ("2", "4")) else 8


def mobiles(dice: Dice, country: str, areas: Texts) -> Texts:
    """Mobile numbers as `calling code|prefix|rest`; in the USA they have an area code like any other."""
    if country == "US":
        return _american(dice, areas)
    n, code, width = len(areas), facts.text(country, "calling_code"), int(facts.text(country, "mobile_rest"))
    form = "|{}" if country == "HK" else "{}|"  # what begins a mobile number in Hong Kong is no area code
    heads = [form.format(prefix) for prefix in facts.words(country, "mobile")]
    parts = zip(dice.pick(heads, n), dice.below(10**width, n).tolist(), strict=True)
    return texts([f"{code}|{head}{rest:0{width}d}" for head, rest in parts])


def fixed_lines(dice: Dice, country: str, areas: Texts) -> Texts:
    """Fixed-line numbers as `calling code|area|rest`, the area without its trunk zero."""
    if country == "US":
        return _american(dice, areas)
    n, code = len(areas), facts.text(country, "calling_code")
    first, rest = dice.pick(facts.text(country, "fixed_first"), n), dice.digits(12, n)
    out = []
    for area, head, tail in zip(areas, first, rest, strict=True):
        plain = area.lstrip("0")
        head = "2" if country == "GB" and plain == "29" else head
        out.append(f"{code}|{plain}|{head}{tail[: _fixed_width(country, plain) - 1]}")
    return texts(out)


def _american(dice: Dice, areas: Texts) -> Texts:
    n = len(areas)
    parts = zip(areas, dice.between(220, 989, n).tolist(), dice.below(10**4, n).tolist(), strict=True)
    return texts([f"1|{area}|{exchange}{rest:04d}" for area, exchange, rest in parts])
