"""The reason codes of all cleaners: what was changed, what is doubtful, what is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from custhub.clean.facts import rows


class Weight(StrEnum):
    """What a reason means for the value."""

    CHANGED = "changed"
    DOUBTFUL = "doubtful"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason code and its meaning."""

    code: str
    weight: Weight
    meaning: str


@cache
def reasons() -> dict[str, Reason]:
    """All reasons by code."""
    return {code: Reason(code, Weight(weight), meaning) for code, weight, meaning in rows("reasons.tsv")}
