"""Lists of a cluster: every distinct value is kept once, the best first; consents keep the most restrictive word."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from custhub.golden.choose import normal_form
from custhub.model.customer import ConsentState
from custhub.model.frames import CUSTOMER

_RESTRICTION = {state.value: rank for rank, state in enumerate(ConsentState)}
_ADDRESS_PARTS = ("country", "postal_code", "region", "city", "district", "street", "house_number", "unit")
RANKED = ("emails", "phones")
LIST_COLUMNS = ("c", "row", "system", "key", "trust", "recent", "order")
"""What `merge_list` needs beside the list: the cluster, the record and what it weighs."""


def merge_list(rows: pl.DataFrame, name: str, keep: int | None = None) -> pl.DataFrame:
    """(c, <name>): the golden list per cluster.

    `rows` has LIST_COLUMNS and the list column; entries are ordered by the trust and date
    of their best record, the source's own rank, the number of records that hold them and the sources' order.
    """
    kind = _KINDS[name]
    entries = _explode(rows, name)
    if name == "organisation_views":
        entries = _own_views(entries)
    best = _best(_compared(entries, kind), entries["e"], kind)
    ordered = best.sort("c", *_ORDER, descending=[False, *_DOWN])
    if keep is not None:
        ordered = ordered.filter(pl.int_range(pl.len()).over("c") < keep)
    ordered = _filled(ordered.with_columns(entries["e"].gather(ordered["pos"])), kind, name)
    if name in RANKED:
        place = pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("c")
        ordered = ordered.with_columns(pl.col("e").struct.with_fields(place.alias("rank")))
    return ordered.group_by("c", maintain_order=True).agg(pl.col("e").alias(name))


def entry_key(name: str) -> pl.Expr:
    """The normal form under which two entries `e` of a list are the same."""
    return _KINDS[name].key


_ORDER = ("trust", "recent", "rank", "support", "order", "pos")
_DOWN = (True, True, False, True, False, False)


@dataclass(frozen=True, slots=True)
class _ListKind:
    """How entries `e` of one list compare: same key, same entry; the highest `first` speaks for them."""

    key: pl.Expr
    rank: pl.Expr
    first: pl.Expr
    fill: tuple[str, ...] = ()  # parts that the spokesman, the first of them, takes from others when it lacks them
    says_more: pl.Expr | None = None  # whether the entry's `raw` says more than its value does: it is kept then
    typed: bool = False  # an entry without type is dropped when the same stands there with one


def _field(name: str) -> pl.Expr:
    return pl.col("e").struct.field(name)


def _compact(value: pl.Expr) -> pl.Expr:
    """Letters and digits only."""
    return normal_form(value).str.replace_all(r"[^\p{L}\p{N}]+", "")


def _extended() -> pl.Expr:
    """Whether something follows the number in what the source wrote: an extension, which E.164 has no room for."""
    raw, number = (_field(part).str.replace_all("[^0-9]+", "") for part in ("raw", "value"))
    return (~raw.str.ends_with(number.str.slice(-6))).fill_null(False)


def _joined(*parts: pl.Expr) -> pl.Expr:
    return pl.concat_str([p.fill_null("") for p in parts], separator="|")


def _address_key() -> pl.Expr:
    parts = pl.concat_str([_compact(_field(p)).fill_null("") for p in _ADDRESS_PARTS], separator="|")
    lines = _compact(_field("lines").list.join(" "))
    empty = "|" * (len(_ADDRESS_PARTS) - 1)
    text = pl.concat_str(parts, pl.lit("/"), lines.fill_null(""))
    return pl.when((parts != empty) | (lines != "")).then(text).otherwise(_compact(_field("raw")))


def _view_key() -> pl.Expr:
    return _joined(_field("system"), _field("organisation"), _field("key"))


_NO_RANK = pl.lit(2**31, dtype=pl.Int64)
_EQUAL = pl.lit(0, dtype=pl.Int64)
_RANK = _field("rank").fill_null(2**31)
_STRICT = _field("state").replace_strict(_RESTRICTION, default=len(_RESTRICTION), return_dtype=pl.Int64)

_KINDS: dict[str, _ListKind] = {
    "identifiers": _ListKind(
        _joined(normal_form(_field("type")), _compact(_field("value"))), _NO_RANK, _EQUAL, ("country", "valid")
    ),
    "emails": _ListKind(normal_form(_field("value")), _RANK, _EQUAL, ("raw", "type")),
    "phones": _ListKind(_compact(_field("value")), _RANK, _EQUAL, ("raw", "type"), _extended()),
    "addresses": _ListKind(_address_key(), _NO_RANK, _EQUAL, ("raw",), typed=True),
    "languages": _ListKind(normal_form(pl.col("e")), _NO_RANK, _EQUAL),
    "websites": _ListKind(normal_form(pl.col("e")).str.strip_suffix("/"), _NO_RANK, _EQUAL),
    "relations": _ListKind(_joined(_field("type"), _field("to")), _NO_RANK, _EQUAL),
    "consents": _ListKind(_joined(normal_form(_field("purpose")), normal_form(_field("channel"))), _NO_RANK, _STRICT),
    "organisation_views": _ListKind(_view_key(), _NO_RANK, _EQUAL),
}


def _explode(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    """One row per entry `e`, with `pos` in its record's list."""
    filled = rows.lazy().filter(pl.col(name).list.len() > 0).select(*LIST_COLUMNS, pl.col(name).alias("e"))
    entries = filled.explode("e").filter(pl.col("e").is_not_null())
    return entries.with_columns(pl.int_range(pl.len(), dtype=pl.Int64).alias("pos")).collect()


def _own_views(entries: pl.DataFrame) -> pl.DataFrame:
    """Views named by their record where the mapping did not: two accounts of one organisation are two views."""
    return entries.with_columns(
        pl.col("e").struct.with_fields(
            pl.coalesce(pl.field("system"), "system").alias("system"), pl.coalesce(pl.field("key"), "key").alias("key")
        )
    )


def _compared(entries: pl.DataFrame, kind: _ListKind) -> pl.DataFrame:
    """What decides between entries, without the entries: these are heavy to move about, `pos` leads back to them."""
    keyed = entries.select(
        *LIST_COLUMNS, "pos", kind.key.alias("k"), kind.rank.alias("rank"), kind.first.alias("first")
    )
    if kind.typed:
        keyed = keyed.with_columns(entries.select(_field("type").alias("type")))
    keyed = keyed.filter(pl.col("k").is_not_null() & (pl.col("k") != ""))
    return keyed.with_columns(pl.col("k").hash().alias("code")).drop("k")


def _best(entries: pl.DataFrame, values: pl.Series, kind: _ListKind) -> pl.DataFrame:
    """One entry per cluster and key, with `support` = how often it stands in the cluster.

    Parts in which others fill the spokesman's gaps stand beside it as `_<part>`.
    """
    by = ["c", "code"]
    if kind.typed:
        named = pl.col("type").is_not_null()
        entries = entries.filter(named | ~named.any().over("c", "code"))
        by.append("type")
    supported = entries.with_columns(pl.len().over("c", "code").cast(pl.Int64).alias("support"))
    ordered = supported.sort("first", *_ORDER, descending=[True, *_DOWN])
    best = ordered.unique(by, keep="first", maintain_order=True)
    shared = ordered.filter(pl.col("support") > 1) if kind.fill else ordered.clear()
    if shared.is_empty():
        return best
    shared = shared.with_columns(values.gather(shared["pos"]))
    parts = {part: _field(part) for part in kind.fill}
    if kind.says_more is not None:
        parts["raw"] = _field("raw").sort_by(kind.says_more, descending=True, maintain_order=True)
    lacking = shared.group_by(by, maintain_order=True).agg(
        part.drop_nulls().first().alias(f"_{name}") for name, part in parts.items()
    )
    return best.join(lacking, on=by, how="left", nulls_equal=True)


def _filled(best: pl.DataFrame, kind: _ListKind, name: str) -> pl.DataFrame:
    """Entries with their gaps filled."""
    parts = [part for part in kind.fill if f"_{part}" in best.columns]
    inner = CUSTOMER[name]
    assert isinstance(inner, pl.List)
    if not parts:
        return best
    return best.with_columns(
        pl.col("e")
        .struct.with_fields(pl.coalesce(pl.col(f"_{p}"), pl.field(p)).alias(p) for p in parts)
        .cast(inner.inner)
    )
