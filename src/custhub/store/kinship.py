"""Keys by which golden customers that belong together without being one find each other: members of a household, a branch
and its head office, and what sources declare.

They are filed with each version, among its keys for look-ups, and read when somebody asks (`pipeline.relating`). So links
follow every merge and split, cost a run little, and are no part of anybody's identity, document or hash.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import polars as pl

from custhub.clean import clean_column

HOUSEHOLD, HEAD, TIE = "household", "head", "tie"
_BRANCHES = "分公司|分行|支行|分店|分部|分厂|分廠|分院|分校|办事处|辦事處|营业部|營業部|项目部|專案部|(?i:branch)"
_FORMS = (("有限责任公司", "有限公司"), ("股份有限公司", "有限公司"))

_HOME = ("street", "house_number", "unit", "city", "postal_code")
KIN = pl.Schema(
    {
        "name": pl.Struct({"family": pl.String()}),
        "addresses": pl.List(pl.Struct(dict.fromkeys(_HOME, pl.String()))),
        "relations": pl.List(pl.Struct({"to": pl.String()})),
        "parent": pl.String(),
    }
)
"""What of a golden document ties it to others."""


def kin_keys(active: pl.DataFrame) -> Iterator[pl.LazyFrame]:
    """kind, value, golden_id under which others find these golden customers: golden_id, kind, display_name and KIN."""
    is_branch = (pl.col("kind") == "organisation") & pl.col("display_name").str.contains(_BRANCHES)
    yield _households(active.lazy())
    branches = active.lazy().filter(is_branch).select("golden_id", "display_name").collect(engine="in-memory")
    if not branches.is_empty():  # reading their names costs a click as much as the rest of it
        yield _heads(branches).lazy()
    yield _ties(active.lazy())


def _households(active: pl.LazyFrame) -> pl.LazyFrame:
    """Family name and address; without a house number or unit an address is a street, and no household."""
    homes = active.select("golden_id", pl.col("name").struct.field("family"), home="addresses").drop_nulls()
    homes = homes.explode("home").drop_nulls("home").unnest("home")
    place = pl.coalesce("postal_code", "city")
    door = pl.concat_str("house_number", "unit", separator=" ", ignore_nulls=True)
    parts = [_plain(e) for e in (pl.col("family"), place, pl.col("street"), door)]
    whole = pl.all_horizontal(e.str.len_chars() > 0 for e in parts)
    return homes.filter(whole).select(pl.lit(HOUSEHOLD).alias("kind"), _joined(parts), "golden_id")


def _plain(text: pl.Expr) -> pl.Expr:
    return text.str.to_lowercase().str.replace_all(r"[^\p{L}\p{N}]+", " ").str.strip_chars()


def _joined(parts: list[pl.Expr]) -> pl.Expr:
    return pl.concat_str(parts, separator="|").alias("value")


def _heads(branches: pl.DataFrame) -> pl.DataFrame:
    """The names that the head office of a branch may go by."""
    read = clean_column("company", branches["display_name"])["parts"].struct
    named = branches.select("golden_id", name="display_name", head=read.field("head")).drop_nulls("head")
    rows = [(golden_id, form) for golden_id, name, head in named.iter_rows() for form in sorted(_forms(name, head))]
    found = pl.DataFrame(rows, schema={"golden_id": pl.String, "value": pl.String}, orient="row")
    return found.select(pl.lit(HEAD).alias("kind"), "value", "golden_id")


def _forms(name: str, head: str) -> set[str]:
    forms = {head, name[: len(head)]}  # as cleaning reads it, and in the branch's own script
    for one, other in _FORMS:
        forms |= {form.replace(one, other) for form in forms if form.endswith(one)}
        forms |= {form.removesuffix(other) + one for form in forms if form.endswith(other) and not form.endswith(one)}
    if not head.endswith("公司"):
        forms |= {form + legal for form in forms for legal in ("有限公司", "股份有限公司")}
    return forms


def _ties(active: pl.LazyFrame) -> pl.LazyFrame:
    """Source records that a golden customer's sources declare it to be tied to."""
    told = pl.col("relations").list.eval(pl.element().struct.field("to")).alias("value")
    both = [active.select("golden_id", told).explode("value"), active.select("golden_id", value="parent")]
    return pl.concat(both).drop_nulls().select(pl.lit(TIE).alias("kind"), "value", "golden_id")


def declared(doc: str | None) -> list[tuple[str, str]]:
    """What a golden document's sources declare: type (RelationType, or parent) and source reference."""
    document = json.loads(doc or "{}")
    told = [(str(relation["type"]), str(relation["to"])) for relation in document.get("relations") or []]
    return told + ([("parent", str(document["parent"]))] if document.get("parent") else [])
