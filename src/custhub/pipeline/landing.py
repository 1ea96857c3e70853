"""Compares what was landed with what is known: new, changed, unchanged, superseded, deleted. Pure, on frames."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from custhub.model.hashing import hash_texts
from custhub.model.ledger import RowLedger


@dataclass(frozen=True, slots=True)
class Landing:
    """The rows of a batch, sorted out.

    `work` (row_key, row_hash, batch_id, position, change): rows to map; change is new or changed.
    `deleted` (row_key): known rows that are no longer at the source. `orphans` (stream, _key, _position): child rows
    whose root row is not in the batch.
    """

    work: pl.DataFrame
    deleted: pl.DataFrame
    orphans: pl.DataFrame
    ledger: RowLedger
    children: dict[str, RowLedger]


def families(root: pl.DataFrame, children: dict[str, pl.DataFrame], torn: pl.DataFrame | None = None) -> pl.DataFrame:
    """One row per root key (the last one where a key stands twice), with the hash over it and its child rows.

    Frames hold `_key`, `_parent` (children), `_position`, `_file`, `_hash`. `torn` (stream, _parent, _hash) are child
    rows that cannot be read: with one of them a family is another than without. Returns row_key, row_hash, position.
    """
    last = root.sort("_file", "_position").unique("_key", keep="last", maintain_order=True)
    tokens = [
        frame.select("_parent", token=pl.lit(f"{stream}:") + pl.col("_hash")) for stream, frame in children.items()
    ]
    if torn is not None and not torn.is_empty():
        tokens.append(torn.select("_parent", token=pl.concat_str("stream", pl.lit(":?"), "_hash")))
    if tokens:
        kin = pl.concat(tokens).group_by("_parent").agg(pl.col("token").sort().str.join(","))
        last = last.join(kin, left_on="_key", right_on="_parent", how="left", maintain_order="left")
        whole = pl.concat_str("_hash", pl.col("token").fill_null(""), separator=";")
        last = last.with_columns(_hash=whole.map_batches(hash_texts, return_dtype=pl.String))
    return last.select(row_key="_key", row_hash="_hash", position="_position")


def sort_out(
    batch_id: str,
    root: pl.DataFrame,
    children: dict[str, pl.DataFrame],
    known: pl.DataFrame,
    present: pl.Series | None,
    unreadable: dict[str, int],
    gone: pl.Series | None = None,
    torn: pl.DataFrame | None = None,
) -> Landing:
    """Sorts the landed rows of a batch against `known` (store.ROW).

    `present`: all keys at the source, None when the batch cannot tell. `gone`: keys that the source itself calls
    deleted; a row of the same batch counts as landed and is then deleted. `unreadable`: rows kept raw, by stream;
    the root stream under "". `torn`: those of them that belong to a family, see `families`.
    """
    rows = families(root, children, torn)
    before = known.select("row_key", old="row_hash", here="present")
    rows = rows.join(before, on="row_key", how="left", maintain_order="left").with_columns(
        batch_id=pl.lit(batch_id),
        change=pl.when(pl.col("here").fill_null(False).not_())
        .then(pl.lit("new"))
        .when(pl.col("old") != pl.col("row_hash"))
        .then(pl.lit("changed"))
        .otherwise(pl.lit("unchanged")),
    )
    counts = dict(rows.group_by("change").len().iter_rows())
    ledger = RowLedger(
        landed=root.height + unreadable.get("", 0),
        new=counts.get("new", 0),
        changed=counts.get("changed", 0),
        unchanged=counts.get("unchanged", 0),
        superseded=root.height - rows.height,
        unreadable=unreadable.get("", 0),
    )
    keys = rows.select("row_key", "change")
    orphans = [_orphans(stream, frame, keys) for stream, frame in sorted(children.items())]
    return Landing(
        work=rows.filter(pl.col("change") != "unchanged").select(
            "row_key", "row_hash", "batch_id", "position", "change"
        ),
        deleted=_deleted(known, present, keys, gone),
        orphans=pl.concat(orphans)
        if orphans
        else pl.DataFrame(schema={"stream": pl.String, "_key": pl.String, "_position": pl.Int64}),
        ledger=ledger,
        children={stream: _child_ledger(frame, keys, unreadable.get(stream, 0)) for stream, frame in children.items()},
    )


def _deleted(
    known: pl.DataFrame, present: pl.Series | None, landed: pl.DataFrame, gone: pl.Series | None
) -> pl.DataFrame:
    rows = known.filter("present").select("row_key")
    parts = [rows.clear()]
    if present is not None:
        here = pl.DataFrame({"row_key": present.cast(pl.String)}).vstack(landed.select("row_key"))
        parts.append(rows.join(here, on="row_key", how="anti"))
    if gone is not None:
        told = pl.DataFrame({"row_key": gone.cast(pl.String)})
        parts.append(told.join(pl.concat([rows, landed.select("row_key")]), on="row_key", how="semi"))
    return pl.concat(parts).unique().sort("row_key")


def _orphans(stream: str, child: pl.DataFrame, keys: pl.DataFrame) -> pl.DataFrame:
    lost = child.join(keys, left_on="_parent", right_on="row_key", how="anti", maintain_order="left")
    return lost.select(pl.lit(stream).alias("stream"), "_key", "_position")


def _child_ledger(child: pl.DataFrame, keys: pl.DataFrame, unreadable: int) -> RowLedger:
    """A child row goes where its root row went; one without a root row is kept as unreadable."""
    homes = child.join(keys, left_on="_parent", right_on="row_key", how="left").group_by("change").len()
    counts = {change or "orphan": count for change, count in homes.iter_rows()}
    return RowLedger(
        landed=child.height + unreadable,
        new=counts.get("new", 0),
        changed=counts.get("changed", 0),
        unchanged=counts.get("unchanged", 0),
        unreadable=unreadable + counts.get("orphan", 0),
    )
