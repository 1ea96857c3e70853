"""The doors to the cleaning room: one value, a column, a field that holds several values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import polars as pl

from custhub.clean import address, company, date, email, identifier, person, phone, readings, text
from custhub.clean.cleaned import KINDS, PARTS, Cleaned, Options, Result
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
    columns = {name: value for name, value in options.items() if isinstance(value, pl.Series)}
    fixed = {name: value for name, value in options.items() if name not in columns}
    given = pl.DataFrame({"raw": raw.cast(pl.String), **columns})
    distinct = given.filter(pl.col("raw").is_not_null()).unique(maintain_order=True)
    if columns:
        names = list(columns)
        results = [
            clean(row[0], Options(**fixed, **{n: v for n, v in zip(names, row[1:], strict=True) if v is not None}))
            for row in distinct.iter_rows()
        ]
    else:
        common = Options(**fixed)
        results = [clean(value, common) for value in distinct["raw"]]
    cleaned = distinct.hstack(_frame(kind, results))
    joined = given.join(cleaned, on=given.columns, how="left", nulls_equal=True, maintain_order="left")
    return joined.select("display", "key", "parts", pl.col("reasons").fill_null([]), "valid")


def _frame(kind: str, results: list[Result]) -> pl.DataFrame:
    parts = PARTS[kind]
    display, key, values, reasons, valid = zip(*results, strict=True) if results else ((),) * 5
    by_part = list(zip(*values, strict=True)) if parts and results else [()] * len(parts)
    columns = [pl.Series(name, column, dtype=pl.String) for name, column in zip(parts, by_part, strict=True)]
    no_parts = pl.Series([{}] * len(results), dtype=pl.Struct([]))
    return pl.DataFrame(
        {
            "display": pl.Series(display, dtype=pl.String),
            "key": pl.Series(key, dtype=pl.String),
            "parts": pl.DataFrame(columns).to_struct("parts") if parts else no_parts,
            "reasons": _reasons(reasons),
            "valid": pl.Series(valid, dtype=pl.Boolean),
        }
    )


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
