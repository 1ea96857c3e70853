"""The lists of facts in `data/`, read once."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

import yaml

Row = tuple[str, ...]


CHINESE = ("CN", "TW", "HK")
WESTERN = ("DE", "AT", "FR", "ES", "GB", "US")


def text(file: str, key: str) -> str:
    """A text of one data file (a country's is named by its code); empty where it has none."""
    return str(_load(file.lower()).get(key, ""))


@cache
def words(file: str, key: str) -> Row:
    """A list of words; a blank in one is written as `_`."""
    return tuple(dict.fromkeys(word.replace("_", " ") for word in text(file, key).split()))


@cache
def rows(file: str, key: str) -> tuple[Row, ...]:
    """A table: lines of columns between `|`, or words as rows of one column."""
    table = text(file, key)
    if "|" in table:
        return tuple(tuple(line.split("|")) for line in table.strip().splitlines())
    return tuple((word,) for word in words(file, key))


@cache
def pairs(file: str, key: str) -> dict[str, str]:
    """A list of `word=word`."""
    return dict(word.split("=") for word in words(file, key))


def rates(file: str, key: str) -> dict[str, dict[str, float]]:
    """A table of shares, by two names."""
    return {name: {to: float(share) for to, share in row.items()} for name, row in _load(file)[key].items()}


@cache
def homophones() -> dict[str, str]:
    """For each character the others that are typed with the same keys."""
    groups = data_file("homophones.txt").split()
    return {char: group.replace(char, "") for group in groups for char in group}


def data_file(name: str) -> str:
    return resources.files("custhub.demo").joinpath("data", name).read_text(encoding="utf-8")


@cache
def _load(file: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load(data_file(f"{file}.yml"), Loader=yaml.BaseLoader)  # makes only text
    return loaded
