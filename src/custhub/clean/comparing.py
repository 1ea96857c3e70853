"""Compares two values of one kind: match (the same value), review (cannot be decided on this field) or no-match."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import polars as pl

from custhub.clean import compare_address, compare_company, compare_number, compare_person
from custhub.clean.cleaned import Comparison, Options, Result
from custhub.clean.columns import cleaner
from custhub.clean.verdict import Verdict, no

_COMPARE: Mapping[str, Callable[[Result, Result], Verdict]] = {
    "text": compare_number.texts,
    "person": compare_person.compare,
    "company": compare_company.compare,
    "phone": compare_number.phones,
    "email": compare_number.emails,
    "address": compare_address.compare,
    "identifier": compare_number.identifiers,
    "date": compare_number.dates,
}


def _verdict(kind: str, left: Result, right: Result) -> Verdict:
    if left.display is None or right.display is None:
        return no("blank", "A blank or placeholder is never evidence.")
    return _COMPARE[kind](left, right)


def compare_values(kind: str, left: str, right: str, **options: Any) -> Comparison:
    """Two raw values, cleaned and compared. Symmetric; options as for `clean_value`."""
    clean = cleaner(kind)
    given = Options(**options)
    verdict = _verdict(kind, clean(left, given), clean(right, given))
    return Comparison(left, right, *verdict)


def compare_columns(kind: str, left: pl.Series, right: pl.Series, **options: Any) -> pl.DataFrame:
    """Two String series of one length, compared row by row: columns decision, level and reason.

    Distinct pairs are compared once; a null on either side is blank.
    """
    given = pl.DataFrame({"left": left, "right": right})
    distinct = given.unique(maintain_order=True)
    clean, fixed = cleaner(kind), Options(**options)
    cleaned = {
        value: clean(value, fixed)
        for value in pl.concat([distinct["left"], distinct["right"]]).unique()
        if value is not None
    }
    absent = Result(None, None)
    verdicts = [
        _verdict(kind, cleaned.get(one, absent), cleaned.get(other, absent)) for one, other in distinct.iter_rows()
    ]
    schema = {"decision": pl.String, "level": pl.String, "reason": pl.String}
    table = distinct.hstack(pl.DataFrame(verdicts, schema=schema, orient="row"))
    joined = given.join(table, on=["left", "right"], how="left", nulls_equal=True, maintain_order="left")
    return joined.select("decision", "level", "reason")
