"""Reads the tables of facts beside this module (src/custhub/clean/data/, sources in its README)."""

from __future__ import annotations

from functools import cache
from importlib import resources


@cache
def rows(name: str) -> tuple[tuple[str, ...], ...]:
    """The rows of a tab-separated table; `#` starts a comment line."""
    text = (resources.files("custhub.clean") / "data" / name).read_text(encoding="utf-8")
    return tuple(tuple(line.split("\t")) for line in text.splitlines() if line and not line.startswith("#"))


def pairs(name: str) -> list[tuple[str, str]]:
    """The first two columns of a table."""
    return [(row[0], row[1]) for row in rows(name)]


@cache
def words(name: str) -> tuple[str, ...]:
    """All words of a list: parted by spaces, `#` starts a comment line."""
    return tuple(word for row in rows(name) for cell in row for word in cell.split(" ") if word)
