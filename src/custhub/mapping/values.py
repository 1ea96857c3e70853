"""Values in YAML -> Polars expressions of text, blank is null; conditions -> Boolean ones, which are never null."""

from __future__ import annotations

import functools
import operator
import re
from dataclasses import dataclass, replace

import polars as pl
from polars.exceptions import PolarsError

from custhub.declaration import Path_, did_you_mean
from custhub.mapping.scope import Cell, Form, Scope
from custhub.mapping.spec import Change, CodeListSpec, ConditionSpec, ReplaceSpec, SplitSpec, UnknownCode, ValueSpec


def check_pattern(pattern: str, scope: Scope, path: Path_) -> bool:
    """Whether a regular expression compiles; notes a mistake when not."""
    try:
        pl.Series([""]).str.contains(pattern)
    except PolarsError:
        scope.book.mistake(path, "is not a regular expression", "syntax: docs.rs/regex (no look-around)")
        return False
    return True


def condition(spec: ConditionSpec, scope: Scope, path: Path_) -> pl.Expr:
    if spec.all is not None:
        return functools.reduce(operator.and_, _each(spec.all, scope, (*path, "all")), pl.lit(True))
    if spec.any is not None:
        return functools.reduce(operator.or_, _each(spec.any, scope, (*path, "any")), pl.lit(False))
    if spec.not_ is not None:
        return ~condition(spec.not_, scope, (*path, "not"))
    if spec.has is not None:
        return _has(spec, scope, path)
    return _column(spec, scope, path)


def _each(specs: list[ConditionSpec], scope: Scope, path: Path_) -> list[pl.Expr]:
    return [condition(spec, scope, (*path, i)) for i, spec in enumerate(specs)]


def _has(spec: ConditionSpec, scope: Scope, path: Path_) -> pl.Expr:
    book, table = scope.book, spec.has
    assert table is not None
    if table not in book.declared_tables:
        book.mistake((*path, "has"), f"table {table} is not declared", did_you_mean(table, book.declared_tables))
        return pl.lit(False)
    parent = book.parent(table)
    if parent is not None and not scope.can_see(parent):
        book.mistake((*path, "has"), f"{table} cannot be seen from a row of {scope.own}")
    where = None if spec.where is None else condition(spec.where, scope.alone(table), (*path, "where"))
    number = str(len(book.tests))
    book.tests[number] = (table, where)
    return pl.col(Cell(Form.HAS, table, number).name)


def _column(spec: ConditionSpec, scope: Scope, path: Path_) -> pl.Expr:
    assert spec.column is not None
    cell = scope.cell(spec.column, (*path, "column"), Form.TEXT)

    def fold(text: str) -> str:
        return text.lower() if spec.ignore_case else text

    shown = cell.str.to_lowercase() if spec.ignore_case else cell
    tests: list[pl.Expr] = []
    if spec.blank is not None:
        value = scope.cell(spec.column, (*path, "column"), Form.VALUE)
        tests.append(value.is_null() if spec.blank else value.is_not_null())
    if spec.equals is not None:
        tests.append(shown == fold(spec.equals))
    if spec.in_ is not None:
        tests.append(shown.is_in([fold(text) for text in spec.in_]))
    if spec.matches is not None and check_pattern(spec.matches, scope, (*path, "matches")):
        tests.append(cell.str.contains(f"(?i){spec.matches}" if spec.ignore_case else spec.matches))
    if spec.starts_with is not None:
        tests.append(shown.str.starts_with(fold(spec.starts_with)))
    if spec.contains is not None:
        tests.append(shown.str.contains(fold(spec.contains), literal=True))
    tests += _bounds(spec, cell)
    return functools.reduce(operator.and_, [test.fill_null(False) for test in tests], pl.lit(True))


def _bounds(spec: ConditionSpec, cell: pl.Expr) -> list[pl.Expr]:
    number = cell.cast(pl.Float64, strict=False)
    found = []
    if spec.at_least is not None:
        found.append((cell if isinstance(spec.at_least, str) else number) >= spec.at_least)
    if spec.at_most is not None:
        found.append((cell if isinstance(spec.at_most, str) else number) <= spec.at_most)
    return found


_HOLE = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class CodeUse:
    """A place where a code list is used: `unknown` is the code that the list does not know, null when it does."""

    list: str
    policy: UnknownCode
    unknown: pl.Expr

    def unless(self, settled: pl.Expr) -> CodeUse:
        return replace(self, unknown=pl.when(~settled).then(self.unknown))


@dataclass(frozen=True, slots=True)
class Value:
    """A compiled value."""

    expr: pl.Expr
    codes: tuple[CodeUse, ...] = ()


NOTHING = Value(pl.lit(None, dtype=pl.String))


def _blank_to_null(expr: pl.Expr) -> pl.Expr:
    trimmed = expr.str.strip_chars()
    return pl.when(trimmed != "").then(trimmed)


def value(spec: ValueSpec, scope: Scope, path: Path_, *, form: Form = Form.VALUE) -> Value:
    """`form` TEXT keeps placeholders: for codes, numbers and flags, where `0` says something."""
    if spec.codes is not None or spec.keep_placeholders:
        form = Form.TEXT
    found = _origin(spec, scope, path, form)
    expr = found.expr
    if spec.split is not None:
        expr = _split(expr, spec.split, scope, (*path, "split"))
    if spec.replace is not None:
        expr = _replace(expr, spec.replace, scope, (*path, "replace"))
    for change in spec.change:
        expr = _change(expr, change)
    found = Value(expr, found.codes)
    if spec.codes is not None:
        found = _code(found, spec.codes, scope, (*path, "codes"))
    if spec.when is not None:
        test = condition(spec.when, scope, (*path, "when"))
        found = Value(pl.when(test).then(found.expr), tuple(use.unless(~test) for use in found.codes))
    if spec.default is not None:
        found = replace(found, expr=found.expr.fill_null(pl.lit(spec.default)))
    return found


def _origin(spec: ValueSpec, scope: Scope, path: Path_, form: Form) -> Value:
    if spec.column is not None:
        return Value(scope.cell(spec.column, (*path, "column"), form))
    if spec.constant is not None:
        return Value(pl.lit(spec.constant, dtype=pl.String))
    if spec.template is not None:
        return Value(_template(spec.template, scope, (*path, "template"), form))
    if spec.condition is not None:
        test = condition(spec.condition, scope, (*path, "condition"))
        return Value(pl.when(test).then(pl.lit("true")).otherwise(pl.lit("false")))
    if spec.join is not None:
        parts = [value(p, scope, (*path, "join", i), form=form) for i, p in enumerate(spec.join)]
        separator = " " if spec.separator is None else spec.separator
        joined = pl.concat_str([p.expr for p in parts], separator=separator, ignore_nulls=True)
        return Value(_blank_to_null(joined), tuple(use for p in parts for use in p.codes))
    return _first_of(spec.first_of or [], scope, (*path, "first_of"), form)


def _first_of(specs: list[ValueSpec], scope: Scope, path: Path_, form: Form) -> Value:
    found = NOTHING
    for i, spec in enumerate(specs):
        this, before = value(spec, scope, (*path, i), form=form), found.expr
        later = tuple(use.unless(before.is_not_null()) for use in this.codes)
        found = Value(pl.coalesce(before, this.expr), found.codes + later)
    return found


def _template(text: str, scope: Scope, path: Path_, form: Form) -> pl.Expr:
    holes = [scope.cell(name.strip(), path, form) for name in _HOLE.findall(text)]
    if not holes or "{" in _HOLE.sub("", text) or "}" in _HOLE.sub("", text):
        scope.book.mistake(path, "is not a template", "write columns as {COLUMN}; without columns use `constant`")
        return NOTHING.expr
    literals = _HOLE.split(text)[::2]
    parts: list[pl.Expr] = [pl.lit(literals[0])]
    for hole, literal in zip(holes, literals[1:], strict=True):
        parts += [hole.fill_null(""), pl.lit(literal)]
    filled = pl.concat_str(parts).str.replace_all(r"\s+", " ")
    return pl.when(pl.any_horizontal([hole.is_not_null() for hole in holes])).then(_blank_to_null(filled))


def _split(expr: pl.Expr, spec: SplitSpec, scope: Scope, path: Path_) -> pl.Expr:
    if spec.by is not None:
        place = spec.part - 1 if spec.part > 0 else spec.part
        return _blank_to_null(expr.str.split(spec.by).list.get(place, null_on_oob=True))
    assert spec.pattern is not None
    if not check_pattern(spec.pattern, scope, (*path, "pattern")):
        return expr
    if re.sub(r"\\.|\[[^]]*\]|\(\?(?!P?<)", "", spec.pattern).count("(") < spec.group:
        scope.book.mistake((*path, "group"), f"the pattern has no group {spec.group}", "put round brackets around it")
    return _blank_to_null(expr.str.extract(spec.pattern, spec.group))


def _replace(expr: pl.Expr, spec: ReplaceSpec, scope: Scope, path: Path_) -> pl.Expr:
    if not check_pattern(spec.pattern, scope, (*path, "pattern")):
        return expr
    return _blank_to_null(expr.str.replace_all(spec.pattern, spec.with_))


def _change(expr: pl.Expr, change: Change) -> pl.Expr:
    match change:
        case Change.UPPER:
            return expr.str.to_uppercase()
        case Change.LOWER:
            return expr.str.to_lowercase()
        case Change.STRIP_LEADING_ZEROS:
            return expr.str.replace(r"^0+(.)", "$1")
        case Change.DIGITS:
            return _blank_to_null(expr.str.replace_all(r"\D", ""))


def _code(found: Value, name: str, scope: Scope, path: Path_) -> Value:
    spec = scope.book.code_list(name, path)
    if spec is None:
        return found
    given = found.expr
    meant = given.replace_strict(
        list(spec.values), list(spec.values.values()), default=spec.default, return_dtype=pl.String
    )
    expr = pl.when(given.is_null()).then(pl.lit(spec.blank, dtype=pl.String)).otherwise(meant)
    unknown = pl.when(~given.is_in(list(spec.values))).then(given)
    uses = () if spec.unknown is UnknownCode.DEFAULT else (CodeUse(name, spec.unknown, unknown),)
    return Value(expr, found.codes + uses)


def possible_texts(spec: ValueSpec, codes: dict[str, CodeListSpec]) -> list[str]:
    """The texts that a value is known to give: constants, defaults and what code lists say."""
    found = [text for text in (spec.constant, spec.default) if text is not None and spec.codes is None]
    if spec.codes is not None and spec.codes in codes:
        used = codes[spec.codes]
        found += [t for t in (*used.values.values(), used.default, used.blank, spec.default) if t is not None]
    for part in spec.first_of or []:
        found += possible_texts(part, codes)
    return found
