"""Which Great Expectations checks a rule may name, what each takes and what it can tell.

The table lets a suite be loaded and completed in an editor without importing Great Expectations, which takes seconds.
A test holds it against the classes of the installed Great Expectations.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Takes(StrEnum):
    """What a rule of this kind looks at."""

    COLUMN = "column"  # one column
    PAIR = "pair"  # two columns, in order
    COLUMNS = "columns"  # two or more columns
    TABLE = "table"  # the table as a whole


@dataclass(frozen=True, slots=True)
class Kind:
    """One expectation. `names_rows`: it tells which rows fail. `whole`: it needs all rows at once, so scope `set`.
    `by_value`: it judges each value for itself and passes over blanks, so that each distinct value is asked once."""

    takes: Takes
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    names_rows: bool = True
    whole: bool = False
    by_value: bool = False
    by_sameness: bool = False  # all that matters is whether values are there and which are the same

    @property
    def options(self) -> tuple[str, ...]:
        """The keys that `with:` may hold."""
        return self.required + self.optional


_RANGE = ("min_value", "max_value", "strict_min", "strict_max")
_BOUNDS = ("min_value", "max_value")


def _column(*required: str, optional: tuple[str, ...] = ()) -> Kind:
    return Kind(Takes.COLUMN, required, optional, by_value=True)


def _among(*required: str, optional: tuple[str, ...] = ()) -> Kind:
    return Kind(Takes.COLUMN, required, optional, whole=True)


def _measure(*required: str, optional: tuple[str, ...] = ()) -> Kind:
    return Kind(Takes.COLUMN, required, optional, names_rows=False, whole=True)


def _pair(*required: str, optional: tuple[str, ...] = ()) -> Kind:
    return Kind(Takes.PAIR, required, (*optional, "ignore_row_if"))


def _columns(*required: str) -> Kind:
    return Kind(Takes.COLUMNS, required, ("ignore_row_if",))


def _table(*required: str, optional: tuple[str, ...] = ()) -> Kind:
    return Kind(Takes.TABLE, required, optional, names_rows=False, whole=True)


KINDS: dict[str, Kind] = {
    # each value by itself
    "expect_column_values_to_not_be_null": Kind(Takes.COLUMN, by_sameness=True),
    "expect_column_values_to_be_null": Kind(Takes.COLUMN, by_sameness=True),
    "expect_column_values_to_be_in_set": _column("value_set"),
    "expect_column_values_to_not_be_in_set": _column("value_set"),
    "expect_column_values_to_be_between": _column(optional=_RANGE),
    "expect_column_values_to_match_regex": _column("regex"),
    "expect_column_values_to_not_match_regex": _column("regex"),
    "expect_column_values_to_match_regex_list": _column("regex_list", optional=("match_on",)),
    "expect_column_values_to_not_match_regex_list": _column("regex_list"),
    "expect_column_value_lengths_to_be_between": _column(optional=_RANGE),
    "expect_column_value_lengths_to_equal": _column("value"),
    "expect_column_values_to_match_strftime_format": _column("strftime_format"),
    "expect_column_values_to_be_dateutil_parseable": _column(),
    "expect_column_values_to_be_json_parseable": _column(),
    "expect_column_values_to_match_json_schema": _column("json_schema"),
    # values of one row against each other
    "expect_column_pair_values_to_be_equal": _pair(),
    "expect_column_pair_values_a_to_be_greater_than_b": _pair(optional=("or_equal",)),
    "expect_column_pair_values_to_be_in_set": _pair("value_pairs_set"),
    "expect_multicolumn_values_to_be_equal": _columns(),
    "expect_multicolumn_sum_to_equal": _columns("sum_total"),
    "expect_select_column_values_to_be_unique_within_record": _columns(),
    # each value against all others: these name the rows
    "expect_column_values_to_be_unique": Kind(Takes.COLUMN, whole=True, by_sameness=True),
    "expect_compound_columns_to_be_unique": Kind(Takes.COLUMNS, (), ("ignore_row_if",), whole=True, by_sameness=True),
    "expect_column_value_z_scores_to_be_less_than": _among("threshold", "double_sided"),
    "expect_column_values_to_not_be_outliers": _among(optional=("method", "multiplier")),
    # one figure for the column
    "expect_column_distinct_values_to_be_in_set": _measure("value_set"),
    "expect_column_distinct_values_to_contain_set": _measure("value_set"),
    "expect_column_distinct_values_to_equal_set": _measure("value_set"),
    "expect_column_most_common_value_to_be_in_set": _measure("value_set", optional=("ties_okay",)),
    "expect_column_unique_value_count_to_be_between": _measure(optional=_RANGE),
    "expect_column_proportion_of_unique_values_to_be_between": _measure(optional=_RANGE),
    "expect_column_proportion_of_non_null_values_to_be_between": _measure(optional=_RANGE),
    "expect_column_min_to_be_between": _measure(optional=_RANGE),
    "expect_column_max_to_be_between": _measure(optional=_RANGE),
    "expect_column_mean_to_be_between": _measure(optional=_RANGE),
    "expect_column_median_to_be_between": _measure(optional=_RANGE),
    "expect_column_stdev_to_be_between": _measure(optional=_RANGE),
    "expect_column_sum_to_be_between": _measure(optional=_RANGE),
    "expect_column_quantile_values_to_be_between": _measure("quantile_ranges", optional=("allow_relative_error",)),
    # the table
    "expect_column_to_exist": Kind(Takes.COLUMN, (), ("column_index",), names_rows=False, whole=True),
    "expect_table_row_count_to_be_between": _table(optional=_RANGE),
    "expect_table_row_count_to_equal": _table("value"),
    "expect_table_column_count_to_be_between": _table(optional=_BOUNDS),
    "expect_table_column_count_to_equal": _table("value"),
    "expect_table_columns_to_match_set": _table("column_set", optional=("exact_match",)),
    "expect_table_columns_to_match_ordered_list": _table("column_list"),
}

TABLE_SHAPE = frozenset(name for name, kind in KINDS.items() if kind.takes is Takes.TABLE) | {"expect_column_to_exist"}
"""Checks of the table's shape: they see the columns as they came, not the flattened values."""
