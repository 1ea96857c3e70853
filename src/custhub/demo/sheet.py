"""A table of texts into which mistakes are made, each by its own stream of chance."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

from custhub.demo.dice import Dice, Mask, Texts, texts

Change = Callable[[str, int], str]
"""Makes another text of a text; the whole number is random."""


class Sheet:
    """Columns of texts (never null, empty for none). Mistakes depend on the row's place alone, so the same row makes the
    same mistake on both days."""

    def __init__(self, frame: pl.DataFrame, dice: Dice) -> None:
        self.n, self._dice = frame.height, dice
        self.columns = {c: texts(frame[c].to_list()) for c in frame.columns if frame[c].dtype == pl.String}

    def __getitem__(self, name: str) -> Texts:
        return self.columns[name]

    def __setitem__(self, name: str, values: Texts) -> None:
        self.columns[name] = values

    def where(self, name: str, *values: str) -> Mask:
        """Rows with one of these values."""
        found: Mask = np.array([value in values for value in self.columns[name]], dtype=np.bool_)
        return found

    def filled(self, name: str) -> Mask:
        found: Mask = np.array([value != "" for value in self.columns[name]], dtype=np.bool_)
        return found

    def chance(self, topic: str, p: float, where: Mask | None = None) -> Mask:
        drawn = self._dice.about(topic).chance(self.n, p)
        return drawn if where is None else drawn & where

    def change(self, name: str, topic: str, p: float, change: Change, where: Mask | None = None) -> Mask:
        """Changes a share `p` of the filled values of a column (among the rows of `where`); tells which rows."""
        rows = self.chance(f"{name}/{topic}", p, where) & self.filled(name)
        column, numbers = self.columns[name], self.numbers(f"{name}/{topic}/how")
        for i in np.flatnonzero(rows).tolist():
            column[i] = change(column[i], int(numbers[i]))
        return rows

    def numbers(self, topic: str) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        return self._dice.about(topic).below(2**31 - 1, self.n)

    def blank(self, name: str, p: float, where: Mask | None = None) -> None:
        """Leaves a share of a column empty."""
        self.columns[name][self.chance(f"{name}/blank", p, where)] = ""

    def frame(self) -> pl.DataFrame:
        return pl.DataFrame({name: pl.Series(name, list(v), dtype=pl.String) for name, v in self.columns.items()})
