"""Random histories of a small hub: loads, deletes, refused rows, decisions, pins, other rules, crashes, undo, release.

After every commit the invariants of the design hold. A few histories by default; CUSTHUB_HISTORIES=200 plays so many,
with CUSTHUB_STEPS steps each, other ones every time.
"""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Callable
from contextlib import ExitStack, suppress
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import polars as pl
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from custhub import pipeline, stewardship
from custhub.errors import ConflictError, NotFoundError, StoppedForPersonError, UsageError
from custhub.golden import documents
from custhub.model.decisions import Judgement, Pin
from custhub.model.hashing import golden_hash
from custhub.model.refs import SourceRef
from custhub.pipeline import Hub, Options
from custhub.plan import contradictions
from custhub.project import load_project
from custhub.settings import Settings
from custhub.store import Changes, Facts, RunKind, RunState, Store

NAMES = ("Anna Schulze", "Bernd Krause", "Carla Vogt")
FIELDS = ("id", "kind", "name", "born", "phone", "email", "street", "city", "zip")
SOURCES, KEYS = ("left", "right"), ("1", "2", "3")
REFS = [f"{source}:{key}" for source in SOURCES for key in KEYS]
CONNECTOR = "source: %s\nkind: csv\ndelete_limit: 1\nstreams:\n  customer: {path: %s.csv, key: id, allow_empty: true}\n"
MAPPING = """
source: %s
stream: customer
codes:
  kind: {values: {P: person}, unknown: reject}
exclude:
  - {name: test customers, when: {column: name, starts_with: TEST}}
customer:
  kind: {column: kind, codes: kind}
  name.full: name
  birth_date: born
  phones: phone
  emails: email
  addresses: {street: street, city: city, postal_code: zip}
"""
LIMITS = "limits: {merges: 99, splits: 99, retired: 99, changed: 99, merge_existing: 0.5}\n"
RULES = tuple(f"survivorship:\n  sources: {{left: {a}, right: {b}}}\n{LIMITS}" for a, b in ((80, 60), (60, 80)))
BEGIN = datetime.fromisoformat("2026-01-05T08:00:00+00:00")
WORDS = (Judgement.SAME, Judgement.DIFFERENT, Judgement.UNSURE)
CRASHES = ("land", "open_run", "stage", "publish_run", "set_batch", "set_consumer")


class CrashedError(Exception):
    """Stands for a kill: nothing after it is done."""


def row(key: str, name: str, sort: str) -> dict[str, str]:
    """A customer's row. `sort`: full and alike everywhere, or with a name only, moved, refused, left out."""
    n = NAMES.index(name) + 1
    given, family = name.split()
    full = {
        "id": key,
        "kind": "P",
        "name": name,
        "born": f"19{n}1-0{n}-1{n}",
        "phone": f"+49 30 45{n}781{n}",
        "email": f"{given}.{family}@example.org".lower(),
        "street": f"{family}weg {n}",
        "city": "Berlin",
        "zip": f"1011{n}",
    }
    other = {
        "full": {},
        "bare": {"born": "", "phone": "", "email": "", "street": "", "zip": "", "city": ""},
        "moved": {"street": f"Neue Gasse {key}", "city": "Hamburg", "zip": "20095"},
        "refused": {"kind": "?"},
        "left out": {"name": f"TEST {name}"},
    }[sort]
    return {**full, **other}


class Histories(RuleBasedStateMachine):
    """One hub over two files; the sources change, people speak, and runs bring it together."""

    migrated: Path

    @initialize()
    def begin(self) -> None:
        self.stack = ExitStack()
        self.folder = Path(mkdtemp(prefix="custhub-history-"))
        self.stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
        for folder in ("connectors", "mappings"):
            (self.folder / folder).mkdir()
        for source in SOURCES:
            (self.folder / "connectors" / f"{source}.yml").write_text(CONNECTOR % (source, source))
            (self.folder / "mappings" / f"{source}.customer.yml").write_text(MAPPING % source)
        self.rows: dict[str, dict[str, dict[str, str]]] = {source: {} for source in SOURCES}
        self.hours, self.rules, self.redone = 0, 0, False
        self.feed, self.homes, self.known, self.sound, self.gone = [], {}, {}, False, set()
        shutil.copyfile(self.migrated, self.folder / "golden.db")
        self.declare(0)
        for ref, name in zip(REFS, NAMES * 2, strict=True):
            source, key = ref.split(":")
            self.rows[source][key] = row(key, name, "full" if key != "3" else "moved")
        self.run(False)

    def teardown(self) -> None:
        if not hasattr(self, "stack"):
            return
        with self.stack:
            if not self.sound:
                return
            self.run(False)
            self.again(full=False)
            self.again(full=True)
            self.rebuilt()

    def declare(self, rules: int) -> None:
        self.rules = rules
        (self.folder / "mappings" / "golden.customer.yml").write_text(RULES[rules])
        settings_ = Settings(
            project=self.folder, database_url=f"sqlite:///{self.folder / 'golden.db'}", data=self.folder / "data"
        )
        store = self.stack.enter_context(Store.open(settings_.database_url))
        self.hub = Hub(load_project(settings_), store)

    def now(self) -> datetime:
        self.hours += 1
        return BEGIN + timedelta(hours=self.hours)

    # --- what happens ---

    @rule(ref=st.sampled_from(REFS), name=st.sampled_from(NAMES), sort=st.sampled_from(["full", "bare", "moved"]))
    def load(self, ref: str, name: str, sort: str) -> None:
        source, key = ref.split(":")
        self.rows[source][key] = row(key, name, sort)

    @rule(ref=st.sampled_from(REFS), sort=st.sampled_from(["refused", "left out"]))
    def spoil(self, ref: str, sort: str) -> None:
        source, key = ref.split(":")
        self.rows[source][key] = row(key, NAMES[0], sort)

    @rule(ref=st.sampled_from(REFS))
    def delete(self, ref: str) -> None:
        source, key = ref.split(":")
        self.rows[source].pop(key, None)

    @rule(pair=st.lists(st.sampled_from(REFS), min_size=2, max_size=2, unique=True), word=st.sampled_from(WORDS))
    def decide(self, pair: list[str], word: Judgement) -> None:
        left, right = map(SourceRef.parse, pair)
        with suppress(ConflictError, NotFoundError):
            stewardship.decide(self.hub, left, right, word, by="anna", at=self.now(), reason="so it is")

    @rule(ref=st.sampled_from(REFS), value=st.sampled_from(["1901-02-03", "1902-03-04", None]))
    def pin(self, ref: str, value: str | None) -> None:
        at, anchor = self.now(), SourceRef.parse(ref)
        old = [p.id for p in self.hub.store.pins() if p.anchor == anchor]
        made = Pin(f"pin-{at:%j%H}", anchor, "birth_date", f'"{value}"', "anna", f"{at:%Y-%m-%dT%H:%M:%SZ}", "seen")
        facts = Facts(pins=[made]) if value else Facts(unpinned=old)
        self.hub.store.write(f"click-pin-{self.hours}", at, Changes(), facts)

    @rule()
    def other_rules(self) -> None:
        self.declare(1 - self.rules)

    @rule(full=st.booleans())
    def run(self, full: bool) -> None:
        self.extractable()
        report = pipeline.run_all(self.hub, sources=None, at=self.now(), options=Options(full=full))
        for ledger in report.applied.keys.values():
            assert ledger.seen >= ledger.attached
        self.check(people=True)

    @rule(place=st.sampled_from(CRASHES), after=st.booleans(), nth=st.integers(1, 2))
    def crash(self, place: str, after: bool, nth: int) -> None:
        """A run that dies, seen by the next run only."""
        self.extractable()
        self.broken(
            place, after, nth, lambda: pipeline.run_all(self.hub, sources=None, at=self.now(), options=Options())
        )
        self.check(people=False)

    @rule(data=st.data(), crash=st.sampled_from([None, None, "stage", "publish_run"]), with_later=st.booleans())
    def undo(self, data: st.DataObject, crash: str | None, with_later: bool) -> None:
        target = data.draw(st.sampled_from(self.targets()))
        before = self.state()
        at = self.now()
        act = lambda: stewardship.undo(self.hub, target, by="bert", at=at, with_later=with_later)  # noqa: E731
        try:
            dry = stewardship.undo(self.hub, target, by="bert", at=at, with_later=with_later, dry=True)
            assert self.state() == before, "a dry undo writes nothing"
            if crash:
                self.broken(crash, False, 1, act)
                assert self.state() == before, "a killed undo has not happened"
            done = act()
        except (StoppedForPersonError, UsageError):
            assert self.state() == before, "a refused undo has not happened"
            return
        assert (done.counts, done.runs, done.held) == (dry.counts, dry.runs, dry.held), "the plan is what happens"
        self.redone |= bool(done.notes)
        self.check(people=False)
        if not crash and not self.moving():
            held = self.state()
            self.run(False)
            assert self.state()["members"] == held["members"], "the next run does not do it again"

    @precondition(lambda self: self.undone())
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        target = data.draw(st.sampled_from(self.undone()))
        with suppress(UsageError, ConflictError):
            stewardship.release(self.hub, target, by="carla", at=self.now())

    @precondition(lambda self: self.hours > 6)
    @rule(ref=st.sampled_from(REFS), again=st.booleans())
    def erase(self, ref: str, again: bool) -> None:
        with suppress(NotFoundError):
            stewardship.erase(self.hub, ref, by="eva", at=self.now())
            self.gone |= {ref}
            self.feed = []  # the one exception: past events lose their values
            if again:
                self.check(people=False)
            assert self.hub.store.verify_audit().problems == ()

    # --- how it is played ---

    def extractable(self) -> None:
        for source in SOURCES:
            with (self.folder / f"{source}.csv").open("w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, FIELDS)
                writer.writeheader()
                writer.writerows(self.rows[source].values())

    def broken(self, place: str, after: bool, nth: int, act: Callable[[], Any]) -> None:
        """Acts with a store that dies before or after its nth call of `place`."""
        count, real = 0, getattr(Store, place)

        def dying(*args: Any, **kwargs: Any) -> Any:
            nonlocal count
            count += 1
            if count == nth and not after:
                raise CrashedError
            done = real(*args, **kwargs)
            if count == nth:
                raise CrashedError
            return done

        setattr(Store, place, dying)
        try:
            with suppress(CrashedError):
                act()
        finally:
            setattr(Store, place, real)

    def moving(self) -> bool:
        """Whether something waits for the next run: other rows at the sources, rules, or people's words."""
        store = self.hub.store
        runs = [r for r in store.runs(kind=RunKind.RUN) if r.state is RunState.PUBLISHED]
        last = max(r.seq or 0 for r in runs)
        clicks = [r for r in store.runs() if r.kind in (RunKind.DECISION, RunKind.RELEASE) and (r.seq or 0) > last]
        waiting = [b for b in store.batches() if b.run_no is None]
        return bool(clicks or waiting) or self.rows != self.loaded or self.rules != self.applied_rules

    def targets(self) -> list[str]:
        store = self.hub.store
        runs = [r.run_id for r in store.runs(kind=RunKind.RUN) if r.state is RunState.PUBLISHED][:3]
        merged = store.goldens().filter(pl.col("status") == "merged")["golden_id"].sort().to_list()
        said = [d.decision.id for d in store.decisions()]
        return [*runs, *merged, *said]

    def undone(self) -> list[str]:
        return [r.run_id for r in self.hub.store.runs(kind=RunKind.UNDO) if r.seq is not None]

    def state(self) -> dict[str, Any]:
        """All of the store that a reader can see."""
        store = self.hub.store
        golden = store.goldens().filter(pl.col("status") == "active").sort("golden_id")
        return {
            "members": sorted(golden["members"].to_list()),
            "hash": golden_hash(documents(golden)),
            "ids": golden["golden_id"].to_list(),
            "head": store.head(),
            "decisions": [d.decision.id for d in store.decisions()],
            "batches": [(b.batch_id, b.state) for b in store.batches()],
        }

    # --- what must hold ---

    def check(self, *, people: bool) -> None:
        self.sound = False
        goldens = self.hub.store.goldens()
        active = goldens.filter(pl.col("status") == "active")
        homes = dict(active.explode("members").select("members", "golden_id").iter_rows())
        self.accounted(homes)
        assert not self.gone & set(homes), "what was erased does not come back"
        self.told(active)
        self.ids_mean_the_same(goldens, homes)
        if people:
            self.loaded = {source: {k: dict(v) for k, v in rows.items()} for source, rows in self.rows.items()}
            self.applied_rules = self.rules
            self.nobody_is_overruled(homes)
        self.sound = True

    def accounted(self, homes: dict[str, str]) -> None:
        """Every key is somewhere, and every attached record is in exactly one active golden customer."""
        store = self.hub.store
        for source in SOURCES:
            store.key_ledger(source).check(source)
        attached = store.records().filter(pl.col("status") == "attached")
        assert {f"{s}:{k}" for s, k in attached.select("system", "key").iter_rows()} == set(homes)
        assert {f"{s}:{k}": g for s, k, g in store.links().iter_rows()} == homes

    def told(self, active: pl.DataFrame) -> None:
        """The feed only grows, and whoever reads nothing else knows the golden customers."""
        feed = self.hub.store.events(0, 100_000)
        assert feed["seq"].to_list() == list(range(1, feed.height + 1))
        rows = feed.rows()
        assert rows[: len(self.feed)] == self.feed
        self.feed = rows
        replayed: dict[str, tuple[list[str], str]] = {}
        for event in feed.iter_rows(named=True):
            replayed[event["golden_id"]] = (event["members_after"], event["after"])
            if event["type"] in ("merged", "deleted", "erased"):
                del replayed[event["golden_id"]]
        assert replayed == {g: (m, d) for g, m, d in active.select("golden_id", "members", "doc").iter_rows()}

    def ids_mean_the_same(self, goldens: pl.DataFrame, homes: dict[str, str]) -> None:
        """An id that goes on shares a record with what it was; an id answers for ever."""
        members: dict[str, set[str]] = {}
        for ref, golden_id in homes.items():
            members.setdefault(golden_id, set()).add(ref)
        for golden_id, refs in self.known.items():
            if golden_id in members and golden_id in self.homes.values():
                assert members[golden_id] & refs
            answer = self.hub.store.golden(golden_id)
            assert answer is not None
            assert answer.status in ("active", "retired", "erased")
        self.known |= members
        self.homes = homes

    def nobody_is_overruled(self, homes: dict[str, str]) -> None:
        live = [d.decision for d in self.hub.store.decisions()]
        assert not contradictions(live)
        for said in live:
            left, right = homes.get(str(said.left)), homes.get(str(said.right))
            if left and right and said.judgement is not Judgement.UNSURE:
                assert (left == right) == (said.judgement is Judgement.SAME), said.judgement
        pinned = {str(p.anchor): p.value for p in sorted(self.hub.store.pins(), key=lambda p: (p.at, p.id))}
        goldens = self.hub.store.goldens().filter(pl.col("status") == "active")
        for members, text in goldens.select("members", "doc").iter_rows():
            values = {pinned[ref].strip('"') for ref in members if ref in pinned}
            if values:
                assert pl.Series([text]).str.json_path_match("$.birth_date")[0] in values

    def again(self, *, full: bool) -> None:
        """A run without news tells nothing and changes nothing."""
        before, events = self.state(), self.hub.store.events(0, 100_000).height
        self.run(full)
        assert self.hub.store.events(0, 100_000).height == events
        assert (self.state()["hash"], self.state()["ids"]) == (before["hash"], before["ids"])

    def rebuilt(self) -> None:
        """Another hub with the rows, model, decisions and pins of this one has the same golden customers.

        Not when an undo took back changed rules (the values by the old rules stay), nor while a last good version stands
        in for a refused row.
        """
        store = self.hub.store
        records = store.records()
        if self.redone or records["stale"].any() or store.model() is None:
            return
        facts = Facts(decisions=[d.decision for d in store.decisions()], pins=store.pins())
        landed = {source: {r["_key"]: r for r in self.landed(source)} for source in SOURCES}
        mine, model = self.state(), store.model()
        with ExitStack() as stack:
            folder = Path(mkdtemp(prefix="custhub-rebuilt-"))
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            for name in ("connectors", "mappings"):
                shutil.copytree(self.folder / name, folder / name)
            shutil.copytree(self.folder / "data" / "models", folder / "data" / "models")
            shutil.copyfile(self.migrated, folder / "golden.db")
            for source, rows in landed.items():
                with (folder / f"{source}.csv").open("w", newline="", encoding="utf-8") as file:
                    writer = csv.DictWriter(file, FIELDS, extrasaction="ignore")
                    writer.writeheader()
                    writer.writerows(rows.values())
            url = f"sqlite:///{folder / 'golden.db'}"
            other = stack.enter_context(Store.open(url))
            hub = Hub(load_project(Settings(project=folder, database_url=url, data=folder / "data")), other)
            assert model is not None
            other.save_model(*model)
            other.adopt_model(model[0])
            other.write("click-all", self.now(), Changes(), facts)
            pipeline.run_all(hub, sources=None, at=self.now(), options=Options())
            golden = other.goldens().filter(pl.col("status") == "active")
            assert sorted(golden["members"].to_list()) == mine["members"]
            assert golden_hash(documents(golden)) == mine["hash"]

    def landed(self, source: str) -> list[dict[str, Any]]:
        """The landed rows that count, as they came."""
        rows = self.hub.store.rows(source).filter("present")
        found: list[dict[str, Any]] = []
        for batch_id, position in rows.select("batch_id", "position").iter_rows():
            batch = self.hub.store.batch(batch_id)
            path = self.hub.batch_folder(batch_id).path / "landed" / batch.info["streams"]["customer"]
            found += pl.read_parquet(path).filter(pl.col("_position") == position).fill_null("").to_dicts()
        return found


def test_whatever_happens_the_invariants_hold(migrated_sqlite: Path) -> None:
    class Played(Histories):
        migrated = migrated_sqlite

    asked = os.environ.get("CUSTHUB_HISTORIES")
    run_state_machine_as_test(
        Played,
        settings=settings(
            max_examples=int(asked or 3),
            stateful_step_count=int(os.environ.get("CUSTHUB_STEPS", "10")),
            derandomize=asked is None,
            deadline=None,
            phases=(Phase.generate,),  # a run takes a second: making a failure smaller would take minutes
            suppress_health_check=list(HealthCheck),
        ),
    )
