"""The parts of a customer's name: as mapped, else as the cleaner of `name.full` reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from custhub.mapping.canonical import BY_KIND, SCALARS
from custhub.mapping.fields import Evaluated, Field, evaluate
from custhub.mapping.problems import Problems
from custhub.model.customer import Kind

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
