"""The types of identifier: form, check digits, what older form they had. stdnum does what it does well."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from operator import mul

from stdnum import get_cc_module, iban, lei
from stdnum.eu import vat
from stdnum.exceptions import ValidationError
from stdnum.tw import ubn

_USCC = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_VALUE = {char: value for value, char in enumerate(_USCC)}
_USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_PROVINCES = frozenset(["11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42", "43", "44", "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "71", "81", "82", "83"])  # fmt: skip
_uscc = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}").fullmatch
_resident = re.compile(r"[0-9]{17}[0-9X]").fullmatch
_hkid = re.compile(r"([A-Z]{1,2})([0-9]{6})\(?([0-9A])\)?").fullmatch
_tw_id = re.compile(r"[A-Z][1289][0-9]{8}").fullmatch
_ubn = re.compile(r"[0-9]{8}").fullmatch
_UBN_WEIGHTS = (1, 2, 1, 2, 1, 2, 4, 1)
_plain_vat = re.compile(r"[A-Z]{2}[0-9A-Z]+").fullmatch
_org = re.compile(r"[0-9A-Z]{8}[0-9X]").fullmatch
_ORG_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_TW_LETTERS = dict(zip("ABCDEFGHJKLMNPQRSTUVXYWZIO", range(10, 36), strict=True))

Fault = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class IdentifierType:
    """`fault` gives the reason code of what is wrong with a compact number, or null."""

    name: str
    country: str | None
    fault: Fault
    shape: re.Pattern[str]
    length: int | None = None  # of all-digit types that may have lost leading zeros
    ambiguous_letters: bool = False  # I and O never occur

    def fold(self, compact: str) -> str:
        if self.name == "hkid":
            return compact.replace("(", "").replace(")", "")
        if not self.ambiguous_letters or not ("O" in compact or "I" in compact) or self.fault(compact) is None:
            return compact
        return compact.replace("O", "0").replace("I", "1")

    def padded(self, compact: str) -> str | None:
        """The number with the leading zeros that a spreadsheet took, when it is one or two short."""
        if self.length and compact.isdigit() and self.length - 2 <= len(compact) < self.length:
            return compact.zfill(self.length)
        return None

    def show(self, compact: str) -> str:
        return f"{compact[:-1]}({compact[-1]})" if self.name == "hkid" else compact

    def doubts(self, compact: str) -> tuple[str, ...]:
        return ("unknown_province",) if self.name == "cn_id" and compact[:2] not in _PROVINCES else ()


def _uscc_fault(code: str) -> str | None:
    if not _uscc(code):
        return "wrong_length" if len(code) != 18 else "wrong_signs"
    if not code.strip("0"):
        return "placeholder"
    total = sum(map(mul, map(_USCC_VALUE.__getitem__, code[:17]), _USCC_WEIGHTS))
    if _USCC[(31 - total % 31) % 31] == code[17]:
        return None
    return "spreadsheet_damage" if code.endswith("000") else "wrong_checksum"


def _resident_fault(code: str) -> str | None:
    if not _resident(code):
        return "wrong_length" if len(code) != 18 else "wrong_signs"
    if not _is_day(code[6:14]):
        return "no_such_day"
    total = sum(map(mul, map(int, code[:17]), _ID_WEIGHTS))
    if "10X98765432"[total % 11] == code[17]:
        return None
    return "spreadsheet_damage" if code.endswith("000") else "wrong_checksum"


_BIRTHS = range(1850, 2045)


def _is_day(digits: str) -> bool:
    try:
        return datetime.date(int(digits[:4]), int(digits[4:6]), int(digits[6:8])).year in _BIRTHS
    except ValueError:
        return False


def _org_fault(code: str) -> str | None:
    if not _org(code):
        return "wrong_length" if len(code) != 9 else "wrong_signs"
    if not code.strip("0"):
        return "placeholder"
    total = sum(int(char, 36) * weight for char, weight in zip(code, _ORG_WEIGHTS, strict=False))
    return None if "0123456789X0"[11 - total % 11] == code[8] else "wrong_checksum"


def _hkid_fault(code: str) -> str | None:
    match = _hkid(code)
    if not match:
        return "wrong_signs"
    letters = match[1].rjust(2)
    values = [36 if char == " " else int(char, 36) for char in letters] + [int(digit) for digit in match[2]]
    total = sum(value * weight for value, weight in zip(values, range(9, 1, -1), strict=True))
    check = (11 - total % 11) % 11
    return None if ("A" if check == 10 else str(check)) == match[3] else "wrong_checksum"


def _tw_id_fault(code: str) -> str | None:
    if not _tw_id(code):
        return "wrong_signs"
    area = _TW_LETTERS[code[0]]
    total = (
        area // 10 + area % 10 * 9 + sum(int(d) * w for d, w in zip(code[1:], (8, 7, 6, 5, 4, 3, 2, 1, 1), strict=True))
    )
    return None if total % 10 == 0 else "wrong_checksum"


def _ubn_fault(code: str) -> str | None:
    if not code.strip("0"):
        return "placeholder"
    if not _ubn(code):
        return _stdnum_fault(ubn.validate, code)
    total = sum(map(int, "".join([str(int(digit) * weight) for digit, weight in zip(code, _UBN_WEIGHTS, strict=True)])))
    return None if total % 10 == 0 or (total % 10 == 9 and code[6] == "7") else "wrong_checksum"


def _digits_fault(count: int) -> Fault:
    def fault(code: str) -> str | None:
        if not code.strip("0"):
            return "placeholder"
        return None if code.isdigit() and len(code) == count else "wrong_length"

    return fault


def _old_id_fault(code: str) -> str | None:
    if not (len(code) == 15 and code.isascii() and code.isdigit()):
        return "wrong_length"
    return None if _is_day("19" + code[6:12]) else "no_such_day"


def _stdnum_fault(validate: Callable[[str], str], code: str) -> str | None:
    try:
        validate(code)
    except ValidationError as error:
        return {
            "InvalidLength": "wrong_length",
            "InvalidFormat": "wrong_signs",
            "InvalidChecksum": "wrong_checksum",
        }.get(type(error).__name__, "wrong_part")
    except (KeyError, ValueError, IndexError, TypeError):
        return "wrong_signs"  # some of stdnum's modules stumble over signs they do not expect
    return None


def _type(name: str, country: str | None, fault: Fault, shape: str, *, length: int | None = None, letters: bool = False) -> IdentifierType:  # fmt: skip
    return IdentifierType(name, country, fault, re.compile(shape), length, letters)


TYPES: dict[str, IdentifierType] = {
    kind.name: kind
    for kind in (
        _type("uscc", "CN", _uscc_fault, r"[0-9A-Z]{18}", letters=True),
        _type("cn_id", "CN", _resident_fault, r"[0-9]{17}[0-9X]"),
        _type("cn_id_15", "CN", _old_id_fault, r"[0-9]{15}"),
        _type("cn_old_reg", "CN", _digits_fault(15), r"[0-9]{15}"),
        _type("org_code", "CN", _org_fault, r"[0-9A-Z]{8}[0-9X]"),
        _type("tw_ubn", "TW", _ubn_fault, r"[0-9]{8}", length=8),
        _type("tw_id", "TW", _tw_id_fault, r"[A-Z][0-9]{9}"),
        _type("hkid", "HK", _hkid_fault, r"[A-Z]{1,2}[0-9]{6}\(?[0-9A]\)?"),
        _type("hk_br", "HK", _digits_fault(8), r"[0-9]{8}", length=8),
        _type("lei", None, lambda code: _stdnum_fault(lei.validate, code), r"[0-9A-Z]{18}[0-9]{2}"),
        _type("iban", None, lambda code: _stdnum_fault(_iban, code), r"[A-Z]{2}[0-9]{2}[0-9A-Z]{11,30}"),
        _type("vat", None, lambda code: _vat_fault(code), r"[A-Z]{2}[0-9A-Z+*]{2,12}"),
        _type("duns", None, _digits_fault(9), r"[0-9]{9}", length=9),
    )
}
"""The types with a name of their own; any module of python-stdnum also goes by its name (`jp.cn`, `de.idnr`)."""

_ALIASES = {
    "cn.uscc": "uscc", "usci": "uscc", "resident_id": "cn_id", "cn.ric": "cn_id", "ubn": "tw_ubn", "tw.ubn": "tw_ubn",
    "eu.vat": "vat", "vat_id": "vat", "cn_org_code": "org_code", "hk_id": "hkid", "d-u-n-s": "duns", "tax_cn": "uscc",
}  # fmt: skip


def _iban(code: str) -> str:
    """Length, signs and check digits; whether a bank is in stdnum's list of today says nothing."""
    return iban.validate(code, check_country=False)


def _vat_fault(code: str) -> str | None:
    if code.startswith("GB"):
        return _stdnum_fault(import_module("stdnum.gb.vat").validate, code)
    if code.startswith("CHE"):
        return _stdnum_fault(import_module("stdnum.ch.uid").validate, code)
    validate = _vat_of(code[:2]) if _plain_vat(code) else None
    return _stdnum_fault(validate or vat.validate, code)


@cache
def _vat_of(prefix: str) -> Callable[[str], str] | None:
    """The check of a member state, straight: what `vat.validate` cleans is clean here."""
    country = {"EL": "gr", "XI": "gb"}.get(prefix, prefix.lower())
    if country not in vat.MEMBER_STATES and prefix != "XI":
        return None
    module = get_cc_module(country, "vat")
    return module.validate if module else None


@cache
def named(name: str, region: str) -> IdentifierType | None:
    """The type of that name: one of TYPES, an alias, or a module of python-stdnum. Null when nobody knows it."""
    plain = name.strip().lower()
    plain = _ALIASES.get(plain, plain)
    if plain in TYPES:
        return TYPES[plain]
    dotted = plain.replace("_", ".", 1)
    if not re.fullmatch(r"[a-z]{2,12}(\.[a-z0-9_]{2,20})?", dotted):
        return None
    try:
        validate = import_module(f"stdnum.{dotted}").validate
    except (ImportError, AttributeError):
        return None
    country = dotted[:2].upper() if "." in dotted else None
    return IdentifierType(plain, country, lambda code: _stdnum_fault(validate, code), re.compile(".*"))


_LENGTHS = {
    "uscc": (18, 18), "cn_id": (18, 18), "lei": (20, 20), "iban": (15, 34), "vat": (4, 14), "hkid": (8, 11), "tw_id": (10, 10),
    "org_code": (9, 9), "cn_id_15": (15, 15), "cn_old_reg": (15, 15), "tw_ubn": (8, 8),
}  # fmt: skip
"""The types that a number is tried as, strongest first, with the lengths that their shapes have."""
_AT_HOME = {"org_code": "CN", "cn_id_15": "CN", "cn_old_reg": "CN", "tw_ubn": "TW"}


@cache
def _of_length(length: int, region: str) -> tuple[IdentifierType, ...]:
    return tuple(
        TYPES[name]
        for name, (least, most) in _LENGTHS.items()
        if least <= length <= most and _AT_HOME.get(name, region) == region
    )


def candidates(compact: str, region: str) -> Iterator[IdentifierType]:
    """The types whose form a number has and whose check digits tell it from a chance hit, strongest first."""
    for kind in _of_length(min(len(compact), 40), region):
        if kind.shape.fullmatch(compact):
            yield kind


def lookalikes(compact: str) -> Iterator[IdentifierType]:
    """The type that a number with a slip most likely has."""
    if len(compact) == 18:
        starts_like_id = compact[:17].isdigit() and compact[6:8] in ("18", "19", "20") and _is_day(compact[6:14])
        if TYPES["uscc"].shape.fullmatch(compact):
            yield TYPES["cn_id"] if starts_like_id else TYPES["uscc"]


def older_form(compact: str, kind: IdentifierType) -> str | None:
    """The older number that was given in place of a current one."""
    if kind.name == "uscc" and _org_fault(compact) is None:
        return "org_code"
    if kind.name == "uscc" and re.fullmatch("[0-9]{15}", compact):
        return "cn_old_reg"
    if kind.name == "cn_id" and _old_id_fault(compact) is None:
        return "cn_id_15"
    return None


def org_code(compact: str, name: str) -> str | None:
    """The nine-character organisation code in a number: what the old and the new code of a company share."""
    if name == "uscc":
        return compact[8:17]
    return compact if name == "org_code" else None
