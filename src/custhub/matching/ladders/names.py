"""Given and family names: typos, nicknames, initials, swapped, found elsewhere in the other's name."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from custhub import clean
from custhub.clean import readings
from custhub.matching.arrays import (
    HAN,
    NONE,
    Bools,
    Codes,
    Floats,
    Hashes,
    Ints,
    Levels,
    distinct,
    hash_texts,
    having,
    lengths_of,
    ranges,
    start_hashes,
    together_hashed,
)
from custhub.matching.ladders.base import MISSING, Atom, Step, ladder_of
from custhub.matching.ladders.nicknames import groups_of, initials_of, share_group
from custhub.matching.ladders.similarity import edits, jaro_winkler
from custhub.matching.values import Column, readings_of

GIVEN_STEPS = (
    Step("exact", 0.72),
    Step("one typo", 0.08),
    Step("nickname or short form", 0.06),
    Step("initial", 0.03),
    Step("given and family name swapped", 0.02),
    Step("elsewhere in the name", 0.02),
    Step("sounds the same", 0.02),
    Step("alike", 0.025),
    Step("a little alike", 0.004),
    Step("different", 0.035, against=True),
)
FAMILY_STEPS = (
    Step("exact", 0.78),
    Step("one typo", 0.08),
    Step("nickname or short form", 0.02),
    Step("initial", 0.005),
    Step("given and family name swapped", 0.02),
    Step("elsewhere in the name", 0.03),
    Step("sounds the same", 0.02),
    Step("alike", 0.015),
    Step("a little alike", 0.004),
    Step("different", 0.04, against=True),
)
SWAPPED, ELSEWHERE, READ, ALIKE, LITTLE, DIFFERENT = 5, 6, 7, 8, 9, 10
MOST_CHANGED = 0.36  # of the letters of names that are still alike


@dataclass(frozen=True)
class NameValues:
    """What comparisons ask of the distinct parts of names, worked out once for given and family names, when it is asked."""

    series: pl.Series

    @cached_property
    def lengths(self) -> Ints:
        return lengths_of(self.series)

    @cached_property
    def starts(self) -> Hashes:
        """By value and length: hash of the start of 1..8 letters."""
        return start_hashes(self.series, 8)

    @cached_property
    def groups(self) -> npt.NDArray[np.int16]:
        return groups_of(self.series)

    @cached_property
    def initials(self) -> Ints:
        """Letters that the name or one of its short forms begins with, as bits."""
        return initials_of(self.series, self.groups)

    @cached_property
    def han(self) -> Bools:
        found = np.zeros(len(self.series), dtype=bool)
        found[having(self.series, HAN).to_numpy()] = True
        return found


@dataclass
class NameLadder:
    """One part of a person's name; both parts share one dictionary so that swapped parts are found by their codes."""

    name: str
    column: Column
    values: NameValues
    steps: tuple[Step, ...]
    other: Codes | None = None  # codes of the other part, in the same dictionary
    words: Ints | None = None  # sorted row * size + code of every word of the rows' whole names
    whole: Column | None = None  # these names, of rows whose two parts do not say it all
    generation: Codes | None = None  # of the whole name, by row: 1 senior, 2 junior ..., 0 not said
    shared: tuple[float, float] = (0.05, 0.5)
    contact: bool = False

    @cached_property
    def readings(self) -> pl.Series:
        return readings_of(self.column.values, family=self.steps is FAMILY_STEPS)

    @cached_property
    def read(self) -> Hashes:
        return hash_texts(self.readings)

    @cached_property
    def spoken(self) -> tuple[Hashes, Ints]:
        """How the values sound, and how many consonants that are."""
        sounds = sounds_of(self.readings)
        return hash_texts(sounds), lengths_of(sounds)

    @cached_property
    def worded(self) -> Bools:
        """By row, whether it has a whole name."""
        found = np.zeros(len(self.column.codes), dtype=bool)
        if self.words is not None and len(self.words):
            found[self.words // self.column.size] = True
        return found

    def compare(self, left: Codes, right: Codes) -> Levels:
        shorter = np.minimum(self.values.lengths[left], self.values.lengths[right])
        similarity = jaro_winkler(self.values.series, left, right)
        changes = np.full(len(left), 99, dtype=np.int64)
        for near, most in ((similarity >= 0.82, 4), ((similarity >= 0.7) & (similarity < 0.82), 1)):
            at = np.flatnonzero(near)
            changes[at] = edits(self.values.series, left[at], right[at], most)
        typo = (changes <= 1) & (shorter >= 3)
        longer = np.maximum(self.values.lengths[left], self.values.lengths[right])
        alike = (similarity >= 0.82) & (changes <= MOST_CHANGED * longer)
        typo |= (similarity >= 0.94) & (shorter >= 5)
        length = np.clip(shorter, 1, 8) - 1
        start = (self.values.starts[left, length] == self.values.starts[right, length]) & (shorter <= 8)
        letter = (self.values.initials[left] & self.values.initials[right]) > 0
        sounds, _ = self.spoken
        # One character of a Han name is not a typo of another: only how they are read says something.
        letters = ~(self.values.han[left] | self.values.han[right])
        typo &= letters
        conditions = [
            (READ, self._spelled(left, right)),
            (2, typo),
            (READ, (self.read[left] == self.read[right]) & (self.read[left] != NONE)),
            (READ, (sounds[left] == sounds[right]) & self._sounding(similarity, left) & letters),
            (3, (start & (shorter > 1)) | share_group(self.values.groups, left, right)),
            (4, (start | letter) & (shorter == 1)),
            (ALIKE, alike & letters),
            (LITTLE, (similarity >= 0.82) & letters),
        ]
        return ladder_of(self.steps, conditions, len(left))

    def _spelled(self, left: Codes, right: Codes) -> Bools:
        """Whether the letters of one name spell the Han characters of the other, in Mandarin or as in Hong Kong or Taiwan."""
        found: Bools = np.zeros(len(left), dtype=bool)
        at = np.flatnonzero(self.values.han[left] != self.values.han[right])
        if len(at):
            first = self.values.han[left[at]]
            han, latin = np.where(first, left[at], right[at]), np.where(first, right[at], left[at])
            names = self.column.values
            found[at] = readings.spelled(names.gather(latin), names.gather(han), family=self.steps is FAMILY_STEPS)
        return found

    def _sounding(self, similarity: Floats, left: Codes) -> Bools:
        """Whether an equal sound says enough: two consonants are few."""
        count = self.spoken[1][left]
        enough: Bools = (count >= 3) | ((count == 2) & (similarity >= 0.78))
        return enough

    def refine(self, levels: Levels, left: Ints, right: Ints) -> Levels:
        """Looks at the whole names of pairs: swapped parts, names found elsewhere, seniors and juniors."""
        out = levels.copy()
        if self.generation is not None:
            one, two = self.generation[left], self.generation[right]
            out[(one != two) & (one > 0) & (two > 0) & (levels > 0)] = DIFFERENT
        weak = np.flatnonzero(((levels >= ALIKE) & (levels <= DIFFERENT)) | (levels == 4))
        if self.other is None or not len(weak):
            return out
        a, b = left[weak], right[weak]
        mine, theirs = self.column.codes, self.other
        read = np.append(self.read, NONE)  # by code; the last is that of a missing part
        known = (theirs[a] >= 0) & (theirs[b] >= 0)
        swapped = (read[mine[a]] == read[theirs[b]]) & (read[theirs[a]] == read[mine[b]]) & known
        out[weak[self._elsewhere(a, b)]] = ELSEWHERE
        # It is one fact of two parts: the given name tells it.
        out[weak[swapped]] = MISSING if self.steps is FAMILY_STEPS else SWAPPED
        return out

    def _elsewhere(self, a: Ints | Codes, b: Ints | Codes) -> Bools:
        """Whether one record's part is elsewhere in the other's name. That one word is a given name here and a family
        name there is one agreement, not two: the given name then counts only if the other parts are alike as well."""
        mine, theirs = self.column.codes, self.other
        assert theirs is not None
        there, here = mine[a] == theirs[b], mine[b] == theirs[a]
        found: Bools = there | here
        if self.words is not None and len(self.words):
            found |= (self._among(mine[a], b) & ~there) | (self._among(mine[b], a) & ~here)
        if self.steps is not FAMILY_STEPS:
            for crossed, one, two in ((there, a, b), (here, b, a)):  # what `one` is given is the family name of `two`
                at = np.flatnonzero(crossed & (theirs[one] >= 0))
                found[at] = self.compare(mine[two[at]], theirs[one[at]]) < DIFFERENT
        return found

    def _among(self, codes: Codes, rows: Ints | Codes) -> Bools:
        """Whether these names are words of the whole names of these rows, where the rows have some."""
        assert self.words is not None
        found = np.zeros(len(rows), dtype=bool)
        some = np.flatnonzero(self.worded[rows])
        wanted = rows[some] * np.int64(self.column.size) + codes[some]
        at = np.minimum(np.searchsorted(self.words, wanted), len(self.words) - 1)
        found[some] = self.words[at] == wanted
        return found

    def atoms(self) -> list[Atom]:
        values, codes = self.column.values, self.column.codes
        pieces = pl.DataFrame({"v": values, "r": self.readings}).select_seq(_pieces())
        whole, sound, start, initial = together_hashed(values, *pieces)
        long = self.values.lengths >= 2
        return [
            Atom("value", np.where(long, whole, NONE), codes, whole=True),
            Atom("sound", np.where(long, sound, NONE), codes),
            Atom("start", np.where(long, start, NONE), codes),
            Atom("initial", initial, codes),
        ]


@cache
def _pieces() -> list[pl.Expr]:
    """How a name sounds, roughly, and its first three letters and one."""
    sounds = pl.col("r").str.replace_all("ph", "f", literal=True).str.replace_all("[ckq]", "k")
    skeleton = sounds.str.slice(0, 1) + sounds.str.slice(1).str.replace_all(r"[aeiouyhw]", "")
    pieces = (skeleton.str.replace_all("[sz]", "s").str.slice(0, 5), *(pl.col("v").str.slice(0, n) for n in (3, 1)))
    return [piece.alias(str(i)) for i, piece in enumerate(pieces)]


_GENERATION = r"(?i)(.*[^\s,])[\s,]+(sr|senior|i|jr|junior|ii|2nd|iii|3rd|iv|4th)\.?\s*$"
_GENERATIONS = {
    word: number
    for number, words in enumerate(("sr senior i", "jr junior ii 2nd", "iii 3rd", "iv 4th"), 1)
    for word in words.split(" ")
}


def without_generation(names: pl.Series) -> tuple[pl.Series, Codes]:
    """Names without senior, junior, II ... at their end, and which of these stood there (0: none did)."""
    at = having(names, _GENERATION)
    generation = np.zeros(len(names), dtype=np.int32)
    if not len(at):
        return names, generation
    found = names.gather(at).str.extract_groups(_GENERATION).struct.unnest()
    generation[at.to_numpy()] = (
        found["2"].str.to_lowercase().replace_strict(_GENERATIONS, return_dtype=pl.Int32).to_numpy()
    )
    return names.scatter(at, found["1"]), generation


_SOUNDS = (
    (r"^(?:kn|gn|pn)", "n"),
    (r"^wr", "r"),
    (r"ph|pf", "f"),
    (r"s?ch|sh", "s"),
    (r"gh", ""),
    (r"c([eiy])", "s$1"),
    (r"g([eiy])", "j$1"),
    (r"[ckqg]+|x", "k"),
    (r"[td]+h?", "t"),
    (r"[sz]+", "s"),
    (r"[vw]+", "v"),
    (r"^[aeiouy]+", "a"),
)


def sounds_of(readings: pl.Series) -> pl.Series:
    """The consonants of names as they sound, whatever the spelling: Geoffrey and Jeffrey, Siddiqui and what is left
    of it in Arabic letters."""
    return readings.alias("t").to_frame().select_seq(_sound()).to_series()


@cache
def _sound() -> pl.Expr:
    sound = pl.col("t")
    for pattern, spoken in _SOUNDS:
        sound = sound.str.replace_all(pattern, spoken)
    rest = sound.str.slice(1).str.replace_all(r"[aeiouyh]", "")
    rest = rest.str.replace_many([letter * 2 for letter in "fklmnprtsv"], list("fklmnprtsv"))
    return sound.str.slice(0, 1) + rest


def words_of(names: Column, dictionary: pl.Series) -> Ints:
    """Sorted row * size + code of every word of `names` that stands in `dictionary`."""
    if not names.size:
        return np.zeros(0, dtype=np.int64)
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
    return distinct(np.repeat(known, times) * np.int64(len(dictionary)) + found["code"].to_numpy()[at])


def split_names(full: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Given and family part of full names: `Family, Given`, or the last word as family name; Han as they are written."""
    han = having(full, HAN)
    given, family = _split_latin(full)
    if len(han):
        parts = clean.clean_column("person", full.gather(han))["parts"].struct.unnest()
        hangul = full.gather(han).str.replace_all(r"\s", "").str.extract_groups(_HANGUL).struct.unnest()
        given, family = (
            part.scatter(han, parts[name].zip_with(parts[name].is_not_null(), hangul[name]))
            for part, name in ((given, "given"), (family, "family"))
        )
    return given, family


_HANGUL = r"^(?<family>남궁|황보|제갈|선우|독고|사공|서문|\p{Hangul})(?<given>\p{Hangul}{1,2})$"


def _split_latin(full: pl.Series) -> tuple[pl.Series, pl.Series]:
    comma = full.str.contains(r"^[^,]+,[^,]+$").fill_null(False)
    parts = full.str.strip_chars().str.split_exact(",", 1).struct.unnest()
    words = full.str.replace_all(",", " ").str.strip_chars()
    given = parts["field_1"].zip_with(comma, words.str.extract(r"^(.*)\s\S+$"))
    family = parts["field_0"].zip_with(comma, words.str.extract(r"(\S+)$"))
    return given, family
