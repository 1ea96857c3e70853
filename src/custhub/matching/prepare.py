"""Rules and a frame -> ladders: every column encoded, every value normalised once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from custhub.matching.arrays import Codes, Ints, Levels, hash_texts, looked_up
from custhub.matching.cores import together
from custhub.matching.ladders import mailboxes
from custhub.matching.ladders import plain as on_strings
from custhub.matching.ladders.base import Ladder, Step, compare_rows, frequency_bins, width
from custhub.matching.ladders.dates import DateLadder, day_first, parse_dates
from custhub.matching.ladders.lists import MARK, ListLadder, list_ladder
from custhub.matching.ladders.names import (
    FAMILY_STEPS,
    GIVEN_STEPS,
    NameLadder,
    NameValues,
    split_names,
    without_generation,
    words_of,
)
from custhub.matching.ladders.tokens import WordsLadder, words_ladder
from custhub.matching.rules import FieldKind, FieldRule, MatchRules
from custhub.matching.values import (
    Column,
    address_words,
    compact,
    company_words,
    email_text,
    encode,
    identifier_text,
    joined,
    number_text,
    phone_digits,
    place_words,
    plain,
    text_words,
    without_blanks,
)

_WHOLE, _GENERATION = "\x1fwhole", "\x1fgeneration"
NORMAL = "\x1f"
"""Begins the names of columns that hold a field's values as they are compared."""


@dataclass(frozen=True, slots=True)
class Statistics:
    """What ladders learned from the values and must not learn again: frequency classes and word counts by hash."""

    rows: int
    common: dict[str, dict[int, int]] = field(default_factory=dict)  # ladder -> value hash -> frequency class
    words: dict[str, dict[str, dict[int, int]]] = field(default_factory=dict)
    day_first: dict[str, bool] = field(default_factory=dict)  # date field -> 3/4 is in April


@dataclass(slots=True)
class Prepared:
    """The ladders over the rows of one frame."""

    rows: int
    ladders: list[Ladder]
    bins: list[Levels]
    statistics: Statistics

    def levels(self, left: Ints, right: Ints) -> list[Levels]:
        """Level codes of pairs of rows, one array per ladder."""

        names = [ladder for ladder in self.ladders if isinstance(ladder, NameLadder)]

        def compared(number: int) -> Levels:
            ladder = self.ladders[number]
            levels = compare_rows(ladder, self.bins[number], left, right)
            if isinstance(ladder, NameLadder):
                return ladder.refine(levels, left, right)
            if names and isinstance(ladder, ListLadder) and ladder.steps is on_strings.EMAIL_STEPS:
                return mailboxes.refine(ladder, names, levels, left, right)
            return levels

        return together(compared, range(len(self.ladders)), self.rows)

    def widths(self) -> list[int]:
        return [width(ladder) for ladder in self.ladders]

    def normal(self) -> pl.DataFrame:
        """By row, the values as they are compared: what `prepare` need not work out again."""
        columns = {}
        for ladder in self.ladders:
            columns[NORMAL + ladder.name] = ladder.column.by_row()
            if isinstance(ladder, NameLadder) and ladder.whole is not None:
                columns[NORMAL + ladder.name + _WHOLE] = ladder.whole.by_row()
                columns[NORMAL + ladder.name + _GENERATION] = pl.Series(ladder.generation).cast(pl.UInt8)
        return pl.DataFrame(columns)


_NAMES = (FieldKind.GIVEN, FieldKind.FAMILY, FieldKind.PERSON)


def prepare(frame: pl.DataFrame, rules: MatchRules, frozen: Statistics | None = None) -> Prepared:
    """Encodes what the rules name. With `frozen` statistics values have the weights they had when the model was made."""
    rows = frame.height if frozen is None else frozen.rows
    others = [rule for rule in rules.fields if rule.kind not in _NAMES]
    ladders = together(lambda rule: _ladder(rule, frame, rows, frozen), others, frame.height)
    names = _name_ladders(frame, rules)
    _share_as(ladders, rules, names)
    ladders = names + ladders
    bins = [_bins(ladder, frozen) for ladder in ladders]
    return Prepared(frame.height, ladders, bins, frozen or _statistics(ladders, bins, rows))


def columns_read(rules: MatchRules, frame: pl.DataFrame) -> list[str]:
    """The columns of a frame that matching needs: names of records, what the rules compare, and values in normal form."""
    named = [c for c in (rules.source_column, rules.id_column) if c in frame.columns]
    read = [c for field in rules.fields for c in (*field.columns, *field.aliases)]
    normal = [c for c in frame.columns if c.startswith(NORMAL)]
    return list(dict.fromkeys([*named, *read, *normal]))


def rules_for(record: pl.DataFrame, rules: MatchRules) -> MatchRules:
    """The rules without comparisons of which a record (a frame of one row) has nothing: they say nothing of it."""
    blank = {name for name in record.columns if record[name][0] in (None, "")}
    asked = [f for f in rules.fields if f.kind in _NAMES or not blank.issuperset([*f.columns, *f.aliases])]
    return rules.model_copy(update={"fields": asked})


def _share_as(ladders: list[Ladder], rules: MatchRules, names: list[Ladder]) -> None:
    """What related records share depends on whether they are people or organisations."""
    kinds = {rule.name: rule.kind for rule in rules.fields}
    for ladder in ladders:
        if isinstance(ladder, ListLadder) and not names:
            ladder.inner.shared = _FIRMS_SHARE.get(kinds[ladder.name], ladder.inner.shared)
        if names and isinstance(ladder, WordsLadder) and kinds[ladder.name] is FieldKind.COMPANY:
            ladder.shared = _COLLEAGUES_SHARE if _of_people(ladder, names) else _NAMESAKES_SHARE


def _of_people(company: Ladder, names: list[Ladder]) -> bool:
    """Whether it is mostly people who have the company; organisations among them would lose the name that tells them apart."""
    has = company.column.codes >= 0
    person = np.logical_or.reduce([name.column.codes >= 0 for name in names])
    return bool((has & person).sum() > has.sum() / 2)


def _bins(ladder: Ladder, frozen: Statistics | None) -> Levels:
    """Frequency classes by distinct value; sets of values have the class of their rarest member."""
    if ladder.steps is on_strings.SOURCE_STEPS:  # how large a source is says nothing
        return np.zeros(ladder.column.size, dtype=np.uint8)
    if not isinstance(ladder, ListLadder):
        return _value_bins(ladder.name, ladder.column, frozen)
    ladder.bins = _value_bins(ladder.name, ladder.inner.column, frozen)
    if not ladder.column.size:
        return np.zeros(0, dtype=np.uint8)
    return np.maximum.reduceat(ladder.bins[ladder.members], ladder.starts[:-1])


def _value_bins(name: str, column: Column, frozen: Statistics | None) -> Levels:
    if frozen is None:
        return frequency_bins(column.counts, int(column.counts.sum()))
    known = frozen.common[name]
    return looked_up(known, hash_texts(column.values), known[0]).astype(np.uint8)


def _statistics(ladders: list[Ladder], bins: list[Levels], rows: int) -> Statistics:
    common: dict[str, dict[int, int]] = {}
    words: dict[str, dict[str, dict[int, int]]] = {}
    for ladder, of_column in zip(ladders, bins, strict=True):
        by_value, column = of_column, ladder.column
        if isinstance(ladder, ListLadder):
            by_value, column = ladder.bins, ladder.inner.column
        rarest = int(by_value.max()) if len(by_value) else 0
        keep = by_value < rarest
        hashes = hash_texts(column.values.filter(pl.Series(keep)))
        common[ladder.name] = {0: rarest, **dict(zip(hashes.tolist(), by_value[keep].tolist(), strict=True))}
        if isinstance(ladder, WordsLadder):
            words[ladder.name] = {
                "words": ladder.words.frequencies(),
                "triples": ladder.triples.frequencies(),
            }
    dates = {ladder.name: ladder.day_first for ladder in ladders if isinstance(ladder, DateLadder)}
    return Statistics(rows, common, words, dates)


def _ladder(rule: FieldRule, frame: pl.DataFrame, rows: int, frozen: Statistics | None) -> Ladder:
    def encoded(normalise: Callable[[pl.Series], pl.Series]) -> Column:
        if NORMAL + rule.name in frame.columns:
            return encode(frame[NORMAL + rule.name])
        return encode(joined(frame, rule.columns), normalise)

    known = frozen.words.get(rule.name) if frozen else None
    match rule.kind:
        case FieldKind.COMPANY:
            return words_ladder(rule.name, encoded(company_words), known, rows, address=False)
        case FieldKind.TEXT:
            return words_ladder(rule.name, encoded(text_words), known, rows, address=False, codes=True)
        case FieldKind.ADDRESS:
            return words_ladder(rule.name, encoded(address_words), known, rows, address=True)
        case FieldKind.DATE:
            first = frozen.day_first.get(rule.name) if frozen else day_first(joined(frame, rule.columns).unique())
            return DateLadder(rule.name, encoded(lambda t: _dates(t, day_first=bool(first))), bool(first))
        case FieldKind.PHONE:
            inner = _text(rule, on_strings.PHONE_STEPS, on_strings.phone_levels)
            return list_ladder(rule.name, encoded(_lists(phone_digits, _SEVERAL)), inner, typed=False)
        case FieldKind.EMAIL:
            inner = _text(rule, on_strings.EMAIL_STEPS, on_strings.email_levels)
            return list_ladder(rule.name, encoded(_lists(email_text, _SEVERAL)), inner, typed=False)
        case FieldKind.POSTCODE:
            return _text(rule, on_strings.POSTCODE_STEPS, on_strings.postcode_levels, (3,), encoded(compact))
        case FieldKind.PLACE:
            return _text(rule, on_strings.PLACE_STEPS, on_strings.place_levels, (), encoded(place_words))
        case FieldKind.IDENTIFIER:
            inner = _text(rule, on_strings.IDENTIFIER_STEPS, on_strings.identifier_levels, (4,))
            return list_ladder(rule.name, encoded(_lists(identifier_text, r"[;；|]")), inner, typed=True)
        case FieldKind.NUMBER:
            return _text(rule, on_strings.NUMBER_STEPS, on_strings.number_levels, (), encoded(number_text))
        case FieldKind.VARIANT:
            return _text(rule, on_strings.VARIANT_STEPS, on_strings.category_levels, (), encoded(plain))
        case FieldKind.SOURCE:
            return _text(rule, on_strings.SOURCE_STEPS, lambda *_: [], (), encoded(plain))
        case _:
            return _text(rule, on_strings.CATEGORY_STEPS, on_strings.category_levels, (), encoded(plain))


_SEVERAL = r"[;,|、；，]|\s/\s"
_EMPTY = Column(np.zeros(0, dtype=np.int32), pl.Series([], dtype=pl.String), np.zeros(0, dtype=np.int64))

_SHARED = {
    FieldKind.PHONE: (0.4, 0.1),
    FieldKind.EMAIL: (0.12, 0.1),
    FieldKind.POSTCODE: (0.75, 0.1),
    FieldKind.PLACE: (0.8, 0.2),
    FieldKind.IDENTIFIER: (0.02, 0.05),
}
"""How often a household, and branches of one firm, share a field: what keeps them apart has a low figure."""
_FIRMS_SHARE = {FieldKind.PHONE: (0.4, 0.6), FieldKind.EMAIL: (0.12, 0.25)}
"""The same where all records are organisations: branches answer at the number of their head office."""

_COLLEAGUES_SHARE, _NAMESAKES_SHARE = (0.5, 0.75), (0.05, 0.5)
"""The same of a company that people have, and of one that is a customer's own name (where names of people stand apart)."""


def _text(
    rule: FieldRule,
    steps: tuple[Step, ...],
    levels: on_strings.Conditions,
    cut: tuple[int, ...] = (),
    column: Column = _EMPTY,
) -> on_strings.TextLadder:
    selective = rule.kind not in (FieldKind.CATEGORY, FieldKind.VARIANT, FieldKind.PLACE, FieldKind.NUMBER)
    contact = rule.kind in (FieldKind.PHONE, FieldKind.EMAIL, FieldKind.POSTCODE, FieldKind.PLACE)
    return on_strings.TextLadder(
        rule.name, column, steps, levels, cut, contact, _SHARED.get(rule.kind, (0.5, 0.5)), selective
    )


def _lists(normalise: Callable[[pl.Series], pl.Series], separators: str) -> Callable[[pl.Series], pl.Series]:
    """Normalises each value of fields that may hold several; the set comes back sorted, joined by a mark."""

    def sets(texts: pl.Series) -> pl.Series:
        several = texts.str.contains(separators).fill_null(False)
        if not several.any():
            return normalise(texts)
        at = several.arg_true()
        parts = texts.gather(at).str.replace_all(separators, MARK).str.split(MARK)
        table = pl.DataFrame({"row": at, "part": parts}).explode("part", empty_as_null=False)
        table = table.with_columns(part=normalise(table["part"])).filter(pl.col("part") != "")
        joined_sets = table.group_by("row").agg(pl.col("part").unique().sort().str.join(MARK))
        whole = pl.DataFrame({"row": at}).join(joined_sets, on="row", how="left", maintain_order="left")["part"]
        return normalise(texts.set(several, None)).scatter(at, whole)

    return sets


def _dates(texts: pl.Series, *, day_first: bool) -> pl.Series:
    """Year, month and day as plain numbers with hyphens between them, 0 where unknown."""
    other = (~texts.str.contains(r"^(?:1[89]|20)\d\d-\d\d-\d\d$")).arg_true()
    settled = texts.str.replace_all("-0", "-", literal=True)
    if not len(other):
        return settled
    parts = parse_dates(without_blanks(texts.gather(other)), day_first=day_first)
    year, month, day = (pl.col(c).cast(pl.String) for c in "ymd")
    text = pl.concat_str([year, month.fill_null("0"), day.fill_null("0")], separator="-")
    return settled.scatter(other, parts.select(text.alias("date")).to_series())


def _name_ladders(frame: pl.DataFrame, rules: MatchRules) -> list[Ladder]:
    """Given and family names in one dictionary, so that swapped parts and names within names are seen by code."""
    given, family, person = (
        [f for f in rules.fields if f.kind == k] for k in (FieldKind.GIVEN, FieldKind.FAMILY, FieldKind.PERSON)
    )
    out: list[Ladder] = []
    for i in range(max(len(given), len(family))):
        first = given[i] if i < len(given) else None
        last = family[i] if i < len(family) else None
        out += _one_person(frame, first, last, None)
    for rule in person:
        out += _one_person(frame, None, None, rule)
    return out


def _one_person(
    frame: pl.DataFrame, given: FieldRule | None, family: FieldRule | None, full: FieldRule | None
) -> list[Ladder]:
    parts = [(given.name if given else None, GIVEN_STEPS), (family.name if family else None, FAMILY_STEPS)]
    if full:
        parts = [(f"{full.name}_given", GIVEN_STEPS), (f"{full.name}_family", FAMILY_STEPS)]
    names = [name for name, _ in parts if name is not None]
    known = NORMAL + names[0] + _WHOLE in frame.columns
    first, last, whole, generation = _normal_names(frame, parts) if known else _read_names(frame, given, family, full)
    both = encode(pl.concat([first.alias("n"), last.alias("n")]), None if known else plain)
    halves = both.codes[: frame.height], both.codes[frame.height :]
    words = words_of(whole, both.values)
    ladders: list[Ladder] = []
    values = NameValues(both.values)
    for at, ((name, steps), shared) in enumerate(zip(parts, ((0.05, 0.5), (0.8, 0.6)), strict=True)):
        if name is not None:
            mine, theirs = halves[at], halves[1 - at]
            counts = np.bincount(mine[mine >= 0], minlength=both.size)
            column = Column(mine, both.values, counts)
            said = whole if name == names[0] else None
            ladders.append(NameLadder(name, column, values, steps, theirs, words, said, generation, shared))
    return ladders


_Names = tuple[pl.Series, pl.Series, Column, Codes]
"""Given and family names, the whole names of rows whose two parts do not say it all, and generations."""


def _normal_names(frame: pl.DataFrame, parts: Sequence[tuple[str | None, tuple[Step, ...]]]) -> _Names:
    """What `Prepared.normal` kept of names."""
    first, last = (
        pl.repeat(None, frame.height, dtype=pl.String, eager=True) if name is None else frame[NORMAL + name]
        for name, _ in parts
    )
    told = NORMAL + next(name for name, _ in parts if name is not None)
    generation = frame[told + _GENERATION].to_numpy().astype(np.int32)
    return first, last, encode(frame[told + _WHOLE]), generation


def _read_names(
    frame: pl.DataFrame, given: FieldRule | None, family: FieldRule | None, full: FieldRule | None
) -> _Names:
    if full:
        whole, generation = without_generation(joined(frame, full.columns))
        first, last = split_names(whole)
    else:
        empty = pl.Series([None] * frame.height, dtype=pl.String)
        first = joined(frame, given.columns) if given else empty
        last = joined(frame, family.columns) if family else empty
        others = [c for f in (given, family) if f for c in f.aliases]
        if given and family and others:
            others_read = frame.select(pl.coalesce(pl.col(others).cast(pl.String)).alias("n"))["n"]
            first, last = _filled_in(first, last, others_read)
        first, junior = without_generation(first)
        last, generation = without_generation(last)
        generation = np.maximum(junior, generation)
    aliases = [c for f in (given, family, full) if f for c in f.aliases]
    return first, last, _whole_names(frame, first, last, aliases), generation


def _whole_names(frame: pl.DataFrame, first: pl.Series, last: pl.Series, aliases: list[str]) -> Column:
    """Names of several words with their aliases."""
    table = frame.select(first.alias("_first"), last.alias("_last"), *[pl.col(c).cast(pl.String) for c in aliases])
    one, two = pl.col("_first"), pl.col("_last")
    own = one + " " + two, two + " " + one, two + one, pl.lit("")  # an alias that is but the name says nothing more
    more = [pl.col(c).is_not_null() & pl.all_horizontal(pl.col(c).ne_missing(name) for name in own) for c in aliases]
    several = [part.str.contains(r"[^\p{L}\p{M}]").fill_null(False) for part in (one, two)]
    rows = table.select(pl.any_horizontal(*several, *more).alias("rows"))["rows"].arg_true()
    if not len(rows):
        return Column(
            np.full(frame.height, -1, dtype=np.int32), pl.Series([], dtype=pl.String), np.zeros(0, dtype=np.int64)
        )
    some = encode(joined(table[rows], table.columns), plain)
    codes = np.full(frame.height, -1, dtype=np.int32)
    codes[rows.to_numpy()] = some.codes
    return Column(codes, some.values, some.counts)


def _filled_in(first: pl.Series, last: pl.Series, full: pl.Series) -> tuple[pl.Series, pl.Series]:
    """The parts of a full name where both parts are missing."""
    missing = (first.is_null() & last.is_null() & full.is_not_null()).arg_true()
    if not len(missing):
        return first, last
    given, family = split_names(full.gather(missing))
    return first.clone().scatter(missing, given), last.clone().scatter(missing, family)
