"""How an undo holds: decisions in its author's name that keep apart, or together, what the undone work had changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations, pairwise, product

import polars as pl

from custhub.model.decisions import Decision, Judgement
from custhub.model.hashing import text_hash
from custhub.model.refs import SourceRef
from custhub.plan import APART
from custhub.store import DecisionRow

Part = frozenset[str]


@dataclass(frozen=True, slots=True)
class Author:
    """Who takes back, when, and what for; `undo` names the undo."""

    by: str
    at: datetime
    reason: str
    undo: str


def parts_of(whole: pl.DataFrame, parts: pl.DataFrame) -> list[tuple[Part, ...]]:
    """For each golden customer (golden_id, members) of `whole` whose records are in several of `parts`: which go where."""
    homes = whole.select("golden_id", ref="members").explode("ref").drop_nulls("ref")
    others = parts.select(part="golden_id", ref="members").explode("ref").drop_nulls("ref")
    both = homes.join(others, on="ref").sort("golden_id", "part", "ref")
    several = both.filter(pl.col("part").n_unique().over("golden_id") > 1)
    grouped = several.group_by("golden_id", "part", maintain_order=True).agg("ref")
    found: dict[str, list[Part]] = {}
    for golden_id, _, refs in grouped.iter_rows():
        found.setdefault(golden_id, []).append(frozenset(refs))
    return [tuple(found[golden_id]) for golden_id in sorted(found)]


@dataclass(frozen=True, slots=True)
class Held:
    """What an undo stores. `aside`: people's live decisions that it takes the place of."""

    decisions: tuple[Decision, ...]
    aside: tuple[DecisionRow, ...]


class Holds:
    """Collects the decisions of one undo, knowing those that live."""

    def __init__(self, author: Author, live: Sequence[DecisionRow]) -> None:
        self._author = author
        self._live = {(str(left), str(right)): row for row in live for left, right in [row.pair]}
        self._made: dict[tuple[str, str], Decision] = {}

    def apart(self, parts: Sequence[Part]) -> None:
        """Keeps the records of different parts apart, each pair of them: one pair alone would leave ways around it."""
        for left, right in _crossing(parts):
            if self._word(left, right) not in APART:
                self._say(left, right, Judgement.HELD)

    def together(self, parts: Sequence[Part], *, firmly: bool) -> None:
        """Ends what keeps the parts apart. `firmly`: holds all their records together, also where nobody had parted them: in a
        chain, since evidence that joined a part before may go another way now."""
        parts = singles(parts) if firmly else parts
        against = [tuple(map(str, row.pair)) for row in crossing(self._live.values(), parts, APART)]
        chain = list(pairwise(sorted(frozenset().union(*parts), key=SourceRef.parse))) if firmly else []
        for left, right in (*against, *chain):
            if self._word(left, right) is not Judgement.SAME:
                self._say(left, right, Judgement.SAME)

    def result(self) -> Held:
        aside = [row for pair, row in sorted(self._live.items()) if pair in self._made]
        return Held(tuple(self._made[pair] for pair in sorted(self._made)), tuple(aside))

    def _word(self, left: str, right: str) -> Judgement | None:
        row = self._live.get((left, right))
        return row.decision.judgement if row else None

    def _say(self, left: str, right: str, judgement: Judgement) -> None:
        who = self._author
        when = f"{who.at:%Y-%m-%dT%H:%M:%S.%fZ}"
        name = text_hash(f"{left}|{right}|{judgement}|{who.by}|{when}|{who.undo}")
        refs = SourceRef.parse(left), SourceRef.parse(right)
        self._made[left, right] = Decision(name, *refs, judgement, who.by, when, who.reason)


def singles(parts: Sequence[Part]) -> tuple[Part, ...]:
    """Every record a part of its own."""
    return tuple(frozenset({ref}) for part in parts for ref in part)


def told(rows: Iterable[DecisionRow]) -> list[str]:
    """Later decisions, as reasons against an undo."""
    return [
        f"{row.decision.by} has said since that {row.decision.left} and {row.decision.right} are "
        f"{row.decision.judgement.value} (decision {row.decision.id})"
        for row in rows
    ]


def crossing(rows: Iterable[DecisionRow], parts: Sequence[Part], words: Sequence[Judgement]) -> list[DecisionRow]:
    """Decisions of these words that lie across the parts."""
    home = {ref: n for n, part in enumerate(parts) for ref in part}
    found = []
    for row in rows:
        left, right = (home.get(str(ref)) for ref in row.pair)
        if row.decision.judgement in words and left is not None and right is not None and left != right:
            found.append(row)
    return found


def _crossing(parts: Sequence[Part]) -> list[tuple[str, str]]:
    """All pairs of records across the parts, in order, the lower SourceRef left."""
    pairs = [pair for one, other in combinations(parts, 2) for pair in product(sorted(one), sorted(other))]
    return sorted(tuple(sorted(pair, key=SourceRef.parse)) for pair in pairs)  # type: ignore[misc]
