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
    matches: _Matches
    lengths: frozenset[int]

    def has(self, national: str) -> bool:
        return (not self.lengths or len(national) in self.lengths) and self.matches(national) is not None


@dataclass(frozen=True, slots=True)
class _Plan:
    """A country's plan. `trunk` is its prefix pattern when it only takes digits away."""

    country: str
    calling_code: int
    general: _Desc
    longest: int
    local_lengths: frozenset[int]
    trunk: _Matches | None
    simple: bool
    international: _Matches | None
    leading: _Matches | None
    kinds: tuple[tuple[_Desc, str], ...]
    fixed: _Desc | None
    mobile: _Desc | None
    same: bool

    def kind(self, national: str) -> str | None:
        if not self.general.has(national):
            return None
        for desc, kind in self.kinds:
            if desc.has(national):
                return kind
        if self.fixed and self.fixed.has(national):
            both = self.same or (self.mobile and self.mobile.has(national))
            return "unknown" if both else "fixed"
        return "mobile" if not self.same and self.mobile and self.mobile.has(national) else None

    def without_trunk(self, digits: str) -> str:
        """The national number: without the trunk prefix where what is left may be a number."""
        match: Any = self.trunk(digits) if self.trunk else None
        if not match:
            return digits
        rest = digits[match.end() :]
        matches = self.general.matches
        if matches(digits) is not None and matches(rest) is None:
            return digits
        size = len(rest)
        if size in self.local_lengths or not (size in self.general.lengths or size > self.longest):
            return digits
        return rest


def _desc(given: Any) -> _Desc | None:
    if given is None or not given.national_number_pattern:
        return None
    lengths = frozenset(given.possible_length)
    return None if lengths == {-1} else _Desc(re.compile(given.national_number_pattern).fullmatch, lengths)


@cache
def _plan(region: str) -> _Plan | None:
    """Null for what is no country of phonenumbers."""
    found = PhoneMetadata.metadata_for_region(region, None)
    general = _desc(found.general_desc) if found else None
    if found is None or general is None or not general.lengths:
        return None
    prefix, same = found.national_prefix_for_parsing, found.same_mobile_and_fixed_line_pattern
    kinds = tuple((desc, kind) for name, kind in _ORDER if (desc := _desc(getattr(found, name))))
    return _Plan(
        region,
        found.country_code,
        general,
        max(general.lengths),
        frozenset(found.general_desc.possible_length_local_only),
        re.compile(prefix).match if prefix else None,
        not found.national_prefix_transform_rule,
        re.compile(found.international_prefix).match if found.international_prefix else None,
        re.compile(found.leading_digits).match if found.leading_digits else None,
        kinds,
        _desc(found.fixed_line),
        _desc(found.mobile),
        bool(same),
    )


@cache
def _plans(calling_code: int) -> tuple[_Plan, ...] | None:
    """The plans under a calling code, the main country's first; null when one of them is out of the ordinary."""
    regions = COUNTRY_CODE_TO_REGION_CODE.get(calling_code, ())
    plans = tuple(plan for region in regions if (plan := _plan(region)))
    return plans if plans and len(plans) == len(regions) and all(plan.simple for plan in plans) else None


def find(digits: str, region: str | None) -> Number | None:
    """The number that digits mean: with their calling code when `region` is null, else dialled in that region."""
    if len(digits) > _LONGEST:
        return _asked(digits, region)
    if region is None:
        code, plans = _calling_code(digits)
        if plans is None:
            return _asked(digits, region)
        return _by_plans(plans, plans[0].without_trunk(digits[len(str(code)) :]))
    home = _plan(region)
    plans = _plans(home.calling_code) if home else None
    if home is None or plans is None or (home.international and home.international(digits)):
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
        if len(plans) > 1 and plan.leading:
            if not plan.leading(national):
                continue
            kind = plan.kind(national)
        else:
            kind = plan.kind(national)
            if kind is None:
                continue
        return Number(plan.calling_code, national, plan.country, kind) if kind and len(national) > 1 else None
    return None


def _asked(digits: str, region: str | None) -> Number | None:
    """The answer of phonenumbers."""
    try:
        parsed = phonenumbers.parse(digits if region else f"+{digits}", region)
    except phonenumbers.NumberParseException:
        return None
    kind = phonenumbers.number_type(parsed)
    if kind == _PHONE_TYPES.UNKNOWN:
        return None
    national = phonenumbers.national_significant_number(parsed)
    country: str | None = phonenumbers.region_code_for_number(parsed)
    return Number(parsed.country_code, national, country, _KINDS.get(kind, "unknown"))
