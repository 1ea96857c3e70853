"""Survivorship: the records of each cluster become one golden customer, whole columns at a time.

Clusters of one record go straight through (fast path). For the others every attribute is a small table of candidates
from which `choose` keeps one per cluster; lists are united by `merge_list`; pins are laid on top at the end.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

import numpy as np
import polars as pl

from custhub.golden.document import golden_docs, golden_hashes, read_document
from custhub.golden.extras import merge_extras
from custhub.golden.lists import LIST_COLUMNS, RANKED, merge_list
from custhub.golden.names import name_choices, with_names
from custhub.golden.pins import in_force, pin_document, pins_by_golden
from custhub.golden.provenance import provenance_text
from custhub.golden.rules import LISTS, SINGLES, Survivorship
from custhub.golden.trust import weigh
from custhub.golden.units import WEIGHTS, Cluster, choose_attribute, single_candidates
from custhub.model.decisions import Pin
from custhub.model.frames import CUSTOMER, GOLDEN, conform, decode_docs, ref_of, take
from custhub.model.hashing import canonical_json

FREQUENCIES = pl.Schema({"attribute": pl.String(), "value": pl.String(), "count": pl.Int64()})
"""Value frequencies of the frozen model; `value` in normal form (`choose.normal_form`)."""


def survive(
    records: pl.DataFrame,
    rules: Survivorship,
    pins: Sequence[Pin] = (),
    *,
    at: datetime,
    frequencies: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """The golden customers (GOLDEN) of `records`: RECORD's columns plus `golden_id`; all members of each must be there.

    CUSTOMER's columns are read from `doc` where they do not stand in the frame. Records without golden id or document
    are left aside. Golden customers come sorted by their lowest reference.
    """
    cluster = _arrange(records, rules, at, frequencies)
    del records  # as large as all the rest
    customers, choices = _customers(cluster, rules)
    goldens = cluster.heads.select("golden_id", "members").with_columns(
        pl.lit("active").alias("status"),
        pl.lit(None, dtype=pl.String).alias("moved_to"),
        customers["kind"].alias("kind"),
        display_name(customers).alias("display_name"),
        golden_docs(customers),
        provenance_text(cluster, choices).alias("prov"),
    )
    goldens = _pin(goldens, cluster, in_force(pins, at))
    goldens = goldens.with_columns(golden_hashes(goldens))
    return conform(goldens, GOLDEN)


def decoded(records: pl.DataFrame) -> pl.DataFrame:
    """`records` with CUSTOMER's columns beside RECORD's; both have a `status`: the record's becomes `record_status`."""
    if "name" in records.columns:
        return records
    kept = records.filter(pl.col("doc").is_not_null()).rename({"status": "record_status"}, strict=False)
    return pl.concat([kept.drop("doc"), decode_docs(kept["doc"])], how="horizontal")


def display_name(customers: pl.DataFrame) -> pl.Series:
    """Full name, else the parts of it, else its native form."""
    part = pl.col("name").struct.field
    parts = pl.concat_str(part("given"), part("middle"), part("family"), separator=" ", ignore_nulls=True)
    spelled = pl.when(parts != "").then(parts)
    return customers.select(pl.coalesce(part("full"), spelled, part("native")).alias("display_name")).to_series()


def _arrange(records: pl.DataFrame, rules: Survivorship, at: datetime, frequencies: pl.DataFrame | None) -> Cluster:
    """Records in clusters: sorted by cluster and reference, weighed, and the clusters of several told apart."""
    records = decoded(records)
    places = records.select("golden_id", ref_of(), pl.int_range(pl.len(), dtype=pl.UInt32).alias("place"))
    places = places.filter(pl.col("golden_id").is_not_null())
    places = places.with_columns(pl.col("ref").min().over("golden_id").alias("lowest")).sort("lowest", "ref")
    whole = take(records.select("system", "key", "failed_rules", *CUSTOMER.names()), places["place"]).with_columns(
        places["golden_id"],
        places["ref"],
        places["lowest"].rle_id().cast(pl.UInt32).alias("c"),
        pl.int_range(pl.len(), dtype=pl.UInt32).alias("row"),
    )
    whole = whole.with_columns(weigh(whole, rules, at))
    heads = whole.group_by("c", maintain_order=True).agg(
        pl.col("golden_id").first(), pl.col("ref").alias("members"), pl.col("row").first().alias("first")
    )
    several = whole.select(*WEIGHTS, "name", "extra", *SINGLES).filter(pl.len().over("c") > 1)
    return Cluster(whole, heads, several, rules, frequencies)


def _customers(cluster: Cluster, rules: Survivorship) -> tuple[pl.DataFrame, dict[str, pl.DataFrame]]:
    """One row of CUSTOMER's columns per cluster, and the choice behind every attribute that was chosen."""
    choices: dict[str, pl.DataFrame] = {}
    columns: dict[str, pl.Series] = {}
    for name in SINGLES:
        candidates = single_candidates(cluster, name)
        choices[name] = choose_attribute(cluster, name, candidates)
        columns[name] = cluster.pick(cluster.records[name], choices[name])
    named = name_choices(cluster)
    choices |= named
    columns["name"] = with_names(cluster, named)
    columns["source_updated_at"] = _latest(cluster)
    columns["extra"], extra_choices = merge_extras(cluster)
    choices |= extra_choices
    for name in LISTS:
        columns[name] = _list_column(cluster, name, rules.field(name).keep)
    return pl.DataFrame({name: columns[name].alias(name) for name in CUSTOMER.names()}), choices


def _latest(cluster: Cluster) -> pl.Series:
    """When any of the sources last changed the customer."""
    dated = cluster.records.select("c", "recent", "row", "source_updated_at")
    newest = dated.sort("c", "recent", "row", descending=[False, True, False])
    return newest.unique("c", keep="first", maintain_order=True)["source_updated_at"]


def _list_column(cluster: Cluster, name: str, keep: int | None) -> pl.Series:
    """The golden list: as the record has it where there is one entry, else united."""
    records, total = cluster.records, cluster.heads.height
    entries = records[name].list.len().fill_null(0).to_numpy()
    c = records["c"].to_numpy()
    always = name in ("organisation_views", "relations")
    merging = (np.bincount(c, weights=entries, minlength=total) > (0 if always else 1))[c]
    alone = np.flatnonzero((entries > 0) & ~merging)
    several = np.flatnonzero((entries > 0) & merging)
    plain = take(records.select(name), pl.Series(alone))[name]
    if name in RANKED:
        first = pl.element().struct.with_fields(pl.lit(1, dtype=pl.Int64).alias("rank"))
        plain = plain.to_frame().select(pl.col(name).list.eval(first)).to_series()
    united = merge_list(take(records.select(*LIST_COLUMNS, name), pl.Series(several)), name, keep)
    if name == "relations":
        united = _without_own(united, records)
    place = np.full(total, -1, dtype=np.int64)
    place[c[alone]] = np.arange(alone.size)
    place[united["c"].to_numpy()] = alone.size + np.arange(united.height)
    lists = take(pl.concat([plain, united[name]]).to_frame(), pl.Series(place).replace(-1, None))
    return lists.select(pl.col(name).fill_null(pl.lit([], dtype=CUSTOMER[name]))).to_series()


def _without_own(united: pl.DataFrame, records: pl.DataFrame) -> pl.DataFrame:
    """Relations of a customer to its own records, which a merge brings about, are none."""
    entries = united.explode("relations").with_columns(pl.col("relations").struct.field("to").alias("ref"))
    kept = entries.join(records.select("c", "ref"), on=["c", "ref"], how="anti", maintain_order="left")
    return kept.group_by("c", maintain_order=True).agg("relations")


def _pin(goldens: pl.DataFrame, cluster: Cluster, pins: Sequence[Pin]) -> pl.DataFrame:
    """Lays the pins over the few documents that have some."""
    held = pins_by_golden(pins, cluster.records.select("ref", "golden_id")) if pins else {}
    if not held:
        return goldens
    rows = (
        goldens.with_row_index("n")
        .filter(pl.col("golden_id").is_in(list(held)))
        .select("n", "golden_id", "doc", "prov")
    )
    pinned = []
    for n, golden_id, doc, prov in rows.iter_rows():
        laid = pin_document(doc, held[golden_id])
        note = canonical_json({**json.loads(prov), "pins": laid.seen})
        shown = display_name(decode_docs(pl.Series("doc", [laid.doc])))[0]
        pinned.append((n, laid.doc, note, read_document(laid.doc).get("kind"), shown))
    schema = {"n": pl.UInt32, "doc": pl.String, "prov": pl.String, "kind": pl.String, "display_name": pl.String}
    changed = pl.DataFrame(pinned, schema=schema, orient="row")
    both = goldens.with_row_index("n").join(changed, on="n", how="left", suffix="_pinned", maintain_order="left")
    was_pinned = pl.col("doc_pinned").is_not_null()
    laid_over = [
        pl.when(was_pinned).then(pl.col(f"{name}_pinned")).otherwise(pl.col(name)).alias(name)
        for name in schema
        if name != "n"
    ]
    return both.select(*(name for name in goldens.columns if name not in schema), *laid_over)
