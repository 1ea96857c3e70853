"""Incremental matching: new and changed records against an index of all others.

Under one model whether two records are compared, and with what weight, depends on these two records alone. So a change
touches only the records that it reaches; their components are clustered again whole, and the result is that of a full
run. The index is made of segments of sorted arrays; `index_files` keeps them, memory-mapped, in a folder.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from custhub.errors import UsageError
from custhub.matching.arrays import Bools, Ints, Levels, distinct, ordered, ranges
from custhub.matching.block import Blocks, postings
from custhub.matching.cluster import components
from custhub.matching.constraints import Decided
from custhub.matching.engine import STEPS, Matched, Scored, match_in_order
from custhub.matching.keys import evidence_of
from custhub.matching.ladders.base import Ladder
from custhub.matching.model import Model
from custhub.matching.outcome import MatchResult, bits_of, corroborated, level_words
from custhub.matching.prepare import columns_read, prepare, rules_for
from custhub.matching.rules import MatchRules
from custhub.matching.values import as_texts
from custhub.matching.weigh import probability
from custhub.progress import Progress, silent

NOTHING_DECIDED = Decided()
VERSION = "_version"
"""A column, where there is one, that differs whenever anything of a record does."""
_MOST_SEGMENTS = 12


@dataclass(frozen=True, slots=True)
class Segment:
    """Records that came in one go: their rows start at `first`, `blocks` holds each key's sorted hashes."""

    first: int
    frame: pl.DataFrame
    blocks: list[list[Blocks]]


@dataclass(frozen=True, slots=True)
class MatchIndex:
    """All records under one model, by row number, and what matching found; replaced and removed records' rows are dead."""

    model: Model
    segments: tuple[Segment, ...]
    alive: Bools
    reach: Ints  # records that evidence or decisions could bring together have the same label
    clusters: Ints
    pairs: pl.DataFrame  # as in MatchResult, of living records
    too_large: tuple[tuple[int, ...], ...]
    decided: Decided  # what the clusters follow

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
        """The living row of each record by source and id (and version, where `records` has it), -1 where there is none."""
        names = [c for c in (self.model.rules.source_column, self.model.rules.id_column) if c]
        if not names:
            raise UsageError("the rules name no id column", "set id_column to match incrementally")
        names += [VERSION] if VERSION in records.columns else []
        known = pl.concat([s.frame.select(pl.col(c).cast(pl.String) for c in names) for s in self.segments])
        known = known.with_columns(_row=pl.arange(0, self.rows, eager=True)).filter(pl.Series(self.alive))
        wanted = records.select(pl.col(c).cast(pl.String) for c in names)
        return wanted.join(known, on=names, how="left", maintain_order="left")["_row"].fill_null(-1).to_numpy()

    def found(self, rows: Ints) -> tuple[Ints, pl.DataFrame, list[list[int]]]:
        """Clusters, pairs and clusters too large as `match` gives them for a frame of all living records in this order."""
        place = np.full(self.rows, -1, dtype=np.int64)
        place[rows] = np.arange(len(rows))
        clusters = _relabelled(np.arange(len(rows)), np.arange(len(rows)), self.clusters[rows])
        left, right = place[self.pairs["left"]], place[self.pairs["right"]]
        pairs = self.pairs.with_columns(left=np.minimum(left, right), right=np.maximum(left, right))
        return clusters, pairs.sort("left", "right"), sorted(sorted(place[list(r)].tolist()) for r in self.too_large)


@dataclass(frozen=True, slots=True)
class IncrementalResult:
    """The index after a change, the rows whose component was clustered again, and the conflicts among them."""

    index: MatchIndex
    touched: Ints
    conflicts: pl.DataFrame


def match_indexed(
    frame: pl.DataFrame,
    rules: MatchRules,
    *,
    model: Model | None = None,
    decided: Decided = NOTHING_DECIDED,
    progress: Progress = silent,
) -> tuple[MatchResult, MatchIndex]:
    """As `match`, with an index of the records; its row numbers are the frame's too."""
    matched = match_in_order(frame, rules, model=model, decided=decided, progress=progress)
    result = matched.result(rules)
    model = replace(matched.model, rules=rules)
    evidence = evidence_of(matched.prepared, rules)
    blocks = [
        [Blocks(part.key, part.hashes, matched.order[part.rows]) for part in parts]
        for parts in postings(model.plan, evidence, matched.prepared.rows)
    ]
    normal = matched.prepared.normal()
    index = MatchIndex(
        model,
        (Segment(0, frame.select(_columns(rules, frame)).hstack(normal[np.argsort(matched.order)]), blocks),),
        np.ones(frame.height, dtype=bool),
        _relabelled(np.arange(frame.height), matched.order, _reach(matched, rules)),
        result.clusters,
        result.pairs,
        tuple(tuple(rows) for rows in result.too_large),
        decided,
    )
    return result, index


def match_incremental(
    index: MatchIndex,
    changed: pl.DataFrame,
    *,
    removed: Ints | None = None,
    decided: Decided = NOTHING_DECIDED,
    progress: Progress = silent,
) -> IncrementalResult:
    """New and changed records (found again by source and id) and rows to be removed, brought into the index.

    `decided` holds all decisions by row number, new records counting on from `index.rows`.
    """
    progress("prepare", 0, STEPS)
    changed = changed.select(_columns(index.model.rules, changed))
    old = index.rows_of(changed.drop(VERSION, strict=False))
    gone = distinct(np.concatenate([old[old >= 0], np.asarray(removed if removed is not None else [], dtype=np.int64)]))
    grown = _grown(index, changed, gone)
    fresh = np.arange(index.rows, grown.rows)
    progress("compare", 2, STEPS)
    judged = _judged_anew(index.decided, decided)
    start = np.concatenate([_reached(index, grown, fresh), gone, judged[judged < index.rows]])
    member = np.isin(index.reach, distinct(index.reach[start])) & grown.alive[: index.rows]
    rows = np.concatenate([np.flatnonzero(member), fresh])
    progress("cluster", 4, STEPS)
    result = _clustered_again(_lean(grown), rows, gone, decided)
    progress("done", STEPS, STEPS)
    return result


def _columns(rules: MatchRules, frame: pl.DataFrame) -> list[str]:
    return [*columns_read(rules, frame), *(c for c in (VERSION,) if c in frame.columns)]


def _judged_anew(before: Decided, now: Decided) -> Ints:
    """Rows of decisions that were not there before, or are not there any more."""
    found = [np.zeros(0, dtype=np.int64)]
    for old, new in ((before.same, now.same), (before.different, now.different)):
        a, b = ({(int(min(pair)), int(max(pair))) for pair in pairs} for pairs in (old, new))
        found.append(np.array(sorted(a ^ b), dtype=np.int64).ravel())
    return distinct(np.concatenate(found))


def _grown(index: MatchIndex, changed: pl.DataFrame, gone: Ints) -> MatchIndex:
    prepared = prepare(as_texts(changed), index.model.rules, index.model.statistics)
    blocks = postings(index.model.plan, evidence_of(prepared, index.model.rules), prepared.rows)
    alive = np.concatenate([index.alive, np.ones(changed.height, dtype=bool)])
    alive[gone] = False
    labels = np.arange(index.rows, index.rows + changed.height)
    whole = changed.hstack(prepared.normal()).select(index.segments[0].frame.columns)
    segment = Segment(index.rows, whole, blocks)
    return replace(
        index,
        segments=(*index.segments, segment) if changed.height else index.segments,
        alive=alive,
        reach=np.concatenate([index.reach, labels]),
        clusters=np.concatenate([index.clusters, labels]),
    )


def _reached(index: MatchIndex, grown: MatchIndex, fresh: Ints) -> Ints:
    """Living rows of the old index that evidence ties to one of the fresh ones."""
    if not len(fresh):
        return fresh
    left, right = _meeting(index, grown.segments[-1].blocks)
    keep = grown.alive[left]
    left, right = left[keep], right[keep]
    weight = pair_weights(grown, left, fresh[right])
    return distinct(left[_matters(weight, index.model.rules)])


def _matters(weight: Ints, rules: MatchRules) -> Bools:
    """Pairs that may bring records together or that a person is shown."""
    return weight >= min(1, bits_of(rules.review_probability))


def _meeting(index: MatchIndex, blocks: list[list[Blocks]]) -> tuple[Ints, Ints]:
    """Pairs (row of the index, place in the new segment) that share a block."""
    found = [np.zeros(0, dtype=np.int64)]
    for segment in index.segments:
        for mine, theirs in zip(blocks, segment.blocks, strict=True):
            for new, old in zip(mine, theirs, strict=True):
                if not len(new.hashes):
                    continue
                low, high = np.searchsorted(old.hashes, new.hashes), np.searchsorted(old.hashes, new.hashes, "right")
                times = high - low
                at = np.repeat(low, times) + ranges(times)
                rows = np.asarray(old.rows[at], dtype=np.int64) + segment.first
                found.append(rows << np.int64(32) | np.repeat(new.rows, times))
    pairs = distinct(np.concatenate(found))
    return pairs >> np.int64(32), pairs & np.int64(0xFFFFFFFF)


def pair_weights(index: MatchIndex, left: Ints, right: Ints) -> Ints:
    """What the evidence says of pairs of rows, whether or not a key brings them together."""
    return _weights(index, index.model.rules, left, right)[0]


def _weights(index: MatchIndex, rules: MatchRules, left: Ints, right: Ints) -> tuple[Ints, list[Ladder], list[Levels]]:
    """Weights of pairs of rows by the comparisons in `rules`, with their levels; in all others they are missing."""
    rows = distinct(np.concatenate([left, right]))
    prepared = prepare(as_texts(index.records(rows)), rules, index.model.statistics)
    levels = prepared.levels(np.searchsorted(rows, left), np.searchsorted(rows, right))
    compared = {ladder.name: codes for ladder, codes in zip(prepared.ladders, levels, strict=True)}
    weights, missing = index.model.weights, np.zeros(len(left), dtype=np.uint8)
    codes = [compared.get(name, missing) for name in weights.names]
    return corroborated(weights.of(codes), codes, weights, rules), prepared.ladders, levels


def _clustered_again(index: MatchIndex, rows: Ints, gone: Ints, decided: Decided) -> IncrementalResult:
    """The index with these rows matched among themselves: they are whole components."""
    rules = index.model.rules
    place = np.full(index.rows, -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    known = Decided(within(decided.same, place), within(decided.different, place))
    matched = match_in_order(index.records(rows), rules, model=index.model, decided=known)
    result = matched.result(rules)
    place[gone] = -2  # touched too, but nothing is said of them any more
    found = result.pairs.with_columns(
        left=pl.Series(rows[result.pairs["left"]]), right=pl.Series(rows[result.pairs["right"]])
    )
    kept = index.pairs.filter(pl.Series(place[index.pairs["left"]] == -1))
    large = [known_rows for known_rows in index.too_large if place[known_rows[0]] == -1]
    large += [tuple(sorted(rows[among].tolist())) for among in result.too_large]
    new = replace(
        index,
        clusters=_relabelled(index.clusters, rows, result.clusters),
        reach=_relabelled(index.reach, rows[matched.order], _reach(matched, rules)),
        pairs=pl.concat([kept, found]),
        too_large=tuple(sorted(large)),
        decided=decided,
    )
    conflicts = result.conflicts.with_columns(
        left=pl.Series(rows[result.conflicts["left"]]), right=pl.Series(rows[result.conflicts["right"]])
    )
    return IncrementalResult(new, np.sort(rows), conflicts)


def _reach(matched: Matched, rules: MatchRules) -> Ints:
    """In canonical order, one label for records that evidence or decisions could bring together."""
    scored: Scored = matched.scored
    ties, same = _matters(scored.weight, rules), matched.decided.same.reshape(-1, 2)
    left, right = np.r_[scored.left[ties], same[:, 0]], np.r_[scored.right[ties], same[:, 1]]
    return components(left, right, matched.prepared.rows)


def within(pairs: Ints, place: Ints) -> Ints:
    """Pairs as `place` numbers their ends, of those that have both (-1: none)."""
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


def _lean(index: MatchIndex) -> MatchIndex:
    """With few segments: the small ones after the first are made one when there are many."""
    if len(index.segments) <= _MOST_SEGMENTS:
        return index
    first, *small = index.segments
    blocks = [
        [_joined(parts, small, first.frame.height) for parts in zip(*keys, strict=True)]
        for keys in zip(*(s.blocks for s in small), strict=True)
    ]
    joined = Segment(first.frame.height, pl.concat([s.frame for s in small]), blocks)
    return replace(index, segments=(first, joined))


def _joined(parts: tuple[Blocks, ...], segments: list[Segment], first: int) -> Blocks:
    hashes = np.concatenate([part.hashes for part in parts])
    rows = np.concatenate(
        [np.asarray(p.rows, dtype=np.int64) + s.first - first for p, s in zip(parts, segments, strict=True)]
    )
    hashes, order = ordered(hashes)
    return Blocks(parts[0].key, hashes, rows[order])


def search(index: MatchIndex, record: pl.DataFrame, *, limit: int = 10) -> pl.DataFrame:
    """The living records most like one record (a frame of one row): row, weight, probability and levels, best first."""
    record = as_texts(record.select(_columns(index.model.rules, record)))
    rules = rules_for(record, index.model.rules)
    prepared = prepare(record, rules, index.model.statistics)
    rows, _ = _meeting(index, postings(index.model.plan, evidence_of(prepared, rules), 1))
    rows = rows[index.alive[rows]]
    record = record.hstack(prepared.normal())
    columns = [c for c in index.segments[0].frame.columns if c in record.columns]
    segments = tuple(replace(s, frame=s.frame.select(columns)) for s in index.segments)
    together = replace(index, segments=(*segments, Segment(index.rows, record.select(columns), [])))
    weight, ladders, levels = _weights(together, rules, rows, np.full(len(rows), index.rows))
    best = np.lexsort((rows, -weight))[:limit]
    head = {"row": rows[best], "weight": weight[best], "probability": probability(weight[best])}
    found = {name: pl.Series(values) for name, values in head.items()}
    for ladder, codes in zip(ladders, levels, strict=True):
        words = [None, *level_words(ladder)]
        found[f"level_{ladder.name}"] = pl.Series([words[code] for code in codes[best].tolist()], dtype=pl.String)
    return pl.DataFrame(found)
