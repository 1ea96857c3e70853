"""Given and family names: typos, nicknames, initials, swapped, found elsewhere in the other's name."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import polars as pl

from custhub.matching.arrays import NONE, Bools, Codes, Hashes, Ints, Levels, combine, distinct, hash_texts, ranges
from custhub.matching.ladders.base import Atom, Step, compare_rows, ladder_of
from custhub.matching.ladders.nicknames import groups_of, share_group
from custhub.matching.ladders.similarity import Texts, edits, jaro_winkler
from custhub.matching.values import HAN, Column, readings_of, spread

GIVEN_STEPS = (
    Step("exact", 0.72),
    Step("one typo", 0.08),
    Step("nickname or short form", 0.06),
    Step("initial", 0.03),
    Step("given and family name swapped", 0.02),
    Step("elsewhere in the name", 0.02),
    Step("read the same", 0.02),
    Step("alike", 0.03),
    Step("different", 0.04),
)
FAMILY_STEPS = (
    Step("exact", 0.78),
    Step("one typo", 0.08),
    Step("nickname or short form", 0.02),
    Step("initial", 0.005),
    Step("given and family name swapped", 0.02),
    Step("elsewhere in the name", 0.03),
    Step("read the same", 0.02),
    Step("alike", 0.02),
    Step("different", 0.045),
)
SWAPPED, ELSEWHERE, READ, ALIKE, DIFFERENT = 5, 6, 7, 8, 9


@dataclass(frozen=True, slots=True)
class NameValues:
    """What comparisons ask of the distinct parts of names, worked out once for given and family names."""

    texts: Texts
    lengths: Ints
    starts: Hashes  # by value and length: hash of the start of 1..8 letters
    groups: npt.NDArray[np.int16]
    han: Bools

    @classmethod
    def of(cls, values: pl.Series) -> NameValues:
        starts = np.stack([hash_texts(values.str.slice(0, n)) for n in range(1, 9)], axis=1)
        names = values.to_list()
        lengths = values.str.len_chars().to_numpy().astype(np.int64)
        return cls(
            np.array(names, dtype=object), lengths, starts, groups_of(names), values.str.contains(HAN).to_numpy()
        )


@dataclass(slots=True)
class NameLadder:
    """One part of a person's name; both parts share one dictionary so that swapped parts are found by their codes."""

    name: str
    column: Column
    values: NameValues
    steps: tuple[Step, ...]
    other: Codes | None = None  # codes of the other part, in the same dictionary
    words: Ints | None = None  # sorted row * size + code of every word of the rows' whole names
    shared: tuple[float, float] = (0.05, 0.5)
    contact: bool = False
    readings: pl.Series = field(init=False)
    read: Hashes = field(init=False)

    def __post_init__(self) -> None:
        self.readings = readings_of(self.column.values, family=self.steps is FAMILY_STEPS)
        self.read = hash_texts(self.readings)

    def compare(self, left: Codes, right: Codes) -> Levels:
        shorter = np.minimum(self.values.lengths[left], self.values.lengths[right])
        similarity = jaro_winkler(self.values.texts, left, right)
        near = np.flatnonzero(similarity >= 0.7)
        typo = np.zeros(len(left), dtype=bool)
        typo[near] = edits(self.values.texts, left[near], right[near], 1) <= 1
        typo &= shorter >= 3
        typo |= (similarity >= 0.94) & (shorter >= 5)
        length = np.clip(shorter, 1, 8) - 1
        start = (self.values.starts[left, length] == self.values.starts[right, length]) & (shorter <= 8)
        # One character of a Han name is not a typo of another: only how they are read says something.
        letters = ~(self.values.han[left] | self.values.han[right])
        typo &= letters
        conditions = [
            (2, typo),
            (READ, (self.read[left] == self.read[right]) & (self.read[left] != NONE)),
            (3, (start & (shorter > 1)) | share_group(self.values.groups, left, right)),
            (4, start & (shorter == 1)),
            (ALIKE, (similarity >= 0.82) & letters),
        ]
        return ladder_of(self.steps, conditions, len(left))

    def refine(self, levels: Levels, left: Ints, right: Ints) -> Levels:
        """Looks at the whole names of pairs whose parts do not agree: swapped parts, names found elsewhere."""
        weak = np.flatnonzero((levels == ALIKE) | (levels == DIFFERENT) | (levels == 4))
        if self.other is None or not len(weak):
            return levels
        out = levels.copy()
        a, b = left[weak], right[weak]
        mine, theirs = self.column.codes, self.other
        swapped = (mine[a] == theirs[b]) & (theirs[a] == mine[b]) & (theirs[a] >= 0)
        found = (mine[a] == theirs[b]) | (mine[b] == theirs[a])
        if self.words is not None and len(self.words):
            found |= self._among(mine[a], b) | self._among(mine[b], a)
        out[weak[found]] = ELSEWHERE
        out[weak[swapped]] = SWAPPED
        return out

    def _among(self, codes: Codes, rows: Ints) -> Bools:
        assert self.words is not None
        wanted = rows * np.int64(self.column.size) + codes
        at = np.minimum(np.searchsorted(self.words, wanted), len(self.words) - 1)
        found: Bools = self.words[at] == wanted
        return found

    def atoms(self) -> list[Atom]:
        values, codes = self.column.values, self.column.codes
        long = values.str.len_chars() >= 2
        sounds = self.readings.str.replace_all("ph", "f").str.replace_all("[ckq]", "k")
        skeleton = sounds.str.slice(0, 1) + sounds.str.slice(1).str.replace_all(r"[aeiouyhw]", "")
        skeleton = skeleton.str.replace_all("[sz]", "s").str.slice(0, 5)
        return [
            Atom("value", spread(np.where(long, hash_texts(values), NONE), codes), whole=True),
            Atom("sound", spread(np.where(long, hash_texts(skeleton), NONE), codes)),
            Atom("start", spread(np.where(long, hash_texts(values.str.slice(0, 3)), NONE), codes)),
            Atom("initial", spread(hash_texts(values.str.slice(0, 1)), codes)),
        ]


def both_parts(given: Codes, family: Codes, hashes: Hashes) -> Hashes:
    """The key of a whole name whatever the order of its parts."""
    a, b = spread(hashes, given), spread(hashes, family)
    return combine(np.minimum(a, b), np.maximum(a, b))


def words_of(names: Column, rows: Ints, dictionary: pl.Series) -> Ints:
    """Sorted row * size + code of every word of `names` (those of `rows`) that stands in `dictionary`."""
    by_value = pl.DataFrame({"value": pl.arange(0, names.size, eager=True), "word": names.values.str.split(" ")})
    codes = pl.DataFrame({"word": dictionary, "code": pl.arange(0, len(dictionary), eager=True)})
    found = (
        by_value.explode("word", empty_as_null=False).filter(pl.col("word").str.len_chars() > 1).join(codes, on="word")
    )
    found = found.sort("value", "code")
    counts = np.bincount(found["value"].to_numpy(), minlength=names.size)
    starts = np.cumsum(counts) - counts
    known = np.flatnonzero(names.codes >= 0)
    times = counts[names.codes[known]]
    at = np.repeat(starts[names.codes[known]], times) + ranges(times)
    return distinct(np.repeat(rows[known], times) * np.int64(len(dictionary)) + found["code"].to_numpy()[at])


__all__ = ["FAMILY_STEPS", "GIVEN_STEPS", "NameLadder", "both_parts", "compare_rows", "words_of"]
