"""Candidate pairs: records that share a key, in blocks that are not too large.

A block over the limit is split by further atoms; what is still too large is left out and reported. Which blocks are
split or left out belongs to the model, so that whether two records are compared depends on them and the model alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

import numpy as np
import polars as pl

from custhub.matching.arrays import Bools, Hashes, Ints, combine, distinct, hash_texts, ordered, ranges
from custhub.matching.cores import CORES, together
from custhub.matching.keys import Evidence, key_hashes

_DROPPED = np.uint64(24)
_WAITING = 500_000  # pairs that are put aside before they are made distinct with all others


@dataclass(frozen=True, slots=True)
class BlockPlan:
    """The keys of a model, what splits their large blocks, and which hashes are split or left out (sorted)."""

    keys: tuple[tuple[str, ...], ...]
    splitters: tuple[tuple[str, ...], ...]
    split: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    left_out: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))


@dataclass(frozen=True, slots=True)
class KeyReport:
    """One key's cost."""

    key: str
    blocks: int
    largest: int
    pairs: int
    split: int
    left_out: int


@dataclass(frozen=True, slots=True)
class BlockingReport:
    """What blocking did: candidates, and for each key blocks, pairs, and blocks split or left out."""

    rows: int
    candidates: int
    keys: tuple[KeyReport, ...]

    @property
    def per_record(self) -> float:
        return self.candidates / self.rows if self.rows else 0.0

    def as_text(self) -> str:
        """A table for people."""
        head = f"{self.candidates:,} candidate pairs of {self.rows:,} records ({self.per_record:.1f} a record)"
        lines = [
            f"  {k.pairs:>11,} pairs {k.blocks:>9,} blocks, largest {k.largest:>5}, split {k.split}, left out {k.left_out}: {k.key}"
            for k in self.keys
        ]
        return "\n".join([head, *lines])


@dataclass(slots=True)
class Blocks:
    """One key's hashes in order, with the rows that have them."""

    key: str
    hashes: Ints  # the first forty bits: few enough to be sorted together with the rows' numbers
    rows: Ints

    def sizes(self) -> tuple[Ints, Ints]:
        """First position and size of every block."""
        edges = (
            np.flatnonzero(np.r_[True, self.hashes[1:] != self.hashes[:-1], True])
            if len(self.hashes)
            else np.zeros(1, int)
        )
        return edges[:-1], np.diff(edges)


_NO_BLOCKS = Blocks("", np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))


def plan_splitters(keys: list[tuple[str, ...]], evidence: dict[str, Evidence]) -> list[tuple[str, ...]]:
    """For each key the atoms that split its large blocks: whole values of other ladders, the most often known first."""
    wholes = sorted(
        (
            e
            for e in evidence.values()
            if e.name.endswith((".value", ".start", ".month")) and e.atom.single and e.chance < 0.05
        ),
        key=lambda e: (-e.present * (1 - e.chance), e.name),
    )
    out = []
    for key in keys:
        used = {part.split(".")[0] for part in key}
        chosen: list[Evidence] = []
        for item in wholes:
            if item.ladder not in used and len(chosen) < 4:
                used.add(item.ladder)
                chosen.append(item)
        out.append(tuple(e.name for e in chosen))
    return out


def blocks_of(key: tuple[str, ...], evidence: dict[str, Evidence], rows: int) -> Blocks:
    """A key's blocks, whole. Without evidence there are none."""
    if any(part not in evidence for part in key):
        return _NO_BLOCKS
    hashes, at = key_hashes([evidence[part].atom for part in key], rows)
    hashes = combine(hashes, np.broadcast_to(_salt(key), hashes.shape))
    return _ordered("&".join(key), hashes, at)


@cache
def _salt(key: tuple[str, ...]) -> Hashes:
    return hash_texts(pl.Series(["&".join(key)]))


def _ordered(key: str, hashes: Hashes, rows: Ints) -> Blocks:
    short, order = ordered((hashes >> _DROPPED).astype(np.int64))
    return Blocks(key, short, rows[order])


def split_blocks(large: Blocks, splitters: tuple[str, ...], evidence: dict[str, Evidence]) -> list[Blocks]:
    """The rows of large blocks, blocked again by each splitting atom."""
    out = []
    for name in splitters:
        if name not in evidence:
            out.append(_NO_BLOCKS)
            continue
        hashes = combine(large.hashes.astype(np.uint64), evidence[name].atom.of(large.rows))
        known = hashes != 0
        out.append(_ordered(f"{large.key}&{name}", hashes[known], large.rows[known]))
    return out


def candidate_pairs(
    plan: BlockPlan, evidence: dict[str, Evidence], rows: int, max_block: int, *, frozen: bool
) -> tuple[Ints, Ints, BlockPlan, BlockingReport]:
    """Left and right rows of all candidate pairs (left < right, sorted), the plan with its splits, and a report."""

    def met(number: int) -> tuple[Ints, Ints, Ints, KeyReport]:
        blocks = blocks_of(plan.keys[number], evidence, rows)
        kept, whole, dropped = _cut(plan, number, blocks, evidence, max_block, frozen=frozen)
        pairs, split, left_out = _pairs_of(kept, rows), distinct(whole), distinct(dropped)
        _, sizes = blocks.sizes()
        figures = (int((sizes > 1).sum()), int(sizes.max(initial=0)), len(pairs), len(split), len(left_out))
        return pairs, split, left_out, KeyReport(blocks.key, *figures)

    found, split, left_out, reports = [_merged([])], [], [], []
    for first in range(0, len(plan.keys), CORES):
        for pairs, *cut, report in together(met, range(first, min(first + CORES, len(plan.keys))), rows):
            found.append(pairs)
            split.append(cut[0])
            left_out.append(cut[1])
            reports.append(report)
        if sum(map(len, found[1:])) > max(len(found[0]), _WAITING):
            found = [_merged(found)]
    ids = _merged(found)
    done = plan if frozen else BlockPlan(plan.keys, plan.splitters, _merged(split), _merged(left_out))
    left = ids // max(rows, 1)
    ids -= left * max(rows, 1)
    return left, ids, done, BlockingReport(rows, len(ids), tuple(reports))


def postings(plan: BlockPlan, evidence: dict[str, Evidence], rows: int) -> list[list[Blocks]]:
    """For each key of a frozen plan its blocks, whole and split: two records are compared if they share one."""
    return [
        _cut(plan, number, blocks_of(key, evidence, rows), evidence, 0, frozen=True)[0]
        for number, key in enumerate(plan.keys)
    ]


def _cut(
    plan: BlockPlan, number: int, blocks: Blocks, evidence: dict[str, Evidence], max_block: int, *, frozen: bool
) -> tuple[list[Blocks], Ints, Ints]:
    """A key's blocks with large ones split; then the hashes of those, and of parts that were left out."""
    large = _large(blocks, plan.split if frozen else None, max_block)
    if not large.any():
        return [blocks, *[_NO_BLOCKS] * len(plan.splitters[number])], _NO_BLOCKS.hashes, _NO_BLOCKS.hashes
    kept, dropped = [_only(blocks, ~large)], [np.zeros(0, dtype=np.int64)]
    whole = _only(blocks, large)
    for part in split_blocks(whole, plan.splitters[number], evidence):
        too_large = _large(part, plan.left_out if frozen else None, max_block)
        dropped.append(part.hashes[too_large])
        kept.append(_only(part, ~too_large))
    return kept, whole.hashes, np.concatenate(dropped)


def _merged(parts: list[Ints]) -> Ints:
    return distinct(np.concatenate(parts)) if parts else np.zeros(0, dtype=np.int64)


def _pairs_of(parts: list[Blocks], rows: int) -> Ints:
    """All pairs of a key once, in any order."""
    parts = [part for part in parts if len(part.rows)]
    once = len(parts) == 1 and np.bincount(parts[0].rows).max() <= 1  # each row in one block
    found = [_expand(part, rows) for part in parts]
    return found[0] if once else _merged(found)


def _large(blocks: Blocks, known: Ints | None, max_block: int) -> Bools:
    """By position, whether its block is over the limit (or was when the model was made)."""
    if known is not None:
        if not len(known):
            return np.zeros(len(blocks.hashes), dtype=bool)
        at = np.minimum(np.searchsorted(known, blocks.hashes), len(known) - 1)
        found: Bools = known[at] == blocks.hashes
        return found
    _, sizes = blocks.sizes()
    return np.repeat(sizes > max_block, sizes)


def _only(blocks: Blocks, keep: Bools) -> Blocks:
    return Blocks(blocks.key, blocks.hashes[keep], blocks.rows[keep])


def _expand(blocks: Blocks, rows: int) -> Ints:
    """All pairs within each block as left * rows + right."""
    starts, sizes = blocks.sizes()
    keep = sizes > 1
    starts, sizes = starts[keep], sizes[keep]
    place = ranges(sizes)
    after = np.repeat(sizes, sizes) - 1 - place
    first = np.repeat(starts, sizes) + place
    left = blocks.rows[np.repeat(first, after)]
    right = blocks.rows[np.repeat(first + 1, after) + ranges(after)]
    low, high = np.minimum(left, right), np.maximum(left, right)
    different = low != high
    ids: Ints = low[different] * np.int64(rows) + high[different]
    return ids
