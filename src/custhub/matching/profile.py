"""What a column looks like: its name's role and what its values are made of."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl

from custhub.clean import facts as clean_facts
from custhub.matching.arrays import hash_texts, numbered_texts
from custhub.matching.ladders.dates import day_first, parse_dates
from custhub.matching.values import joined, plain, without_blanks
from custhub.matching.vocabulary import Role

_SAMPLE = 5_000
_FEW = 2_000
_COMPANY = (
    r"(?i)\b(?:inc|llc|ltd|limited|gmbh|corp|corporation|company|co|plc|ag|kg|bv|nv|sarl|srl|spa|sa|s\.a|oy|ab|as|group|"
    r"school|university|center|centre|bank|hospital|institute|association|society|church|club|hotel|services?|systems?|"
    r"technolog\w*|international|industries|holdings?|foundation|council|academy)\b|公司|集团|企业|银行|大学|医院|厂$|中心|协会|会社"
)


@dataclass(frozen=True, slots=True)
class Profile:
    """What the values of a column look like; shares are of its values that are not blank."""

    columns: tuple[str, ...]  # several: what sources call by different names
    role: Role
    filled: float
    distinct: int
    values: int
    emails: float
    dates: float
    digits: float  # share of characters
    phones: float
    signs: float  # phone numbers written as such: with signs, or Chinese mobiles
    numbers: float
    words: float  # mean
    length: float  # mean
    company: float
    han: float
    letters: float  # values of letters only
    lists: float  # several parted by commas, semicolons or `and`
    times: float  # with a time of day
    names: float  # with a known given name

    @property
    def column(self) -> str:
        return self.columns[0]

    @property
    def unique(self) -> bool:
        return self.values >= 20 and self.distinct == self.values

    @property
    def codes(self) -> bool:
        """Whether the values are long enough for two equal ones to be no accident."""
        return self.digits > 0.4 and self.words < 2 and self.length >= 7 and self.distinct > 0.3 * self.values

    @property
    def few(self) -> bool:
        return self.distinct <= max(12, 0.002 * self.values)


def profile(frame: pl.DataFrame, columns: tuple[str, ...], role: Role) -> Profile:
    """Looks at up to 5,000 distinct values, chosen by their hash so that the order of rows does not matter."""
    whole = joined(frame, list(columns)).drop_nulls()
    values, distinct_count = sampled(whole, _SAMPLE)
    known = without_blanks(values).str.strip_chars().drop_nulls()
    known = known.filter(known != "")
    if not len(known):
        return Profile(columns, role, 0.0, 0, 0, *([0.0] * 14))

    def share(pattern: str) -> float:
        return _mean(known.str.contains(pattern))

    lengths = known.str.len_chars()
    digits = float(known.str.count_matches(r"\d").sum()) / max(1, int(lengths.sum()))
    return Profile(
        columns,
        role,
        len(whole) / max(1, frame.height),
        distinct_count,
        len(whole),
        share(r"[^\s@]+@[^\s@]+\.[^\s@]+"),
        _dates(known.head(_FEW)) if digits > 0.15 else 0.0,
        digits,
        share(r"^[+(\d][\d\s().\-/+]{5,18}(?:\s*(?:x|ext)\.?\s*\d+)?$"),
        share(r"^\+?[\d ]+[ ()./\-].*\d|^\(\d|^\+\d|^1[3-9]\d{9}$"),
        share(r"^\s*[$€£¥]?\s*-?\d+(?:[.,]\d+)*\s*$"),
        _mean(known.str.count_matches(r"\S+")),
        _mean(lengths),
        share(_COMPANY),
        share(r"\p{Han}|\p{Hangul}"),
        share(r"^[\p{L}\s.'’,\-]+$"),
        share(r"[,;].+[,;]|;|\s(?:and|und|et|&)\s"),
        share(r"\d[T ]\d{1,2}:\d{2}"),
        _named(known) if digits < 0.1 else 0.0,
    )


def sampled(whole: pl.Series, most: int) -> tuple[pl.Series, int]:
    """The distinct texts with the lowest hashes, and how many distinct ones there are at all."""
    texts, _ = numbered_texts(whole)
    hashes = hash_texts(texts)
    lowest = np.argpartition(hashes, most)[:most] if len(hashes) > most else np.arange(len(hashes))
    return texts.gather(lowest[np.argsort(hashes[lowest])]), len(texts)


def _named(texts: pl.Series) -> float:
    """The share of texts with a given name that is known."""
    known = _given_names()
    found = [not known.isdisjoint(text.split(" ")) for text in plain(texts.head(_FEW)) if text]
    return sum(found) / max(1, len(found))


@cache
def _given_names() -> frozenset[str]:
    return frozenset((*clean_facts.words("western_names.txt"), *clean_facts.words("nicknames.txt")))


def _dates(texts: pl.Series) -> float:
    """The share of texts that are dates with a month, as far as calendars go."""
    parsed = parse_dates(texts, day_first=day_first(texts))
    plausible = parsed["y"].is_between(1000, 2100) & parsed["m"].fill_null(1).is_between(1, 12)
    return _mean(plausible & parsed["m"].is_not_null())


def _mean(values: pl.Series) -> float:
    return float(values.cast(pl.Float64).fill_null(0.0).to_numpy().mean()) if len(values) else 0.0
