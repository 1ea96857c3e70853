"""Lists of a canonical customer: entries of the YAML -> items, collected per row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
import pyarrow as pa

from custhub.clean import split_values
from custhub.declaration import Path_, did_you_mean
from custhub.mapping.canonical import LISTS, CanonicalField, FieldType, item_fields
from custhub.mapping.fields import Evaluated, Field, compile_field, evaluate, note_codes
from custhub.mapping.problems import Problems
from custhub.mapping.scope import Scope
from custhub.mapping.spec import EntrySpec, FieldSpec
from custhub.mapping.tables import Context
from custhub.mapping.values import condition
from custhub.model.frames import CUSTOMER

_AUTO = "auto"
_ADDRESS_PARTS = {  # canonical field -> part of the address cleaner
    "street": "street",
    "house_number": "house_number",
    "unit": "unit",
    "district": "county",
    "city": "city",
    "region": "province",
    "postal_code": "postcode",
    "country": "country",
}
_WESTERN = (("street", "house_number", "unit"), ("district",), ("postal_code", "city"), ("region",), ("country",))
_CHINESE = (("region", "city", "district", "street", "house_number", "unit"),)
_NEEDED = {  # fields without which an item is none, and those without which it is a mistake of the source
    "identifiers": (("value",), ("type",)),
    "emails": (("value",), ()),
    "phones": (("value",), ()),
    "relations": (("to",), ("type",)),
    "consents": (("state",), ("purpose", "channel")),
    "organisation_views": (
        ("organisation", "key", "owner", "currency", "credit_limit", "payment_terms", "delivery_terms", "price_list"),
        ("organisation",),
    ),
    "addresses": (("street", "house_number", "unit", "district", "city", "region", "postal_code", "raw", "lines"), ()),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One compiled entry of a list. `lines` are the text items of an address."""

    path: str
    table: str | None
    when: pl.Expr | None
    fields: Mapping[str, Field]
    lines: tuple[Field, ...] = ()
    several: str | None = None
    limit: int | None = None
    system: str = ""

    def expressions(self) -> list[pl.Expr]:
        found = [] if self.when is None else [self.when]
        return found + [e for f in (*self.fields.values(), *self.lines) for e in f.expressions().values()]


def compile_entry(spec: EntrySpec, path: str, scope: Scope, place: Path_) -> Entry | None:
    """None when its table is not known; the mistakes are in the scope's book."""
    book = scope.book
    inner = scope
    if spec.from_ is not None:
        if spec.from_ not in book.declared_tables:
            hint = did_you_mean(spec.from_, book.declared_tables) or "declare it under `tables:`"
            book.mistake((*place, "from"), f"table {spec.from_} is not declared", hint)
            return None
        inner = scope.inside(spec.from_)
    canonical = item_fields(path)
    fields = {n: compile_field(s, canonical[n], inner, (*place, n)) for n, s in spec.fields().items()}
    lines = tuple(_line(s, i, inner, (*place, "lines", i)) for i, s in enumerate(getattr(spec, "lines", [])))
    if not fields and not lines:
        book.mistake(place, f"an item of {path} needs {' or '.join(list(canonical)[:3])}")
    for name in _needed(path):
        if name not in fields:
            book.mistake(place, f"an item of {path} needs `{name}`")
    if spec.several is not None and "value" not in fields:
        book.mistake((*place, "several"), "only items with `value` can stand several in a cell")
    when = None if spec.when is None else condition(spec.when, inner, (*place, "when"))
    return Entry(path, spec.from_, when, fields, lines, spec.several, spec.limit, book.spec.source)


def _line(spec: FieldSpec, number: int, scope: Scope, place: Path_) -> Field:
    return compile_field(spec, CanonicalField(f"addresses.lines.{number}", FieldType.TEXT), scope, place)


def _needed(path: str) -> tuple[str, ...]:
    """The fields that an entry must have; the type of an identifier the cleaner may find out."""
    anchors, others = _NEEDED.get(path, ((), ()))
    return (anchors if len(anchors) == 1 else ()) + (others if path != "identifiers" else ())


def items(entry: Entry, number: int, context: Context, problems: Problems) -> pl.DataFrame:
    """The items that one entry gives: `_base` (row of the section's table), `_entry`, and the item's fields."""
    if entry.table is None:
        bases, here = pl.int_range(context.height, dtype=pl.UInt32, eager=True).alias("_base"), context
    else:
        pairs = context.pairs(entry.table)
        bases, here = pairs["_base"], context.beside(entry.table, pairs)
    wanted = {n: e for f in (*entry.fields.values(), *entry.lines) for n, e in f.expressions().items()}
    frame = here.select({"_when": pl.lit(True) if entry.when is None else entry.when, **wanted})
    frame = frame.with_columns(bases.cast(pl.UInt32).alias("_base")).filter("_when")
    main = f"{entry.path}.value" if LISTS[entry.path] is not None else entry.path
    if "value" in entry.fields:
        frame = frame.filter(pl.col(main).is_not_null())  # most rows of most lists: spare the cleaners
    if entry.limit is not None:
        frame = frame.filter(pl.int_range(pl.len()).over("_base") < entry.limit)
    if entry.several is not None:
        frame = _exploded(frame, main, entry)
    found = _evaluated(entry, frame, problems)
    return _without_incomplete(entry, found, problems).with_columns(_entry=pl.lit(number, dtype=pl.Int32))


def _exploded(frame: pl.DataFrame, column: str, entry: Entry) -> pl.DataFrame:
    text = frame[column]
    cleaner = entry.fields["value"].cleaner
    if entry.several == _AUTO:
        lists = split_values(cleaner.kind if cleaner else "text", text)
    else:
        lists = text.str.split(entry.several or ";")
    exploded = frame.with_columns(lists.alias(column)).explode(column, empty_as_null=True, keep_nulls=True)
    trimmed = pl.col(column).str.strip_chars()
    return exploded.with_columns(trimmed).filter(pl.col(column) != "")


def _evaluated(entry: Entry, frame: pl.DataFrame, problems: Problems) -> pl.DataFrame:
    bases = frame["_base"]
    done: dict[str, Evaluated] = {}
    order = sorted(entry.fields, key=lambda name: name in ("value", "raw"))  # these may want their neighbours
    for name in order:
        used = entry.fields[name]
        note_codes(used, frame, bases, problems)
        done[name] = evaluate(used, frame, bases, problems, _neighbours(used, done))
    columns = [bases, *(done[name].values.alias(name) for name in order)]
    found = pl.DataFrame(columns)
    if entry.path == "identifiers":
        return _identifiers(found, done.get("value"))
    if entry.path == "addresses":
        return _addresses(entry, found, done, frame, problems)
    if entry.path in ("consents", "organisation_views"):
        name = "source" if entry.path == "consents" else "system"
        return found if name in found.columns else found.with_columns(pl.lit(entry.system).alias(name))
    if entry.path in ("emails", "phones") and "raw" not in found.columns:
        return found.with_columns(frame[f"{entry.path}.value"].alias("raw"))
    return found


def _neighbours(used: Field, done: Mapping[str, Evaluated]) -> dict[str, pl.Series]:
    """Options that the item's other fields give: an identifier's type and country, an address's country."""
    if used.cleaner is None or used.cleaner.kind not in ("identifier", "address"):
        return {}
    wanted = {"type": "type", "region": "country"} if used.cleaner.kind == "identifier" else {"region": "country"}
    return {option: done[name].values for option, name in wanted.items() if name in done}


def _identifiers(found: pl.DataFrame, value: Evaluated | None) -> pl.DataFrame:
    if value is None or value.parts is None:
        return found
    parts = value.parts.struct
    more = {"type": parts.field("type"), "country": parts.field("country"), "valid": value.valid}
    return found.with_columns(_or_else(found, name, part) for name, part in more.items() if part is not None)


def _addresses(
    entry: Entry, found: pl.DataFrame, done: Mapping[str, Evaluated], frame: pl.DataFrame, problems: Problems
) -> pl.DataFrame:
    """Parts that the cleaner found where the mapping gives none; `raw` and `lines` from what there is."""
    for name in ("raw", "street"):
        parts = done[name].written("address").parts if name in done else None
        if parts is not None:
            found = _filled(found, parts, own=name if name == "street" else None)
    lines = [evaluate(f, frame, found["_base"], problems).values.alias(str(i)) for i, f in enumerate(entry.lines)]
    if lines:
        together = pl.DataFrame(lines).select(pl.concat_list(pl.all()).list.drop_nulls().alias("lines"))
        found = found.with_columns(together.to_series())
    if "raw" in entry.fields:
        return found.with_columns(frame["addresses.raw"].alias("raw"))
    known = {name: pl.col(name) for name in found.columns if name != "_base"}
    lines_text = [pl.col("lines").list.join(", ")] if lines else []
    western = _line_of(_WESTERN, known, ", ", " ", lines_text)
    chinese = _line_of(_CHINESE, known | _region_once(known), "", "", lines_text)
    names = [known[name] for name in ("street", "city", "district") if name in known]
    east = pl.concat_str(pl.lit(""), *names, ignore_nulls=True).str.contains(r"\p{Han}")
    return found.with_columns(pl.when(east).then(chinese).otherwise(western).alias("raw"))


def _region_once(known: Mapping[str, pl.Expr]) -> dict[str, pl.Expr]:
    """A municipality is region and city, 上海市 上海市: it is said once."""
    if not {"region", "city"} <= known.keys():
        return {}
    twice = pl.col("city").str.starts_with(pl.col("region")).fill_null(False)
    return {"region": pl.when(~twice).then("region")}


def _line_of(
    groups: tuple[tuple[str, ...], ...], known: Mapping[str, pl.Expr], between: str, within: str, lines: list[pl.Expr]
) -> pl.Expr:
    """The address as one text, from the fields that are there."""
    members = [[known[name] for name in group if name in known] for group in groups]
    pieces = [*lines, *(pl.concat_str(m, separator=within, ignore_nulls=True) for m in members if m)]
    return _not_empty(pl.concat_str([_not_empty(p) for p in pieces], separator=between, ignore_nulls=True))


def _not_empty(text: pl.Expr) -> pl.Expr:
    return pl.when(text != "").then(text)


def _filled(found: pl.DataFrame, parts: pl.Series, own: str | None) -> pl.DataFrame:
    names = [part.name for part in parts.struct.unnest().get_columns()]
    columns = []
    for name, part in _ADDRESS_PARTS.items():
        if part in names:
            piece = parts.struct.field(part)
            first = pl.coalesce(pl.lit(piece), pl.col(name)).alias(name)
            columns.append(first if name == own else _or_else(found, name, piece))
    return found.with_columns(columns)


def _or_else(found: pl.DataFrame, name: str, value: pl.Series) -> pl.Expr:
    """The column as the mapping gives it; `value` where it gives none."""
    given = [pl.col(name)] if name in found.columns else []
    return pl.coalesce(*given, pl.lit(value)).alias(name)


def _without_incomplete(entry: Entry, found: pl.DataFrame, problems: Problems) -> pl.DataFrame:
    anchors, needed = _NEEDED.get(entry.path, (("value",), ()))
    made = {"lines"} if "raw" in entry.fields else {"lines", "raw"}  # a country alone makes no address
    there = [pl.col(name) for name in anchors if name in found.columns and name not in made]
    tests = [column.is_not_null() for column in there]
    if "lines" in found.columns:
        tests.append(pl.col("lines").list.len() > 0)
    found = found.filter(pl.any_horizontal(tests)) if tests else found.clear()
    for name in needed:
        missing = pl.col(name).is_null() if name in found.columns else pl.lit(True)
        lost = found.filter(missing)
        if lost.height:
            reject = entry.path != "identifiers"
            reason = f"an item of {entry.path} has no {name}"
            problems.add(lost["_base"], f"{entry.path}.{name}", "missing", reason, reject=reject)
        if entry.path == "identifiers":  # a number of unknown type is still worth keeping
            keep = pl.col(name) if name in found.columns else pl.lit(None, dtype=pl.String)
            found = found.with_columns(keep.fill_null("unknown").alias(name))
        else:
            found = found.filter(~missing)
    return found


def collect(path: str, found: list[pl.DataFrame], height: int) -> pl.Series:
    """The list column over all rows: items in the order of entries and rows, the same item once."""
    dtype = _dtype(path)
    frames = [_as_items(frame, dtype.inner) for frame in found if frame.height]
    if not frames:
        return pl.Series(path, [[]], dtype=dtype).new_from_index(0, height)
    everything = pl.concat(frames)
    several = everything.select(pl.col("_base").is_duplicated()).to_series()
    if several.any():  # most customers have one address: nothing to compare
        same = _SAME.get(path, everything.columns)
        once = everything.filter(several).unique(same, keep="first", maintain_order=True)
        everything = pl.concat([everything.filter(~several), once])
    everything = everything.sort("_base", maintain_order=True)
    starts = np.zeros(height + 1, np.int64)
    np.cumsum(np.bincount(everything["_base"], minlength=height), out=starts[1:])
    if path in ("emails", "phones"):
        place = np.arange(everything.height) - starts[everything["_base"]] + 1
        everything = everything.with_columns(pl.col("rank").fill_null(pl.lit(pl.Series(place))))
    return _lists(everything.drop("_base"), starts, dtype).alias(path)


_SAME = {"emails": ("_base", "value"), "phones": ("_base", "value"), "identifiers": ("_base", "type", "value")}


def _lists(items: pl.DataFrame, starts: np.ndarray, dtype: pl.List) -> pl.Series:
    """Items in one list a row, which holds those from its start to the next row's."""
    values = items.to_struct() if isinstance(dtype.inner, pl.Struct) else items["value"]
    arrow = values.to_arrow(compat_level=pl.CompatLevel.newest())
    return pl.Series(pa.LargeListArray.from_arrays(starts, arrow), dtype=dtype)


def _dtype(path: str) -> pl.List:
    head, _, tail = path.partition(".")
    dtype: object = CUSTOMER[head]
    if tail:
        assert isinstance(dtype, pl.Struct)
        dtype = next(field.dtype for field in dtype.fields if field.name == tail)
    assert isinstance(dtype, pl.List)
    return dtype


def _as_items(frame: pl.DataFrame, item: object) -> pl.DataFrame:
    schema = item.to_schema() if isinstance(item, pl.Struct) else pl.Schema({"value": pl.String()})
    columns = [
        pl.col(n).cast(t) if n in frame.columns else pl.lit([] if isinstance(t, pl.List) else None, dtype=t).alias(n)
        for n, t in schema.items()
    ]
    return frame.select(pl.col("_base").cast(pl.UInt32), *columns)
