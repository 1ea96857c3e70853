"""Raw values in; display form, match key, parts and reasons out. One file per kind of value, no I/O.

A room is read when something of it is asked for: who only compares Latin names needs neither telephone plans nor Pinyin.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from custhub.clean.blanks import blank_mask, is_blank
    from custhub.clean.cleaned import KINDS, PARTS, Cleaned, Comparison, Options
    from custhub.clean.cleaners import CLEANERS, CleanerInfo
    from custhub.clean.columns import clean_column, clean_value, split_values
    from custhub.clean.comparing import compare_columns, compare_values
    from custhub.clean.encoding import Detected, decode, detect_encoding
    from custhub.clean.mojibake import Repair, repair_column, repair_text
    from custhub.clean.own_names import NO_NAMES, OwnNames, first_forms, knowing, read_own_names
    from custhub.clean.reasons import Reason
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
    "read_own_names",
    "repair_column",
    "repair_text",
    "split_values",
]

_PLACES = {
    "CLEANERS": "cleaners",
    "Cleaned": "cleaned",
    "CleanerInfo": "cleaners",
    "Comparison": "cleaned",
    "Detected": "encoding",
    "KINDS": "cleaned",
    "NO_NAMES": "own_names",
    "Options": "cleaned",
    "OwnNames": "own_names",
    "PARTS": "cleaned",
    "Reason": "reasons",
    "Repair": "mojibake",
    "as_written": "written",
    "blank_mask": "blanks",
    "clean_column": "columns",
    "clean_value": "columns",
    "compare_columns": "comparing",
    "compare_values": "comparing",
    "decode": "encoding",
    "detect_encoding": "encoding",
    "first_forms": "own_names",
    "is_blank": "blanks",
    "knowing": "own_names",
    "read_own_names": "own_names",
    "repair_column": "mojibake",
    "repair_text": "mojibake",
    "split_values": "columns",
}


def __getattr__(name: str) -> object:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__} has no attribute {name}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
