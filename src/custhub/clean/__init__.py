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

_ROOMS = {
    "blanks": "blank_mask is_blank",
    "cleaned": "Cleaned Comparison KINDS Options PARTS",
    "cleaners": "CLEANERS CleanerInfo",
    "columns": "clean_column clean_value split_values",
    "comparing": "compare_columns compare_values",
    "encoding": "Detected decode detect_encoding",
    "mojibake": "Repair repair_column repair_text",
    "own_names": "NO_NAMES OwnNames first_forms knowing read_own_names",
    "reasons": "Reason",
    "written": "as_written",
}
_PLACES = {name: room for room, names in _ROOMS.items() for name in names.split(" ")}


def __getattr__(name: str) -> object:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__} has no attribute {name}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
