"""The answer of a comparison."""

from __future__ import annotations

from typing import NamedTuple


class Verdict(NamedTuple):
    """`decision` is match, review or no-match; `level` a stable code; `reason` a sentence for the steward."""

    decision: str
    level: str
    reason: str


def yes(level: str, reason: str) -> Verdict:
    """The two are the same value."""
    return Verdict("match", level, reason)


def open_(level: str, reason: str) -> Verdict:
    """Compatible, but this field alone cannot decide."""
    return Verdict("review", level, reason)


def no(level: str, reason: str) -> Verdict:
    """The two contradict each other."""
    return Verdict("no-match", level, reason)
