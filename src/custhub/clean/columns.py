"""The doors to the cleaning room: one value, a column, a field that holds several values."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from functools import partial
from importlib import import_module
from typing import Any

import polars as pl

from custhub.clean import blanks, helpers, readings, text
from custhub.clean.cleaned import KINDS, LONGEST, LONGEST_LIST, PARTS, Cleaned, Options, Result, nothing
from custhub.clean.cleaners import CLEANERS
from custhub.errors import UsageError

Clean = Callable[[str, Options], Result]

_SEVERAL = ("phone", "email")
"""Kinds of which a field may hold several."""


def _bounded(kind: str, clean: Clean) -> Clean:
    """The cleaner for values of any length: one rule for all that are longer than anything a person can mean."""
    most = LONGEST[kind]

    def bounded(raw: str, options: Options) -> Result:
        if len(raw) <= most:
            return clean(raw, options)
        display = text.display_form(raw)
        if len(display) <= most:  # the rest was spaces or signs that nobody sees
            result = clean(display, options)
            return result._replace(reasons=tuple(dict.fromkeys(text.change_reasons(raw, display) + result.reasons)))
        if text.is_placeholder(display):
            return nothing(kind, "placeholder")
        shown = None if kind == "date" else display  # what is loaded as a date is one
        valid = None if kind in ("person", "company", "address") else False
        return Result(shown, None, (None,) * len(PARTS[kind]), ("too_long",), valid)

    return bounded


def cleaner(kind: str) -> Clean:
    """The cleaner of a kind; its module is read when it is first asked for, and some are large."""
    if kind not in KINDS:
        raise UsageError(f"no cleaner for kind {kind!r}", f"kinds: {', '.join(KINDS)}")
    clean: Clean = import_module(f"custhub.clean.{kind}").clean
    return _bounded(kind, clean) if kind in LONGEST else clean


def clean_value(kind: str, raw: str, **options: Any) -> Cleaned:
    """One value, cleaned. Options as in `Options`; a field with several values goes through `split_values` first."""
    result = cleaner(kind)(raw, Options(**options))
    parts = dict(zip(PARTS[kind], result.parts, strict=True))
    return Cleaned(raw, result.display, result.key, parts, readings.of(kind, result), result.reasons, result.valid)


def clean_column(kind: str, raw: pl.Series, **options: Any) -> pl.DataFrame:
    """A String series, cleaned: one row per value with display, key, parts (struct), reasons (list) and valid.

    Works on distinct values, many of them in several processes at once (see helpers). An option may be a Series as long
    as `raw` (a country or city per row); a null in it means the default.
    """
    cleaner(kind)
    given = _given(kind, raw.cast(pl.String), options)
    distinct = given.lazy().filter(pl.col("raw").is_not_null()).unique(maintain_order=True).collect()
    cleaned = _spread(kind, distinct)
    if distinct.height < given.height:
        cleaned = given.join(
            distinct.hstack(cleaned), on=given.columns, how="left", nulls_equal=True, maintain_order="left"
        )
    return cleaned.select("display", "key", "parts", pl.col("reasons").fill_null([]), "valid")


def _given(kind: str, raw: pl.Series, options: Mapping[str, object]) -> pl.DataFrame:
    """The values, and beside them the options that the kind heeds."""
    known = {field.name: field.default for field in fields(Options)}
    unknown = sorted(set(options) - set(known))
    if unknown:
        raise TypeError(f"no such option: {', '.join(unknown)} (options: {', '.join(known)})")
    columns = []
    for name in CLEANERS[kind].options:
        option = options.get(name)
        given = pl.lit(option, dtype=pl.String) if not isinstance(option, pl.Series) else pl.lit(option.cast(pl.String))
        columns.append(given.fill_null(pl.lit(known[name], dtype=pl.String)).alias(name))
    return pl.DataFrame({"raw": raw}).with_columns(columns)


_AT_A_TIME = (500, 3_000)


def _spread(kind: str, distinct: pl.DataFrame) -> pl.DataFrame:
    if distinct.is_empty():
        return _frame(kind, [])
    least, most = _AT_A_TIME
    pieces = list(distinct.iter_slices(max(least, min(most, distinct.height // 6))))
    return pl.concat(helpers.spread(partial(_work, kind), pieces, size=distinct.height))


def _work(kind: str, values: pl.DataFrame) -> pl.DataFrame:
    """Cleans distinct values, each with the options that stand beside it."""
    clean, names = cleaner(kind), values.columns[1:]
    settings = values.select(names).rows() if names else [()] * values.height
    known = {setting: Options(**dict(zip(names, setting, strict=True))) for setting in set(settings)}
    with _no_garbage():
        return _frame(
            kind, [clean(raw, known[setting]) for raw, setting in zip(values["raw"].to_list(), settings, strict=True)]
        )


@contextmanager
def _no_garbage() -> Iterator[None]:
    """Cleaning makes no cycles: to look for some among the tables, time and again, is a tenth of its time."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def read_tables() -> None:
    """Reads what cleaners read when they are first used."""
    for info in CLEANERS.values():
        for raw, _ in info.examples:
            clean_value(info.kind, raw)


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


_ONE = {"phone": r"^[+(]*[0-9][0-9()\-.]{0,20}$", "email": r"^[!-?A-_a-~]*@?[!-?A-_a-~]*$"}
"""Fields that hold one value, if any: most do."""


def split_values(kind: str, raw: pl.Series) -> pl.Series:
    """The values in fields that may hold several phones or e-mails, each still raw; blanks are left out."""
    alone = raw.str.contains(_ONE.get(kind, "")) & ~blanks.blank_mask(raw)
    asked = raw.filter(~alone.fill_null(False)).drop_nulls().unique(maintain_order=True)
    split = import_module(f"custhub.clean.{kind}").split if kind in _SEVERAL else None
    lists = [split(value) if split and len(value) <= LONGEST_LIST else [value] for value in asked]
    table = pl.DataFrame({"raw": asked, "values": pl.Series(lists, dtype=pl.List(pl.String))})
    joined = pl.DataFrame({"raw": raw, "alone": alone}).join(table, on="raw", how="left", maintain_order="left")
    values = pl.when("alone").then(pl.concat_list("raw")).otherwise(pl.col("values").fill_null([]))
    return joined.select(values.alias(raw.name)).to_series()
