"""Raw values in; display form, match key, parts and reasons out. One file per kind of value, no I/O."""

from custhub.clean.blanks import blank_mask, is_blank
from custhub.clean.cleaned import KINDS, PARTS, Cleaned, Comparison, Options
from custhub.clean.cleaners import CLEANERS, CleanerInfo
from custhub.clean.columns import clean_column, clean_value, split_values
from custhub.clean.comparing import compare_columns, compare_values

__all__ = [
    "CLEANERS",
    "KINDS",
    "PARTS",
    "Cleaned",
    "CleanerInfo",
    "Comparison",
    "Options",
    "blank_mask",
    "clean_column",
    "clean_value",
    "compare_columns",
    "compare_values",
    "is_blank",
    "split_values",
]
