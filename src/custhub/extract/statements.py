"""The SELECTs of an extraction, for any database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import sqlalchemy as sa

from custhub.extract.landing import KeyRule, key_rule, parent_rule
from custhub.extract.spec import KeyCase, SqlStream

AsText: TypeAlias = Callable[["sa.ColumnElement[Any]", str], "sa.ColumnElement[Any]"]
"""How a database is asked for a column of a type."""

TEXT_TYPES = frozenset({"str", "text", "varchar", "bpchar", "name", "citext"})
ZERO_DATE = "zero_date"
"""Kind of a date or time that may be 0000-00-00: what MySQL keeps for no date in a column without null."""

_INITIAL = ("", "00000000")
"""What systems without null write into the date of a row that was never changed."""


@dataclass(frozen=True, slots=True)
class Relation:
    """A stream's table or query, with the columns and types that the database told."""

    name: str
    spec: SqlStream
    types: dict[str, str]

    @property
    def clause(self) -> sa.FromClause:
        return clause_of(self.spec, f"s_{self.name}", tuple(self.types))

    def everything(self, as_text: AsText, names: Sequence[str] | None = None) -> sa.Select[Any]:
        """All rows; of their columns only `names`, where given."""
        clause = self.clause
        return sa.select(*self._columns(clause, as_text, names)).select_from(clause)

    def newest(self, as_text: AsText, below: object | None) -> sa.Select[Any]:
        """The highest cursor values; `below` bounds the first column."""
        clause, names = self.clause, self.spec.cursor.columns if self.spec.cursor else ()
        columns = [clause.c[name] for name in names]
        found = sa.select(*self._columns(clause, as_text, names)).where(sa.not_(sa.or_(*_unknown(self, clause))))
        found = found if below is None else found.where(columns[0] <= sa.literal(below))
        return found.order_by(*(c.desc() for c in columns)).limit(1)

    def _columns(
        self, clause: sa.FromClause, as_text: AsText, names: Sequence[str] | None = None
    ) -> list[sa.ColumnElement[Any]]:
        wanted = self.types if names is None else names
        return [as_text(clause.c[name], self.types[name]).label(name) for name in wanted]


def clause_of(spec: SqlStream, alias: str, columns: Sequence[str]) -> sa.FromClause:
    """The stream's table or query under a name of its own."""
    named: list[sa.ColumnClause[Any]] = [sa.column(name) for name in columns]
    if spec.table:
        schema, _, table = spec.table.rpartition(".")
        return sa.table(table, *named, schema=schema or None).alias(alias)
    # A colon would be a parameter to SQLAlchemy: the query is the database's own SQL and has none.
    text = sa.text((spec.query or "").strip().rstrip(";").replace(":", r"\:"))
    return text.columns(*named).subquery(alias)


def families(
    relation: Relation, relations: Sequence[Relation], starts: dict[str, Sequence[object] | None], as_text: AsText
) -> sa.Select[Any]:
    """All rows of `relation` whose family, in any of the `relations`, has a row changed since `starts`."""
    root = next(r for r in relations if not r.spec.parent)
    texts = _compared_as_text(relations, root)
    changed = [_changed_keys(r, root, texts, starts[r.name]) for r in relations if r.spec.cursor]
    keys = sa.union(*changed).subquery("changed") if len(changed) > 1 else changed[0].distinct().subquery("changed")
    clause = relation.clause
    same = [own == key for own, key in zip(_key(relation, root, clause, texts), keys.c, strict=True)]
    return sa.select(*relation._columns(clause, as_text)).select_from(clause.join(keys, sa.and_(*same)))


def _changed_keys(
    relation: Relation, root: Relation, texts: Sequence[bool], start: Sequence[object] | None
) -> sa.Select[Any]:
    clause = relation.clause
    keys = _key(relation, root, clause, texts)
    found = sa.select(*(key.label(f"k{i}") for i, key in enumerate(keys))).select_from(clause)
    return found if start is None else found.where(_changed(relation, clause, start))


def _changed(relation: Relation, clause: sa.FromClause, start: Sequence[object]) -> sa.ColumnElement[bool]:
    """At or after `start`. Rows without cursor value always count as changed: else nobody would ever see them."""
    names = relation.spec.cursor.columns if relation.spec.cursor else ()
    columns = [clause.c[name] for name in names]
    first, value = columns[0], sa.literal(start[0])
    if len(start) == 1:
        reached = first >= value
    else:
        reached = sa.or_(first > value, sa.and_(first == value, columns[1] >= sa.literal(start[1])))
    return sa.or_(reached, *_unknown(relation, clause))


def _unknown(relation: Relation, clause: sa.FromClause) -> list[sa.ColumnElement[bool]]:
    """Of which one holds for a row that does not tell when it was changed."""
    columns = [clause.c[name] for name in (relation.spec.cursor.columns if relation.spec.cursor else ())]
    unknown: list[sa.ColumnElement[bool]] = [column.is_(None) for column in columns]
    kind = relation.types[columns[0].name]
    if kind in TEXT_TYPES:
        unknown += [columns[0] == sa.literal(initial) for initial in _INITIAL]
    elif kind == ZERO_DATE:
        unknown.append(columns[0] == sa.literal_column("0"))
    return unknown


def _key(
    relation: Relation, root: Relation, clause: sa.FromClause, texts: Sequence[bool]
) -> list[sa.ColumnElement[Any]]:
    """The root's key in a row of `relation`, normalised in the database as it will be after landing."""
    rule = _root_key(relation, root)
    keys = []
    for name, as_text in zip(rule.columns, texts, strict=True):
        key: sa.ColumnElement[Any] = clause.c[name]
        key = sa.cast(key, sa.String) if as_text or rule.strip or rule.case else key
        key = sa.func.trim(key) if rule.strip else key
        match rule.case:
            case KeyCase.UPPER:
                key = sa.func.upper(key)
            case KeyCase.LOWER:
                key = sa.func.lower(key)
            case None:
                pass
        keys.append(key)
    return keys


def _root_key(relation: Relation, root: Relation) -> KeyRule:
    return parent_rule(relation.spec, root.spec) or key_rule(relation.spec)


def _compared_as_text(relations: Sequence[Relation], root: Relation) -> list[bool]:
    """Whether a part of the key is text in one stream and something else in another."""
    mixed = []
    for i in range(len(root.spec.key)):
        kinds = {relation.types[_root_key(relation, root).columns[i]] for relation in relations} - {""}
        mixed.append(len({kind in TEXT_TYPES for kind in kinds}) > 1)
    return mixed
