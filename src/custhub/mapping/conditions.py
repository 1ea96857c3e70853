"""Conditions in YAML -> Boolean Polars expressions that are never null."""

from __future__ import annotations

import functools
import operator

import polars as pl
from polars.exceptions import PolarsError

from custhub.declaration import Path_, did_you_mean
from custhub.mapping.scope import Cell, Form, Scope
from custhub.mapping.spec import ConditionSpec


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
