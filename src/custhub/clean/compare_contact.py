"""Two phone numbers, two e-mail addresses."""

from __future__ import annotations

import re

from custhub.clean.cleaned import Result
from custhub.clean.verdict import Verdict, no, open_, yes


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
