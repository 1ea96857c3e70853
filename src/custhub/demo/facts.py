"""The lists of facts in `data/`, read once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml

Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Country:
    """What is known of one country. `cities` are rows whose columns differ by country, see the data files."""

    code: str
    family: Row
    male: Row
    female: Row
    neutral: Row
    cities: tuple[Row, ...]
    streets: tuple[Row, ...]
    trades: tuple[Row, ...]
    forms: Row
    form_weights: tuple[float, ...]
    form_english: dict[str, str]
    free_mail: Row
    calling_code: str
    more: dict[str, Any]


CHINESE = ("CN", "TW", "HK")
WESTERN = ("DE", "AT", "FR", "ES", "GB", "US")


@cache
def country(code: str) -> Country:
    data = _load(code.lower())
    forms = _rows(data["forms"])
    return Country(
        code=code,
        family=_words(data["family"]),
        male=_words(data["male"]),
        female=_words(data["female"]),
        neutral=_words(data.get("neutral", "")),
        cities=_rows(data["cities"]),
        streets=_rows(data["streets"]),
        trades=_rows(data["trades"]),
        forms=tuple(row[0] for row in forms),
        form_weights=tuple(float(row[-1]) for row in forms),
        form_english={row[0]: row[1] for row in forms if len(row) == 3},
        free_mail=_words(data["free_mail"]),
        calling_code=data["calling_code"],
        more=data,
    )


@cache
def words(file: str, key: str) -> Row:
    """A list of words of one data file."""
    return _words(_load(file)[key])


@cache
def rows(file: str, key: str) -> tuple[Row, ...]:
    """A table of one data file."""
    return _rows(_load(file)[key])


@cache
def pairs(file: str, key: str) -> dict[str, str]:
    """A list of `word=word` of one data file."""
    return dict(word.split("=") for word in words(file, key))


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


def _words(text: str) -> Row:
    return tuple(dict.fromkeys(w.replace("_", " ") for w in text.split())) if text else ()


def _rows(text: str) -> tuple[Row, ...]:
    if "|" in text:
        return tuple(tuple(line.split("|")) for line in text.strip().splitlines())
    return tuple((word,) for word in _words(text))
