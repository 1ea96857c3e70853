"""Text -> what a canonical field wants. Each function gives the values and says which texts could not be read."""

from __future__ import annotations

from dataclasses import dataclass, replace

import polars as pl

from custhub.clean import clean_column
from custhub.model.numbers import NumberFormat

_YES = ("true", "t", "yes", "y", "x", "1", "on", "j", "ja", "oui", "si", "sí", "是", "真")
_NO = ("false", "f", "no", "n", "0", "off", "nein", "non", "-", "否", "假")
_SIGNS = {  # format -> (thousands separators, decimal sign), as character classes
    NumberFormat.PLAIN: ("", r"\."),
    NumberFormat.COMMA: ("", ","),
    NumberFormat.ENGLISH: (",", r"\."),
    NumberFormat.GERMAN: (r"\.", ","),
    NumberFormat.FRENCH: (" \u00a0\u202f", ","),
    NumberFormat.SWISS: ("'’", r"\."),
}
_PARTIAL_DATE = r"^\d{4}(-\d{2}(-\d{2})?)?$"
_MAYBE_MADE_UP = r"-(01-01|12-3[01]|11-11)$"  # the cleaner need not be asked about any other day
_TIMESTAMP = (
    r"^(?<y>\d{4})-?(?<m>\d{2})-?(?<d>\d{2})"
    r"(?:[T ]*(?<H>\d{2}):?(?<M>\d{2})(?::?(?<S>\d{2})(?:[.,](?<f>\d{1,6})\d*)?)?)?"
    r"\s*(?<z>Z|UTC|[+-]\d{2}:?\d{2}|[+-]\d{2})?$"
)
_EPOCH = r"^(?:/Date\((?<sap>-?\d+)(?:[+-]\d{4})?\)/|(?<ms>\d{13}))$"


@dataclass(frozen=True, slots=True)
class Read:
    """Values that were read, and which texts were not (`bad`, never null), with the cleaner's reasons if it gave any."""

    values: pl.Series
    bad: pl.Series
    reasons: pl.Series | None = None


def _read(text: pl.Series, expr: pl.Expr) -> Read:
    """`expr` over column `t`; bad is what is null but was not blank."""
    frame = text.to_frame("t").with_columns(v=expr)
    return Read(frame["v"], frame.select(pl.col("v").is_null() & pl.col("t").is_not_null()).to_series())


def decimals(text: pl.Series, style: NumberFormat) -> Read:
    """Decimal text without thousands separators. A trailing minus (SAP) counts; digits are kept as written."""
    thousands, sign = _SIGNS[style]
    whole = rf"(?:\d{{1,3}}(?:[{thousands}]\d{{3}})+|\d+)" if thousands else r"\d+"
    t = pl.col("t")
    good = t.str.contains(rf"^[+-]? ?{whole}(?:{sign}\d+)? ?-?$") & ~t.str.contains(r"^[+-].*-$")
    digits = t.str.replace_all(rf"[{thousands}+\- ]" if thousands else r"[+\- ]", "").str.replace(sign, ".")
    digits = digits.str.replace(r"^0+(\d)", "$1")
    minus = t.str.contains("-") & digits.str.contains("[1-9]")
    return _read(text, pl.when(good).then(pl.when(minus).then("-" + digits).otherwise(digits)))


def integers(text: pl.Series) -> Read:
    return _read(text, pl.col("t").cast(pl.Int64, strict=False))


def booleans(text: pl.Series) -> Read:
    lower = pl.col("t").str.to_lowercase()
    return _read(text, pl.when(lower.is_in(_YES)).then(True).when(lower.is_in(_NO)).then(False))


def choices(text: pl.Series, allowed: tuple[str, ...]) -> Read:
    return _read(text, pl.when(pl.col("t").is_in(allowed)).then("t"))


def instants(text: pl.Series, time_zone: str, style: str | None) -> Read:
    """UTC instants with Z. Times without a zone of their own are the source's local time."""
    text = _without_zeros(text)
    utc = _utc(text, time_zone, style)
    return _read(text, _instant_text(pl.lit(utc)))


def _without_zeros(text: pl.Series) -> pl.Series:
    """Zeros alone, as in MySQL's 0000-00-00 and SAP's 00000000, are no date."""
    blank = text.str.contains(r"^[0\-./ :]+$").fill_null(False)
    return text.to_frame("t").select(pl.when(~pl.lit(blank)).then("t")).to_series()


def dates(text: pl.Series, time_zone: str, style: str | None, options: dict[str, str | pl.Series]) -> Read:
    """ISO dates; years and months alone stay so. Times of day are dropped, in the source's time zone.

    With a strptime `style` only that is read; else ISO and YYYYMMDD, and the date cleaner for all others.
    """
    text = _without_zeros(text)
    if style is not None:
        return _without_made_up(_read(text, pl.col("t").str.to_date(style, strict=False).dt.strftime("%Y-%m-%d")))
    local = _utc(text, time_zone, None).dt.convert_time_zone(time_zone)
    plain = pl.col("t").str.contains(_PARTIAL_DATE) & (pl.col("t").str.len_chars() < 10)
    known = pl.when(plain & _real_month()).then("t").otherwise(pl.lit(local).dt.strftime("%Y-%m-%d"))
    read = _without_made_up(_read(text, known))
    return _cleaned_dates(text, read, options) if read.bad.any() else read


def _without_made_up(read: Read) -> Read:
    """Dates that stand for none, such as 1900-01-01 and 9999-12-31, as blank; the date cleaner knows which they are."""
    places = read.values.str.contains(_MAYBE_MADE_UP).fill_null(False).arg_true()
    if not len(places):
        return read
    made_up = clean_column("date", read.values.gather(places))["reasons"].list.contains("dummy_date").fill_null(False)
    return replace(read, values=read.values.scatter(places.filter(made_up), None))


def _real_month() -> pl.Expr:
    month = pl.col("t").str.extract(r"^\d{4}-(\d{2})$").cast(pl.Int32, strict=False)
    return month.is_null() | month.is_between(1, 12)


def _cleaned_dates(text: pl.Series, read: Read, options: dict[str, str | pl.Series]) -> Read:
    places = read.bad.arg_true()
    given = {n: o.gather(places) if isinstance(o, pl.Series) else o for n, o in options.items()}
    cleaned = clean_column("date", text.gather(places), **given)
    display, valid = cleaned["display"], cleaned["valid"].fill_null(True)
    good = display.str.contains(_PARTIAL_DATE).fill_null(False) & valid
    frame = pl.DataFrame({"v": display, "good": good, "blank": display.is_null() & valid})
    found = frame.select(pl.when("good").then("v")).to_series()
    bad = frame.select(~pl.col("good") & ~pl.col("blank")).to_series()
    reasons = pl.Series("reasons", [None], dtype=pl.String).new_from_index(0, text.len())
    said = cleaned["reasons"].list.join(", ")
    return Read(read.values.scatter(places, found), read.bad.scatter(places, bad), reasons.scatter(places, said))


def _utc(text: pl.Series, time_zone: str, style: str | None) -> pl.Series:
    """Timestamps in UTC; null what cannot be read."""
    frame = text.to_frame("t")
    if style is not None:
        naive = pl.col("t").str.to_datetime(style, strict=False, time_unit="us", exact=True)
        return frame.select(_zoned(naive, time_zone)).to_series()
    # Step by step: an expression that is used twice is computed twice.
    frame = frame.select("t", pl.col("t").str.extract_groups(_TIMESTAMP).struct.unnest())
    frame = frame.with_columns(naive=_clock(), zone=_offset())
    known = frame.select(
        pl.when(pl.col("zone").is_not_null())
        .then((pl.col("naive") - pl.col("zone")).dt.replace_time_zone("UTC"))
        .otherwise(_zoned(pl.col("naive"), time_zone))
        .alias("utc")
    ).to_series()
    rest = (known.is_null() & text.is_not_null()).arg_true()
    return known.scatter(rest, _epochs(text.gather(rest))) if len(rest) else known


def _clock() -> pl.Expr:
    """What a clock showed, from the groups of _TIMESTAMP; without a time midnight."""
    hour, minute = pl.col("H").fill_null("00"), pl.col("M").fill_null("00")
    second, fraction = pl.col("S").fill_null("00"), pl.col("f").fill_null("0")
    text = pl.format("{}-{}-{}T{}:{}:{}.{}", "y", "m", "d", hour, minute, second, fraction)
    return text.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", strict=False, time_unit="us")


def _offset() -> pl.Expr:
    """How far a time zone lies east of UTC; null when none is named."""
    zone = pl.col("z").str.replace("^(Z|UTC)$", "+0000").str.replace(":", "")
    minutes = zone.str.slice(1, 2).cast(pl.Int64) * 60 + zone.str.slice(3, 2).cast(pl.Int64, strict=False).fill_null(0)
    return pl.duration(minutes=pl.when(zone.str.starts_with("-")).then(-minutes).otherwise(minutes))


def _epochs(text: pl.Series) -> pl.Series:
    stamps = text.str.extract_groups(_EPOCH).struct.unnest()
    epoch = stamps.select(pl.coalesce("sap", "ms").cast(pl.Int64, strict=False)).to_series()
    return pl.from_epoch(epoch, time_unit="ms").cast(pl.Datetime("us")).dt.replace_time_zone("UTC")


def _zoned(naive: pl.Expr, time_zone: str) -> pl.Expr:
    # A clock that is put back shows an hour twice (the earlier is taken); one put forward skips an hour, in which
    # sources still write times: those are read with the offset before the change.
    local = naive.dt.replace_time_zone(time_zone, ambiguous="earliest", non_existent="null")
    skipped = (naive - pl.duration(hours=1)).dt.replace_time_zone(
        time_zone, ambiguous="earliest", non_existent="null"
    ) + pl.duration(hours=1)
    return pl.coalesce(local, skipped).dt.convert_time_zone("UTC")


def _instant_text(utc: pl.Expr) -> pl.Expr:
    fraction = utc.dt.microsecond()
    whole = utc.dt.strftime("%Y-%m-%dT%H:%M:%S")
    micros = fraction.cast(pl.String).str.zfill(6).str.strip_chars_end("0")
    return pl.when(fraction == 0).then(whole + "Z").otherwise(whole + "." + micros + "Z")
