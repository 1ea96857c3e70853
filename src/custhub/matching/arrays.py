"""Integer arrays without surprises: sorting, grouping and hashing that give the same answer on every machine.

Integers are sorted several times faster than they are arg-sorted, so positions travel in the low bits; and Polars sorts
them in a third of numpy's time.
"""

from __future__ import annotations

import re
from functools import cache, cached_property
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl

Ints = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int32]
Hashes = npt.NDArray[np.uint64]
Levels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]
Whole = TypeVar("Whole", np.int64, np.uint64)
Bools = npt.NDArray[np.bool_]

_FEW = 400
"""Texts up to which Python is quicker than what columns cost before they do anything: a search is such work only."""
_IN_CACHE = 1 << 15  # values at a time where many small steps follow one another

NONE = np.uint64(0)
"""The hash of nothing: rows that have it are in no block."""


def mix(values: Hashes) -> Hashes:
    """Spreads every bit of a 64-bit value over the whole word (the finaliser of SplitMix64)."""
    x = values + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


_FIRST_BYTES = np.array([(1 << 8 * n) - 1 for n in range(8)] + [2**64 - 1], dtype=np.uint64)


def hash_texts(texts: pl.Series) -> Hashes:
    """A 64-bit hash of each text's UTF-8 bytes, the same in every process; null and "" give `NONE`.

    Every text is read in words of eight bytes, the last one masked; words are spread with their place and summed.
    """
    parts = [_hashed(*_bytes_of(texts[part])) for part in slices(len(texts), _IN_CACHE)]
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.uint64)


def _hashed(data: bytes, lengths: Ints) -> Hashes:
    out = np.zeros(len(lengths), dtype=np.uint64)
    if not data:
        return out
    counts = (lengths + 7) // 8
    place = ranges(counts)
    starts = np.repeat(np.cumsum(lengths) - lengths, counts) + 8 * place
    padded = np.frombuffer(data + bytes(8), dtype=np.uint8)
    at_every_byte = np.lib.stride_tricks.as_strided(padded[:8].view("<u8"), (len(data),), (1,))
    words = at_every_byte[starts] & _FIRST_BYTES[np.minimum(np.repeat(lengths, counts) - 8 * place, 8)]
    words = mix(words ^ mix(place.astype(np.uint64)))
    full = lengths > 0
    begins = (np.cumsum(counts) - counts)[full]
    out[full] = mix(np.add.reduceat(words, begins) + lengths[full].astype(np.uint64))
    return np.where(full, np.maximum(out, np.uint64(1)), NONE)


_STEP = 0x9E3779B97F4A7C15
_BACK = pow(_STEP, -1, 1 << 64)


def lengths_of(texts: pl.Series) -> Ints:
    """How many characters each text has."""
    if len(texts) <= _FEW:
        return np.array([len(text) for text in _listed(texts)], dtype=np.int64)
    return texts.str.len_chars().fill_null(0).to_numpy().astype(np.int64)


def code_points(texts: pl.Series) -> tuple[Ints, Ints]:
    """The characters of texts, one text after the other, and how many each text has."""
    lengths = lengths_of(texts)
    joined = "".join(_listed(texts)) if len(texts) <= _FEW else texts.str.join("")[0]
    return np.frombuffer(joined.encode("utf-32-le"), dtype="<u4").astype(np.int64), lengths


def start_hashes(texts: pl.Series, most: int) -> Hashes:
    """By text and length, the hash of the start of 1..`most` characters; of shorter texts that of all they have."""
    sums, starts, lengths = _summed(texts)
    ends = starts[:, None] + np.minimum(np.arange(1, most + 1), lengths[:, None])
    return sums[ends] - sums[starts][:, None]


def shortened(texts: pl.Series, most: int) -> tuple[Ints, Hashes]:
    """Hashes of texts as they are and without one of their first `most` characters, and the places of the texts."""
    sums, starts, lengths = _summed(texts)
    places = np.arange(len(lengths))
    times = np.minimum(lengths, most)
    owner = np.repeat(places, times)
    at, end = starts[owner] + ranges(times), (starts + lengths)[owner]
    before, behind = sums[at] - sums[starts[owner]], sums[end] - sums[at + 1]
    whole = sums[starts + lengths] - sums[starts]
    return np.concatenate([places, owner]), np.concatenate([whole, before + behind * np.uint64(_BACK)])


def _summed(texts: pl.Series) -> tuple[Hashes, Ints, Ints]:
    """Sums over characters, each weighed by its place in its text: their differences are hashes of pieces of texts.
    Also where each text starts and how long it is."""
    points, lengths = code_points(texts)
    weights = np.full(int(lengths.max(initial=0)) + 1, _STEP, dtype=np.uint64)
    weights[0] = 1
    terms = mix(points.astype(np.uint64)) * np.cumprod(weights)[ranges(lengths)]
    return np.concatenate([np.zeros(1, dtype=np.uint64), np.cumsum(terms)]), np.cumsum(lengths) - lengths, lengths


def _listed(texts: pl.Series) -> list[str]:
    return [text or "" for text in (texts if texts.dtype == pl.String else texts.cast(pl.String)).to_list()]


def at_places(texts: pl.Series, places: Codes) -> pl.Series:
    """The texts at these places; none at -1."""
    if len(texts) <= _FEW:
        listed = [*texts.to_list(), None]
        return pl.Series([listed[place] for place in places.tolist()], dtype=pl.String)
    missing = places < 0
    return texts.gather(pl.Series(places).set(pl.Series(missing), None) if missing.any() else places)


def place_of(text: str, texts: pl.Series) -> int | None:
    """Where a text stands first."""
    if len(texts) <= _FEW:
        listed = texts.to_list()
        return listed.index(text) if text in listed else None
    return texts.index_of(text)


def _bytes_of(texts: pl.Series) -> tuple[bytes, Ints]:
    """The bytes of all texts, one after the other, and how many each has."""
    if len(texts) <= _FEW:
        encoded = [text.encode() for text in _listed(texts)]
        return b"".join(encoded), np.array([len(text) for text in encoded], dtype=np.int64)
    texts = texts if texts.dtype == pl.String else texts.cast(pl.String)
    return texts.str.join("")[0].encode(), texts.str.len_bytes().fill_null(0).to_numpy().astype(np.int64)


HAN = r"\p{Han}|\p{Hiragana}|\p{Katakana}|\p{Hangul}"
FAR_EAST = r"[\u2e80-\U0010ffff]"
BEYOND_ASCII = {HAN, FAR_EAST}
"""Patterns that plain ASCII never fits."""
_NOWHERE = pl.Series([], dtype=pl.get_index_type())


@cache
def _where(pattern: str) -> pl.Expr:
    return pl.arg_where(pl.col("t").str.contains(pattern))


def exploded(texts: pl.Series, between: str) -> tuple[Ints, pl.Series]:
    """The parts of texts with the place of their text; a text without parts has an empty one."""
    if len(texts) <= _FEW:
        parts = [text.split(between) for text in _listed(texts)]
        places = np.repeat(np.arange(len(parts)), [len(listed) for listed in parts])
        return places, pl.Series([part for listed in parts for part in listed], dtype=pl.String)
    split = texts.fill_null("").str.split(between)
    counts = split.list.len().to_numpy()
    return np.repeat(np.arange(len(texts)), counts), split.list.explode(empty_as_null=False)


def together_hashed(*columns: pl.Series) -> list[Hashes]:
    """`hash_texts` of columns of one length, in one go."""
    return np.split(hash_texts(pl.concat([column.alias("t") for column in columns])), len(columns))


def having(texts: pl.Series, pattern: str) -> pl.Series:
    """The places of the texts in which a pattern is found, with one call: many small ones are what a search waits for."""
    if len(texts) <= _FEW:
        listed = _listed(texts)
        if pattern in BEYOND_ASCII and all(map(str.isascii, listed)):
            return _NOWHERE
        if "\\p" not in pattern:  # what Python's patterns know as well
            found = re.compile(pattern).search
            return pl.Series([place for place, text in enumerate(listed) if found(text)], dtype=_NOWHERE.dtype)
    return texts.alias("t").to_frame().select_seq(_where(pattern)).to_series()


def numbered_texts(texts: pl.Series) -> tuple[pl.Series, Codes]:
    """Distinct texts in the order of their first place, and the number of each text; null counts as ""."""
    if len(texts) <= _FEW:
        listed = _listed(texts)
        places = {text: place for place, text in enumerate(dict.fromkeys(listed))}
        return pl.Series(list(places), dtype=pl.String), np.array([places[text] for text in listed], dtype=np.int32)
    # Arrow's dictionaries are no faster, and importing pyarrow costs 33 MB.
    told = texts.cast(pl.String).fill_null("")
    codes = told.cast(pl.Categorical(pl.Categories.random())).to_physical().to_numpy().astype(np.int32)
    highest = np.maximum.accumulate(codes)
    return told.gather(np.flatnonzero(np.r_[True, highest[1:] > highest[:-1]])), codes


def numbered_hashes(hashes: Hashes) -> tuple[Hashes, Ints]:
    """Distinct hashes in the order of their first place, and the number of each hash."""
    import pyarrow as pa  # for texts only, which want more memory anyway
    from pyarrow import compute

    # Its own pool keeps what was freed, and its own conversions import pandas, which takes most of a second.
    array = pl.Series(hashes, dtype=pl.UInt64).to_arrow()
    encoded = compute.dictionary_encode(array, memory_pool=pa.system_memory_pool())
    size = len(encoded.dictionary)
    distinct_hashes = np.frombuffer(encoded.dictionary.buffers()[1] or b"", dtype=np.uint64, count=size)
    codes = np.frombuffer(encoded.indices.buffers()[1] or b"", dtype=np.int32, count=len(hashes))
    return distinct_hashes, codes.astype(np.int64)


def combine(*parts: Hashes) -> Hashes:
    """One hash of several, in this order; `NONE` wherever a part is `NONE`."""
    out = np.empty(len(parts[0]), dtype=np.uint64)
    for part in slices(len(out), _IN_CACHE):
        out[part] = _combined([hashes[part] for hashes in parts])
    return out


def _combined(parts: list[Hashes]) -> Hashes:
    out = parts[0]
    known = out != NONE
    for part in parts[1:]:
        known = known & (part != NONE)
        out = mix(out) ^ (part * np.uint64(0xD1342543DE82EF95))
    return np.where(known, np.maximum(mix(out), np.uint64(1)), NONE)


def combine_unordered(first: Hashes, second: Hashes) -> Hashes:
    """One hash of two that is the same when they are swapped."""
    return combine(np.minimum(first, second), np.maximum(first, second))


def in_order(values: npt.NDArray[Whole]) -> npt.NDArray[Whole]:
    """The values sorted."""
    out: npt.NDArray[Whole] = pl.Series(values).sort().to_numpy()
    return out


def ordered(keys: Ints) -> tuple[Ints, Ints]:
    """Non-negative keys in order, and the position of each, ties by position."""
    size = len(keys)
    shift = max(1, int(size - 1).bit_length())
    if size and int(keys.max()).bit_length() + shift <= 63:
        packed = in_order((keys << shift) | np.arange(size))
        return packed >> shift, packed & ((1 << shift) - 1)
    order = np.argsort(keys, kind="stable")
    return keys[order], order


def distinct(values: Ints) -> Ints:
    """The sorted distinct values."""
    values = in_order(values)
    return values[np.r_[True, values[1:] != values[:-1]]] if len(values) else values


def group(values: Ints) -> tuple[Ints, Ints]:
    """Distinct values, sorted, and for each position the number of its value among them."""
    keys, order = ordered(values)
    new = np.r_[True, keys[1:] != keys[:-1]] if len(keys) else np.zeros(0, dtype=bool)
    numbers = np.empty(len(values), dtype=np.int64)
    numbers[order] = np.cumsum(new) - 1
    return keys[new], numbers


class Frequencies(dict[int, int]):
    """Figures by hash, frozen once they have been looked up."""

    @cached_property
    def by_hash(self) -> tuple[Hashes, Ints]:
        """Sorted hashes and their figures."""
        keys = np.fromiter(self.keys(), dtype=np.uint64, count=len(self))
        values = np.fromiter(self.values(), dtype=np.int64, count=len(self))
        order = np.argsort(keys)
        return keys[order], values[order]


def looked_up(table: dict[int, int], hashes: Hashes, otherwise: int) -> Ints:
    """What a table says of each hash."""
    if not table:
        return np.full(len(hashes), otherwise, dtype=np.int64)
    keys, values = table.by_hash if isinstance(table, Frequencies) else Frequencies(table).by_hash
    at = np.minimum(np.searchsorted(keys, hashes), len(keys) - 1)
    found: Ints = np.where(keys[at] == hashes, values[at], otherwise)
    return found


def slices(size: int, most: int) -> list[slice]:
    """Pieces of `most` positions one after the other."""
    return [slice(start, min(start + most, size)) for start in range(0, size, most)]


def ranges(counts: Ints) -> Ints:
    """0..c-1 for every count c, one after the other."""
    ends = np.cumsum(counts)
    return np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - counts, counts)


def sample(size: int, limit: int, seed: int) -> Ints:
    """`limit` pseudo-random positions below `size`, the same for the same seed on every machine."""
    drawn = mix(np.arange(limit, dtype=np.uint64) + np.uint64(seed << 32))
    return (drawn % np.uint64(size)).astype(np.int64)
