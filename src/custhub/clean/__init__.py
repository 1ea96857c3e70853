"""Raw values in; display form, match key, parts and reasons out. One file per kind of value, no I/O."""

from custhub.clean.blanks import blank_mask, is_blank
from custhub.clean.cleaned import KINDS, PARTS, Cleaned, Comparison, Options
from custhub.clean.cleaners import CLEANERS, CleanerInfo
from custhub.clean.columns import clean_column, clean_value, split_values
from custhub.clean.comparing import compare_columns, compare_values
from custhub.clean.encoding import Detected, decode, detect_encoding
from custhub.clean.mojibake import Repair, repair_column, repair_text
from custhub.clean.own_names import NO_NAMES, OwnNames, first_forms, knowing, own_names, read_own_names
from custhub.clean.reasons import Reason, reasons
from custhub.clean.written import as_written

__all__ = [
    "CLEANERS",
    "KINDS",
    "NO_NAMES",
    "PARTS",
    "Cleaned",
    "CleanerInfo",
    "Comparison",
    "Detected",
    "Options",
    "OwnNames",
    "Reason",
    "Repair",
    "as_written",
    "blank_mask",
    "clean_column",
    "clean_value",
    "compare_columns",
    "compare_values",
    "decode",
    "detect_encoding",
    "first_forms",
    "is_blank",
    "knowing",
    "own_names",
    "read_own_names",
    "reasons",
    "repair_column",
    "repair_text",
    "split_values",
]
