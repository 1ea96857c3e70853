"""A mapping file -> a compiled Mapping, or all of its mistakes at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from custhub.declaration import Path_, Source, did_you_mean, make
from custhub.errors import ConfigError, Mistake
from custhub.mapping import compiled
from custhub.mapping.fields import check_time_zone
from custhub.mapping.scope import Book, Form, Scope, cells
from custhub.mapping.sections import Part, Section, compile_section
from custhub.mapping.spec import MappingSpec, TableSpec
from custhub.mapping.tables import TablePlan
from custhub.mapping.values import condition
from custhub.model.numbers import NumberFormat


def load_mapping(
    source: Source,
    *,
    time_zone: str = "UTC",
    number: NumberFormat = NumberFormat.PLAIN,
    columns: Mapping[str, tuple[str, ...]] | None = None,
) -> compiled.Mapping:
    """Compiles a mapping file. `time_zone` and `number` are the connector's; `columns` are the landed columns by
    stream, where known. Raises ConfigError with every mistake."""

    def build(spec: MappingSpec) -> tuple[compiled.Mapping, list[Mistake]]:
        data = source.data
        book = Book(source, spec, time_zone, number, columns, _names(data, "codes"), _names(data, "tables"))
        return _compile(book), book.mistakes

    return make(source, MappingSpec, build)


def _names(data: Any, key: str) -> frozenset[str]:
    found = data.get(key) if isinstance(data, dict) else None
    return frozenset(map(str, found)) if isinstance(found, dict) else frozenset()


def _compile(book: Book) -> compiled.Mapping:
    spec = book.spec
    root = Scope(book, spec.stream, frozenset({spec.stream}))
    check_time_zone(book.time_zone, root, ())
    _check_tables(book)
    if any(_circular(book, name) for name in spec.tables):
        raise ConfigError(book.mistakes)
    plans = {spec.stream: TablePlan(spec.stream, spec.stream)}
    plans |= {name: _table(name, table, root) for name, table in spec.tables.items()}
    exclude = tuple(
        (filter_.name, condition(filter_.when, root, ("exclude", i, "when"))) for i, filter_ in enumerate(spec.exclude)
    )
    sections = tuple(compile_section(part) for part in _parts(book, root))
    _check_names(book)
    _check_codes(book)
    streams = tuple(dict.fromkeys(plan.stream for plan in plans.values()))
    return compiled.Mapping(
        spec.source, spec.stream, streams, _provenance(book, sections), plans, book.tests, exclude, sections
    )


def _check_tables(book: Book) -> None:
    for name, table in book.spec.tables.items():
        path: Path_ = ("tables", name)
        if name == book.root:
            book.mistake(path, "has the name of the root stream", "give the table another name, with `stream:`")
        if table.of is not None and not book.is_table(table.of):
            book.mistake(
                (*path, "of"), f"table {table.of} is not declared", did_you_mean(table.of, book.declared_tables)
            )
        elif _circular(book, name):
            book.mistake((*path, "of"), "tables belong to each other in a circle")
        elif table.of not in (None, book.root) and not table.on:
            book.mistake(
                path, f"needs `on:`, because its rows belong to {table.of}", "on: {parent's COLUMN: own COLUMN}"
            )
    if book.columns is not None:
        for name in (book.root, *book.spec.tables):
            if (stream := book.stream(name)) not in book.columns:
                place: Path_ = ("stream",) if name == book.root else ("tables", name)
                book.mistake(place, f"the connector has no stream {stream}", did_you_mean(stream, book.columns))


def _circular(book: Book, name: str) -> bool:
    seen, at = {name}, book.parent(name)
    while at is not None:
        if at in seen:
            return True
        seen.add(at)
        at = book.parent(at)
    return False


def _table(name: str, table: TableSpec, root: Scope) -> TablePlan:
    path: Path_ = ("tables", name)
    alone, book = root.alone(name), root.book
    parent = table.of or book.root
    for theirs, own in table.on.items():
        book.check_column(parent, theirs, (*path, "on", theirs))
        book.check_column(name, own, (*path, "on", theirs))
    for i, order in enumerate(table.order_by):
        book.check_column(name, order.column, (*path, "order_by", i))
    where = None if table.where is None else condition(table.where, alone, (*path, "where"))
    order_by = tuple((order.column, order.descending, order.number) for order in table.order_by)
    return TablePlan(name, table.stream or name, parent, tuple(table.on.items()), where, order_by)


def _parts(book: Book, root: Scope) -> list[Part]:
    spec = book.spec
    parts = [] if spec.customer is None else [Part(spec.customer, ("customer",), root)]
    parts += [
        Part(one.fields, ("customers", i, "fields"), root, child=one.name, when=one.when)
        for i, one in enumerate(spec.customers)
    ]
    for i, contact in enumerate(spec.contacts):
        base: Path_ = ("contacts", i) if ("contacts", i) in book.source.lines else ("contacts",)
        if contact.from_ not in book.declared_tables:
            hint = did_you_mean(contact.from_, book.declared_tables) or "declare it under `tables:`"
            book.mistake((*base, "from"), f"table {contact.from_} is not declared", hint)
            continue
        inner = root.inside(contact.from_)
        parts.append(Part(contact.fields, (*base, "fields"), inner, contact.name, contact.when, contact.key, True))
    return parts


def _check_names(book: Book) -> None:
    spec = book.spec
    for key, names in (
        ("customers", [one.name for one in spec.customers]),
        ("contacts", [one.name for one in spec.contacts]),
        ("exclude", [one.name for one in spec.exclude]),
    ):
        for i, name in enumerate(names):
            if name in names[:i]:
                what = f"name {name} stands twice" if name else "only one customer can be without `name`"
                book.mistake((key, i), what, "record keys are made of names" if key != "exclude" else "")


def _check_codes(book: Book) -> None:
    for name, spec in book.spec.codes.items():
        if spec.unknown == "default" and spec.default is None:
            book.mistake(("codes", name, "unknown"), "`unknown: default` needs a `default`")
        if spec.unknown == "reject" and spec.default is not None:
            book.mistake(("codes", name, "default"), "is never used, because unknown codes are rejected")


def _provenance(book: Book, sections: Iterable[Section]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[pl.Expr]] = {}
    for section in sections:
        for path, one in section.fields.items():
            found.setdefault(path, []).append(one.value.expr)
        for path, entries in section.entries.items():
            for entry in entries:
                found.setdefault(path, []).extend(f.value.expr for f in (*entry.fields.values(), *entry.lines))
    return {path: _columns(book, expressions) for path, expressions in found.items()}


def _columns(book: Book, expressions: list[pl.Expr]) -> tuple[str, ...]:
    read = [cell for cell in cells(expressions) if cell.form is not Form.HAS]
    return tuple(dict.fromkeys(sorted(f"{book.stream(cell.table)}.{cell.column}" for cell in read)))
