"""Reads YAML declarations so that every mistake can be told with file, line and key.

A declaration is parsed (PyYAML), checked (pydantic) and only then compiled by its room. Rooms collect `Mistake`s; whoever
loads a whole project raises one ConfigError with all of them.
"""

from __future__ import annotations

import copy
import difflib
import functools
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, ValidationError
from pydantic_core import CoreSchema

from custhub.errors import ConfigError, Mistake

Path_ = tuple[str | int, ...]
M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")
_NAME = "^[a-z][a-z0-9_"  # how the patterns of names begin
_ROUNDS = 50  # of taking out what is malformed to look at the rest


def _strict(node: Any) -> Any:
    """A core schema whose plain types take no text. All else stays lenient: a list is a tuple, a text an enum."""
    if isinstance(node, list | tuple):
        return type(node)(map(_strict, node))
    if not isinstance(node, dict):
        return node
    inner = {key: part if key in ("metadata", "default") else _strict(part) for key, part in node.items()}
    return {**inner, "strict": True} if node.get("type") in ("bool", "int", "float") else inner


class Spec(BaseModel):
    """Base of everything written in YAML: unknown keys are mistakes, values do not change.

    Numbers and truth values must be written as such, as the JSON Schema of the file says: `3`, not `"3"`; `true`, not
    `yes`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        schema: CoreSchema = _strict(handler(source))
        return schema


@dataclass(frozen=True, slots=True)
class Source:
    """A parsed YAML file that remembers the line of every key."""

    file: str
    data: Any
    lines: dict[Path_, int] = field(repr=False)

    def line(self, path: Path_) -> int | None:
        """The line (1-based) of `path`, or of its nearest parent that stands in the file."""
        for end in range(len(path), -1, -1):
            if path[:end] in self.lines:
                return self.lines[path[:end]]
        return None

    def mistake(self, path: Path_, problem: str, hint: str = "") -> Mistake:
        return Mistake(self.file, self.line(path), ".".join(map(str, path)), problem, hint)


class _LinesLoader(yaml.CSafeLoader):
    """SafeLoader (libyaml's, ten times as fast) without the surprises: `no`, `on` and dates stay text as written."""


_BOOL, _DATE = "tag:yaml.org,2002:bool", "tag:yaml.org,2002:timestamp"
_LinesLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != _DATE and (tag != _BOOL or first in "tTfF")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read(path: Path, root: Path | None = None) -> Source:
    """Parses a YAML file. `root` shortens the file's name in messages. Raises ConfigError when it cannot be parsed."""
    name = str(path.relative_to(root)) if root and path.is_relative_to(root) else str(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as e:
        raise ConfigError(
            [Mistake(name, None, "", f"cannot be read: {type(e).__name__}", "save it as UTF-8 text")]
        ) from e
    return parse(text, name)


def parse(text: str, name: str) -> Source:
    """Parses YAML text. Raises ConfigError for bad YAML and for keys that stand twice."""
    loader = _LinesLoader(text)
    try:
        node = loader.get_single_node()
        lines: dict[Path_, int] = {}
        mistakes: list[Mistake] = []
        if node is not None:
            _walk(node, (), name, lines, mistakes)
        if mistakes:
            raise ConfigError(mistakes)
        data = loader.construct_document(node) if node is not None else {}
    except yaml.MarkedYAMLError as e:
        mark = e.problem_mark
        line = mark.line + 1 if mark else None
        raise ConfigError([Mistake(name, line, "", f"is not YAML: {e.problem}", "check indentation and quotes")]) from e
    finally:
        loader.dispose()
    return Source(name, data, lines)


def _walk(node: yaml.Node, path: Path_, name: str, lines: dict[Path_, int], mistakes: list[Mistake]) -> None:
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here = (*path, str(key.value))
            if here in lines:
                mistakes.append(Mistake(name, key.start_mark.line + 1, ".".join(map(str, here)), "stands twice"))
            lines[here] = key.start_mark.line + 1
            _walk(value, here, name, lines, mistakes)
    elif isinstance(node, yaml.SequenceNode):
        for i, value in enumerate(node.value):
            _walk(value, (*path, i), name, lines, mistakes)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint for a word that is not known: the nearest one that is, else what there is."""
    options = sorted(known)
    near = difflib.get_close_matches(word, options, 1, 0.6)
    if near:
        return f"did you mean {near[0]}?"
    return f"known: {', '.join(options[:12])}" + (", ..." if len(options) > 12 else "") if options else ""


def check(source: Source, model: type[M]) -> M:
    """The declaration as `model`. Raises ConfigError with every mistake, each at its line."""
    unquoted = list(_other_keys(source, source.data))
    if unquoted:
        raise ConfigError(unquoted)
    try:
        return model.model_validate(source.data)
    except ValidationError as e:
        raise ConfigError([_mistake(source, error, model) for error in e.errors()]) from e


def make(source: Source, model: type[M], build: Callable[[M], tuple[T, Iterable[Mistake]]]) -> T:
    """What `build` makes of the declaration. Raises ConfigError with every mistake: those of form, and those that `build`
    finds, which sees the declaration without its malformed places."""
    spec, mistakes = _well_formed_part(source, model)
    if spec is None:
        raise ConfigError(mistakes)
    built, found = build(spec)
    mistakes += [m for m in found if not _follows(m, mistakes)]
    if mistakes:
        raise ConfigError(sorted(set(mistakes), key=lambda m: (m.line or 0, m.key, m.problem)))
    return built


def _well_formed_part(source: Source, model: type[M]) -> tuple[M | None, list[Mistake]]:
    """The spec without its malformed places, so that what makes no sense elsewhere is told in the same go."""
    data = copy.deepcopy(source.data)
    mistakes: list[Mistake] = []
    for _ in range(_ROUNDS):
        try:
            return check(Source(source.file, data, source.lines), model), mistakes
        except ConfigError as e:
            mistakes += [m for m in e.mistakes if not _follows(m, mistakes)]
            if not _prune(data, source, e.mistakes):
                return None, mistakes
    return None, mistakes


def _follows(mistake: Mistake, earlier: Iterable[Mistake]) -> bool:
    """Whether it may be due to an earlier mistake at its own place or inside it, which was taken out."""
    return any(f"{found.key}.".startswith(f"{mistake.key}.") for found in earlier)


def _prune(data: Any, source: Source, mistakes: Iterable[Mistake]) -> bool:
    """Takes the mistaken places out of `data`; False when one of them has no place of its own."""
    known = {".".join(map(str, path)): path for path in source.lines}
    places = {_place(known, mistake.key) for mistake in mistakes}
    if () in places:
        return False
    try:
        # The deepest first, and later items of a list before earlier ones, whose numbers stay true so.
        for *way, last in sorted(places, key=lambda path: (len(path), [f"{step:>9}" for step in path]), reverse=True):
            del functools.reduce(operator.getitem, way, data)[last]
    except (KeyError, IndexError):
        return False  # taken out before, and missed now
    return True


def _place(known: Mapping[str, Path_], key: str) -> Path_:
    """The deepest place in the file on the way to a dotted key."""
    while key and key not in known:
        key = key.rpartition(".")[0]
    return known.get(key, ())


def json_schema(model: type[BaseModel], title: str) -> dict[str, Any]:
    """A declaration's schema as the head of its file names it, for editors that complete and check while one writes."""
    schema = model.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": title}


def _other_keys(source: Source, data: Any, path: Path_ = ()) -> Iterator[Mistake]:
    """Keys that YAML reads as numbers or the like; JSON knows only texts."""
    for key, value in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        if isinstance(data, dict) and not isinstance(key, str):
            yield source.mistake((*path, str(key)), "must be text", "put the key in quotes")
        yield from _other_keys(source, value, (*path, key if isinstance(data, list) else str(key)))


def _mistake(source: Source, error: Any, model: type[BaseModel]) -> Mistake:
    # pydantic puts names of union members into the location: keep only what stands in the file, and the missing key.
    path: Path_ = ()
    for part in error["loc"]:
        if (*path, part) in source.lines or (error["type"] == "missing" and part == error["loc"][-1]):
            path = (*path, part)
    if error["type"] == "extra_forbidden":
        hint = did_you_mean(str(error["loc"][-1]), _keys(model.model_json_schema(), path[:-1]))
        return source.mistake(path, "is not a known key", hint or "remove it")
    if error["type"] == "string_pattern_mismatch" and error["ctx"]["pattern"].startswith(_NAME):
        return source.mistake(path, "is not a name", "begin with a small letter; then a-z, 0-9 and _")
    return source.mistake(path, str(error["msg"]))


def _keys(schema: dict[str, Any], path: Path_) -> set[str]:
    """Keys that a JSON Schema knows at a place of the document."""

    def forms(node: Any) -> Iterator[dict[str, Any]]:
        if isinstance(node, dict):
            yield node
            for form in (*node.get("anyOf", ()), *node.get("oneOf", ())):
                yield from forms(form)
            if "$ref" in node:
                yield from forms(schema["$defs"][node["$ref"].rpartition("/")[2]])

    here = list(forms(schema))
    for part in path:
        inner = [
            node.get("properties", {}).get(part) or node.get("additionalProperties") or node.get("items")
            for node in here
        ]
        here = [form for node in inner for form in forms(node)]
    return {key for node in here for key in node.get("properties", {})}
