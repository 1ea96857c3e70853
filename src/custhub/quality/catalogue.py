"""Which Great Expectations checks a rule may name, what each takes and what it can tell.

The table in `catalogue.yml` lets a suite be loaded and completed in an editor without importing Great Expectations, which takes seconds.
A test holds it against the classes of the installed Great Expectations.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import yaml


class Takes(StrEnum):
    """What a rule of this kind looks at."""

    COLUMN = "column"  # one column
    PAIR = "pair"  # two columns, in order
    COLUMNS = "columns"  # two or more columns
    TABLE = "table"  # the table as a whole


@dataclass(frozen=True, slots=True)
class Kind:
    """One expectation. `names_rows`: it tells which rows fail. `whole`: it needs all rows at once, so scope `set`.
    `by_value`: it judges each value for itself and passes over blanks, so that each distinct value is asked once."""

    takes: Takes
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    names_rows: bool = True
    whole: bool = False
    by_value: bool = False
    by_sameness: bool = False  # all that matters is whether values are there and which are the same

    @property
    def options(self) -> tuple[str, ...]:
        """The keys that `with:` may hold."""
        return self.required + self.optional


def _kinds() -> Iterator[tuple[str, Kind]]:
    text = Path(__file__).with_suffix(".yml").read_text(encoding="utf-8")
    for group in yaml.load(text, Loader=yaml.CSafeLoader):
        takes, flags = Takes(group["takes"]), {name: group[name] for name in _FLAGS if name in group}
        for name, options in group["expectations"].items():
            required, _, optional = (options or "").replace("RANGE", _RANGE).partition("|")
            yield name, Kind(takes, tuple(required.split()), tuple(optional.split()), **flags)


_RANGE = "min_value max_value strict_min strict_max"
_FLAGS = ("names_rows", "whole", "by_value", "by_sameness")
KINDS: dict[str, Kind] = dict(_kinds())

TABLE_SHAPE = frozenset(name for name, kind in KINDS.items() if kind.takes is Takes.TABLE) | {"expect_column_to_exist"}
"""Checks of the table's shape: they see the columns as they came, not the flattened values."""
