"""Numbering plans: which digits are a number of which country and kind.

The answers are those of phonenumbers, whose patterns it compiles by country and length; what is out of the ordinary
(carrier codes, international prefixes, numbers of no country) is left to phonenumbers itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import phonenumbers
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata

_Matches = Callable[[str], object]
_LONGEST = 15  # of numbers that are read here; phonenumbers knows what to do with longer ones
_PHONE_TYPES = phonenumbers.PhoneNumberType
_KINDS = {
    _PHONE_TYPES.MOBILE: "mobile",
    _PHONE_TYPES.TOLL_FREE: "toll_free",
    _PHONE_TYPES.SHARED_COST: "toll_free",
    _PHONE_TYPES.UAN: "toll_free",
    _PHONE_TYPES.FIXED_LINE: "fixed",
    _PHONE_TYPES.FIXED_LINE_OR_MOBILE: "unknown",
}
_ORDER = (
    ("premium_rate", "unknown"),
    ("toll_free", "toll_free"),
    ("shared_cost", "toll_free"),
    ("voip", "unknown"),
    ("personal_number", "unknown"),
    ("pager", "unknown"),
    ("uan", "toll_free"),
    ("voicemail", "unknown"),
)
"""The kinds that are tried before fixed and mobile lines, in the order of phonenumbers."""


class Number(NamedTuple):
    """A number that exists by its country's plan; `country` is null for numbers of no country."""

    calling_code: int
    national: str
    country: str | None
    kind: str


class _Desc(NamedTuple):
    pattern: str
    lengths: frozenset[int]

    @property
    def matches(self) -> _Matches:
        return re.compile(self.pattern).fullmatch

    def at(self, length: int) -> _Matches | None:
        return self.matches if not self.lengths or length in self.lengths else None


class _Kinds(NamedTuple):
    """The patterns for numbers of one length."""

    general: _Matches
    others: Callable[[str], re.Match[str] | None]
    named: tuple[str, ...]  # the kinds of the groups of `others`
    fixed: _Matches | None
    mobile: _Matches | None


@dataclass(frozen=True, slots=True)
class _Plan:
    """A country's plan. It is simple when its trunk prefix is only taken away, not replaced by other digits."""

    country: str
    calling_code: int
    general: _Matches
    lengths: dict[int, _Kinds]
    local_lengths: frozenset[int]
    trunk: _Matches | None
    simple: bool
    international: _Matches | None
    leading: _Matches | None
    same: bool  # one pattern for fixed and mobile lines

    def kind(self, national: str) -> str | None:
        kinds = self.lengths.get(len(national))
        if not kinds or not kinds.general(national):
            return None
        other = kinds.others(national)
        if other and other.lastindex:
            return kinds.named[other.lastindex - 1]
        if kinds.fixed and kinds.fixed(national):
            return "unknown" if self.same or (kinds.mobile and kinds.mobile(national)) else "fixed"
        return "mobile" if not self.same and kinds.mobile and kinds.mobile(national) else None

    def without_trunk(self, digits: str) -> str:
        """The national number: without the trunk prefix where what is left may be a number."""
        match: Any = self.trunk(digits) if self.trunk else None
        if not match:
            return digits
        rest = digits[match.end() :]
        if self.general(digits) and not self.general(rest):
            return digits
        size = len(rest)
        if size in self.local_lengths or not (size in self.lengths or size > max(self.lengths)):
            return digits
        return rest


def _desc(given: Any) -> _Desc | None:
    if given is None or not given.national_number_pattern:
        return None
    lengths = frozenset(given.possible_length)
    return None if lengths == {-1} else _Desc(given.national_number_pattern, lengths)


@cache
def _plan(region: str) -> _Plan | None:
    """Null for what is no country of phonenumbers."""
    found: Any = PhoneMetadata.metadata_for_region(region, None)
    general = _desc(found.general_desc) if found else None
    if found is None or general is None or not general.lengths:
        return None
    prefix = found.national_prefix_for_parsing
    return _Plan(
        region,
        found.country_code,
        general.matches,
        {length: _kinds(found, general.matches, length) for length in general.lengths},
        frozenset(found.general_desc.possible_length_local_only),
        re.compile(prefix).match if prefix else None,
        not found.national_prefix_transform_rule,
        re.compile(found.international_prefix).match if found.international_prefix else None,
        re.compile(found.leading_digits).match if found.leading_digits else None,
        bool(found.same_mobile_and_fixed_line_pattern),
    )


def _kinds(found: Any, general: _Matches, length: int) -> _Kinds:
    others = [(desc, kind) for name, kind in _ORDER if (desc := _desc(getattr(found, name))) and desc.at(length)]
    fixed, mobile = _desc(found.fixed_line), _desc(found.mobile)
    return _Kinds(
        general,
        re.compile("|".join(f"({desc.pattern})" for desc, _ in others)).fullmatch,
        tuple(kind for _, kind in others),
        fixed.at(length) if fixed else None,
        mobile.at(length) if mobile else None,
    )


@cache
def _plans(calling_code: int) -> tuple[_Plan, ...] | None:
    """The plans under a calling code, the main country's first; null when one of them is missing."""
    regions = COUNTRY_CODE_TO_REGION_CODE.get(calling_code, ())
    plans = tuple(plan for region in regions if (plan := _plan(region)))
    return plans if plans and len(plans) == len(regions) else None


def find(digits: str, region: str | None) -> Number | None:
    """The number that digits mean: with their calling code when `region` is null, else dialled in that region."""
    if len(digits) > _LONGEST:
        return _asked(digits, region)
    if region is None:
        code, plans = _calling_code(digits)
        if plans is None or not plans[0].simple:
            return _asked(digits, region)
        return _by_plans(plans, plans[0].without_trunk(digits[len(str(code)) :]))
    home = _plan(region)
    plans = _plans(home.calling_code) if home else None
    if home is None or plans is None or not home.simple or (home.international and home.international(digits)):
        return _asked(digits, region)
    if digits.startswith(str(home.calling_code)):
        return _asked(digits, region)
    return _by_plans(plans, home.without_trunk(digits))


def _calling_code(digits: str) -> tuple[int, tuple[_Plan, ...] | None]:
    for size in (1, 2, 3):
        code = int(digits[:size])
        if code in COUNTRY_CODE_TO_REGION_CODE:
            return code, _plans(code) if digits[0] != "0" else None
    return 0, None


def _by_plans(plans: tuple[_Plan, ...], national: str) -> Number | None:
    """The country is the one whose plan has the number; with one plan there is no choice."""
    for plan in plans:
        led = len(plans) > 1 and plan.leading
        if led and not led(national):
            continue
        kind = plan.kind(national)
        if kind or led:
            return Number(plan.calling_code, national, plan.country, kind) if kind else None
    return None


def _asked(digits: str, region: str | None) -> Number | None:
    """The answer of phonenumbers."""
    try:
        parsed: Any = phonenumbers.parse(digits if region else f"+{digits}", region)
    except phonenumbers.NumberParseException:
        return None
    kind = phonenumbers.number_type(parsed)
    if kind == _PHONE_TYPES.UNKNOWN:
        return None
    national = phonenumbers.national_significant_number(parsed)
    country: str | None = phonenumbers.region_code_for_number(parsed)
    return Number(parsed.country_code, national, country, _KINDS.get(kind, "unknown"))
