"""What a person has to look at: tasks with keys that stay the same over runs, opened once and closed by evidence."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from custhub.model.decisions import Decision, Judgement, Pin, Task, TaskKind
from custhub.plan.judgements import APART, contradictions
from custhub.store import TASK, task_frame

OURS = (
    TaskKind.POSSIBLE_DUPLICATE,
    TaskKind.DRIFTED_APART,
    TaskKind.CONFLICT,
    TaskKind.CLUSTER_TOO_LARGE,
    TaskKind.TWO_OWNERS,
    TaskKind.PIN_MOVED,
)
"""Kinds that planning finds again in every run, so that it may close them when they are gone."""


@dataclass(frozen=True, slots=True)
class Homes:
    """Where records are after the plan: `ref`, `golden_id` and `lowest` (the customer's lowest reference)."""

    frame: pl.DataFrame

    def of(self, refs: Iterable[str]) -> dict[str, tuple[str, str]]:
        """ref -> (golden_id, lowest) of those that have a golden customer."""
        wanted = pl.DataFrame({"ref": sorted(set(refs))}, schema={"ref": pl.String})
        found = self.frame.join(wanted, on="ref", how="semi")
        return {
            ref: (golden_id, lowest)
            for ref, golden_id, lowest in found.select("ref", "golden_id", "lowest").iter_rows()
        }

    def sizes(self, ids: pl.Series) -> dict[str, int]:
        """How many records each of the golden customers has."""
        mine = self.frame.filter(pl.col("golden_id").is_in(ids.unique().implode()))
        return dict(mine.group_by("golden_id").len().iter_rows())


def possible_duplicates(
    pairs: pl.DataFrame, homes: Homes, decisions: Sequence[Decision], current: pl.DataFrame
) -> list[Task]:
    """One task per pair of golden customers between which matching sees something, the best pair as its evidence.

    Customers that a person keeps apart, also through another of their records, are never asked for again; `unsure`
    sleeps until the evidence is another.
    """
    crossed = _crossed(pairs, homes)
    apart, unsure = (_judged(decisions, homes, words) for words in (APART, (Judgement.UNSURE,)))
    asleep = set(current.filter(pl.col("status") == "asleep")["key"])
    sizes = homes.sizes(pl.concat([crossed["id_l"], crossed["id_r"]]))
    tasks = []
    for a, b, low, high, weight, thousandths, left, right, count in crossed.iter_rows():
        ids = (min(a, b), max(a, b))
        detail = json.dumps(
            {"left": left, "right": right, "weight": weight, "probability": thousandths, "pairs": count}
        )
        key = f"{TaskKind.POSSIBLE_DUPLICATE}:{low}|{high}"
        if ids in apart or (ids in unsure and key not in asleep):
            continue
        title = "Two golden customers may be the same"
        worth = worth_of(sizes[a] + sizes[b], thousandths)
        tasks.append(Task(key, TaskKind.POSSIBLE_DUPLICATE, title, (low, high), (a, b), detail, worth=worth))
    return tasks


def drifted_apart(kept: pl.DataFrame, homes: Homes, decisions: Sequence[Decision], current: pl.DataFrame) -> list[Task]:
    """One task per two records that hold parts of one customer together: is it still one? `unsure` sleeps."""
    asleep = set(current.filter(pl.col("status") == "asleep")["key"])
    unsure = {(str(d.left), str(d.right)) for d in decisions if d.judgement is Judgement.UNSURE}
    named = kept.with_columns(_thousandths(), *(_ref(side) for side in "lr"))
    where = homes.of([*named["ref_l"], *named["ref_r"]])
    tasks = []
    for left, right, weight, thousandths in named.select("ref_l", "ref_r", "weight", "thousandths").iter_rows():
        low, high = min(left, right), max(left, right)
        key = f"{TaskKind.DRIFTED_APART}:{low}|{high}"
        if low not in where or ((low, high) in unsure and key not in asleep):
            continue
        detail = json.dumps({"left": low, "right": high, "weight": weight, "probability": thousandths})
        title, worth = "Records of one customer are no longer alike", worth_of(2, thousandths)
        ids = (where[low][0],)
        tasks.append(Task(key, TaskKind.DRIFTED_APART, title, (low, high), ids, detail, worth=worth))
    return tasks


def _ref(side: str) -> pl.Expr:
    return pl.concat_str(f"system_{side}", pl.lit(":"), f"key_{side}").alias(f"ref_{side}")


def _thousandths() -> pl.Expr:
    return (pl.col("probability") * 1000).round().cast(pl.Int64).alias("thousandths")


def worth_of(records: int, thousandths: int) -> int:
    """What an answer is worth, in thousandths of a bit: the records that it settles, times how open the question is."""
    open_bits = sum(-p * math.log2(p) for p in (thousandths / 1000, 1 - thousandths / 1000) if p > 0)
    return round(1000 * records * open_bits)


def _crossed(pairs: pl.DataFrame, homes: Homes) -> pl.DataFrame:
    """Pairs between different golden customers, one row per two of them; the one with the lower reference left."""
    sides = [
        homes.frame.select(
            pl.col("ref").alias(f"ref_{s}"), pl.col("golden_id").alias(f"id_{s}"), pl.col("lowest").alias(f"low_{s}")
        )
        for s in "lr"
    ]
    named = pairs.select(_ref("l"), _ref("r"), "weight", _thousandths())
    both = named.join(sides[0], on="ref_l").join(sides[1], on="ref_r").filter(pl.col("id_l") != pl.col("id_r"))
    turned = pl.col("low_l") > pl.col("low_r")
    ordered = both.select(
        *(
            pl.when(turned).then(f"{name}_{other}").otherwise(f"{name}_{side}").alias(f"{name}_{side}")
            for name in ("id", "low", "ref")
            for side, other in (("l", "r"), ("r", "l"))
        ),
        "weight",
        "thousandths",
    )
    best = ordered.sort("weight", "ref_l", "ref_r", descending=[True, False, False])
    columns = ("low_l", "low_r", "weight", "thousandths", "ref_l", "ref_r")
    return (
        best.group_by("id_l", "id_r", maintain_order=True)
        .agg(*(pl.col(c).first() for c in columns), pl.len().alias("pairs"))
        .select("id_l", "id_r", *columns, "pairs")
        .sort("low_l", "low_r")
    )


def _judged(decisions: Sequence[Decision], homes: Homes, words: Sequence[Judgement]) -> set[tuple[str, str]]:
    """Pairs of golden ids between which a person has said one of the words."""
    said = [(str(d.left), str(d.right)) for d in decisions if d.judgement in words]
    where = homes.of(ref for pair in said for ref in pair)
    ids = [(where[a][0], where[b][0]) for a, b in said if a in where and b in where]
    return {(min(pair), max(pair)) for pair in ids}


def conflicts(decisions: Sequence[Decision], homes: Homes) -> list[Task]:
    """Decisions that contradict each other, and decisions that the clusters do not follow."""
    found = [
        _conflict(c.refs, homes, {"decisions": list(c.decision_ids)}, "Decisions contradict each other")
        for c in contradictions(decisions)
    ]
    where = homes.of(ref for d in decisions for ref in (str(d.left), str(d.right)))
    for decision in sorted(decisions, key=lambda d: d.id):
        refs = (str(decision.left), str(decision.right))
        if not all(ref in where for ref in refs):
            continue
        together = where[refs[0]][0] == where[refs[1]][0]
        if decision.judgement is Judgement.SAME and not together:
            found.append(_conflict(refs, homes, {"decisions": [decision.id]}, "Confirmed the same, but kept apart"))
        if decision.judgement in APART and together:
            found.append(_conflict(refs, homes, {"decisions": [decision.id]}, "Kept apart by a person, but together"))
    return list({task.key: task for task in reversed(found)}.values())


def _conflict(refs: tuple[str, str], homes: Homes, detail: dict[str, list[str]], title: str) -> Task:
    ids = tuple(dict.fromkeys(golden_id for golden_id, _ in homes.of(refs).values()))
    return _settle(refs, tuple(sorted(ids)), json.dumps(detail), title)


def _settle(refs: tuple[str, ...], golden_ids: tuple[str, ...], detail: str, title: str) -> Task:
    key = f"{TaskKind.CONFLICT}:{refs[0]}|{refs[1]}"
    return Task(key, TaskKind.CONFLICT, title, refs, golden_ids, detail, worth=1_000_000)


def refused_word(said: Decision, against: Sequence[str], golden_ids: tuple[str, ...]) -> Task:
    """Tells of a person's word that was not stored, for it contradicts these decisions."""
    word = {"said": said.judgement.value, "by": said.by, "at": said.at, "reason": said.reason}
    detail = json.dumps({"decisions": list(against), **word})
    return _settle((str(said.left), str(said.right)), golden_ids, detail, "A word was refused: decisions contradict it")


def refused_words(current: pl.DataFrame, decisions: Sequence[Decision]) -> tuple[list[Task], frozenset[str]]:
    """Such tasks stand as long as all the decisions do that are in the word's way; with them, the keys of those that end."""
    live, standing, ended = {d.id for d in decisions}, list[Task](), set[str]()
    told = current.filter(pl.col("kind") == TaskKind.CONFLICT.value)
    for key, refs, ids, detail, title in told.select("key", "refs", "golden_ids", "detail", "title").iter_rows():
        known = json.loads(detail)
        if live.issuperset(known.get("decisions", ())) and "said" in known:
            standing.append(_settle(tuple(refs), tuple(ids), detail, title))
        elif "said" in known:
            ended.add(key)
    return standing, frozenset(ended)


def too_large(clusters: Sequence[Sequence[str]], homes: Homes) -> list[Task]:
    """Clusters above the size limit: matching left them apart."""
    tasks = []
    for refs in sorted(tuple(sorted(cluster)) for cluster in clusters):
        ids = sorted({golden_id for golden_id, _ in homes.of(refs).values()})
        key = f"{TaskKind.CLUSTER_TOO_LARGE}:{refs[0]}"
        detail = json.dumps({"records": len(refs)})
        title = f"{len(refs)} records look like one customer, more than one may have"
        tasks.append(Task(key, TaskKind.CLUSTER_TOO_LARGE, title, refs, tuple(ids), detail, worth=1000 * len(refs)))
    return tasks


def two_owners(members: pl.DataFrame) -> list[Task]:
    """Golden customers for which one organisation of one system names several owners (撞单); all keep access.

    `members` are records: golden_id, ref, organisation_views.
    """
    views = members.select("golden_id", "ref", pl.col("organisation_views").alias("view"))
    views = views.filter(pl.col("view").list.len() > 0).explode("view").unnest("view").drop_nulls("owner")
    place = ["golden_id", "system", "organisation"]
    contested = views.filter((pl.col("owner").min() != pl.col("owner").max()).over(place))
    shared = contested.group_by(place).agg(pl.col("owner").n_unique(), pl.col("ref").unique())
    rows = (
        shared.sort(place)
        .group_by("golden_id", maintain_order=True)
        .agg(pl.struct("system", "organisation", "owner"), pl.col("ref").explode().unique().sort())
    )
    tasks = []
    for golden_id, organisations, refs in rows.iter_rows():
        detail = json.dumps({"organisations": organisations})
        key = f"{TaskKind.TWO_OWNERS}:{refs[0]}"
        title, worth = "One customer, several owners", 1000 * len(refs)
        tasks.append(Task(key, TaskKind.TWO_OWNERS, title, tuple(refs), (golden_id,), detail, worth=worth))
    return tasks


def moved_pins(pins: Sequence[Pin], goldens: pl.DataFrame) -> list[Task]:
    """Pins whose value the rules would choose otherwise now than when the pin was set; the pin stays."""
    by_id = {pin.id: pin for pin in pins if pin.seen is not None}
    tasks = []
    noted = goldens.filter(pl.col("prov").str.contains('"pins":', literal=True)).select("golden_id", "prov")
    for golden_id, prov in noted.iter_rows():
        for attribute, note in sorted(json.loads(prov)["pins"].items()):
            pin = by_id.get(note["pin"])
            if pin is not None and pin.seen != note["seen"]:
                detail = json.dumps({"attribute": attribute, "pin": pin.id, "seen": note["seen"]})
                key = f"{TaskKind.PIN_MOVED}:{pin.id}"
                title = f"The value under the pin of {attribute} has changed"
                tasks.append(Task(key, TaskKind.PIN_MOVED, title, (str(pin.anchor),), (golden_id,), detail, worth=1000))
    return tasks


def task_changes(
    wanted: Sequence[Task], current: pl.DataFrame, scope: frozenset[str], ended: frozenset[str] = frozenset()
) -> pl.DataFrame:
    """TASK rows to write: tasks that are new or tell something else, and those to close.

    A task is closed when planning would find it again but did not, and one of its records was looked at (`scope`), or
    when whoever opened it says so (`ended`, keys).
    What a person has answered stays answered until the evidence is another.
    """
    new = task_frame(wanted).unique("key", keep="first", maintain_order=True)
    told = pl.struct("title", "detail", "golden_ids", "refs")
    before = current.select("key", "assignee", old=told)
    known = new.drop("assignee").join(before, on="key", how="left", maintain_order="left")
    opened = known.filter(told.ne_missing(pl.col("old"))).select(TASK.names())
    missing = current.filter(pl.col("status").is_in(["open", "asleep"])).join(new, on="key", how="anti")
    looked_at = [
        key in ended or (kind in OURS and any(ref in scope for ref in refs))
        for key, kind, refs in missing.select("key", "kind", "refs").iter_rows()
    ]
    closed = missing.filter(pl.Series(looked_at, dtype=pl.Boolean)).with_columns(
        pl.lit("closed").alias("status"), pl.lit("evidence changed").alias("answer")
    )
    return pl.concat([opened, closed.select(TASK.names())]).sort("key")
