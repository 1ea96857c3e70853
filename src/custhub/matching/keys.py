"""Which blocking keys to use: chosen so that simulated pairs of one customer meet in at least one, within a budget.

A key is a conjunction of atoms (surname's sound + year of birth ...). Pairs of one customer are simulated field by
field (missing as often as in the data, changed as often as the ladders' priors say, all contact fields at once when
somebody moved); keys are added greedily by how many simulated pairs they newly reach for the pairs they cost.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import prod

import numpy as np

from custhub.matching.arrays import NONE, Bools, Floats, Hashes, Ints, combine, combine_unordered, in_order, mix, sample
from custhub.matching.cores import together
from custhub.matching.ladders.base import Atom, Ladder
from custhub.matching.ladders.lists import ListLadder
from custhub.matching.ladders.names import NameLadder
from custhub.matching.ladders.plain import SOURCE_STEPS
from custhub.matching.prepare import Prepared
from custhub.matching.rules import FieldKind, MatchRules

_SIMULATED = 2000
_SAMPLE = 60_000
_KEPT = {"value": 0.78, "words": 0.75, "word": 0.88, "sound": 0.86, "start": 0.9, "initial": 0.93}
_WORTH = np.array([100, 60, 35, 20, 10, 5, 0], dtype=np.int32)
"""What reaching a simulated pair once more is worth: real data is dirtier than the simulation."""
_PER_RECORD = 14.0  # expected candidates a record over all keys; fewer when there are very many records
_FREE_PAIRS = 30_000  # cost nothing: small sets are compared nearly in full
_MANY = 100_000
_MOST_KEYS = 36


@dataclass(frozen=True, slots=True)
class Evidence:
    """An atom of one ladder with what the planner needs to know of it."""

    name: str  # ladder.atom
    ladder: str
    group: str  # atoms of one group are never combined: they say the same thing
    atom: Atom
    chance: float  # that two random records agree on it
    present: float  # share of records that have it
    small: float = 0.0  # of the chance: in blocks that are not too large


_WHERE = (FieldKind.ADDRESS, FieldKind.POSTCODE, FieldKind.PLACE)


def evidence_of(prepared: Prepared, rules: MatchRules, *, planned: bool = True) -> dict[str, Evidence]:
    """All atoms of all ladders, and the whole name in any order. When the keys are `planned` no chances are estimated."""
    rows = prepared.rows
    where = {rule.name for rule in rules.fields if rule.kind in _WHERE}

    def known(ladder: str, group: str, atom: Atom) -> Evidence:
        figures = (0.0, 0.0, 0.0) if planned else _chance(atom, rows, rules.max_block)
        return Evidence(f"{ladder}.{atom.name}", ladder, group, atom, *figures)

    def of_ladder(ladder: Ladder) -> list[Evidence]:
        group = "where" if ladder.name in where else ladder.name
        return [known(ladder.name, group, atom) for atom in ladder.atoms()]

    asked = [ladder for ladder in prepared.ladders if ladder.steps is not SOURCE_STEPS]
    found = [item for items in together(of_ladder, asked, rows) for item in items]
    names = [ladder.name for ladder in prepared.ladders if isinstance(ladder, NameLadder)]
    if len(names) >= 2:
        every = np.arange(rows)
        wholes = {item.ladder: item.atom for item in found if item.ladder in names and item.atom.name == "value"}
        both = combine_unordered(*(wholes[name].of(every) for name in names[:2]))
        found.append(known(names[1], "name", Atom("both", both, every.astype(np.int32), whole=True)))
    return {item.name: item for item in found}


def _chance(atom: Atom, rows: int, max_block: int) -> tuple[float, float, float]:
    """How likely two random rows agree, the share of rows that have the atom, and how likely they agree in a block that
    is not too large; from a fixed sample of rows."""
    every = np.arange(rows)
    if atom.single:
        hashes = atom.of(sample(rows, _SAMPLE, 7) if rows > _SAMPLE else every)
        present = float((hashes != NONE).mean()) if len(hashes) else 0.0
        size = len(hashes)
    else:
        hashes, _ = atom.among(every[mix(every.astype(np.uint64)) % np.uint64(max(1, rows)) < np.uint64(_SAMPLE)])
        size = min(rows, _SAMPLE)
        present = min(1.0, len(hashes) / max(1, size))
    known = in_order(hashes[hashes != NONE])
    if len(known) < 2:
        return 0.0, present, 0.0
    edges = np.flatnonzero(np.r_[True, known[1:] != known[:-1], True])
    counts = np.diff(edges).astype(np.float64)
    agreeing, pairs = counts * (counts - 1), size * max(1, size - 1)
    small = counts * rows <= max_block * size
    return float(agreeing.sum()) / pairs, present, float(agreeing[small].sum()) / pairs


@dataclass(frozen=True, slots=True)
class Candidate:
    """A possible key with the simulated pairs that it reaches and the random pairs that it costs."""

    parts: tuple[str, ...]
    reached: Bools
    cost: float


def propose_keys(
    evidence: dict[str, Evidence], prepared: Prepared, per_record: float = _PER_RECORD
) -> list[tuple[str, ...]]:
    """Keys as tuples of evidence names, the most useful first."""
    rows = prepared.rows
    agree = _simulate(evidence, prepared)
    candidates = _candidates(evidence, agree, rows)
    chosen: list[tuple[str, ...]] = []
    thrift = max(1.0, rows / _MANY) ** 0.4
    budget = max(per_record * rows / thrift, _FREE_PAIRS)
    times = np.zeros(_SIMULATED, dtype=np.int64)
    reached = np.array([c.reached for c in candidates], dtype=np.int32).reshape(len(candidates), _SIMULATED)
    prices = np.array([c.cost + 0.3 * rows + 1 for c in candidates])
    left = list(range(len(candidates)))
    least = 0.1 * _SIMULATED * min(1.0, per_record * rows / _FREE_PAIRS)
    while left and len(chosen) < _MOST_KEYS / thrift**0.5:
        worth = _WORTH[np.minimum(times, len(_WORTH) - 1)]
        gains = reached[left] @ worth
        best = left[int(np.argmax(gains / prices[left]))]
        picked = candidates[best]
        if worth[picked.reached].sum() <= least:
            break
        chosen = [parts for parts in chosen if not _implies(parts, picked.parts)]
        chosen.append(picked.parts)
        budget -= picked.cost
        times += picked.reached
        affordable = [i for i in left if i != best and candidates[i].cost <= budget]
        left = [i for i in affordable if not _implies(candidates[i].parts, picked.parts)]
    return chosen + _rarely_known(evidence, prepared, chosen)


def _rarely_known(
    evidence: dict[str, Evidence], prepared: Prepared, chosen: list[tuple[str, ...]]
) -> list[tuple[str, ...]]:
    """Numbers and addresses that too few records have for the simulation to see what they are worth."""
    single = {ladder.name for ladder in prepared.ladders if isinstance(ladder, ListLadder)}
    values = [e for e in evidence.values() if e.ladder in single and e.atom.whole]
    few = [e for e in values if 0 < e.chance * prepared.rows <= 2 and e.present < 0.3]
    return [(e.name,) for e in few if (e.name,) not in chosen]


_LOOSER = {
    "value": [
        "sound",
        "start",
        "initial",
        "month",
        "day",
        "year",
        "start3",
        "start4",
        "start5",
        "number",
        "word",
        "words",
    ],
    "both": ["sound", "start", "initial"],
    "sound": ["initial"],
    "start": ["initial"],
    "month": ["year"],
    "words": ["word"],
}


def _implies(tight: tuple[str, ...], loose: tuple[str, ...]) -> bool:
    """Whether every pair that meets in the key `tight` meets in `loose` too."""
    return all(any(_part_implies(a, b) for a in tight) for b in loose)


def _part_implies(tight: str, loose: str) -> bool:
    ladder, atom = tight.rsplit(".", 1)
    other, looser = loose.rsplit(".", 1)
    return tight == loose or (ladder == other and looser in _LOOSER.get(atom, ()))


def _candidates(evidence: dict[str, Evidence], agree: dict[str, Bools], rows: int) -> list[Candidate]:
    pairs = rows * (rows - 1) / 2
    most = max(3.0 * rows, _FREE_PAIRS / 4)
    out = []
    useful = [e for e in evidence.values() if e.chance > 0 or e.atom.whole]
    if len({e.ladder for e in useful}) == 1:  # nothing to combine with: large blocks are left out
        return [Candidate((e.name,), agree[e.name], pairs * e.small) for e in useful]
    for count in (1, 2, 3):
        for parts in combinations(useful, count):
            if len({p.group for p in parts}) < count or len({p.ladder for p in parts}) < count:
                continue
            if sum(not p.atom.single for p in parts) > 1:
                continue
            cost = pairs * prod(p.chance for p in parts)
            if cost > (most if count > 1 else _most_alone(parts[0].atom, most)):
                continue
            # Three atoms are for where two cost too much; otherwise they add nothing.
            if count == 3 and any(pairs * a.chance * b.chance <= most / 2 for a, b in combinations(parts, 2)):
                continue
            reached = np.logical_and.reduce([agree[p.name] for p in parts])
            out.append(Candidate(tuple(p.name for p in parts), reached, cost))
    return out


def _most_alone(atom: Atom, most: float) -> float:
    """What an atom may cost that is a key by itself: a whole value, or in small sets a rare word."""
    if atom.whole:
        return 4 * most
    return 0.0 if atom.single else _FREE_PAIRS / 4


def _simulate(evidence: dict[str, Evidence], prepared: Prepared) -> dict[str, Bools]:
    """For each atom, in which simulated pairs of one customer both records have it and agree."""
    contact = {ladder.name for ladder in prepared.ladders if ladder.contact}
    moved = _uniform(1) < 0.2
    dirt = 0.4 + 3.0 * _uniform(2) ** 2  # some records have many mistakes, most have few
    out: dict[str, Bools] = {}
    present: dict[str, Bools] = {}
    changed: dict[str, Floats] = {}
    for number, ladder in enumerate(prepared.ladders):
        share = float((ladder.column.codes >= 0).mean()) if prepared.rows else 0.0
        present[ladder.name] = _uniform(10 * number + 3) < share * share
        changed[ladder.name] = _uniform(10 * number + 4)
    for number, item in enumerate(evidence.values()):
        kept = _KEPT.get(item.name.rsplit(".", 1)[1], 0.85)
        # Atoms of one ladder depend on one another: half of what changes one changes all.
        half = ((1 + kept) / 2) ** dirt
        agrees = present[item.ladder] & (changed[item.ladder] < half) & (_uniform(1000 + number) < half)
        if item.name.endswith(".both"):
            names = [ladder.name for ladder in prepared.ladders if isinstance(ladder, NameLadder)][:2]
            agrees = np.logical_and.reduce([present[n] & (changed[n] < 0.78**dirt) for n in names])
        if item.ladder in contact:
            agrees = agrees & ~moved
        out[item.name] = agrees
    return out


def _uniform(seed: int) -> Floats:
    return sample(1 << 30, _SIMULATED, seed + 100) / float(1 << 30)


def key_hashes(parts: list[Atom], rows: int) -> tuple[Hashes, Ints]:
    """Hashes of a key and the rows that have them."""
    first = next((atom for atom in parts if not atom.single), parts[0])
    found, at = first.among(np.arange(rows))
    hashes = combine(*[found if atom is first else atom.of(at) for atom in parts])
    known = hashes != NONE
    return hashes[known], at[known]
