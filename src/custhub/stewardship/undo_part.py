"""Taking back one merge, or one decision with what it had brought about."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from custhub.errors import UsageError
from custhub.model.decisions import Judgement, TaskKind
from custhub.model.frames import refs_frame
from custhub.pipeline import Hub
from custhub.plan import APART, Before, Current
from custhub.stewardship.holding import Author, Held, Holds, Part, crossing, told
from custhub.stewardship.surviving import worked_out
from custhub.stewardship.taking import Taken
from custhub.store import TASK, DecisionRow, View

_NOTHING = Held((), ())


@dataclass(frozen=True, slots=True)
class Move:
    """Records that leave the golden customer `away` for another one; `since`: the commit that is taken back.

    `homes`: who goes where. `stayers` are the other records of `away` (or of the home) that were there then.
    """

    homes: tuple[tuple[str, Part], ...]
    away: str
    stayers: Part
    since: int

    @property
    def refs(self) -> Part:
        return frozenset().union(*(refs for _, refs in self.homes))


def take_merge(hub: Hub, merged: str, author: Author, *, with_later: bool) -> Taken:
    """Takes back the merge that ended the golden customer `merged`: its records get it back."""
    history = hub.store.timeline(merged).filter(pl.col("status") == "merged")
    now = hub.store.golden(merged)
    if history.is_empty() or now is None or now.asked == now.golden_id:
        raise UsageError(f"golden customer {merged} is not merged", "name the one that was merged into another")
    last = history.row(-1, named=True)
    there = _members(hub, merged, last["seq"] - 1)
    back = there & frozenset(now.members)
    if not back or back == frozenset(now.members):
        hint = "its records have gone elsewhere since, or are all that is left there"
        raise UsageError(f"nothing of {merged} can be taken out of {now.golden_id}", hint)
    stayers = (_members(hub, last["moved_to"], last["seq"]) & frozenset(now.members)) - back
    move = Move(((merged, back),), now.golden_id, stayers, last["seq"])
    return _apart(hub, f"merge of {merged} into {last['moved_to']}", move, author, with_later=with_later)


def take_decision(hub: Hub, row: DecisionRow, author: Author, *, with_later: bool) -> Taken:
    """Takes back a decision, and the merge or split that followed from it."""
    said, what = row.decision, f"decision {row.decision.id}"
    if row.superseded_by is not None:
        now = [f"decision {one.decision.id} does" for one in hub.store.decisions() if one.pair == row.pair]
        raise UsageError(f"{what} does not count any more", "".join(now) or "nothing is said of the two now")
    if said.judgement is Judgement.HELD:
        raise UsageError(f"{what} is what an undo holds", f"let go of it: custhub release {said.id}")
    move = None
    if said.judgement is Judgement.SAME:
        move = _joined(hub, row)
    elif said.judgement is Judgement.DIFFERENT:
        move = _parted(hub, row)
    if move is not None and said.judgement is Judgement.SAME:
        return _apart(hub, what, move, author, with_later=with_later)
    if move is not None:
        return _together(hub, what, move, author, with_later=with_later)
    before = Before(goldens=hub.store.goldens([]), tasks=_asked_again(hub, row))
    return Taken(what, Current(active=hub.store.active_count()), before, _NOTHING, ended=(said.id,))


def _joined(hub: Hub, row: DecisionRow) -> Move | None:
    """The records that a `same` brought together, one side to the other or both to a third golden customer; None when it
    moved nothing that can go back."""
    at, left, right = _ties(hub, row)
    now = hub.store.links(refs_frame(row.pair))["golden_id"].unique().to_list()
    if left is None or right is None or left == right or len(now) != 1 or at is None:
        return None
    golden = _members(hub, now[0])
    homes = [(home, _members(hub, home, row.seq) & golden) for home in (left, right) if home != now[0]]
    stayers = (_members(hub, now[0], at) & golden).difference(*(refs for _, refs in homes))
    parts = [part for part in (*(refs for _, refs in homes), stayers) if part]
    others = [other for other in hub.store.decisions() if other.decision.id != row.decision.id]
    if not all(refs for _, refs in homes) or len(parts) < 2 or crossing(others, parts, (Judgement.SAME,)):
        return None
    return Move(tuple(homes), now[0], stayers, at)


def _parted(hub: Hub, row: DecisionRow) -> Move | None:
    """The records that a `different` took away from their golden customer; None when others keep them apart too."""
    at, left, right = _ties(hub, row)
    links = hub.store.links(refs_frame(row.pair))
    now = {f"{s}:{k}": g for s, k, g in links.iter_rows()}
    ends = [now.get(str(ref)) for ref in row.pair]
    if left is None or left != right or at is None or None in ends or ends[0] == ends[1]:
        return None
    home, away = (ends[0], ends[1]) if ends[1] != left else (ends[1], ends[0])
    assert home is not None and away is not None
    gone = _members(hub, away)
    others = [other for other in hub.store.decisions() if other.decision.id != row.decision.id]
    if crossing(others, (gone, _members(hub, home)), APART):
        return None
    return Move(((home, gone),), away, _members(hub, away, at), at)


def _ties(hub: Hub, row: DecisionRow) -> tuple[int | None, str | None, str | None]:
    """Where a decision's records were when it was made, and the first commit since that moved one of them."""
    history = hub.store.link_history(row.pair)
    then = []
    for ref in row.pair:
        mine = (pl.col("system") == ref.system) & (pl.col("key") == ref.key) & (pl.col("seq") <= row.seq)
        ids = history.filter(mine)["golden_id"].to_list()
        then.append(ids[-1] if ids else None)
    since = history.filter(pl.col("seq") > row.seq)["seq"].to_list()
    return (since[0] if since else None), then[0], then[1]


def _apart(hub: Hub, what: str, move: Move, author: Author, *, with_later: bool) -> Taken:
    """The move's records go home again, and are held apart from those that were there then."""
    live = hub.store.decisions()
    golden = _members(hub, move.away)
    came = sorted(golden - move.refs - move.stayers)
    parts = [refs for _, refs in move.homes]
    said = crossing([r for r in live if r.seq > move.since], (*parts, golden - move.refs), (Judgement.SAME,))
    holds = Holds(author, live)
    holds.apart((*parts, golden - move.refs if said else move.stayers))
    blocked = [*told(said), *([f"{', '.join(came[:5])} came to {move.away} since"] if came else [])]
    return _moved(hub, what, move, holds.result(), author, () if with_later else tuple(blocked))


def _together(hub: Hub, what: str, move: Move, author: Author, *, with_later: bool) -> Taken:
    """The move's records come back to the golden customer that they were taken from, and are held there."""
    holds = Holds(author, hub.store.decisions())
    holds.together((move.refs, *(_members(hub, home) for home, _ in move.homes)), firmly=True)
    came = sorted(move.refs - move.stayers)
    blocked = [f"{', '.join(came[:5])} came to {move.away} since"] if came else []
    return _moved(hub, what, move, holds.result(), author, () if with_later else tuple(blocked))


def _moved(hub: Hub, what: str, move: Move, held: Held, author: Author, blocked: tuple[str, ...]) -> Taken:
    """Works out the golden customers on both ends of the move, with the rules as they are."""
    store = hub.store
    goldens = store.goldens(sorted({move.away, *(home for home, _ in move.homes)}))
    back = {ref: home for home, refs in move.homes for ref in refs}
    members = goldens.filter(pl.col("status") == "active").select("golden_id", ref="members").explode("ref")
    members = members.drop_nulls("ref").with_columns(
        golden_id=pl.col("ref").replace_strict(back, default=pl.col("golden_id"), return_dtype=pl.String)
    )
    records, made = worked_out(hub, members, author.at)
    current = Current(records=records, goldens=goldens, active=store.active_count())
    return Taken(what, current, Before(goldens=made, records=records), held, blocked=blocked)


def _asked_again(hub: Hub, row: DecisionRow) -> pl.DataFrame:
    """Tasks that the decision had answered or put to sleep, open again."""
    refs = list(map(str, row.pair))
    asking = (TaskKind.POSSIBLE_DUPLICATE, TaskKind.DRIFTED_APART)
    kind = pl.concat([hub.store.tasks(status=None, kind=k) for k in asking])
    pair = [pl.col("detail").str.json_path_match(f"$.{side}") for side in ("left", "right")]
    mine = kind.filter(pl.col("status").is_in(["answered", "asleep"]) & pair[0].is_in(refs) & pair[1].is_in(refs))
    opened = mine.with_columns(pl.lit("open").alias("status"), pl.lit(None, dtype=pl.String).alias("answer"))
    return opened.select(TASK.names())


def _members(hub: Hub, golden_id: str, upto: int | None = None) -> Part:
    goldens = hub.store.goldens([golden_id], view=View(upto=upto))
    return frozenset(goldens["members"].explode().drop_nulls().to_list())
