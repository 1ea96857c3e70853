"""Which golden values differ between two versions of the same customers."""

from __future__ import annotations

import json
from collections.abc import Iterator

import polars as pl

from custhub.golden.rules import LISTS, NAME_PARTS
from custhub.model.frames import CUSTOMER, decode_docs
from custhub.model.hashing import canonical_json

DIFFERENCE = pl.Schema(
    {
        "golden_id": pl.String(),
        "attribute": pl.String(),
        "old": pl.String(),
        "new": pl.String(),
        "rule": pl.String(),
    }
)


def differences(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """One row (DIFFERENCE) per attribute that differs; values as JSON text, null: none.

    Both frames have golden_id and doc, `after` prov too; customers in one of them only are left out.
    """
    both = after.select("golden_id", "doc", "prov").join(
        before.select("golden_id", pl.col("doc").alias("doc_old")), on="golden_id", how="inner"
    )
    both = both.filter(pl.col("doc") != pl.col("doc_old")).sort("golden_id")
    if both.is_empty():
        return pl.DataFrame(schema=DIFFERENCE)
    old, new = decode_docs(both["doc_old"]), decode_docs(both["doc"])
    found = [
        _differing(both, attribute, old.select(_text(value)).to_series(), new.select(_text(value)).to_series())
        for attribute, value in _attributes()
    ]
    told = pl.concat([*found, _extra(both, old["extra"], new["extra"])])
    return told.sort("golden_id", "attribute").select(DIFFERENCE.names())


def _attributes() -> Iterator[tuple[str, pl.Expr]]:
    for name in CUSTOMER.names():
        if name not in ("name", "extra"):
            yield name, pl.col(name)
    for part in (*NAME_PARTS, "aliases"):
        yield f"name.{part}", pl.col("name").struct.field(part)


def _text(value: pl.Expr) -> pl.Expr:
    """JSON text of a value; null for null and empty lists."""
    encoded = pl.struct(value.alias("_")).struct.json_encode().str.strip_prefix('{"_":').str.strip_suffix("}")
    encoded = encoded.str.replace_all(r',"[a-z_]+":(?:null|\[\])', "").str.replace_all(
        r'\{"[a-z_]+":(?:null|\[\]),', "{"
    )
    return pl.when(~encoded.is_in(["null", "[]"])).then(encoded).alias("text")


def _differing(both: pl.DataFrame, attribute: str, old: pl.Series, new: pl.Series) -> pl.DataFrame:
    sides = both.select("golden_id", "prov").with_columns(old.alias("old"), new.alias("new"))
    changed = sides.filter(pl.col("old").ne_missing(pl.col("new")))
    return changed.select(
        "golden_id", pl.lit(attribute).alias("attribute"), "old", "new", _rule(attribute).alias("rule")
    )


def _rule(attribute: str) -> pl.Expr:
    """The letter of the rule by which the value was chosen."""
    whole = attribute.partition(".")[0]
    pinned = pl.any_horizontal(
        pl.col("prov").str.contains(f'"{name}":{{"pin":', literal=True) for name in dict.fromkeys((attribute, whole))
    )
    if whole in LISTS or attribute == "name.aliases":
        chosen = pl.lit("a")
    else:
        own, group = (pl.col("prov").str.json_path_match(f"$['{name}'][1]") for name in (attribute, whole))
        chosen = pl.coalesce(own, group, pl.lit("u"))
    return pl.when(pinned).then(pl.lit("p")).otherwise(chosen)


def _extra(both: pl.DataFrame, old: pl.Series, new: pl.Series) -> pl.DataFrame:
    """Differences in a project's own attributes, key by key."""
    sides = both.select("golden_id", "prov").with_columns(old.alias("old"), new.alias("new"))
    rows = []
    for golden_id, prov, before, after in sides.filter(pl.col("old").ne_missing(pl.col("new"))).iter_rows():
        was, is_ = json.loads(before or "{}"), json.loads(after or "{}")
        note = json.loads(prov)
        for key in sorted({*was, *is_}):
            if was.get(key) != is_.get(key):
                attribute = f"extra.{key}"
                letter = "p" if attribute in note.get("pins", {}) else note.get(attribute, [0, "u"])[1]
                rows.append((golden_id, attribute, _json(was.get(key)), _json(is_.get(key)), letter))
    return pl.DataFrame(rows, schema=DIFFERENCE, orient="row")


def _json(value: object) -> str | None:
    return None if value is None else canonical_json(value)
