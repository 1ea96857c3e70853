"""Compares what was landed with what is known: new, changed, unchanged, superseded, deleted. Pure, on frames."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from custhub.model.hashing import hash_texts
from custhub.model.ledger import RowLedger


@dataclass(frozen=True, slots=True)
class Doubt:
    """`strangers` (_hash): unreadable root rows of which nobody knows whose they are. `held` (row_key): known keys that
    were not seen since one of those came, and so may be theirs: they do not count as deleted."""

    strangers: pl.DataFrame
    held: pl.DataFrame


NO_DOUBT = Doubt(pl.DataFrame(schema={"_hash": pl.String}), pl.DataFrame(schema={"row_key": pl.String}))


@dataclass(frozen=True, slots=True)
class Brought:
    """What an extraction brought, as frames with `_key`, `_position`, `_file`, `_hash`; children also `_parent`.

    `unreadable` (stream, _key, shifted, rule_id): rows kept raw, by their root row's key where it could be saved; those of
    the root have no stream. `present`: all keys at the source, None when the batch cannot tell, `in_doubt`: because a
    key in the list of keys cannot be read. `gone`: keys that the source itself calls deleted. `before`: what the source's
    last batch left in doubt.
    """

    root: pl.DataFrame
    children: dict[str, pl.DataFrame]
    unreadable: pl.DataFrame
    present: pl.Series | None
    gone: pl.Series | None = None
    in_doubt: bool = False
    before: Doubt = NO_DOUBT

    def lost(self, stream: str | None = None) -> pl.DataFrame:
        """The unreadable rows of a stream."""
        return self.unreadable.filter(pl.col("stream").eq_missing(stream))


@dataclass(frozen=True, slots=True)
class Landing:
    """The rows of a batch, sorted out.

    `work` (row_key, row_hash, batch_id, position, change): rows to work on; change is new or changed, or unreadable for
    a key whose last row cannot be read. `unread` (row_key): all of those keys. `deleted` (row_key): known rows that are
    no longer at the source, without those in `doubt`. `held_back`: keys do not count as deleted for it. `orphans`
    (stream, _key, _position): child rows whose root row is not in the batch.
    """

    work: pl.DataFrame
    unread: pl.DataFrame
    deleted: pl.DataFrame
    doubt: Doubt
    held_back: bool
    orphans: pl.DataFrame
    ledger: RowLedger
    children: dict[str, RowLedger]


def sort_out(batch_id: str, brought: Brought, known: pl.DataFrame) -> Landing:
    """Sorts the landed rows of a batch against `known` (store.ROW); a row that the source calls deleted and that is in
    the batch counts as landed and is then deleted."""
    unread = _unread(brought, known)
    rows = _compared(families(brought, unread), known, batch_id)
    keys = rows.select("row_key", "change")
    gone = _deleted(known, brought.present, keys, brought.gone)
    doubt = _doubt(brought, unread, gone)
    orphans = [_orphans(stream, frame, keys) for stream, frame in sorted(brought.children.items())]
    none = pl.DataFrame(schema={"stream": pl.String, "_key": pl.String, "_position": pl.Int64})
    return Landing(
        work=rows.filter(pl.col("change") != "unchanged").drop("readable"),
        unread=rows.filter(~pl.col("readable")).select("row_key"),
        deleted=gone.join(doubt.held, on="row_key", how="anti", maintain_order="left"),
        doubt=doubt,
        held_back=brought.in_doubt or not doubt.held.is_empty(),
        orphans=pl.concat([none, *orphans]),
        ledger=_ledger(brought, rows),
        children={s: _child_ledger(frame, keys, brought.lost(s).height) for s, frame in brought.children.items()},
    )


def _unread(brought: Brought, known: pl.DataFrame) -> pl.DataFrame:
    """The unreadable root rows that are known by a key (the columns of readable ones).

    The key of a shifted row may be another column's value: it counts when the hub knows it and no readable row has it.
    """
    rows = brought.lost().drop_nulls("_key")
    likely = rows.join(known, left_on="_key", right_on="row_key", how="semi").join(brought.root, on="_key", how="anti")
    rows = rows.filter(~pl.col("shifted") | pl.col("_key").is_in(likely["_key"].implode()))
    return rows.select("_key", "_position", "_file", "_hash")


def _doubt(brought: Brought, unread: pl.DataFrame, gone: pl.DataFrame) -> Doubt:
    """A key that is gone since a stranger came may be the stranger's; one that was seen beside the stranger is not.

    A row whose key is blank is nobody's, and what the source itself calls deleted is in no doubt.
    """
    place = ["_key", "_position", "_file"]
    lost = brought.lost().join(unread, on=place, how="anti", nulls_equal=True)
    strangers = lost.filter(~pl.col("rule_id").str.ends_with(".key_missing")).select("_hash").unique().sort("_hash")
    if brought.present is None:
        return Doubt(strangers, NO_DOUBT.held)
    told = NO_DOUBT.held if brought.gone is None else pl.DataFrame({"row_key": brought.gone.cast(pl.String)})
    missing = gone.join(told, on="row_key", how="anti")
    if not strangers.join(brought.before.strangers, on="_hash", how="anti").is_empty():
        return Doubt(strangers, missing)
    still = brought.before.held if not strangers.is_empty() else NO_DOUBT.held
    return Doubt(strangers, missing.join(still, on="row_key", how="semi"))


def families(brought: Brought, unread: pl.DataFrame) -> pl.DataFrame:
    """One row per root key (the last one where a key stands twice), with the hash over it and its child rows; with a
    row that cannot be read a family is another than without. Returns row_key, row_hash, position, readable."""
    head = ["_key", "_position", "_file", "_hash"]
    torn = unread.select(*head[:3], _hash=pl.lit("?") + pl.col("_hash"), readable=pl.lit(False))
    roots = pl.concat([brought.root.select(*head, readable=pl.lit(True)), torn])
    last = roots.sort("_file", "_position").unique("_key", keep="last", maintain_order=True)
    lost = brought.unreadable.drop_nulls(["stream", "_key"])
    tokens = [
        *(
            frame.select("_parent", token=pl.lit(f"{stream}:") + pl.col("_hash"))
            for stream, frame in brought.children.items()
        ),
        lost.select(_parent="_key", token=pl.concat_str("stream", pl.lit(":?"), "_hash")),
    ]
    if brought.children:
        kin = pl.concat(tokens).group_by("_parent").agg(pl.col("token").sort().str.join(","))
        last = last.join(kin, left_on="_key", right_on="_parent", how="left", maintain_order="left")
        whole = pl.concat_str("_hash", pl.col("token").fill_null(""), separator=";")
        last = last.with_columns(_hash=whole.map_batches(hash_texts, return_dtype=pl.String))
    return last.select("readable", row_key="_key", row_hash="_hash", position="_position")


def _compared(rows: pl.DataFrame, known: pl.DataFrame, batch_id: str) -> pl.DataFrame:
    before = known.select("row_key", old="row_hash", here="present")
    compared = rows.join(before, on="row_key", how="left", maintain_order="left")
    is_here = pl.col("here").fill_null(False)
    change = (
        pl.when(is_here & (pl.col("old") == pl.col("row_hash")))
        .then(pl.lit("unchanged"))
        .when(~pl.col("readable"))
        .then(pl.lit("unreadable"))
        .when(is_here)
        .then(pl.lit("changed"))
        .otherwise(pl.lit("new"))
    )
    return compared.select(
        "row_key", "row_hash", pl.lit(batch_id).alias("batch_id"), "position", "readable", change=change
    )


_COUNTED = ("new", "changed", "unchanged")


def _ledger(brought: Brought, rows: pl.DataFrame) -> RowLedger:
    readable = rows.filter("readable")
    counts = dict(readable.group_by("change").len().iter_rows())
    unreadable = brought.lost().height
    return RowLedger(
        landed=brought.root.height + unreadable,
        **{change: counts.get(change, 0) for change in _COUNTED},
        superseded=brought.root.height - readable.height,
        unreadable=unreadable,
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
        **{change: counts.get(change, 0) for change in _COUNTED},
        unreadable=unreadable + counts.get("orphan", 0) + counts.get("unreadable", 0),
    )
