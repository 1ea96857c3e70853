"""What a column's name means at one place of a mapping file, and the book in which compiling notes its mistakes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

import polars as pl

from custhub.declaration import Path_, Source, did_you_mean
from custhub.errors import Mistake
from custhub.mapping.spec import CodeListSpec, MappingSpec
from custhub.model.numbers import NumberFormat

_SEPARATOR = "\x1f"


class Form(StrEnum):
    """How a cell is read: trimmed TEXT (for codes, tests, numbers), or VALUE, where placeholders are blank too."""

    TEXT = "text"
    VALUE = "value"
    HAS = "has"  # not a column: whether test number `column` on rows of `table` passes


@dataclass(frozen=True, slots=True)
class Cell:
    """One column of one table, as a name that fits into a Polars expression."""

    form: Form
    table: str
    column: str

    @property
    def name(self) -> str:
        return _SEPARATOR.join((self.form, self.table, self.column))

    @classmethod
    def parse(cls, name: str) -> Cell:
        form, table, column = name.split(_SEPARATOR)
        return cls(Form(form), table, column)


def cells(expressions: Iterable[pl.Expr]) -> list[Cell]:
    """The cells that expressions read, each once, in a stable order."""
    names = {name for expression in expressions for name in expression.meta.root_names()}
    return [Cell.parse(name) for name in sorted(names)]


@dataclass(slots=True)
class Book:
    """What all of one file's compiling shares."""

    source: Source
    spec: MappingSpec
    time_zone: str
    number: NumberFormat
    columns: Mapping[str, tuple[str, ...]] | None
    declared_codes: frozenset[str]  # also those that are themselves mistaken
    declared_tables: frozenset[str]
    mistakes: list[Mistake] = field(default_factory=list)
    tests: dict[str, tuple[str, pl.Expr | None]] = field(default_factory=dict)  # has-tests: number -> table, where

    def mistake(self, path: Path_, problem: str, hint: str = "") -> None:
        while path and path not in self.source.lines:  # shorthands have no keys of their own
            path = path[:-1]
        found = self.source.mistake(path, problem, hint)
        if found not in self.mistakes:
            self.mistakes.append(found)

    @property
    def root(self) -> str:
        return self.spec.stream

    def stream(self, table: str) -> str:
        found = self.spec.tables.get(table)
        return (found.stream or table) if found else table

    def parent(self, table: str) -> str | None:
        if table == self.root or table not in self.spec.tables:
            return None
        return self.spec.tables[table].of or self.root

    def is_table(self, name: str) -> bool:
        return name == self.root or name in self.declared_tables

    def code_list(self, name: str, path: Path_) -> CodeListSpec | None:
        if name not in self.declared_codes:
            self.mistake(path, f"code list {name} is not declared", did_you_mean(name, self.declared_codes))
        return self.spec.codes.get(name)

    def check_column(self, table: str, column: str, path: Path_) -> None:
        stream = self.stream(table)
        known = None if self.columns is None else self.columns.get(stream)
        if known is not None and column not in known:
            self.mistake(path, f"stream {stream} has no column {column}", did_you_mean(column, known))


@dataclass(frozen=True, slots=True)
class Scope:
    """One place: plain names are columns of `own`; rows of the tables in `seen` stand beside it."""

    book: Book
    own: str
    seen: frozenset[str]

    def inside(self, table: str) -> Scope:
        """The place of one row of `table`, seen from here."""
        return replace(self, own=table, seen=self.seen | {table})

    def can_see(self, table: str) -> bool:
        parent = self.book.parent(table)
        return table in self.seen or (parent is not None and self.can_see(parent))

    def cell(self, reference: str, path: Path_, form: Form) -> pl.Expr:
        """`COLUMN` or `table.COLUMN`. A name with a dot whose head is no table is a column with a dot in its name."""
        head, dot, tail = reference.partition(".")
        table, column = (head, tail) if dot and self.book.is_table(head) else (self.own, reference)
        if not self.can_see(table):
            self.book.mistake(path, f"{table} cannot be seen from a row of {self.own}")
        self.book.check_column(table, column, path)
        return pl.col(Cell(form, table, column).name)

    def alone(self, table: str) -> Scope:
        """The place of a row of `table` with nothing beside it."""
        return Scope(self.book, table, frozenset({table}))
