"""Two phone numbers, e-mail addresses, identifiers, dates or texts."""

from __future__ import annotations

import re

from rapidfuzz.distance import OSA

from custhub.clean.cleaned import Result
from custhub.clean.verdict import Verdict, no, open_, yes

_SLIPS = 2


def texts(left: Result, right: Result) -> Verdict:
    """Keys decide."""
    return yes("key", "Same text.") if left.key == right.key else no("else", "Different texts.")


def identifiers(left: Result, right: Result) -> Verdict:
    """Two good numbers match or contradict; a number with a fault may be the other with a slip."""
    one, other = left.display or "", right.display or ""
    kinds = left.parts[0], right.parts[0]
    if one == other:
        if left.valid is False and left.key is None:
            return open_("invalid", "Same text, but the number is wrong.")
        return yes("number", "Same number.")
    codes = left.parts[2], right.parts[2]
    if codes[0] and codes[0] == codes[1]:
        return yes("org_code", "Same organisation code inside.")
    if None not in kinds and set(kinds) == {"cn_id", "cn_id_15"} and _same_person(one, other):
        return yes("first_generation", "The old number of fifteen digits inside the new one.")
    if left.valid and right.valid:
        return no("number", "Two good numbers that differ.")
    comparable = abs(len(one) - len(other)) <= _SLIPS and min(len(one), len(other)) >= 6
    checked = left.valid is not None or right.valid is not None
    if comparable and checked and OSA.distance(one, other, score_cutoff=_SLIPS) <= _SLIPS:
        return open_("slip", "One number is wrong and a slip away from the other.")
    if _spreadsheet(left, right) or _spreadsheet(right, left):
        return open_("spreadsheet_damage", "The digits that a spreadsheet left agree.")
    return no("number", "Different numbers.")


def _same_person(one: str, other: str) -> bool:
    old, new = sorted((one, other), key=len)
    return new[:6] + new[8:17] == old


def _spreadsheet(damaged: Result, whole: Result) -> bool:
    if "spreadsheet_damage" not in damaged.reasons:
        return False
    text = (damaged.display or "").upper()
    if "E" in text:
        digits = text.partition("E")[0].replace(".", "").replace(",", "")
        return len(digits) >= 5 and (whole.display or "").startswith(digits[:-1])
    return len(text) == len(whole.display or "") and (whole.display or "")[:15] == text[:15]


def dates(left: Result, right: Result) -> Verdict:
    """A date known to the year or month agrees as far as it goes; swapped or slipped digits are for review."""
    one, other = left.display or "", right.display or ""
    if one == other:
        return yes("date", "Same date.")
    short, long = sorted((one, other), key=len)
    if len(short) < len(long):
        return (
            open_("less_exact", "Agrees as far as it is known.")
            if long.startswith(short)
            else no("date", "Different dates.")
        )
    if one[:4] == other[:4] and one[5:7] == other[8:] and one[8:] == other[5:7]:
        return open_("day_month", "Day and month may be swapped.")
    if OSA.distance(one, other, score_cutoff=1) == 1:
        return open_("slip", "One digit differs.")
    return no("date", "Different dates.")


def phones(left: Result, right: Result) -> Verdict:
    """Shared lines and incomplete numbers are for review."""
    one, other = left.parts[0], right.parts[0]
    if "masked" in left.reasons + right.reasons:
        return _masked(left, right)
    if one and other:
        return _complete(left, right)
    national, other_national = left.parts[4], right.parts[4]
    if national and other_national:
        short, long = sorted((national, other_national), key=len)
        if long.endswith(short):
            return open_("area_code_missing", "The number agrees as far as it is known.")
        return no("number", "Different numbers.")
    if left.display == right.display:
        return open_("unreadable", "Same text, but it is no number.")
    return no("number", "Different numbers.")


def _complete(left: Result, right: Result) -> Verdict:
    if left.parts[0] != right.parts[0]:
        return no("number", "Different numbers.")
    if left.parts[3] == "toll_free":
        return open_("shared_line", "A service number is shared by many.")
    if left.parts[1] != right.parts[1]:
        return open_("extension", "Same line, other desk.")
    return yes("number", "Same number.")


def _masked(left: Result, right: Result) -> Verdict:
    patterns = [re.sub(r"^\+?86(?=1[0-9*]{10}$)", "", part.parts[4] or "") for part in (left, right)]
    one, other = (pattern.lstrip("+") for pattern in patterns)
    if len(one) == len(other) and all(a == b or "*" in (a, b) for a, b in zip(one, other, strict=True)):
        return open_("masked", "The digits that are shown agree.")
    return no("number", "Different numbers.")


def emails(left: Result, right: Result) -> Verdict:
    """Same box, as far as the provider tells; desks and throw-away boxes are for review."""
    if "dummy" in left.reasons + right.reasons:
        return no("dummy", "A made-up address is never evidence.")
    if not left.valid or not right.valid:
        mended = {left.display, left.parts[4]} & {right.display, right.parts[4]} - {None}
        return (
            open_("suggestion", "The same address when a slip is mended.")
            if mended
            else no("address", "Not an address.")
        )
    if left.key == right.key:
        if left.parts[2]:
            return open_("role", "A desk's address is shared.")
        if "disposable_domain" in left.reasons:
            return open_("disposable", "A throw-away address.")
        return yes("box", "Same box.")
    return _other_box(left, right)


def _other_box(left: Result, right: Result) -> Verdict:
    mended = {left.display, left.parts[4]} & {right.display, right.parts[4]} - {None}
    if mended:
        return open_("suggestion", "The same address when a slip is mended.")
    one, other = left.parts[1] or "", right.parts[1] or ""
    same_local = left.parts[0] == right.parts[0]
    if same_local and not left.parts[2] and not left.parts[3] and not right.parts[3] and _brand(one) == _brand(other):
        return open_("sister_domain", "Same name at a sister domain.")
    return no("address", "Different addresses.")


def _brand(domain: str) -> str:
    """The label of a domain that was chosen: han of han.com.cn."""
    labels = domain.split(".")
    while len(labels) > 1 and (len(labels[-1]) <= 4 or labels[-1] in ("group", "global")):
        last = labels.pop()
        if len(last) != 2 and len(labels) >= 1:
            break
    while len(labels) > 1 and labels[-1] in ("com", "co", "net", "org", "gov", "edu", "ac"):
        labels.pop()
    return labels[-1]
