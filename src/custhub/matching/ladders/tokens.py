"""Company names, free texts and addresses: words weighted by how rare they are, in bits."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from custhub.matching.arrays import (
    FAR_EAST,
    NONE,
    Bools,
    Codes,
    Floats,
    Hashes,
    Ints,
    Levels,
    code_points,
    combine,
    distinct,
    exploded,
    hash_texts,
    having,
    looked_up,
    numbered_hashes,
    numbered_texts,
    ranges,
    shortened,
)
from custhub.matching.ladders.base import Atom, Step, ladder_of
from custhub.matching.ladders.similarity import edits
from custhub.matching.values import Column

if TYPE_CHECKING:
    from scipy import sparse

_CHUNK = 400_000
_RARE_ROWS = 2
_RARE_OF = 3_000
SHARES = (0.85, 0.65, 0.45, 0.25)
BITS = (16.0, 9.0)
_CODE = r"\p{L}.*[0-9].*[0-9]|[0-9].*[0-9].*\p{L}|[0-9]{4}"
CODE_BITS = 5.0  # of words with digits, for them to be codes that tell things apart

_SAME = {0: (0.16, 0.04, 0.02), 1: (0.14, 0.05, 0.02), 2: (0.07, 0.04, 0.015), 3: (0.03, 0.015, 0.005)}
_WORDS = ("nearly the same", "mostly the same", "half the same", "a little the same")
_RARE = ("rare words", "usual words", "common words")


def word_steps() -> tuple[Step, ...]:
    """Exact, then by share of the words' bits that agree and by how many bits they are, then different."""
    steps = [Step("exact", 0.35)]
    for share in range(len(SHARES)):
        steps += [Step(f"{_WORDS[share]}, {_RARE[bits]}", _SAME[share][bits]) for bits in range(3)]
    return (*steps, Step("different", 0.05))


def address_steps() -> tuple[Step, ...]:
    """As words, but by whether the numbers in the address agree."""
    steps = [Step("exact", 0.45)]
    same = ((0.12, 0.04, 0.015), (0.07, 0.02, 0.01), (0.04, 0.015, 0.01), (0.02, 0.01, 0.01))
    names = ("same number", "number missing", "other number")
    for share in range(len(SHARES)):
        steps += [Step(f"{_WORDS[share]}, {names[n]}", same[share][n]) for n in range(3)]
    return (*steps, Step("different words, same number", 0.02), Step("different", 0.04))


def text_steps() -> tuple[Step, ...]:
    """As words; apart from these by whether codes in the text (model numbers) agree or contradict."""
    steps = [Step("exact", 0.32)]
    for share in range(len(SHARES)):
        steps.append(Step(f"{_WORDS[share]}, same code", (0.07, 0.07, 0.05, 0.02)[share]))
        steps += [Step(f"{_WORDS[share]}, {_RARE[bits]}", 0.75 * _SAME[share][bits]) for bits in range(3)]
        steps.append(Step(f"{_WORDS[share]}, other code", (0.01, 0.008, 0.006, 0.003)[share], against=True))
    return (*steps, Step("different words, same code", 0.005), Step("different", 0.04))


@dataclass(slots=True)
class Words:
    """Which words (or character pairs) each distinct value has, as a sparse matrix with their bits."""

    has: sparse.csr_matrix
    bits: Floats  # by word
    total: Floats  # bits by value
    hashes: Hashes  # by word
    rows_with: Ints  # by word; words of one or two rows count as one

    @classmethod
    def of(cls, found: tuple[Ints, Hashes], counts: Ints, known: dict[int, int] | None, rows: int) -> Words:
        """`found` holds values and the hashes of their words; `known` gives frozen row counts by hash."""
        value, word = found
        hashes, codes = numbered_hashes(word)
        has = _matrix(np.ones(len(codes), dtype=np.uint8), value, codes, (len(counts), max(1, len(hashes))))
        has.data[:] = 1
        if known is None:
            frequency = np.rint(has.T @ counts.astype(np.float64)).astype(np.int64)[: len(hashes)]
            frequency = np.where(frequency <= _RARE_ROWS, 1, frequency)
        else:
            frequency = looked_up(known, hashes, 1)
        # Of a word that a small set has once nobody knows how rare it is: it is taken to be rare.
        share = (np.maximum(frequency, 1) - 1) / max(rows, 2) + 1 / max(rows, _RARE_OF)
        bits = np.clip(0.3 - np.log2(share), 0.3, 24)
        weights = bits if len(bits) else np.ones(1)
        return cls(has, weights, np.asarray(has @ weights).ravel(), hashes, frequency)

    def shared(self, left: Codes, right: Codes) -> Floats:
        """Bits of the words that both have."""
        out = np.zeros(len(left))
        for start in range(0, len(left), _CHUNK):
            part = slice(start, start + _CHUNK)
            out[part] = self.has[left[part]].multiply(self.has[right[part]]) @ self.bits
        return out

    def nearly_shared(self, near: sparse.csr_matrix, left: Codes, right: Codes) -> tuple[Floats, Floats]:
        """Bits of words of one that are misspelled in the other (as many as the commoner spelling has), and how many
        more bits the rarer spellings have."""
        pairs = near.tocoo()
        a, b = self.bits[pairs.row], self.bits[pairs.col]
        out = []
        for bits in (np.minimum(a, b), np.abs(a - b)):
            across = (self.has @ _matrix(bits, pairs.row, pairs.col, near.shape)).tocsr()
            found = np.zeros(len(left))
            some = np.flatnonzero((np.diff(across.indptr) > 0)[left])
            for start in range(0, len(some), _CHUNK):
                part = some[start : start + _CHUNK]
                found[part] = np.asarray(across[left[part]].multiply(self.has[right[part]]).sum(axis=1)).ravel()
            out.append(found)
        return out[0], out[1]

    def frequencies(self) -> dict[int, int]:
        """Row counts of words that are not rare, by hash."""
        keep = self.rows_with > 1
        return dict(zip(self.hashes[keep].tolist(), self.rows_with[keep].tolist(), strict=True))


def _matrix(data: Floats | Levels, row: Ints, column: Ints | Codes, shape: tuple[int, int]) -> sparse.csr_matrix:
    from scipy import sparse  # 10 MB that only texts need

    return sparse.csr_matrix((data, (row, column)), shape=shape)


def split_words(values: pl.Series) -> tuple[Ints, pl.Series]:
    """The words of plain texts with the place of their text; Han text as pairs of characters."""
    value, words = exploded(values, " ")
    at = having(words, FAR_EAST)
    if not len(at):
        return value, words
    han = np.zeros(len(words), dtype=bool)
    han[at.to_numpy()] = True
    counts = np.where(han, np.maximum(words.str.len_chars().to_numpy().astype(np.int64) - 1, 1), 1)
    pairs = pl.DataFrame({"word": words, "han": han})[np.repeat(np.arange(len(words)), counts)]
    pair = pl.col("word").str.slice(pl.lit(pl.Series(ranges(counts))), pl.when("han").then(2))
    return np.repeat(value, counts), pairs.select(pair).to_series()


def triples_of(values: pl.Series) -> tuple[Ints, Hashes]:
    """The sequences of three characters of texts, the ends marked, as one number each."""
    marked = values.to_frame("t").select(
        t=pl.lit("\x02") + pl.col("t").fill_null("").str.replace_all(" ", "") + pl.lit("\x03")
    )["t"]
    points, lengths = code_points(marked)
    characters = points.astype(np.uint64)
    counts = np.maximum(lengths - 2, 0)
    value = np.repeat(np.arange(len(lengths), dtype=np.int64), counts)
    at = np.repeat(np.cumsum(lengths) - lengths, counts) + ranges(counts)
    first, second = characters[at] << np.uint64(42), characters[at + 1] << np.uint64(21)
    return value, first | second | characters[at + 2]


@dataclass
class WordsLadder:
    """A text compared by its words and, for typos, by its sequences of three characters."""

    name: str
    column: Column
    words: Words
    spelled: pl.Series  # the words, as `words` numbers them
    texts: pl.Series  # by value, what sequences of characters are taken from
    frozen: dict[int, int] | None  # rows by sequence
    rows: int
    steps: tuple[Step, ...]
    address: bool = False  # numbers stand apart from words
    contact: bool = False
    shared: tuple[float, float] = (0.2, 0.5)
    numeric: Words | None = None
    first_number: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    @cached_property
    def triples(self) -> Words:
        return Words.of(triples_of(self.texts), self.column.counts, self.frozen, self.rows)

    @cached_property
    def near(self) -> sparse.csr_matrix | None:
        """Which words are misspellings of each other; those of addresses are taken as they are."""
        return None if self.address else misspellings(self.spelled)

    def compare(self, left: Codes, right: Codes) -> Levels:
        share, bits = self._alike(left, right)
        rarity = [bits >= least for least in (*BITS, -1.0)]
        if self.numeric is None:
            return self._levels(share, rarity, [])
        same, missing, other = self._numbers(left, right)
        if self.address:
            return self._levels(share, [same, missing, other], [same])
        return self._levels(share, [same, *(missing & rare for rare in rarity), other], [same])

    def _levels(self, share: Floats, relations: list[Bools], rest: list[Bools]) -> Levels:
        """Levels by share of the words, within each by relation; `rest` are relations of texts with other words."""
        by_share = [(share >= low) & relation for low in SHARES for relation in relations]
        return ladder_of(self.steps, list(enumerate([*by_share, *rest], start=2)), len(share))

    def _alike(self, left: Codes, right: Codes) -> tuple[Floats, Floats]:
        total = np.minimum(self.words.total[left], self.words.total[right])
        both = self.words.total[left] + self.words.total[right]
        shared = self.words.shared(left, right)
        if self.near is not None:
            nearly, excess = self.words.nearly_shared(self.near, left, right)
            shared = np.minimum(shared + MISSPELLED * nearly, total)
            both, total = np.maximum(both - excess, 2 * shared), np.maximum(total - excess, shared)
        dice = 2 * shared / np.maximum(both, 1e-9)
        within = shared / np.maximum(total, 1e-9)
        three = self.triples.shared(left, right)
        dice3 = 2 * three / np.maximum(self.triples.total[left] + self.triples.total[right], 1e-9)
        share = np.maximum(np.maximum(dice, 0.97 * dice3), 0.8 * within)
        return share, np.maximum(shared, dice3 * total)

    def _numbers(self, left: Codes, right: Codes) -> tuple[Bools, Bools, Bools]:
        """Whether the numbers of addresses, or the rare codes of other texts, agree, are missing, or contradict."""
        assert self.numeric is not None
        least = np.minimum(self.numeric.total[left], self.numeric.total[right])
        shared = self.numeric.shared(left, right)
        missing = least <= 0
        if self.address:
            first = self.first_number[left] == self.first_number[right]
            same = ~missing & (first | (shared >= 0.99 * least))
        else:
            missing = least < CODE_BITS
            same = shared >= CODE_BITS
        return same, missing & ~same, ~same & ~missing

    def atoms(self) -> list[Atom]:
        values, codes = self.column.values, self.column.codes
        out = [Atom("value", hash_texts(values), codes, whole=True)]
        if self.address:
            number = np.where(self.first_number >= 0, hash_texts(pl.Series(self.first_number)), NONE)
            return [*out, Atom("number", number, codes), self._rare(1)]
        glued = values.str.replace_all(" ", "")
        start = np.where(glued.str.len_chars() > 5, hash_texts(glued.str.slice(0, 5)), NONE)
        return [*out, self._rare(3), Atom("start5", start, codes), self._rare_pairs()]

    def _ranked(self, most: int) -> tuple[Ints, Ints]:
        """Values and words: the `most` rarest words of each distinct value, rarest first, ties by the words' hash."""
        has = self.words.has
        value = np.repeat(np.arange(has.shape[0]), np.diff(has.indptr))
        order = np.lexsort((self.words.hashes[has.indices], -self.words.bits[has.indices], value))
        rank = ranges(np.diff(has.indptr).astype(np.int64))
        keep = rank < most
        return value[order][keep], has.indices[order][keep]

    def _several(self, name: str, value: Ints, hashes: Hashes, *, whole: bool) -> Atom:
        starts = np.concatenate([[0], np.cumsum(np.bincount(value, minlength=self.column.size))])
        return Atom(name, hashes, self.column.codes, whole, starts)

    def _rare(self, most: int) -> Atom:
        value, word = self._ranked(most)
        return self._several("word", value, self.words.hashes[word], whole=False)

    def _rare_pairs(self) -> Atom:
        """Pairs among the three rarest words of each value."""
        value, word = self._ranked(3)
        hashes = self.words.hashes[word]
        out_value, out_hash = [], []
        for step in (1, 2):
            same = value[step:] == value[:-step] if len(value) > step else np.zeros(0, dtype=bool)
            a, b = hashes[step:][same], hashes[:-step][same]
            out_value.append(value[step:][same])
            out_hash.append(combine(np.minimum(a, b), np.maximum(a, b)))
        values, pairs = np.concatenate(out_value), np.concatenate(out_hash)
        order = np.argsort(values, kind="stable")
        return self._several("words", values[order], pairs[order], whole=True)


def words_ladder(
    name: str, column: Column, known: dict[str, dict[int, int]] | None, rows: int, *, address: bool, codes: bool = False
) -> WordsLadder:
    """A ladder over texts; `known` holds the frozen row counts of words and triples. Addresses are compared apart from
    their numbers; of texts with `codes` the words with digits are compared apart as well."""
    value, words = split_words(column.values)
    numeric = None
    first = np.zeros(0, dtype=np.int64)
    texts, frozen = column.values, known["words"] if known else None
    if address:
        digits = np.zeros(len(words), dtype=bool)
        digits[having(words, "[0-9]")] = True
        numbers = words.filter(pl.Series(digits))
        first = _first_numbers(value[digits], numbers, column.size)
        numeric = Words.of((value[digits], hash_texts(numbers)), column.counts, {}, rows)
        value, words = value[~digits], words.filter(pl.Series(~digits))
        texts = texts.str.replace_all(r"\S*[0-9]\S*", "")
    elif codes:
        code = having(words, _CODE).to_numpy()
        numeric = Words.of((value[code], hash_texts(words.gather(code))), column.counts, frozen, rows)
    hashes = hash_texts(words)
    by_word = Words.of((value, hashes), column.counts, frozen, rows)
    spelled, _ = numbered_texts(words)
    steps = address_steps() if address else text_steps() if codes else word_steps()
    shared = (0.75, 0.05) if address else (0.08, 0.75)
    triples = known["triples"] if known else None
    return WordsLadder(
        name, column, by_word, spelled, texts, triples, rows, steps, address, address, shared, numeric, first
    )


_LEAST_LETTERS = 4
MISSPELLED = 0.85
"""What a misspelled word counts of the word."""


def misspellings(words: pl.Series) -> sparse.csr_matrix | None:
    """Pairs of distinct words that one letter tells apart, as a symmetric matrix. Words with digits are codes: there one
    letter is everything. Two such words become equal when one letter is taken out of either or both."""
    kept = np.flatnonzero((words.str.len_chars() >= _LEAST_LETTERS) & ~words.str.contains(r"[0-9]"))
    if not len(kept):
        return None
    texts = words.gather(kept)
    owner, shorter = shortened(texts, 24)
    return _meeting(kept[owner], shorter, texts, kept, len(words))


def _meeting(owner: Ints, shorter: Hashes, texts: pl.Series, kept: Ints, size: int) -> sparse.csr_matrix | None:
    order = np.lexsort((owner, shorter))
    owner, shorter = owner[order], shorter[order]
    first, second = [owner[:0]], [owner[:0]]
    for step in range(1, len(owner)):
        same = shorter[step:] == shorter[:-step]
        if not same.any():
            break
        first.append(owner[:-step][same])
        second.append(owner[step:][same])
    a, b = np.concatenate(first), np.concatenate(second)
    a, b = np.divmod(distinct(np.minimum(a, b) * np.int64(size) + np.maximum(a, b)), size)
    place = np.full(size, -1)
    place[kept] = np.arange(len(kept))
    near = (a != b) & (edits(texts, place[a].astype(np.int32), place[b].astype(np.int32), 1) <= 1)
    a, b = a[near], b[near]
    if not len(a):
        return None
    return _matrix(np.ones(2 * len(a)), np.concatenate([a, b]), np.concatenate([b, a]), (size, size))


def _first_numbers(value: Ints, words: pl.Series, size: int) -> Ints:
    """The first number of each text, -1 where there is none."""
    numbers = words.str.extract(r"([0-9]{1,9})").cast(pl.Int64).to_numpy()
    out = np.full(size, -1, dtype=np.int64)
    out[value[::-1]] = numbers[::-1]
    return out
