"""Random histories: loads, deletes, refused rows, decisions, pins, other rules, crashes, clicks beside runs, undo, release.

A hub holds the histories of LANES small worlds side by side, so that each of its runs takes many steps; after every commit
the invariants of the design hold in all of them. A short history by default and long ones in `make check`;
CUSTHUB_HISTORIES=200 plays so many, with CUSTHUB_STEPS turns each, other ones every time.
"""

from __future__ import annotations

import csv
import os
import random
import shutil
from collections.abc import Callable
from contextlib import ExitStack, suppress
from datetime import datetime, timedelta
from itertools import combinations
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, ClassVar
from unittest.mock import patch

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, assume, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from custhub import pipeline, stewardship
from custhub.errors import ConflictError, NotFoundError, StoppedForPersonError, UsageError
from custhub.golden import documents
from custhub.model.decisions import Judgement, Pin
from custhub.model.hashing import golden_hash, text_hash
from custhub.model.refs import SourceRef
from custhub.pipeline import Hub, Options
from custhub.plan import contradictions
from custhub.project import load_project
from custhub.settings import Settings
from custhub.store import Changes, Facts, RunKind, RunState, Store, View

LANES = int(os.environ.get("CUSTHUB_LANES", "150"))  # small worlds of one hub
PEOPLE = 3  # that the records of a lane may be of
FIELDS = ("id", "kind", "name", "born", "phone", "email", "street", "city", "zip")
SOURCES, KEYS = ("left", "right"), ("1", "2", "3")
REFS = [f"{source}:{lane}.{key}" for lane in range(LANES) for source in SOURCES for key in KEYS]
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
TRUST = "survivorship:\n  sources: {left: %s, right: %s}\nlimits: {merges: 9999, splits: 9999, retired: 9999, changed: 9999%s}\n"
RULES = (TRUST % (80, 60, ""), TRUST % (60, 80, ", merge_existing: 0.5, split_existing: 0.999"))
"""With the default limits, where what is one customer depends on what was one before, and without any."""
BEGIN = datetime.fromisoformat("2026-01-05T08:00:00+00:00")
SYLLABLES = ("ba", "ker", "lin", "mo", "nas", "pfu", "rit", "sche", "tov", "wel")
SEEDS = st.integers(0, 2**32)
ACTS = ("run", "clicks", "crash", "undo", "run", "undo", "full", "release", "undo", "review", "crash", "rules", "erase")
WORDS = (Judgement.SAME, Judgement.DIFFERENT, Judgement.UNSURE)
CRASHES = ("land", "open_run", "stage", "publish_run", "set_batch", "set_consumer")


class CrashedError(Exception):
    """Stands for a kill: nothing after it is done."""


def row(key: str, person: int, sort: str) -> dict[str, str]:
    """The row of one of the lane's people. `sort`: full and alike everywhere, or with a name only, moved, refused, left out."""
    lane = int(key.partition(".")[0])
    digits = f"{int(text_hash(f'{lane}/{person}')[:12], 16) % 10**9:09d}"
    family = "".join(SYLLABLES[int(d)] for d in digits[:3]).capitalize()
    given = ("Anna", "Bernd", "Carla")[person]
    full = {
        "id": key,
        "kind": "P",
        "name": f"{given} {family}",
        "born": f"19{digits[:2]}-0{int(digits[2]) % 9 + 1}-1{digits[3]}",
        "phone": f"+49 30 {digits[:7]}",
        "email": f"{given}.{family}@example.org".lower(),
        "street": f"{family}weg {int(digits[4:6]) + 1}",
        "city": "Berlin",
        "zip": f"1{digits[5:]}",
    }
    other = {
        "full": {},
        "bare": {"born": "", "phone": "", "email": "", "street": "", "zip": "", "city": ""},
        "moved": {"street": f"Neue Gasse {lane}", "city": "Hamburg", "zip": f"2{digits[5:]}"},
        "refused": {"kind": "?"},
        "left out": {"name": f"TEST {given}"},
    }[sort]
    return {**full, **other}


class Histories(RuleBasedStateMachine):
    """One hub over two files; the sources change, people speak, and runs bring it together."""

    fresh: ClassVar[Callable[[Path], str]]  # the URL of an empty, migrated store for the hub of a folder
    steps: ClassVar[int] = 0
    undone: ClassVar[int] = 0
    rebuilds: ClassVar[int] = 0

    @initialize(seed=SEEDS)
    def begin(self, seed: int) -> None:
        assume(seed)  # hypothesis tries the simplest first, which is no history worth a minute
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
        self.url = type(self).fresh(self.folder)
        self.declare(0)
        for ref in REFS:
            source, key = ref.split(":")
            self.rows[source][key] = row(key, int(key[-1]) - 1, "full" if key[-1] != "3" else "moved")
        self.run()

    def teardown(self) -> None:
        if not hasattr(self, "stack"):
            return
        with self.stack:
            if not self.sound:
                return
            self.run()
            self.again(full=False)
            self.again(full=True)
            self.rebuilt()

    def declare(self, rules: int) -> None:
        self.rules = rules
        (self.folder / "mappings" / "golden.customer.yml").write_text(RULES[rules])
        settings_ = Settings(project=self.folder, database_url=self.url, data=self.folder / "data")
        store = self.hub.store if hasattr(self, "hub") else self.stack.enter_context(Store.open(self.url))
        self.hub = Hub(load_project(settings_), store)

    def now(self) -> datetime:
        self.hours += 1
        return BEGIN + timedelta(hours=self.hours)

    # --- what happens ---

    @rule(seed=SEEDS, act=st.sampled_from(ACTS))
    def turn(self, seed: int, act: str) -> None:
        """A busy day and its run, whole or broken off; or a person takes back, lets go, erases, changes the rules."""
        chance = random.Random(f"{seed}/{self.hours}")
        match act:
            case "undo":
                for _ in range(3):
                    self.undo(chance)
                return
            case "release":
                return self.release(chance)
            case "erase":
                return self.erase(chance.choice(REFS))
        self.happen(chance)
        self.speak(chance)
        match act:
            case "rules":
                self.declare(1 - self.rules)
            case "crash":
                return self.crash(chance)
            case "clicks":
                self.run_beside_clicks(chance)
        self.run(full=act == "full", review_only=act == "review")

    def happen(self, chance: random.Random) -> None:
        """In most lanes a row comes, changes, is refused, is left out, or goes."""
        for ref in self.one_each(chance, LANES * 3 // 4):
            source, key = ref.split(":")
            sort = chance.choice(["full", "full", "bare", "moved", "refused", "left out", None, None])
            if sort is None:
                self.rows[source].pop(key, None)
            else:
                self.rows[source][key] = row(key, chance.randrange(PEOPLE), sort)

    def speak(self, chance: random.Random) -> None:
        """In some lanes a person judges two records, pins a value, or takes the pin out."""
        for ref in self.one_each(chance, LANES // 8):
            if chance.random() < 0.7:
                self.decide(ref, chance)
            else:
                self.pin(ref, chance.choice(["1901-02-03", "1902-03-04", None]))

    def one_each(self, chance: random.Random, lanes: int) -> list[str]:
        type(self).steps += lanes
        size = len(REFS) // LANES
        return [REFS[lane * size + chance.randrange(size)] for lane in sorted(chance.sample(range(LANES), lanes))]

    def decide(self, ref: str, chance: random.Random) -> None:
        size, place = len(REFS) // LANES, REFS.index(ref)
        lane = REFS[place - place % size :][:size]
        others = [other for other in (*lane, chance.choice(REFS)) if other != ref]
        left, right = SourceRef.parse(ref), SourceRef.parse(chance.choice(others))
        with suppress(ConflictError, NotFoundError):
            stewardship.decide(self.hub, left, right, chance.choice(WORDS), by="anna", at=self.now(), reason="so it is")

    def pin(self, ref: str, value: str | None) -> None:
        at, anchor = self.now(), SourceRef.parse(ref)
        old = [p.id for p in self.hub.store.pins() if p.anchor == anchor]
        made = Pin(f"pin-{self.hours}", anchor, "birth_date", f'"{value}"', "anna", f"{at:%Y-%m-%dT%H:%M:%SZ}", "seen")
        facts = Facts(pins=[made]) if value else Facts(unpinned=old)
        self.hub.store.write(f"click-pin-{self.hours}", at, Changes(), facts)

    def run(self, *, full: bool = False, review_only: bool = False) -> None:
        self.extractable()
        report = self.run_all(Options(full=full, review_only=review_only))
        assert report.applied.keys == self.hub.store.key_ledgers(sorted(report.applied.keys))
        for ledger in report.applied.keys.values():
            assert ledger.seen >= ledger.attached
        self.check(people=True)

    def run_all(self, options: Options) -> pipeline.RunReport:
        try:
            return pipeline.run_all(self.hub, sources=None, at=self.now(), options=options)
        except StoppedForPersonError:
            assert self.redone, "only rules that an undo took back stop a run"
            for undo in self.undos():
                self.let_go(undo)
            return pipeline.run_all(self.hub, sources=None, at=self.now(), options=options)

    def run_beside_clicks(self, chance: random.Random) -> None:
        """People speak while a run stages what it has planned: it plans again, or leaves it to the next run."""
        real = Store.stage

        def interrupted(*args: Any, **kwargs: Any) -> None:
            if not spoken:
                spoken.append(True)
                self.speak(chance)
            real(*args, **kwargs)

        self.extractable()
        spoken: list[bool] = []
        with patch.object(Store, "stage", interrupted):
            self.run_all(Options())
        self.check(people=False)

    def crash(self, chance: random.Random) -> None:
        """A run that dies, seen by the next run only."""
        self.extractable()
        act = lambda: self.run_all(Options())  # noqa: E731
        self.broken(chance.choice(CRASHES), chance.random() < 0.5, chance.choice((1, 2)), act)
        self.check(people=False)

    def undo(self, chance: random.Random) -> None:
        target, with_later = chance.choice(self.targets()), chance.random() < 0.5
        crash = chance.choice([None, None, "stage", "publish_run"])
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
        type(self).undone += 1
        self.redone |= bool(done.notes)
        self.check(people=False, was=self.before_runs(done.runs))
        if not crash and not self.moving():
            free = self.came_since(target) if with_later and not done.runs else set()
            self.nothing_is_done_again(before["members"], free, firm=bool(done.runs))

    def before_runs(self, runs: tuple[str, ...]) -> dict[str, set[str]]:
        """The records that each golden id written by one of the runs stood for, just before the first of them wrote it."""
        store, was = self.hub.store, dict[str, set[str]]()
        for run in sorted(map(store.run, runs), key=lambda run: run.seq or 0):
            new = [golden_id for golden_id in store.written([run.run_no]).golden_ids if golden_id not in was]
            goldens = store.goldens(new, view=View(upto=(run.seq or 0) - 1)).filter(pl.col("status") == "active")
            stood = goldens.select("golden_id", "members").iter_rows()
            was |= {golden_id: set() for golden_id in new} | {golden_id: set(refs) for golden_id, refs in stood}
        return was

    def came_since(self, target: str) -> set[str]:
        """Records that came to their customer after what was just undone (a merge or a decision), and of which the undo,
        though it took later work along, holds nothing: they go where they belong."""
        store = self.hub.store
        (undo,) = store.runs(limit=1)
        held = [row.decision for row in store.decisions() if row.run_no == undo.run_no]
        said = {row.decision.id: row.seq for row in store.decisions(live=False)}
        merges = store.timeline(target).filter(pl.col("status") == "merged")["seq"].to_list()
        then = store.links(view=View(upto=said.get(target) or max(merges)))
        before = store.links(view=View(upto=store.head() - 1))
        came = before.join(then, on=["system", "key", "golden_id"], how="anti")
        came = came.select(ref=pl.concat_str("system", pl.lit(":"), "key"))["ref"]
        return set(came) - {str(ref) for one in held for ref in (one.left, one.right)}

    def nothing_is_done_again(self, before: list[list[str]], free: set[str], *, firm: bool) -> None:
        """The next run leaves apart what the undo took apart; what it put together too, when it took its batches back."""
        undone = _pairs(self.state()["members"])
        self.run()
        now = _pairs(self.state()["members"])
        again = (_pairs(before) - undone) & now
        assert not {pair for pair in again if free.isdisjoint(pair)}, "parted by the undo, together again"
        assert not firm or undone - _pairs(before) <= now, "put together by the undo, apart again"

    def release(self, chance: random.Random) -> None:
        if undos := self.undos():
            self.let_go(chance.choice(undos))

    def undos(self) -> list[str]:
        return [r.run_id for r in self.hub.store.runs(kind=RunKind.UNDO) if r.seq is not None]

    def let_go(self, undo: str) -> None:
        with suppress(UsageError, ConflictError):
            stewardship.release(self.hub, undo, by="carla", at=self.now())

    def erase(self, ref: str) -> None:
        with suppress(NotFoundError):
            stewardship.erase(self.hub, ref, by="eva", at=self.now())
            self.gone |= {ref}
            self.feed = []  # the one exception: past events lose their values
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

        with patch.object(Store, place, dying), suppress(CrashedError):
            act()

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

    def check(self, *, people: bool, was: dict[str, set[str]] | None = None) -> None:
        self.sound = False
        goldens = self.hub.store.goldens()
        active = goldens.filter(pl.col("status") == "active")
        homes = dict(active.explode("members").select("members", "golden_id").iter_rows())
        self.accounted(homes)
        assert not self.gone & set(homes), "what was erased does not come back"
        self.told(active)
        self.ids_mean_the_same(goldens, homes, was or {})
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

    def ids_mean_the_same(self, goldens: pl.DataFrame, homes: dict[str, str], was: dict[str, set[str]]) -> None:
        """An id that goes on shares a record with what it was, or stands again for exactly what it `was` before the runs
        that were undone; an id answers for ever."""
        members: dict[str, set[str]] = {}
        for ref, golden_id in homes.items():
            members.setdefault(golden_id, set()).add(ref)
        status = dict(goldens.select("golden_id", "status").iter_rows())
        moves = goldens.with_columns(pl.coalesce("moved_to", "golden_id"))
        ends = {golden_id: status[end] for golden_id, end in moves.select("golden_id", "moved_to").iter_rows()}
        living = set(self.homes.values())
        assert {golden_id: members.get(golden_id, set()) for golden_id in was} == was
        for golden_id, refs in self.known.items():
            if golden_id in members and golden_id in living - set(was):
                assert members[golden_id] & refs
            assert ends[golden_id] in ("active", "retired", "erased")
        for golden_id in sorted(self.known)[-20:]:
            answer = self.hub.store.golden(golden_id)
            assert answer is not None
            assert answer.status == ends[golden_id]
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
        self.run(full=full)
        assert self.hub.store.events(0, 100_000).height == events
        assert (self.state()["hash"], self.state()["ids"]) == (before["hash"], before["ids"])

    def rebuilt(self) -> None:
        """Another hub with the rows, model, decisions, pins and links of this one has the same golden customers and ids.

        Not when an undo took back changed rules: the values by the old rules stay.
        """
        store = self.hub.store
        if self.redone or store.model() is None:
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
            for source, rows in landed.items():
                with (folder / f"{source}.csv").open("w", newline="", encoding="utf-8") as file:
                    writer = csv.DictWriter(file, FIELDS, extrasaction="ignore")
                    writer.writeheader()
                    writer.writerows(rows.values())
            url = type(self).fresh(folder)
            other = stack.enter_context(Store.open(url))
            hub = Hub(load_project(Settings(project=folder, database_url=url, data=folder / "data")), other)
            assert model is not None
            other.save_model(*model)
            other.adopt_model(model[0])
            other.write("click-all", self.now(), Changes(), facts)
            pipeline.run_all(hub, sources=None, at=self.now(), options=Options(standing=store.links()))
            golden = other.goldens().filter(pl.col("status") == "active")
            assert sorted(golden["members"].to_list()) == mine["members"]
            assert golden_hash(documents(golden)) == mine["hash"]
            assert golden["golden_id"].sort().to_list() == mine["ids"]
        type(self).rebuilds += 1

    def landed(self, source: str) -> list[dict[str, Any]]:
        """The landed rows that count, as they came; for a refused one the last good one."""
        good = self.hub.store.records([source]).filter("stale").select("row_key", good="batch_id", place="position")
        rows = self.hub.store.rows(source).filter("present").join(good, on="row_key", how="left")
        rows = rows.with_columns(batch_id=pl.coalesce("good", "batch_id"), position=pl.coalesce("place", "position"))
        found: list[dict[str, Any]] = []
        for batch_id, position in rows.select("batch_id", "position").iter_rows():
            batch = self.hub.store.batch(batch_id)
            path = self.hub.batch_folder(batch_id).path / "landed" / batch.info["streams"]["customer"]
            found += pl.read_parquet(path).filter(pl.col("_position") == position).fill_null("").to_dicts()
        return found


def _pairs(members: list[list[str]]) -> set[tuple[str, str]]:
    return {pair for refs in members for pair in combinations(refs, 2)}


ASKED = os.environ.get("CUSTHUB_HISTORIES")


@pytest.mark.slow
@pytest.mark.timeout(0 if ASKED else 900)
@pytest.mark.parametrize(("hub", "turns"), [(1, 4), *(pytest.param(hub, 16, marks=pytest.mark.long) for hub in (2, 3))])
def test_whatever_happens_the_invariants_hold(
    hub: int, turns: int, store_url: str, migrated_url: str, copy_database: Callable[[str, str, str], None]
) -> None:
    on_server = store_url.startswith("postgresql")

    class Played(Histories):
        @staticmethod
        def fresh(folder: Path) -> str:
            if not on_server:
                shutil.copyfile(migrated_url.removeprefix("sqlite:///"), folder / "golden.db")
                return f"sqlite:///{folder / 'golden.db'}"
            name = folder.name.replace("-", "_").lower()
            copy_database(store_url, migrated_url.rpartition("/")[2], name)
            return f"{store_url.rpartition('/')[0]}/{name}"

    turns = int(os.environ.get("CUSTHUB_STEPS", turns // 2 if on_server else turns))
    chosen = settings(
        max_examples=int(ASKED or 1),
        stateful_step_count=turns,
        database=None,
        deadline=None,
        phases=(Phase.generate,),  # a run takes a second: making a failure smaller would take minutes
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Played if ASKED else seed(hub)(Played), settings=chosen)
    print(f"{Played.steps} steps, {Played.undone} undone, {Played.rebuilds} rebuilt")
    assert Played.steps >= turns // 4 * LANES // 2, "histories were played"
