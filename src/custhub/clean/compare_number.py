"""Two identifiers, two dates, two texts."""

from __future__ import annotations

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
