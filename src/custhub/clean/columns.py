"""The doors to the cleaning room: one value, a column, a field that holds several values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

import polars as pl

from custhub.clean import address, company, date, email, identifier, person, phone, readings, text
from custhub.clean.cleaned import KINDS, PARTS, Cleaned, Options, Result
from custhub.clean.cleaners import CLEANERS
from custhub.errors import UsageError

Clean = Callable[[str, Options], Result]

_CLEAN: Mapping[str, Clean] = {
    "text": text.clean,
    "person": person.clean,
    "company": company.clean,
    "phone": phone.clean,
    "email": email.clean,
    "address": address.clean,
    "identifier": identifier.clean,
    "date": date.clean,
}
_SPLIT: Mapping[str, Callable[[str], list[str]]] = {"phone": phone.split, "email": email.split}
_CHUNK = 50_000  # results that are Python objects at one time


def cleaner(kind: str) -> Clean:
    try:
        return _CLEAN[kind]
    except KeyError:
        raise UsageError(f"no cleaner for kind {kind!r}", f"kinds: {', '.join(KINDS)}") from None


def clean_value(kind: str, raw: str, **options: Any) -> Cleaned:
    """One value, cleaned. Options as in `Options`; a field with several values goes through `split_values` first."""
    result = cleaner(kind)(raw, Options(**options))
    parts = dict(zip(PARTS[kind], result.parts, strict=True))
    return Cleaned(raw, result.display, result.key, parts, readings.of(kind, result), result.reasons, result.valid)


def clean_column(kind: str, raw: pl.Series, **options: Any) -> pl.DataFrame:
    """A String series, cleaned: one row per value with display, key, parts (struct), reasons (list) and valid.

    Works on distinct values. An option may be a Series as long as `raw` (a country or city per row); a null in it
    means the default.
    """
    clean = cleaner(kind)
    _check_names(options)
    heeded = {name: value for name, value in options.items() if name in CLEANERS[kind].options}
    columns = {name: value for name, value in heeded.items() if isinstance(value, pl.Series)}
    fixed = {name: value for name, value in heeded.items() if name not in columns}
    given = pl.DataFrame({"raw": raw.cast(pl.String), **columns})
    distinct = given.lazy().filter(pl.col("raw").is_not_null()).unique(maintain_order=True).collect()
    chunks = [_cleaned(kind, clean, fixed, chunk) for chunk in distinct.iter_slices(_CHUNK)] or [_frame(kind, [])]
    cleaned = pl.concat(chunks)
    if distinct.height < given.height:
        cleaned = given.join(
            distinct.hstack(cleaned), on=given.columns, how="left", nulls_equal=True, maintain_order="left"
        )
    return cleaned.select("display", "key", "parts", pl.col("reasons").fill_null([]), "valid")


def _check_names(options: Mapping[str, object]) -> None:
    known = [field.name for field in fields(Options)]
    unknown = sorted(set(options) - set(known))
    if unknown:
        raise TypeError(f"no such option: {', '.join(unknown)} (options: {', '.join(known)})")


def _cleaned(kind: str, clean: Clean, fixed: dict[str, Any], distinct: pl.DataFrame) -> pl.DataFrame:
    """The results of distinct values, with the options of each row in the columns beside it."""
    values = distinct["raw"].to_list()
    names = distinct.columns[1:]
    if not names:
        common = Options(**fixed)
        return _frame(kind, [clean(value, common) for value in values])
    settings = list(zip(*(distinct[name].to_list() for name in names), strict=True))
    known = {
        setting: Options(**fixed, **{n: v for n, v in zip(names, setting, strict=True) if v is not None})
        for setting in set(settings)
    }
    return _frame(kind, [clean(value, known[setting]) for value, setting in zip(values, settings, strict=True)])


def _frame(kind: str, results: list[Result]) -> pl.DataFrame:
    parts = PARTS[kind]
    display, key, values, reasons, valid = zip(*results, strict=True) if results else ((),) * 5
    by_part = list(zip(*values, strict=True)) if parts and results else [()] * len(parts)
    columns = [_texts(name, column) for name, column in zip(parts, by_part, strict=True)]
    no_parts = pl.Series([{}] * len(results), dtype=pl.Struct([]))
    return pl.DataFrame(
        {
            "display": _texts("display", display),
            "key": _texts("key", key),
            "parts": pl.DataFrame(columns).to_struct("parts") if parts else no_parts,
            "reasons": _reasons(reasons),
            "valid": pl.Series(valid, dtype=pl.Boolean),
        }
    )


def _texts(name: str, values: tuple[str | None, ...]) -> pl.Series:
    return pl.Series(name, values, dtype=pl.String)


def _reasons(reasons: tuple[tuple[str, ...], ...]) -> pl.Series:
    """Lists of reasons; there are few distinct ones, so that they are built once and gathered."""
    places = {listed: place for place, listed in enumerate(dict.fromkeys(reasons))}
    table = pl.Series([list(listed) for listed in places], dtype=pl.List(pl.String))
    return table.gather([places[listed] for listed in reasons])


def split_values(kind: str, raw: pl.Series) -> pl.Series:
    """The values in fields that may hold several phones or e-mails, each still raw; blanks are left out."""
    split = _SPLIT.get(kind)
    distinct = raw.drop_nulls().unique(maintain_order=True)
    lists = [split(value) if split else [value] for value in distinct]
    table = pl.DataFrame({"raw": distinct, "values": pl.Series(lists, dtype=pl.List(pl.String))})
    joined = pl.DataFrame({"raw": raw}).join(table, on="raw", how="left", maintain_order="left")
    return joined["values"].fill_null([]).rename(raw.name)
