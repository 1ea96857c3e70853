"""Incremental matching: new and changed records against an index of all others.

Under one model whether two records are compared, and with what weight, depends on these two records alone. So a change
touches only the records that it reaches; their components are clustered again whole, and the result is that of a full
run. The index is made of segments of sorted arrays (memory-mapped when loaded) and can be rebuilt from the records.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from custhub.errors import UsageError
from custhub.matching.arrays import Bools, Ints, distinct, ranges
from custhub.matching.block import Blocks, candidate_pairs, postings
from custhub.matching.cluster import components
from custhub.matching.constraints import Decided
from custhub.matching.engine import Scored, canonical_order, cluster_scored, single_sources
from custhub.matching.keys import evidence_of
from custhub.matching.model import Model
from custhub.matching.outcome import corroborated, level_names, pairs_frame, probability
from custhub.matching.prepare import prepare

NOTHING_DECIDED = Decided()


@dataclass(frozen=True, slots=True)
class Segment:
    """Records that came in one go: their rows start at `first`, `blocks` holds each key's sorted hashes."""

    first: int
    frame: pl.DataFrame
    blocks: list[list[Blocks]]


@dataclass(frozen=True, slots=True)
class MatchIndex:
    """All records under one model, by row number; rows of replaced and removed records are dead."""

    model: Model
    segments: tuple[Segment, ...]
    alive: Bools
    reach: Ints  # records that evidence could bring together have the same label
    clusters: Ints
    epoch: int = 0  # of the store that the records are from

    @property
    def rows(self) -> int:
        return len(self.alive)

    def records(self, rows: Ints) -> pl.DataFrame:
        """The records of these rows, in this order."""
        parts, places = [], []
        for segment in self.segments:
            at = np.flatnonzero((rows >= segment.first) & (rows < segment.first + segment.frame.height))
            parts.append(segment.frame[rows[at] - segment.first])
            places.append(at)
        back = np.argsort(np.concatenate(places), kind="stable")
        return pl.concat(parts)[back]

    def rows_of(self, records: pl.DataFrame) -> Ints:
        """The living row of each record by source and id, -1 where there is none."""
        names = [c for c in (self.model.rules.source_column, self.model.rules.id_column) if c]
        if not names:
            raise UsageError("the rules name no id column", "set id_column to match incrementally")
        known = pl.concat([s.frame.select(pl.col(c).cast(pl.String) for c in names) for s in self.segments])
        known = known.with_columns(_row=pl.arange(0, self.rows, eager=True)).filter(pl.Series(self.alive))
        wanted = records.select(pl.col(c).cast(pl.String) for c in names)
        return wanted.join(known, on=names, how="left", maintain_order="left")["_row"].fill_null(-1).to_numpy()


@dataclass(frozen=True, slots=True)
class IncrementalResult:
    """The index after a change, the rows whose component was clustered again, and what was found among them."""

    index: MatchIndex
    touched: Ints
    pairs: pl.DataFrame  # as in MatchResult, with rows of the index
    conflicts: pl.DataFrame
    too_large: list[list[int]]


def build_index(
    frame: pl.DataFrame, model: Model, *, decided: Decided = NOTHING_DECIDED, epoch: int = 0
) -> IncrementalResult:
    """An index of all records of a frame, clustered; row numbers are the frame's."""
    nothing = np.zeros(0, dtype=np.int64)
    empty = MatchIndex(model, (), np.zeros(0, dtype=bool), nothing, nothing, epoch)
    return match_incremental(empty, frame, decided=decided, epoch=epoch)


def match_incremental(
    index: MatchIndex,
    changed: pl.DataFrame,
    *,
    removed: Ints | None = None,
    decided: Decided = NOTHING_DECIDED,
    touched: Ints | None = None,
    epoch: int | None = None,
) -> IncrementalResult:
    """New and changed records (found again by source and id) and rows to be removed, brought into the index.

    `decided` holds all decisions by row number, new records counting on from `index.rows`; `touched` the rows whose
    decisions have changed since.
    """
    columns = _columns(index.model, changed)
    changed = changed.select(columns)
    old = index.rows_of(changed) if index.rows else np.zeros(0, dtype=np.int64)
    gone = distinct(np.concatenate([old[old >= 0], np.asarray(removed if removed is not None else [], dtype=np.int64)]))
    grown = _grown(index, changed, gone)
    fresh = np.arange(index.rows, grown.rows)
    near = _reached(index, grown, fresh) if index.rows else np.zeros(0, dtype=np.int64)
    decided_rows = np.asarray(touched if touched is not None else [], dtype=np.int64)
    start = np.concatenate([near, gone, decided_rows[decided_rows < index.rows]])
    member = np.isin(index.reach, distinct(index.reach[start])) & grown.alive[: index.rows]
    rows = np.concatenate([np.flatnonzero(member), fresh])
    return _clustered_again(grown, rows, decided, index.epoch if epoch is None else epoch)


def _columns(model: Model, frame: pl.DataFrame) -> list[str]:
    rules = model.rules
    named = [c for c in (rules.source_column, rules.id_column) if c and c in frame.columns]
    read = [c for field in rules.fields for c in (*field.columns, *field.aliases)]
    return list(dict.fromkeys([*named, *read]))


def _grown(index: MatchIndex, changed: pl.DataFrame, gone: Ints) -> MatchIndex:
    prepared = prepare(changed, index.model.rules, index.model.statistics)
    blocks = postings(index.model.plan, evidence_of(prepared, index.model.rules), prepared.rows)
    alive = np.concatenate([index.alive, np.ones(changed.height, dtype=bool)])
    alive[gone] = False
    labels = np.arange(index.rows, index.rows + changed.height)
    return replace(
        index,
        segments=(*index.segments, Segment(index.rows, changed, blocks)),
        alive=alive,
        reach=np.concatenate([index.reach, labels]),
        clusters=np.concatenate([index.clusters, labels]),
    )


def _reached(index: MatchIndex, grown: MatchIndex, fresh: Ints) -> Ints:
    """Living rows of the old index that evidence ties to one of the fresh ones."""
    left, right = _meeting(index, grown.segments[-1].blocks)
    keep = grown.alive[left]
    left, right = left[keep], right[keep]
    weight, _ = _weights(grown, left, fresh[right])
    return distinct(left[weight > 0])


def _meeting(index: MatchIndex, blocks: list[list[Blocks]]) -> tuple[Ints, Ints]:
    """Pairs (row of the index, place in the new segment) that share a block."""
    found = [np.zeros(0, dtype=np.int64)]
    for segment in index.segments:
        for mine, theirs in zip(blocks, segment.blocks, strict=True):
            for new, old in zip(mine, theirs, strict=True):
                low, high = np.searchsorted(old.hashes, new.hashes), np.searchsorted(old.hashes, new.hashes, "right")
                times = high - low
                at = np.repeat(low, times) + ranges(times)
                found.append((np.asarray(old.rows)[at] + segment.first) << np.int64(32) | np.repeat(new.rows, times))
    pairs = distinct(np.concatenate(found))
    return pairs >> np.int64(32), pairs & np.int64(0xFFFFFFFF)


def _weights(index: MatchIndex, left: Ints, right: Ints) -> tuple[Ints, pl.DataFrame]:
    """Weights of pairs of rows, with their levels in words."""
    rows = distinct(np.concatenate([left, right]))
    prepared = prepare(index.records(rows), index.model.rules, index.model.statistics)
    codes = prepared.levels(np.searchsorted(rows, left), np.searchsorted(rows, right))
    names = {f"level_{ladder.name}": level_names(ladder, c) for ladder, c in zip(prepared.ladders, codes, strict=True)}
    weights = index.model.weights
    return corroborated(weights.of(codes), codes, weights, index.model.rules), pl.DataFrame(names)


def _clustered_again(index: MatchIndex, rows: Ints, decided: Decided, epoch: int) -> IncrementalResult:
    model, rules = index.model, index.model.rules
    frame = index.records(rows)
    order = canonical_order(frame, rules)
    rows, frame = rows[order], frame[order]
    prepared = prepare(frame, rules, model.statistics)
    evidence = evidence_of(prepared, rules)
    left, right, _, _ = candidate_pairs(model.plan, evidence, len(rows), 0, frozen=True)
    codes = prepared.levels(left, right)
    weight = corroborated(model.weights.of(codes), codes, model.weights, model.rules)
    scored = Scored(left, right, codes, weight)
    place = np.full(index.rows, -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    known = Decided(_within(decided.same, place), _within(decided.different, place))
    labels, conflicts, too_large = cluster_scored(prepared, rules, known, single_sources(frame, rules), scored)
    positive = scored.weight > 0
    same = known.same
    reach = components(np.r_[left[positive], same[:, 0]], np.r_[right[positive], same[:, 1]], len(rows))
    new = replace(
        index,
        clusters=_relabelled(index.clusters, rows, labels),
        reach=_relabelled(index.reach, rows, reach),
        epoch=epoch,
    )
    pairs = pairs_frame(prepared, model, rules, scored, labels, rows)
    conflicts = conflicts.with_columns(
        left=pl.Series(rows[conflicts["left"]]), right=pl.Series(rows[conflicts["right"]])
    )
    return IncrementalResult(new, np.sort(rows), pairs, conflicts, [sorted(rows[c].tolist()) for c in too_large])


def _within(pairs: Ints, place: Ints) -> Ints:
    pairs = np.asarray(pairs, dtype=np.int64).reshape(-1, 2)
    at = place[pairs]
    return at[(at >= 0).all(axis=1)]


def _relabelled(old: Ints, rows: Ints, labels: Ints) -> Ints:
    """`old` with new labels for some rows: the lowest row of each group."""
    lowest = np.full(int(labels.max(initial=-1)) + 1, len(old), dtype=np.int64)
    np.minimum.at(lowest, labels, rows)
    out = old.copy()
    out[rows] = lowest[labels]
    return out


def search(index: MatchIndex, record: pl.DataFrame, *, limit: int = 10) -> pl.DataFrame:
    """The living records most like one record (a frame of one row): row, weight, probability and levels, best first."""
    record = record.select(_columns(index.model, record))
    prepared = prepare(record, index.model.rules, index.model.statistics)
    blocks = postings(index.model.plan, evidence_of(prepared, index.model.rules), 1)
    rows, _ = _meeting(index, blocks)
    rows = rows[index.alive[rows]]
    together = replace(index, segments=(*index.segments, Segment(index.rows, record, [])))
    weight, levels = _weights(together, rows, np.full(len(rows), index.rows))
    found = pl.DataFrame({"row": rows, "weight": weight, "probability": probability(weight)}).hstack(levels)
    return found.sort(["weight", "row"], descending=[True, False]).head(limit)
