"""Source references: which record of which system."""

from __future__ import annotations

import re
from dataclasses import dataclass

from custhub.errors import UsageError

SYSTEM_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
CHILD_MARK = "#"
"""Separates a row's key from the part that names one of several customers in the row: `0001#contact-2`."""


@dataclass(frozen=True, slots=True, order=True)
class SourceRef:
    """One record of one system. `key` is the system's own key as text, leading zeros kept."""

    system: str
    key: str

    @classmethod
    def parse(cls, text: str) -> SourceRef:
        """Reads `system:key`; the key may itself hold colons. Raises ValueError when it is not of that form."""
        system, colon, key = text.partition(":")
        if not colon or not key or not SYSTEM_NAME.fullmatch(system):
            raise ValueError(f"not a source reference (system:key): {text[:80]!r}")
        return cls(system, key)

    def __str__(self) -> str:
        return f"{self.system}:{self.key}"


def reference(text: str) -> SourceRef:
    """A source reference as a person wrote it. Raises UsageError."""
    try:
        return SourceRef.parse(text.strip())
    except ValueError:
        raise UsageError("this is no source record", "write SYSTEM:KEY, as in erp:0000012345") from None
