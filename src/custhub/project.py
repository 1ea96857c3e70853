"""A project: all its declarations, loaded and checked against one another once, with every mistake in one go."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import TypedDict, TypeVar

from custhub import declaration
from custhub.clean import NO_NAMES, OwnNames, read_own_names
from custhub.declaration import Source, Spec
from custhub.errors import ConfigError, Mistake, UsageError
from custhub.extract import Connector, load_connector
from custhub.golden import Limits, Survivorship
from custhub.mapping import Mapping, load_mapping, run_examples
from custhub.matching import MatchRules, hub_rules
from custhub.model.hashing import text_hash
from custhub.model.numbers import NumberFormat
from custhub.publish import FileTarget
from custhub.quality import Suite, load_suite
from custhub.settings import Settings

T = TypeVar("T")
GOLDEN = "golden"


class GoldenRules(Spec):
    """mappings/golden.customer.yml: how customers are matched and how golden values are chosen."""

    match: MatchRules | None = None
    survivorship: Survivorship = Survivorship()
    limits: Limits = Limits()
    publish: tuple[FileTarget, ...] = ()

    @property
    def matching(self) -> MatchRules:
        return self.match or hub_rules()


@dataclass(frozen=True, slots=True)
class Project:
    """Every declaration of a project, checked."""

    settings: Settings
    connectors: dict[str, Connector]
    mappings: dict[str, Mapping]
    suites: dict[str, Suite]
    golden: GoldenRules
    own_names: OwnNames
    fingerprints: dict[str, str]  # folder and name of a declaration, as mappings/erp.customer -> hash of its text

    @property
    def names_prints(self) -> list[str]:
        """Changes whenever the tables of own names do; empty without them."""
        return [text_hash(repr(self.own_names))] if self.own_names != NO_NAMES else []

    def suite(self, name: str) -> Suite | None:
        """The expectations `landed.<source>`, `canonical.customer` or `golden.customer`, where declared."""
        return self.suites.get(name)


def load_project(settings: Settings) -> Project:
    """Loads and cross-checks connectors/, mappings/ and expectations/ of `settings.project`.

    Raises ConfigError with every mistake in all files.
    """
    loader = _Loader(settings.project)
    connectors = loader.folder("connectors", "*.yml", load_connector)
    mappings = loader.folder(
        "mappings",
        "*.customer.yml",
        lambda source: load_mapping(source, **_inherited(connectors.get(_stem(source.file)))),
        skip=GOLDEN,
    )
    suites = loader.folder("expectations", "*.yml", load_suite)
    golden = (
        loader.one(
            settings.project / "mappings" / "golden.customer.yml", lambda source: declaration.check(source, GoldenRules)
        )
        or GoldenRules()
    )
    own_names = loader.own_names()
    loader.cross_check(connectors, mappings, suites)
    if loader.mistakes:
        raise ConfigError(loader.mistakes)
    return Project(settings, connectors, mappings, suites, golden, own_names, loader.fingerprints)


def init_project(folder: Path) -> list[str]:
    """Lays out a new project with one example source in `folder` and returns its files.

    Raises UsageError when the folder holds anything already: nothing is ever overwritten.
    """
    if folder.exists() and any(folder.iterdir()):
        raise UsageError(f"{folder} is not empty", "name a new folder")
    made = []
    with as_file(files("custhub") / "starter") as starter:
        for source in sorted(p for p in starter.rglob("*") if p.is_file()):
            name = source.relative_to(starter)
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(source.read_bytes())
            made.append(str(name))
    return made


def check_examples(project: Project) -> tuple[int, list[Mistake]]:
    """Runs tests/declarations/<source>.customer.yml of every mapping; returns the files run and the mistakes."""
    root = project.settings.project
    ran, mistakes = 0, []
    for name, mapping in sorted(project.mappings.items()):
        path = root / "tests" / "declarations" / f"{name}.customer.yml"
        if path.exists():
            ran += 1
            streams = project.connectors[name].streams
            keys = {stream: spec.key for stream, spec in streams.items() if spec.key}
            parents = {stream: spec.parent for stream, spec in streams.items() if spec.parent}
            mistakes += run_examples(mapping, declaration.read(path, root), keys=keys, parents=parents)
    return ran, mistakes


def _stem(file: str) -> str:
    """`mappings/erp.customer.yml` -> `erp`; `expectations/landed.erp.yml` -> `landed.erp`."""
    return Path(file).name.removesuffix(".yml").removesuffix(".customer")


class _Inherited(TypedDict, total=False):
    """What the mapping of a source takes from its connector."""

    time_zone: str
    number: NumberFormat
    columns: dict[str, tuple[str, ...]] | None


def _inherited(connector: Connector | None) -> _Inherited:
    if connector is None:
        return {}
    expected = {name: stream.expected for name, stream in connector.streams.items()}
    # Without declared columns nothing is known before the first extraction.
    columns = {name: columns for name, columns in expected.items() if columns} if all(expected.values()) else None
    return {"time_zone": connector.time_zone, "number": connector.number, "columns": columns}


class _Loader:
    """Loads file by file and keeps the mistakes instead of stopping at the first."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.mistakes: list[Mistake] = []
        self.fingerprints: dict[str, str] = {}

    def folder(self, name: str, pattern: str, load: Callable[[Source], T], skip: str = "") -> dict[str, T]:
        found: dict[str, T] = {}
        folder = self.root / name
        for path in sorted(folder.glob(pattern)):
            stem = _stem(path.name) if name != "expectations" else path.name.removesuffix(".yml")
            if stem != skip:
                loaded = self.one(path, load)
                if loaded is not None:
                    found[stem] = loaded
        if name == "connectors" and not folder.is_dir():
            hint = "run `custhub init DIR` for a new project, or name one with --project"
            self.mistakes.append(Mistake(str(self.root), None, "", "holds no connectors/ folder", hint))
        return found

    def one(self, path: Path, load: Callable[[Source], T]) -> T | None:
        if not path.exists():
            return None
        try:
            source = declaration.read(path, self.root)
            self.fingerprints[f"{path.parent.name}/{path.name.removesuffix('.yml')}"] = text_hash(
                path.read_text(encoding="utf-8")
            )
            return load(source)
        except ConfigError as e:
            self.mistakes.extend(e.mistakes)
            return None

    def own_names(self) -> OwnNames:
        try:
            return read_own_names(self.root / "mappings")
        except ConfigError as e:
            self.mistakes.extend(e.mistakes)
            return NO_NAMES

    def cross_check(
        self, connectors: dict[str, Connector], mappings: dict[str, Mapping], suites: dict[str, Suite]
    ) -> None:
        broken = {_stem(m.file) for m in self.mistakes}
        for name in connectors:
            if name not in mappings and name not in broken:
                self._say(f"connectors/{name}.yml", "source", "has no mapping", f"write mappings/{name}.customer.yml")
        self._strangers("mappings", (f"{m}.customer" for m in mappings if m not in connectors and m not in broken))
        layers = {f"landed.{c}" for c in connectors} | {"canonical.customer", "golden.customer"}
        self._strangers("expectations", (s for s in suites if s not in layers))

    def _strangers(self, folder: str, names: Iterable[str]) -> None:
        for name in names:
            self._say(f"{folder}/{name}.yml", "", "belongs to no connector", "correct its name or add the connector")

    def _say(self, file: str, key: str, problem: str, hint: str = "") -> None:
        self.mistakes.append(Mistake(file, 1, key, problem, hint))
