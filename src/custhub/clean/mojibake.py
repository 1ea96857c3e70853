"""Text that was read in the wrong code page: the vote of a whole column decides, a single value only proposes."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from email.errors import MessageError
from email.header import decode_header, make_header
from functools import cache
from urllib.parse import unquote

import polars as pl

from custhub.clean import half_characters
from custhub.clean.commonness import badness

PAIRS: tuple[tuple[str, str], ...] = (
    ("utf-8", "gb18030"), ("utf-8", "cp950"), ("utf-8", "cp932"), ("utf-8", "cp949"),
    ("utf-8", "cp1251"), ("cp1251", "latin-1"), ("gb18030", "latin-1"), ("cp950", "latin-1"), ("cp932", "latin-1"), ("cp949", "latin-1"),
    ("gb18030", "cp950"), ("cp950", "gb18030"), ("gb18030", "cp932"), ("gb18030", "cp949"), ("cp950", "cp932"), ("cp950", "cp949"),
    ("cp932", "gb18030"), ("cp949", "gb18030"), ("cp932", "cp950"), ("euc_jp", "latin-1"), ("euc_jp", "cp932"), ("euc_jp", "gb18030"), ("koi8-r", "cp1251"),
)  # fmt: skip
"""(what the bytes were, what they were read as)."""

_GAIN = 0.2  # mean badness that a repair must take away
_LEAD = 0.05  # and by which it must beat the next best
_LIKELY = 0.5  # how bad a proposal for one value may be
_GAIN_AGAINST_COLUMN = 0.5  # for one value in a column whose vote says that it is clean
_VOTERS = 200
_QUORUM = 5
_LONGEST = 4000
"""Longer values do not vote and get no proposal of their own: each would be read in twenty ways. What the column's vote
or the bytes themselves tell is mended in them too."""
_lost = re.compile(
    "锟斤拷|斤拷锟|锟斤|斤拷|烫烫烫|屯屯屯|\ufffd{2,}|\\?{3,}|[\u4e00-\u9fff]\\?{2}[\u4e00-\u9fff]"
).search
_beyond_ascii = re.compile(r"[^\x00-\x7f]").search
_all_beyond = re.compile(r"[^\x00-\x7f]").findall
_han = re.compile("[\u4e00-\u9fff]").search
_accents = re.compile("[\u00c0-\u024f]").findall
_CP1252 = bytes(range(0x80, 0xA0)).decode("cp1252", "ignore")
_latin_run = re.compile(f"[\x80-\xff{_CP1252}]").findall
_russian = re.compile("[\x00-\x7f]*[\u0400-\u045f][\x00-\x7f\u0400-\u045f]*").fullmatch
_escaped = re.compile(
    r"&#x?[0-9a-fA-F]{2,6};|&[a-zA-Z]{2,8};|=\?[\w-]+\?[bBqQ]\?|\\u[0-9a-fA-F]{4}|(?:%[0-9A-Fa-f]{2}){2,}"
).search
_UNICODE_ESCAPE = re.compile(r"(?:\\u[0-9a-fA-F]{4})+")
_PERCENT = re.compile(r"(?:%[0-9A-Fa-f]{2}){2,}")


@dataclass(frozen=True, slots=True)
class Repair:
    """A column after `repair_column`. `values` holds what is sure; `proposals` what a person may accept (else null);
    `reasons` says per row what was seen; `pair` is the (right, wrong) code page of the column when its vote was clear.
    """

    values: pl.Series
    proposals: pl.Series
    reasons: pl.Series
    pair: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class _Column:
    """What is known of the column: its fixed width in bytes, and whether it had enough values to vote."""

    width: int | None
    quorum: bool


@dataclass(frozen=True, slots=True)
class _Found:
    value: str
    proposal: str | None = None
    reasons: tuple[str, ...] = ()


def reread(value: str, right: str, wrong: str) -> str | None:
    """The text whose bytes, in code page `right`, were read as `wrong`; null when that cannot be."""
    try:
        raw = _latin_bytes(value) if wrong == "latin-1" else value.encode(wrong)
        return raw.decode(right)
    except (UnicodeError, ValueError):
        return None


def _latin_bytes(value: str) -> bytes:
    """Windows-1252, with the bytes that it leaves open as in Latin-1."""
    return b"".join(char.encode("latin-1") if char <= "\xff" else char.encode("cp1252") for char in value)


def repair_column(raw: pl.Series) -> Repair:
    """Repairs a String series that was read in one wrong code page, unfolds escapes, reports the rest.

    The code page is voted on by up to 200 distinct values; fewer than five, or a narrow vote, only propose.
    """
    distinct = list(raw.drop_nulls().unique(maintain_order=True))
    pair = vote(distinct)
    width = half_characters.fixed_width(distinct)
    quorum = sum(1 for value in distinct if _beyond_ascii(value)) >= _QUORUM
    found = {
        value: _repair(value, pair, _Column(width, quorum))
        for value in distinct
        if _beyond_ascii(value) or _suspicious(value)
    }
    table = pl.DataFrame(
        {
            "raw": list(found),
            "value": [f.value for f in found.values()],
            "proposal": pl.Series([f.proposal for f in found.values()], dtype=pl.String),
            "reasons": pl.Series([list(f.reasons) for f in found.values()], dtype=pl.List(pl.String)),
        },
        schema_overrides={"raw": pl.String, "value": pl.String},
    )
    joined = pl.DataFrame({"raw": raw}).join(table, on="raw", how="left", maintain_order="left")
    values = joined.select(pl.coalesce("value", "raw")).to_series().rename(raw.name)
    return Repair(values, joined["proposal"], joined["reasons"].fill_null([]), pair)


def _suspicious(value: str) -> bool:
    return _escaped(value) is not None or _lost(value) is not None


def repair_text(value: str) -> Repair:
    """One value alone: as a column of one, so what is doubtful is only proposed. Half a surrogate pair is lost text."""
    whole = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return repair_column(pl.Series([whole], dtype=pl.String))


def vote(values: list[str]) -> tuple[str, str] | None:
    """The pair of code pages that makes the whole column better by far; null for clean or undecided columns."""
    voters = sorted((v for v in values if _beyond_ascii(v) and len(v) <= _LONGEST), key=lambda v: (hash_of(v), v))[
        :_VOTERS
    ]
    if len(voters) < _QUORUM:
        return None
    now = sum(map(badness, voters)) / len(voters)
    ranked = sorted((_after(voters, pair), pair) for pair in PAIRS)
    (best, pair), (second, rival) = ranked[0], ranked[1]
    if now - best < _GAIN or best > _LIKELY:
        return None
    if second - best < _LEAD and any(reread(v, *pair) != reread(v, *rival) for v in voters):
        return None
    return pair


def hash_of(value: str) -> int:
    """A stable number for sampling."""
    from zlib import crc32

    return crc32(value.encode("utf-8", "surrogatepass"))


def _after(voters: list[str], pair: tuple[str, str]) -> float:
    """Mean badness after a repair."""
    total = 0.0
    for value in voters:
        mended = _candidate(value, pair)
        total += _lossy(value, pair) if mended is None else badness(mended)
    return total / len(voters)


def _candidate(value: str, pair: tuple[str, str]) -> str | None:
    right, wrong = pair
    if _is_alphabetic(value, wrong):
        return None
    if wrong == "cp932" and not _twice_in(wrong).isdisjoint(value):
        return None  # which of two byte pairs it was cannot be known
    if wrong == "latin-1" and 2 * len(_latin_run(value)) < len(value.replace(" ", "")):
        return None
    return reread(value, right, wrong)


def _is_alphabetic(value: str, wrong: str) -> bool:
    """A letter with an accent among plain letters is no Chinese, and nothing but Russian letters neither."""
    return _is_western(value) or (wrong != "cp1251" and _russian(value) is not None)


@cache
def _twice_in(codec: str) -> frozenset[str]:
    """The characters that a code page of two bytes has in two places."""
    pairs = (bytes((lead, trail)) for lead in range(0x81, 0xFF) for trail in range(0x40, 0xFF))
    read = ((pair, pair.decode(codec, "ignore")) for pair in pairs)
    return frozenset(
        char for pair, char in read if len(char) == 1 and char.encode(codec) not in (pair, pair[:1], pair[1:])
    )


def _is_western(value: str) -> bool:
    accented = len(_accents(value))
    return 0 < 2 * accented < len(value.replace(" ", "")) and accented == sum(char > "\x7f" for char in value)


def _lossy(value: str, pair: tuple[str, str]) -> float:
    """Badness after a repair in which bytes are missing: what is lost counts as mostly bad."""
    right, wrong = pair
    if _is_alphabetic(value, wrong):
        return 1.0
    kept = value.replace("\ufffd", "")
    raw = kept.encode("latin-1" if wrong == "latin-1" else wrong, "ignore")
    mended = raw.decode(right, "replace")
    lost = mended.count("\ufffd")
    good = [char for char in mended if char > "\x7f" and char != "\ufffd"]
    return (0.7 * lost + badness("".join(good)) * len(good)) / (lost + len(good)) if good else 1.0


def _repair(value: str, pair: tuple[str, str] | None, column: _Column) -> _Found:
    unfolded = _unescape(value)
    if unfolded != value:
        return _Found(unfolded, None, ("escape_unfolded",))
    if _lost(value):
        return _Found(value, None, ("unrepairable",))
    latin = _utf8_in_latin(value)
    if latin:
        return _Found(latin, None, ("mojibake_repaired",))
    if pair:
        mended = _candidate(value, pair)
        if mended is not None and badness(mended) <= badness(value):
            return _Found(mended, None, ("mojibake_repaired",))
        return _Found(value, None, ("mojibake_unrepaired",) if badness(value) > 0.5 else ())
    return _alone(value, column)


def _alone(value: str, column: _Column) -> _Found:
    """What one value tells: a proposal at most."""
    half = half_characters.propose(value, column.width)
    if half:
        return _Found(value, half, ("half_character",))
    if "\ufffd" in value:
        return _Found(value, None, ("unrepairable",))
    if len(value) > _LONGEST:
        return _Found(value)
    now = badness(value)
    ranked = sorted((badness(mended), mended) for pair in PAIRS if (mended := _candidate(value, pair)) is not None)
    gain = _GAIN_AGAINST_COLUMN if column.quorum else _GAIN
    options = [(bad, mended) for bad, mended in ranked if now - bad >= gain and bad <= _LIKELY]
    if (
        options
        and len(_all_beyond(value)) > 1
        and (len({mended for bad, mended in options if bad - options[0][0] < _LEAD}) == 1)
    ):
        return _Found(value, options[0][1], ("mojibake_doubtful",))
    if now > 0.5 and _is_cut_utf8(value):
        return _Found(value, None, ("unrepairable",))
    return _Found(value)


def _utf8_in_latin(value: str) -> str | None:
    """UTF-8 that was read as Latin-1 or Windows-1252 can be told from one value: the byte patterns leave no doubt."""
    if not _latin_run(value):
        return None
    mended = reread(value, "utf-8", "latin-1")
    if mended is None or mended == value:
        return None
    again = _utf8_in_latin(mended)  # it was read so twice
    if again is None and any("\x80" <= char <= "\x9f" for char in mended):
        return None
    return again or mended


def _is_cut_utf8(value: str) -> bool:
    """Whether a text is UTF-8 read as GBK of which bytes were lost."""
    try:
        raw = value.encode("gb18030")
    except UnicodeEncodeError:
        return False
    whole = [char for char in raw.decode("utf-8", "replace") if char > "\x7f"]
    good = [char for char in whole if char != "\ufffd" and "\u4e00" <= char <= "\u9fff"]
    return bool(good) and len(good) < len(whole) and 3 * len(good) >= len(raw) / 2


def _unescape(value: str) -> str:
    """HTML entities, MIME words, JSON and percent escapes that stand for characters beyond ASCII."""
    if not _escaped(value):
        return value
    steps: tuple[Callable[[str], str], ...] = (_mime, _json, _percent, _entities)
    for step in steps:
        value = step(value)
    return value


def _entities(value: str) -> str:
    return html.unescape(value) if "&" in value and ";" in value else value


def _mime(value: str) -> str:
    if "=?" not in value or len(value) > _LONGEST:  # no header is so long, and the library's time is not linear
        return value
    try:
        return str(make_header(decode_header(value)))
    except (MessageError, UnicodeError, LookupError, ValueError):
        return value


def _json(value: str) -> str:
    def unfold(match: re.Match[str]) -> str:
        units = bytes.fromhex(match[0].replace("\\u", ""))
        try:
            return units.decode("utf-16-be")
        except UnicodeDecodeError:
            return match[0]

    return _UNICODE_ESCAPE.sub(unfold, value)


def _percent(value: str) -> str:
    def unfold(match: re.Match[str]) -> str:
        try:
            plain = unquote(match[0], errors="strict")
        except UnicodeDecodeError:
            return match[0]
        return plain if _beyond_ascii(plain) else match[0]

    return _PERCENT.sub(unfold, value)
