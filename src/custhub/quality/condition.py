"""The rows that a rule is about: `when:` and `unless:`.

They are applied before Great Expectations sees the rows, because its own row conditions are pandas query texts, in which
quotes in values and blanks do not mean what a reader of the YAML expects.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from custhub.quality.suite import Condition, RuleSpec, Scalar


def matches(rule: RuleSpec, dtypes: Mapping[str, pl.DataType]) -> pl.Expr:
    """True for the rows of a flat frame that `rule` is about; never null."""
    wanted = _all_hold(rule.when, dtypes)
    return wanted & ~_all_hold(rule.unless, dtypes) if rule.unless else wanted


def _all_hold(condition: Condition, dtypes: Mapping[str, pl.DataType]) -> pl.Expr:
    parts = [
        pl.any_horizontal(_equal(path, value, dtypes[path]) for value in _values(condition[path])) for path in condition
    ]
    return pl.all_horizontal(parts) if parts else pl.lit(True)


def _values(value: Scalar | list[Scalar]) -> list[Scalar]:
    return value if isinstance(value, list) else [value]


def _equal(path: str, value: Scalar, dtype: pl.DataType) -> pl.Expr:
    if value is None:
        return pl.col(path).is_null()
    # YAML reads 001 or 49 as a number, a text column holds text.
    wanted = str(value) if dtype == pl.String else value
    return pl.col(path).eq_missing(pl.lit(wanted))
