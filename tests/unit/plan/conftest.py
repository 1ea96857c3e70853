"""A store in memory: runs are planned on it and applied by keeping the latest row per key."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from custhub.golden import Survivorship, documents
from custhub.model.decisions import Decision, Judgement, Pin
from custhub.model.frames import LINK, PAIR, RECORD, conform, empty
from custhub.model.hashing import golden_hash, text_hash
from custhub.model.ids import uuid7s
from custhub.model.refs import SourceRef
from custhub.plan import Current, Evidence, Plan, RunInfo, make_plan
from custhub.store import GOLDENS, TASK

START = datetime(2026, 1, 1, tzinfo=UTC)


def record(ref: str, *, status: str = "attached", **fields: Any) -> dict[str, Any]:
    """A RECORD row; the document is a person with `fields`."""
    system, key = ref.split(":")
    doc = None if status in ("quarantined", "excluded") else json.dumps({"kind": "person", **fields})
    return {
        "system": system,
        "key": key,
        "row_key": key,
        "batch_id": "b",
        "position": 1,
        "hash": text_hash(doc or status),
        "status": status,
        "stale": False,
        "failed_rules": [],
        "doc": doc,
    }


def person(ref: str, name: str, **fields: Any) -> dict[str, Any]:
    given, _, family = name.partition(" ")
    return record(ref, name={"full": name, "given": given, "family": family or None}, **fields)


def decision(left: str, right: str, judgement: Judgement, name: str = "") -> Decision:
    low, high = sorted([SourceRef.parse(left), SourceRef.parse(right)])
    return Decision(name or f"d-{left}-{right}", low, high, judgement, "ann", "2026-01-01T00:00:00Z", "")


def pair(left: str, right: str, probability: float = 0.8, weight: int = 5000) -> dict[str, Any]:
    (sl, kl), (sr, kr) = left.split(":"), right.split(":")
    decided = "merge" if probability >= 0.95 else "review"
    values = (sl, kl, sr, kr, weight, probability, decided)
    return dict(zip(PAIR.names(), values, strict=True))


def frame(rows: Iterable[Mapping[str, Any]], schema: pl.Schema) -> pl.DataFrame:
    return conform(pl.DataFrame(list(rows), schema=schema, orient="row"), schema) if rows else empty(schema)


@dataclass
class World:
    """What the store would hold; every run sees the whole of it."""

    rules: Survivorship = field(default_factory=Survivorship)
    records: pl.DataFrame = field(default_factory=lambda: empty(RECORD))
    links: pl.DataFrame = field(default_factory=lambda: empty(LINK))  # with nulls, as the store's table
    former: dict[tuple[str, str], str] = field(default_factory=dict)
    goldens: pl.DataFrame = field(default_factory=lambda: empty(GOLDENS))
    tasks: pl.DataFrame = field(default_factory=lambda: empty(TASK))
    events: list[dict[str, Any]] = field(default_factory=list)
    runs: int = 0

    def plan(
        self,
        rows: Sequence[Mapping[str, Any]] = (),
        clusters: Sequence[Sequence[str]] = (),
        *,
        pairs: Sequence[Mapping[str, Any]] = (),
        decisions: Sequence[Decision] = (),
        pins: Sequence[Pin] = (),
        shuffle: int | None = None,
        only: bool = False,
    ) -> Plan:
        """Plans a run with `rows` laid over the records; refs in no cluster of `clusters` stay alone.

        `only`: with nothing but the rows in scope, which have to be whole golden customers.
        """
        new = frame(rows, RECORD)
        scope = new if only else pl.concat([self.records.join(new, on=["system", "key"], how="anti"), new])
        if shuffle is not None:
            scope = scope.sample(fraction=1, shuffle=True, seed=shuffle)
        label = {ref: n for n, refs in enumerate(clusters) for ref in refs}
        attached = scope.filter(pl.col("status") == "attached")
        refs = [f"{s}:{k}" for s, k in attached.select("system", "key").iter_rows()]
        numbers = [label.get(ref, len(clusters) + n) for n, ref in enumerate(refs)]
        clustered = attached.select("system", "key").with_columns(pl.Series("cluster", numbers, dtype=pl.Int64))
        current = Current(
            records=self.records,
            links=self.links.drop_nulls("golden_id").join(scope, on=["system", "key"], how="semi"),
            goldens=self.goldens,
            former=frame([{"system": s, "key": k, "golden_id": g} for (s, k), g in sorted(self.former.items())], LINK),
            tasks=self.tasks.filter(pl.col("status").is_in(["open", "asleep", "answered"])),
            active=self.goldens.filter(pl.col("status") == "active").height,
        )
        evidence = Evidence(scope, clustered, frame(pairs, PAIR), decisions=decisions, pins=pins)
        run = RunInfo(f"run-{self.runs}", START + timedelta(days=self.runs), self.runs)
        return make_plan(current, evidence, self.rules, run, uuid7s(run.at, run.run_id))

    def apply(self, plan: Plan) -> Plan:
        self.runs += 1
        was = {(s, k): g for s, k, g in self.links.drop_nulls("golden_id").iter_rows()}
        self.records = _later(self.records, plan.payload["records"], ["system", "key"])
        self.links = _later(self.links, plan.payload["links"], ["system", "key"])
        for system, key, golden_id in plan.payload["links"].iter_rows():
            if (system, key) in was and was[(system, key)] != golden_id:
                self.former[(system, key)] = was[(system, key)]
        born = self.goldens.select("golden_id", "born")
        written = plan.payload["goldens"].join(born, on="golden_id", how="left")
        written = conform(written.with_columns(pl.col("born").fill_null(self.runs)), GOLDENS)
        self.goldens = _later(self.goldens, written, ["golden_id"])
        self.tasks = _later(self.tasks, plan.payload["tasks"], ["key"])
        self.events += plan.payload["events"].to_dicts()
        return plan

    def run(self, *args: Any, **kwargs: Any) -> Plan:
        return self.apply(self.plan(*args, **kwargs))

    def id_of(self, ref: str) -> str | None:
        system, key = ref.split(":")
        found = self.links.filter((pl.col("system") == system) & (pl.col("key") == key))["golden_id"]
        return found[0] if len(found) else None

    def golden(self, golden_id: str | None) -> dict[str, Any]:
        return self.goldens.row(by_predicate=pl.col("golden_id") == golden_id, named=True)

    def open_tasks(self) -> list[str]:
        return sorted(self.tasks.filter(pl.col("status") == "open")["key"])

    def hash(self) -> str:
        return golden_hash(documents(self.goldens))


def _later(old: pl.DataFrame, new: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    return pl.concat([old.join(new, on=keys, how="anti"), new])


class Make:
    """The builders above, handed to tests as one fixture."""

    world = World
    record = staticmethod(record)
    person = staticmethod(person)
    pair = staticmethod(pair)
    decision = staticmethod(decision)


@pytest.fixture(scope="session")
def make() -> Make:
    return Make()


@pytest.fixture
def world() -> World:
    return World()
