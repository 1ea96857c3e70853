"""Dates of any calendar that customers' systems hold, as ISO 8601 text. An ambiguous date is not guessed."""

from __future__ import annotations

import datetime
import re

from custhub.clean import text
from custhub.clean.cleaned import Options, Result, nothing
from custhub.clean.facts import rows
from custhub.clean.numerals import HAN_NUMERAL, in_digits

_iso = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII).fullmatch
_TIME = re.compile(
    r"(?:[T ]|(?<=[日号]))\s*(?:[上中下]午|[早晚]上|凌晨|[AP]M)?\s*(\d{1,2})[:时点]\d{2}分?(?::\d{2}(?:[.,]\d{1,9})?)?\s*(?:[AP]M)?\s*(?:Z|UTC|GMT|[+-]\d{2}:?\d{2})?$",
    re.IGNORECASE | re.ASCII,
)
_ymd = re.compile(r"(\d{4})\s*[-/.年 ]\s*(\d{1,2})\s*[-/.月 ]\s*(\d{1,2})\s*[日号]?", re.ASCII).fullmatch
_ym = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*月?", re.ASCII).fullmatch
_y = re.compile(r"(\d{4})\s*年?", re.ASCII).fullmatch
_era = re.compile(
    r"(民国|中华民国|民|ROC|R\.O\.C\.|令和|平成|昭和|大正|明治|[RHSTM])\.?\s*(前)?\s*(\d{1,3}|元)\s*(?:年|[-/.年]\s*(\d{1,2})\s*(?:月|[-/.月]\s*(\d{1,2})\s*[日号]?))",
    re.IGNORECASE | re.ASCII,
).fullmatch
_roc = re.compile(r"0?(\d{2,3})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?", re.ASCII).fullmatch
_three = re.compile(r"(\d{1,2})\s*[-/. 年]\s*(\d{1,2})\s*[-/. 月]\s*(\d{4}|\d{1,2})\s*[日号]?", re.ASCII).fullmatch
_my = re.compile(r"(\d{1,2})\s*[-/.]\s*(\d{4})", re.ASCII).fullmatch
_day_month = re.compile(
    r"(?:[^\W\d_]{2,10},? )?(\d{1,2})(?:st|nd|rd|th|er|o|\.)?[ -]?(?:of |de )?([^\W\d_]{3,12})\.?,?[ -]?(?:de )?(\d{4}|\d{2})"
).fullmatch
_month_day = re.compile(r"(?:[^\W\d_]{3,10},? )?([^\W\d_]{3,12})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})").fullmatch
_month_year = re.compile(r"([^\W\d_]{3,12})\.?[ -](\d{4})").fullmatch
_OF_THE_YEAR = re.compile(r"(?<=\d) ?(?:г|года|r|roku)\.?$")
_number = re.compile(r"\d{4,14}(?:\.\d{1,10})?", re.ASCII).fullmatch
_han_number = re.compile(f"[{HAN_NUMERAL}元]").search
_WEEKDAY = re.compile(
    r"[\s,(]*(?:(?:星期|周|礼拜)[一二三四五六日天]|\([月火水木金土日]\)|[月火水木金土日]曜日?)\)?(?=$|\s)"
)
_BESIDE = re.compile(r"^[一-龥]{2,6}\s*:\s*|^[出诞]?生于|(?<=[日号])\s*[出诞]?生$|(?<=月)[上中下]旬$")
_FOREIGN_SIGNS = {"년": "年", "월": "月", "일": "日", "พ.ศ.": "", "ค.ศ.": "", "วันที่": ""} | {
    thai: f" {month} " for month, _, names in rows("months.tsv") for thai in names.split(" ")
}
_FOREIGN = re.compile("|".join(re.escape(sign) for sign in sorted(_FOREIGN_SIGNS, key=len, reverse=True)))
_is_foreign = re.compile("[년월일\u0e01-\u0e59]").search
_BUDDHIST = re.compile(r"(?<![0-9])2[45][0-9]{2}(?=(?:[0-9]{4})?(?![0-9]))")

_ERAS = {"令和": 2018, "r": 2018, "平成": 1988, "h": 1988, "昭和": 1925, "s": 1925, "大正": 1911, "t": 1911, "明治": 1867, "m": 1867}  # fmt: skip
_NO_DATES = frozenset(["0000-00-00", "1900-01-01", "1900-01-00", "1899-12-30", "1899-12-31", "0001-01-01", "1753-01-01", "9999-12-31", "9999-01-01", "2999-12-31", "1111-11-11", "1000-01-01", "1601-01-01"])  # fmt: skip
_DOUBTFUL = frozenset(["1970-01-01", "1901-01-01", "1980-01-01", "1904-01-01", "2099-12-31", "1950-01-01"])
_MONTHS = {name: int(month) for month, names, _ in rows("months.tsv") for name in names.split(" ")}
_ORDERS = {"US": "mdy", "PH": "mdy", "CN": "ymd", "TW": "ymd", "JP": "ymd", "KR": "ymd", "HU": "ymd", "LT": "ymd"}
_PIVOT = 30  # two-digit years below it are 20xx


def clean(raw: str, options: Options) -> Result:
    """A date, a month or a year. `valid` is false when the text is no date, a date that is none, or ambiguous."""
    iso = _iso(raw)
    if iso and iso[1] < "2400":  # later is the Buddhist calendar, or nothing
        return _dated(int(iso[1]), int(iso[2]), int(iso[3]), ())
    display = text.display_form(raw)
    if not display or text.is_placeholder(display):
        return nothing("date", "placeholder" if display else "blank")
    reasons: tuple[str, ...] = ()
    plain = display.replace("_", "-").removesuffix("Z").strip(" '.")
    if not plain.isascii():
        plain = _BESIDE.sub("", _WEEKDAY.sub("", text.simplified(plain)))
        if _is_foreign(plain):
            plain = _FOREIGN.sub(lambda match: _FOREIGN_SIGNS[match[0]], plain).strip()
    if options.region == "TH" or "พ.ศ." in display:
        buddhist = _BUDDHIST.sub(lambda match: str(int(match[0]) - 543), plain)
        reasons, plain = ("buddhist_year",) if buddhist != plain else (), buddhist
    timeless = _TIME.sub("", plain).strip()
    if timeless != plain:
        reasons = (*reasons, "time_dropped")
    if _han_number(timeless):
        reasons, timeless = (*reasons, "han_digits"), in_digits(timeless.replace("元年", "1年").replace("元月", "1月"))
    result = _read(timeless.removeprefix("公元").removeprefix("西元").strip(), options)
    return result._replace(reasons=reasons + result.reasons)


def _read(plain: str, options: Options) -> Result:
    match = _ymd(plain)
    if match:
        return _dated(int(match[1]), int(match[2]), int(match[3]), ())
    if _number(plain):
        return _from_number(plain, options)
    match = _ym(plain)
    if match:
        return _month(int(match[1]), int(match[2]))
    if _y(plain):
        return _year(int(plain[:4]))
    match = _my(plain)
    if match:
        return _month(int(match[2]), int(match[1]))
    return _from_era(plain) or _from_roc(plain, options) or _from_three(plain, options) or _from_words(plain)


def _from_number(plain: str, options: Options) -> Result:
    digits, _, fraction = plain.partition(".")
    size = len(digits)
    if not digits.strip("0") or not digits.strip("9"):
        return nothing("date", "placeholder")
    if size in (12, 14) and not fraction and "1800" < digits[:4] < "2200":
        result = _dated(int(digits[:4]), int(digits[4:6]), int(digits[6:8]), ("time_dropped",))
        return result
    if size == 8 and not fraction.strip("0"):
        return _dated(int(digits[:4]), int(digits[4:6]), int(digits[6:8]), ())
    if size == 7 and options.region == "TW":
        return _dated(int(digits[:3]) + 1911, int(digits[3:5]), int(digits[5:]), ("roc_year",))
    if size == 6 and not fraction and "1800" < digits[:4] < "2200" and "00" < digits[4:] < "13":
        return _month(int(digits[:4]), int(digits[4:]))
    if size == 5 and 10_000 <= int(digits) <= 73_050:
        day = datetime.date(1899, 12, 30) + datetime.timedelta(days=int(digits))
        return _dated(day.year, day.month, day.day, ("spreadsheet_serial",))
    if size == 4 and not fraction.strip("0"):
        return _year(int(digits))
    return nothing("date", "not_a_date", valid=False)


def _from_era(plain: str) -> Result | None:
    match = _era(plain)
    if not match:
        return None
    era, before, year, month, day = match.groups()
    count = 1 if year == "元" else int(year)
    base = _ERAS.get(era.lower())
    number, reason = (base + count, "japanese_year") if base else (1912 - count if before else 1911 + count, "roc_year")
    if not day:
        result = _month(number, int(month)) if month else _year(number)
        return result._replace(reasons=(reason, *result.reasons))
    return _dated(number, int(month), int(day), (reason,))


def _from_roc(plain: str, options: Options) -> Result | None:
    match = _roc(plain)
    if not match or not (options.region == "TW" or len(match[1]) == 3):
        return None
    if options.region == "TH":
        return None
    reason = "roc_year" if options.region == "TW" else "roc_year_assumed"
    return _dated(int(match[1]) + 1911, int(match[2]), int(match[3]), (reason,))


def _from_three(plain: str, options: Options) -> Result | None:
    match = _three(plain)
    if not match:
        return None
    first, second, last = match.groups()
    order: str | None = options.order or _ORDERS.get(options.region, "dmy")
    # A single digit is no year, and what is no month is no day in front where the year comes first.
    if (
        order == "ymd"
        and len(last) < 3
        and (options.order or "年" in plain or len(last) == 1 or 12 < int(first) < 32 > int(last))
    ):
        return _two_digit(first, int(second), int(last))
    if len(last) == 1:
        return nothing("date", "not_a_date", valid=False)
    if not options.order and order == "ymd":
        order = _only_order(int(first), int(second))
    if order is None:
        return nothing("date", "ambiguous_date", valid=False)
    if len(last) == 2 and int(first) > 31 and not options.order:  # 99/12/31 can only begin with the year
        return _two_digit(first, int(second), int(last))
    month, day = (int(first), int(second)) if order == "mdy" else (int(second), int(first))
    if len(last) == 2:
        return _two_digit(last, month, day)
    return _dated(int(last), month, day, ())


def _only_order(first: int, second: int) -> str | None:
    """The order that day and month can only have, for sources that write the year first as a rule."""
    if first == second:
        return "mdy"
    if first > 12:
        return "dmy"
    return "mdy" if second > 12 else None


def _two_digit(year: str, month: int, day: int) -> Result:
    short = int(year)
    return _dated(short + (2000 if short < _PIVOT else 1900), month, day, ("two_digit_year",))


def _from_words(plain: str) -> Result:
    lowered = _OF_THE_YEAR.sub("", plain.casefold())
    for pattern, order in ((_day_month, (3, 2, 1)), (_month_day, (3, 1, 2))):
        match = pattern(lowered)
        month = match and _MONTHS.get(match[order[1]])
        if match and month:
            if len(match[order[0]]) == 2:
                return _two_digit(match[order[0]], month, int(match[order[2]]))
            return _dated(int(match[order[0]]), month, int(match[order[2]]), ())
    match = _month_year(lowered)
    month = match and _MONTHS.get(match[1])
    return _month(int(match[2]), month) if match and month else nothing("date", "not_a_date", valid=False)


def _dated(year: int, month: int, day: int, reasons: tuple[str, ...]) -> Result:
    iso = f"{year:04d}-{month:02d}-{day:02d}"
    if iso in _NO_DATES:
        return nothing("date", *reasons, "dummy_date")
    if month == 0 or day == 0:
        return _month(year, month)._replace(reasons=(*reasons, "day_missing")) if month else _year(year, "day_missing")
    try:
        datetime.date(year, month, day)
    except ValueError:
        return nothing("date", *reasons, "no_such_day", valid=False)
    if not 1800 <= year <= 2200:
        return nothing("date", *reasons, "year_out_of_range", valid=False)
    if iso in _DOUBTFUL:
        reasons = (*reasons, "doubtful_date")
    return Result(iso, iso, (f"{year:04d}", f"{month:02d}", f"{day:02d}"), reasons, True)


def _month(year: int, month: int) -> Result:
    if not (1 <= month <= 12 and 1800 <= year <= 2200):
        return nothing("date", "not_a_date", valid=False)
    iso = f"{year:04d}-{month:02d}"
    return Result(iso, iso, (f"{year:04d}", f"{month:02d}", None), ("month_only",), True)


def _year(year: int, *reasons: str) -> Result:
    if not 1800 <= year <= 2200:
        return nothing("date", "not_a_date", valid=False)
    return Result(f"{year:04d}", f"{year:04d}", (f"{year:04d}", None, None), (*reasons, "year_only"), True)
