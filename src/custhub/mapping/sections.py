"""One customer of a row: the fields of a section of the mapping -> a frame of canonical customers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import polars as pl

from custhub.declaration import Path_, did_you_mean
from custhub.mapping.canonical import BY_KIND, LISTS, SCALARS, CanonicalField, FieldType
from custhub.mapping.fields import Evaluated, Field, compile_field, evaluate, note_codes
from custhub.mapping.lists import Entry, collect, compile_entry, items
from custhub.mapping.problems import Problems
from custhub.mapping.scope import Form, Scope
from custhub.mapping.spec import ConditionSpec, FieldSpec, SectionSpec, ValueSpec
from custhub.mapping.tables import Context
from custhub.mapping.values import Value, condition, value
from custhub.model.customer import Kind, RelationType
from custhub.model.frames import CUSTOMER
from custhub.model.refs import CHILD_MARK

_PARTS = {  # canonical field -> part of the person and company cleaners
    "name.family": "family",
    "name.given": "given",
    "name.middle": "middle",
    "name.prefix": "title",
    "name.suffix": "suffix",
    "name.native": "native",
    "name.legal_form": "legal",
}
_PERSONAL = ("name.family", "name.given", "name.middle")
_HAN = r"^[\p{Han}·]+$"


def values_of(done: Mapping[str, Evaluated], path: str, height: int) -> pl.Series:
    """A field's values; nulls when it is not mapped."""
    if path in done:
        return done[path].values
    return pl.Series(path, [None], dtype=pl.String).new_from_index(0, height)


def full_name(field: Field, frame: pl.DataFrame, kinds: pl.Series, rows: pl.Series, problems: Problems) -> Evaluated:
    """`name.full`, cleaned as person or company as each row's kind says, unless the mapping names a cleaner."""
    if field.cleaner is None or field.cleaner.kind != BY_KIND:
        return evaluate(field, frame, rows, problems)
    company = (kinds == Kind.ORGANISATION).fill_null(False)
    found: list[Evaluated] = []
    for kind, mask in (("person", ~company), ("company", company)):
        this = replace(field, cleaner=replace(field.cleaner, kind=kind))
        own = frame.with_columns(pl.when(pl.lit(mask)).then(pl.col(field.path)).alias(field.path))
        found.append(evaluate(this, own, rows, problems))
    person, firm = found[0].written("person"), found[1].written("company")
    values = pl.DataFrame([person.values.alias("p"), firm.values.alias("c")]).select(pl.coalesce("p", "c")).to_series()
    assert person.parts is not None
    assert firm.parts is not None
    both = pl.concat([person.parts.struct.unnest(), firm.parts.struct.unnest()], how="horizontal")
    return Evaluated(values, both.to_struct("parts"))


def name_fields(done: Mapping[str, Evaluated], height: int) -> pl.DataFrame:
    """The name's fields by canonical path. Given, middle and family name are filled all together or not at all."""
    paths = [path for path in SCALARS if path.startswith("name.")]
    names = pl.DataFrame([values_of(done, path, height).alias(path) for path in paths])
    full = done.get("name.full")
    if full is not None and full.parts is not None:
        frame = names.with_columns(full.parts.alias("parts"))
        own = any(path in done for path in _PERSONAL)
        known = full.parts.struct.unnest().columns
        names = frame.with_columns(
            pl.col("parts").struct.field(part).alias(path)
            for path, part in _PARTS.items()
            if part in known and path not in done and not (own and path in _PERSONAL)
        ).drop("parts")
    given = pl.concat_str("name.given", "name.middle", "name.family", separator=" ", ignore_nulls=True)
    chinese = pl.concat_str("name.family", "name.given", ignore_nulls=True)
    east = pl.col("name.family").fill_null("").str.contains(_HAN)
    made = pl.when(east).then(chinese).otherwise(pl.when(given != "").then(given))
    return names.with_columns(pl.coalesce("name.full", made, "name.native").alias("name.full"))


_EXTRA = "extra."
_NAMING = ("name.full", "name.family", "name.given", "name.native")


@dataclass(frozen=True, slots=True)
class Section:
    """A compiled section. `child` marks records that are not the row's own: keys `K#child` or `K#child-<key>`."""

    table: str
    child: str | None
    key: Value | None
    by_row: bool  # each row of `table` is a customer of its own
    when: pl.Expr | None
    fields: Mapping[str, Field]
    entries: Mapping[str, tuple[Entry, ...]]

    def expressions(self) -> list[pl.Expr]:
        found = [] if self.when is None else [self.when]
        found += [] if self.key is None else [self.key.expr]
        for entry in (entry for entries in self.entries.values() for entry in entries):
            found += entry.expressions()
        return found + [expr for field in self.fields.values() for expr in field.expressions().values()]


@dataclass(frozen=True, slots=True)
class Part:
    """Where a section stands in the file and whose rows it is about."""

    spec: SectionSpec
    path: Path_
    scope: Scope
    child: str | None = None
    when: ConditionSpec | None = None
    key: ValueSpec | None = None
    by_row: bool = False


def compile_section(part: Part) -> Section:
    scope, book = part.scope, part.scope.book
    fields: dict[str, Field] = {}
    for path, spec in part.spec.fields().items():
        canonical = _canonical(path, spec, scope, (*part.path, path))
        if canonical is not None:
            fields[path] = compile_field(spec, canonical, scope, (*part.path, path))
    if part.by_row and "kind" not in fields:
        person = FieldSpec(constant=Kind.PERSON)
        fields["kind"] = compile_field(person, SCALARS["kind"], scope, part.path)
    entries: dict[str, tuple[Entry, ...]] = {}
    for path, specs in part.spec.entries().items():
        found = [
            compile_entry(s, path, scope, _place(book.source.lines, part.path, path, i)) for i, s in enumerate(specs)
        ]
        entries[path] = tuple(entry for entry in found if entry is not None)
    if "kind" not in fields:
        book.mistake(part.path, "`kind` is not mapped", "kind: =person, or a column with a code list")
    if not any(path in fields for path in _NAMING):
        book.mistake(part.path, "no name is mapped", "map name.full (or name.given and name.family)")
    when = None if part.when is None else condition(part.when, scope, (*part.path[:-1], "when"))
    key = None if part.key is None else value(part.key, scope, (*part.path[:-1], "key"), form=Form.TEXT)
    return Section(scope.own, part.child, key, part.by_row, when, fields, entries)


def _place(lines: Mapping[Path_, int], section: Path_, path: str, number: int) -> Path_:
    indexed = (*section, path, number)
    return indexed if indexed in lines else (*section, path)


def _canonical(path: str, spec: FieldSpec, scope: Scope, place: Path_) -> CanonicalField | None:
    if path in SCALARS:
        return SCALARS[path]
    if path.startswith(_EXTRA) and len(path) > len(_EXTRA):
        return CanonicalField(path, spec.as_ or FieldType.TEXT)
    groups = {p.partition(".")[0] for p in SCALARS if "." in p}
    hint = f"write {path}.full: ..." if path in groups else did_you_mean(path, [*SCALARS, *LISTS, "extra.<name>"])
    scope.book.mistake(place, f"the canonical customer has no field {path}", hint)
    return None


def records(section: Section, source: str, context: Context, root_keys: pl.Series, problems: Problems) -> pl.DataFrame:
    """The section's customers over `context`: `_base`, `_root`, `key`, and CUSTOMER's columns. Required fields that
    are missing are problems; the caller takes rejected rows out."""
    context, bases = _chosen(section, context)
    wanted = {n: e for f in section.fields.values() for n, e in f.expressions().items()}
    frame = context.select({"_any": pl.lit(True), **wanted})
    done: dict[str, Evaluated] = {}
    rows = pl.int_range(context.height, dtype=pl.UInt32, eager=True)
    local = Problems(codes=problems.codes)
    for path, field in section.fields.items():
        note_codes(field, frame, rows, local)
        if path != "name.full":
            done[path] = evaluate(field, frame, rows, local)
    kinds = values_of(done, "kind", context.height)
    if "name.full" in section.fields:
        done["name.full"] = full_name(section.fields["name.full"], frame, kinds, rows, local)
    names = name_fields(done, context.height)
    _require(kinds, names, local)
    lists = {path: _list(path, section, context, local) for path in LISTS}
    roots = context.rows_of(context_root(context))
    root_rows = rows if roots is None else roots.cast(pl.UInt32)
    row_keys = root_keys.gather(root_rows)
    key, missing = _keys(section, context, row_keys)
    local.add(rows.filter(missing), "key", "missing", "the contact has no key of its own", reject=True)
    if section.by_row:
        lists["relations"] = _with_contact_of(lists["relations"], source, row_keys)
    for found in local.found:  # from rows of the chosen context to rows of the section's table
        problems.found.append(found.with_columns(bases.gather(found["row"]).alias("row")))
    return _assemble(done, kinds, names, lists).with_columns(_base=bases, _root=root_rows, key=key)


def context_root(context: Context) -> str:
    return next(name for name, plan in context.tables.plans.items() if plan.parent is None)


def _chosen(section: Section, context: Context) -> tuple[Context, pl.Series]:
    rows = pl.int_range(context.height, dtype=pl.UInt32, eager=True)
    if section.when is None:
        return context, rows
    passed = rows.filter(context.select({"when": section.when})["when"])
    seen = {name: passed if at is None else at.gather(passed) for name, at in context.rows.items()}
    return Context(context.tables, passed.len(), seen), passed


def _require(kinds: pl.Series, names: pl.DataFrame, problems: Problems) -> None:
    rows = pl.int_range(kinds.len(), dtype=pl.UInt32, eager=True)
    known = [f.filter(pl.col("field") == "kind")["row"] for f in problems.found]
    told = pl.concat(known) if known else pl.Series([], dtype=pl.UInt32)
    without = rows.filter(kinds.is_null())
    without = without.filter(~without.is_in(told.implode()))
    problems.add(without, "kind", "missing", "it is neither known as person nor as organisation", reject=True)
    problems.add(rows.filter(names["name.full"].is_null()), "name", "missing", "it has no name", reject=True)


def _list(path: str, section: Section, context: Context, problems: Problems) -> pl.Series:
    found = [items(entry, i, context, problems) for i, entry in enumerate(section.entries.get(path, ()))]
    return collect(path, found, context.height)


def _keys(section: Section, context: Context, row_keys: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Record keys, and which of them are missing."""
    frame = pl.DataFrame({"row": row_keys})
    none = pl.Series("missing", [False]).new_from_index(0, frame.height)
    if section.child is None:
        return row_keys.alias("key"), none
    stem = pl.col("row") + CHILD_MARK + section.child
    if not section.by_row:
        return frame.select(stem.alias("key")).to_series(), none
    own = context.select({"own": section.key.expr})["own"] if section.key else _landed_keys(section, context)
    frame = frame.with_columns(own=own)
    return frame.select((stem + pl.lit("-") + pl.col("own")).fill_null(stem).alias("key")).to_series(), own.is_null()


def _landed_keys(section: Section, context: Context) -> pl.Series:
    keys = context.tables.landed(section.table, "_key")
    at = context.rows_of(section.table)
    return keys if at is None else keys.gather(at)


def _with_contact_of(relations: pl.Series, source: str, row_keys: pl.Series) -> pl.Series:
    frame = pl.DataFrame({"had": relations, "row": row_keys})
    to = (pl.lit(f"{source}:") + pl.col("row")).alias("to")
    one = pl.struct(pl.lit(str(RelationType.CONTACT_OF)).alias("type"), to)
    return frame.select(pl.concat_list(one, "had").alias("relations")).to_series()


def _assemble(
    done: Mapping[str, Evaluated], kinds: pl.Series, names: pl.DataFrame, lists: Mapping[str, pl.Series]
) -> pl.DataFrame:
    height = kinds.len()
    dtype = CUSTOMER["name"]
    assert isinstance(dtype, pl.Struct)
    parts = {path.removeprefix("name."): names[path] for path in names.columns} | {"aliases": lists["name.aliases"]}
    name = pl.DataFrame([parts[part].alias(part) for part in list(dtype.to_schema())]).to_struct("name")
    columns = [kinds.alias("kind"), name]
    columns += [values_of(done, p, height).alias(p) for p in SCALARS if "." not in p and p != "kind"]
    columns += [lists[path].alias(path) for path in LISTS if "." not in path]
    columns.append(_extra({p: e.values for p, e in done.items() if p.startswith(_EXTRA)}, height))
    return pl.DataFrame(columns).select(CUSTOMER.names())


def _extra(values: Mapping[str, pl.Series], height: int) -> pl.Series:
    """JSON text of the attributes that have a value, by name."""
    rows = pl.DataFrame({"_": pl.int_range(height, eager=True)})
    frame = rows.with_columns(column.alias(path.removeprefix(_EXTRA)) for path, column in sorted(values.items()))
    members = [
        pl.when(pl.col(name).is_not_null()).then(pl.struct(name).struct.json_encode().str.slice(1).str.head(-1))
        for name in frame.columns[1:]
    ]
    inside = pl.concat_str(members, separator=",", ignore_nulls=True) if members else pl.lit("")
    return frame.with_columns((pl.lit("{") + inside + pl.lit("}")).alias("_json"))["_json"].alias("extra")
