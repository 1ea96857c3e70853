"""One canonical field: from its spec to a compiled field, and from a column of text to clean, typed values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import assert_never
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl

from custhub.clean import CLEANERS, KINDS, as_written, clean_column
from custhub.declaration import Path_, did_you_mean
from custhub.mapping import convert
from custhub.mapping.canonical import BY_KIND, CanonicalField, FieldType
from custhub.mapping.problems import Problems
from custhub.mapping.scope import Form, Scope
from custhub.mapping.spec import CleanSpec, FieldSpec, OnInvalid, OptionSpec
from custhub.mapping.values import Value, possible_texts, value
from custhub.model.numbers import NumberFormat

_NOT_TEXT = (FieldType.DECIMAL, FieldType.INTEGER, FieldType.BOOLEAN, FieldType.CHOICE)
_INVALID = ("invalid", "the cleaner says that the value is not valid")
_UNREADABLE = {
    FieldType.DATE: ("not_a_date", "cannot be read as a date"),
    FieldType.INSTANT: ("not_an_instant", "cannot be read as a date and time"),
    FieldType.DECIMAL: ("not_a_number", "is not a number in the declared format"),
    FieldType.INTEGER: ("not_a_number", "is not a number in the declared format"),
    FieldType.BOOLEAN: ("not_a_boolean", "is neither yes nor no"),
    FieldType.CHOICE: ("not_allowed", "is not one of the values that the canonical field may have"),
}
"""What a value is that its field cannot take."""
_ISO_COUNTRY = r"^[A-Z]{2}$"


@dataclass(frozen=True, slots=True)
class Cleaner:
    """A cleaner with its options: constants, and such as are read from each row."""

    kind: str
    options: Mapping[str, str] = field(default_factory=dict)
    row_options: Mapping[str, Value] = field(default_factory=dict)
    explicit: frozenset[str] = frozenset()  # named by the field itself, not by the file's defaults


@dataclass(frozen=True, slots=True)
class Field:
    """A compiled field."""

    canonical: CanonicalField
    value: Value
    cleaner: Cleaner | None
    on_invalid: OnInvalid
    time_zone: str
    style: str | None
    number: NumberFormat
    system: str

    @property
    def path(self) -> str:
        return self.canonical.path

    def expressions(self) -> dict[str, pl.Expr]:
        """All that must be computed in the rows' context: the text, options, unknown codes."""
        found = {self.path: self.value.expr}
        used = list(self.value.codes)
        if self.cleaner is not None:
            for name, option in self.cleaner.row_options.items():
                found[f"{self.path}?{name}"] = option.expr
                used += option.codes
        return found | {f"{self.path}#{i}": use.unknown for i, use in enumerate(used)}


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A field's values; `parts` is what the cleaner took apart (a struct), `valid` what it thinks of the value."""

    values: pl.Series
    parts: pl.Series | None = None
    valid: pl.Series | None = None

    def written(self, kind: str) -> Evaluated:
        """With parts as they stand in the value, not in key form."""
        return self if self.parts is None else replace(self, parts=as_written(kind, self.values, self.parts))


def compile_field(spec: FieldSpec, canonical: CanonicalField, scope: Scope, path: Path_) -> Field:
    book = scope.book
    plain = spec.column is not None and spec.default is None
    number = spec.number or book.spec.defaults.number or book.number
    cleaner = _cleaner(spec, canonical, scope, path)
    # A cleaner finds placeholders itself: looking for them twice would cost as much as cleaning.
    keep_all = canonical.code or canonical.type in _NOT_TEXT or (plain and cleaner is not None)
    form = Form.TEXT if keep_all else Form.VALUE
    _check_choices(spec, canonical, scope, path)
    _check_keys(spec, canonical, scope, path)
    keeps = canonical.type in (FieldType.TEXT, FieldType.REFERENCE)
    if spec.on_invalid is OnInvalid.KEEP and not keeps:
        book.mistake((*path, "on_invalid"), f"a {canonical.type} cannot keep what is not one", "use blank or reject")
    on_invalid = spec.on_invalid or (OnInvalid.KEEP if keeps else OnInvalid.REJECT)
    return Field(
        canonical,
        value(spec, scope, path, form=form),
        cleaner,
        on_invalid,
        spec.time_zone or book.time_zone,
        spec.format,
        number,
        spec.system or book.spec.source,
    )


def _cleaner(spec: FieldSpec, canonical: CanonicalField, scope: Scope, path: Path_) -> Cleaner | None:
    given = spec.clean or (CleanSpec(name=canonical.cleaner) if canonical.cleaner else None)
    if given is None or given.name == "none":
        return None
    if given.name == BY_KIND and spec.clean is None:
        kind, options = BY_KIND, {"region"}
    elif given.name in CLEANERS:
        kind, options = CLEANERS[given.name].kind, set(CLEANERS[given.name].options)
    else:
        scope.book.mistake((*path, "clean"), f"no cleaner {given.name}", did_you_mean(given.name, {*KINDS, "none"}))
        return None
    if canonical.type is FieldType.DATE and kind != "date":
        scope.book.mistake((*path, "clean"), "a date is cleaned as date")
    fixed, by_row = _defaults(scope, options)
    for name, option in (given.__pydantic_extra__ or {}).items():
        check_region(name, option, scope, (*path, "clean", name))
        if name not in options:
            hint = did_you_mean(name, options) if options else "it takes none"
            scope.book.mistake((*path, "clean", name), f"cleaner {given.name} has no option {name}", hint)
        elif option.constant is not None and option.codes is None:
            fixed[name] = option.constant
            by_row.pop(name, None)
        else:
            by_row[name] = value(option, scope, (*path, "clean", name))
    return Cleaner(kind, fixed, by_row, frozenset(given.__pydantic_extra__ or {}))


def check_region(name: str, option: OptionSpec, scope: Scope, path: Path_) -> None:
    """A region that is no country would silently leave every phone and address unread."""
    written = option.constant
    if name == "region" and written is not None and option.codes is None and not re.fullmatch(_ISO_COUNTRY, written):
        hint = f"write CN, or {{column: {written}}} for a column"
        scope.book.mistake(path, f"{written} is no country code", hint)


def _defaults(scope: Scope, options: set[str]) -> tuple[dict[str, str], dict[str, Value]]:
    defaults = scope.book.spec.defaults
    fixed: dict[str, str] = {}
    by_row: dict[str, Value] = {}
    if "order" in options and defaults.order is not None:
        fixed["order"] = defaults.order
    if "region" in options and defaults.region is not None:
        check_region("region", defaults.region, scope, ("defaults", "region"))
        if defaults.region.constant is not None:
            fixed["region"] = defaults.region.constant
        else:
            root = Scope(scope.book, scope.book.root, scope.seen)
            by_row["region"] = value(defaults.region, root, ("defaults", "region"))
            if defaults.region.default is not None:
                fixed["region"] = defaults.region.default
    return fixed, by_row


def _check_choices(spec: FieldSpec, canonical: CanonicalField, scope: Scope, path: Path_) -> None:
    if canonical.type is not FieldType.CHOICE:
        return
    for text in possible_texts(spec, scope.book.spec.codes):
        if text not in canonical.choices:
            scope.book.mistake(path, f"{canonical.path} cannot be {text}", f"one of {', '.join(canonical.choices)}")


def _check_keys(spec: FieldSpec, canonical: CanonicalField, scope: Scope, path: Path_) -> None:
    timely = canonical.type in (FieldType.DATE, FieldType.INSTANT)
    fits = {
        "format": timely,
        "time_zone": timely,
        "number": canonical.type is FieldType.DECIMAL,
        "system": canonical.type is FieldType.REFERENCE,
        "as_": canonical.path.startswith("extra."),
    }
    for name, ok in fits.items():
        if getattr(spec, name) is not None and not ok:
            key = name.rstrip("_")
            scope.book.mistake((*path, key), f"`{key}` means nothing for {canonical.path}", f"it is {canonical.type}")
    if spec.time_zone is not None:
        check_time_zone(spec.time_zone, scope, (*path, "time_zone"))


def check_time_zone(name: str, scope: Scope, path: Path_) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        scope.book.mistake(path, f"no time zone {name}", "write it as Europe/Berlin")


def note_codes(field: Field, frame: pl.DataFrame, rows: pl.Series, problems: Problems) -> None:
    """Reports unknown codes of `frame`, whose columns are the field's expressions; `rows` are the base rows."""
    used = [*field.value.codes]
    if field.cleaner is not None:
        used += [use for option in field.cleaner.row_options.values() for use in option.codes]
    for i, use in enumerate(used):
        codes = frame[f"{field.path}#{i}"]
        problems.add_codes(use.list, codes)
        if use.policy == "reject":
            bad = rows.filter(codes.is_not_null())
            problems.add(bad, field.path, "unknown_code", f"the code is not in list {use.list}", reject=True)


def evaluate(
    field: Field,
    frame: pl.DataFrame,
    rows: pl.Series,
    problems: Problems,
    options: Mapping[str, pl.Series] | None = None,
) -> Evaluated:
    """The field's values for `frame` (its expressions' columns). `options` fill those that the mapping left open."""
    text = frame[field.path]
    cleaner_options = _options(field, frame, options or {})
    match field.canonical.type:
        case FieldType.TEXT:
            if field.cleaner is not None:
                return _cleaned(field, text, cleaner_options, rows, problems)
            return Evaluated(text)
        case FieldType.REFERENCE:
            return Evaluated(text.to_frame("t").select(pl.lit(field.system + ":") + pl.col("t")).to_series())
        case FieldType.DATE:
            read = convert.dates(text, field.time_zone, field.style, cleaner_options)
        case FieldType.INSTANT:
            read = convert.instants(text, field.time_zone, field.style)
        case FieldType.DECIMAL:
            read = convert.decimals(text, field.number)
        case FieldType.INTEGER:
            read = convert.integers(text)
        case FieldType.BOOLEAN:
            read = convert.booleans(text)
        case FieldType.CHOICE:
            read = convert.choices(text, field.canonical.choices)
        case _:  # pragma: no cover
            assert_never(field.canonical.type)
    said = None if read.reasons is None else read.reasons.filter(read.bad)
    reject = field.on_invalid is OnInvalid.REJECT
    problems.add(rows.filter(read.bad), field.path, *_UNREADABLE[field.canonical.type], reject=reject, said=said)
    return Evaluated(read.values)


def _options(field: Field, frame: pl.DataFrame, open_options: Mapping[str, pl.Series]) -> dict[str, str | pl.Series]:
    """Per option: what the field itself says, else its neighbours (`open_options`), else the file's defaults."""
    cleaner = field.cleaner
    if cleaner is None:
        return {}
    found: dict[str, str | pl.Series] = dict(cleaner.options)
    for name in sorted({*open_options, *cleaner.row_options}):
        layers = [] if name in cleaner.explicit or name not in open_options else [open_options[name]]
        layers += [frame[f"{field.path}?{name}"]] if name in cleaner.row_options else []
        if layers:
            columns = [_option(name, layer).alias(str(i)) for i, layer in enumerate(layers)]
            last = pl.lit(cleaner.options.get(name), dtype=pl.String)
            found[name] = pl.DataFrame(columns).select(pl.coalesce(pl.all(), last).alias(name)).to_series()
    return found


def _option(name: str, given: pl.Series) -> pl.Series:
    # A country that is none must not reach the cleaners: what the source writes there is not always a code.
    o = pl.col("o").str.strip_chars()
    if name == "region":
        o = pl.when(o.str.to_uppercase().str.contains(_ISO_COUNTRY)).then(o.str.to_uppercase())
    return given.to_frame("o").select(o.alias("o")).to_series()


def _cleaned(
    field: Field, text: pl.Series, options: dict[str, str | pl.Series], rows: pl.Series, problems: Problems
) -> Evaluated:
    assert field.cleaner is not None
    cleaned = clean_column(field.cleaner.kind, text, **options)
    bad = (cleaned["valid"] == False).fill_null(False)  # noqa: E712 - a Series
    # A made-up value (test@test.com) is a placeholder that looks like a value: it must never bring two records together.
    shown: pl.Expr = pl.when(~pl.col("reasons").list.contains("dummy").fill_null(False)).then("display")
    if field.cleaner.kind == "phone":
        shown = pl.coalesce(pl.col("parts").struct.field("e164"), shown)
    kept = pl.coalesce(shown, "text") if field.on_invalid is OnInvalid.KEEP else pl.lit(None, dtype=pl.String)
    frame = cleaned.with_columns(text=text, bad=bad)
    values = frame.select(pl.when("bad").then(kept).otherwise(shown).alias("v")).to_series()
    said = cleaned["reasons"].list.join(", ").filter(bad)
    reject = field.on_invalid is OnInvalid.REJECT
    problems.add(rows.filter(bad), field.path, *_INVALID, reject=reject, said=said)
    return Evaluated(values, cleaned["parts"], cleaned["valid"])
