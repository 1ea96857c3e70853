"""How sources write numbers."""

from __future__ import annotations

from enum import StrEnum


class NumberFormat(StrEnum):
    """How numbers are written, by example."""

    PLAIN = "1234.56"
    COMMA = "1234,56"
    ENGLISH = "1,234.56"
    GERMAN = "1.234,56"
    FRENCH = "1 234,56"
    SWISS = "1'234.56"
