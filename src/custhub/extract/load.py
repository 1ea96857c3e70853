"""Loads a connector's declaration and finds all of its mistakes, also those that no single key shows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

from custhub.declaration import Source, check
from custhub.errors import ConfigError, Mistake
from custhub.extract.spec import Connector, ConnectorFile
from custhub.model.frames import LANDED


def load_connector(source: Source) -> Connector:
    """The connector that `source` declares. Raises ConfigError with every mistake."""
    mistakes: list[Mistake] = []
    connector = None
    try:
        connector = check(source, ConnectorFile).root
    except ConfigError as e:
        mistakes.extend(e.mistakes)
    # The cross checks read the raw data, so that they also speak when pydantic has found something elsewhere.
    mistakes.extend(_across(source))
    if mistakes or connector is None:
        raise ConfigError(sorted(mistakes, key=lambda m: (m.line or 0, m.key)))
    return connector


def _across(source: Source) -> Iterator[Mistake]:
    data = _mapping(source.data)
    streams = {name: _mapping(stream) for name, stream in _mapping(data.get("streams")).items()}
    name, stem = data.get("source"), PurePath(source.file).stem
    if isinstance(name, str) and name != stem:
        yield source.mistake(("source",), f"is {name}, but the file is called {stem}", "give both the same name")
    if streams:
        yield from _family(source, streams)
    for stream_name, stream in streams.items():
        yield from _columns(source, stream_name, stream)
        yield from _kind(source, str(data.get("kind")), stream_name, stream)
    yield from _mode(source, data, streams)


def _family(source: Source, streams: dict[str, dict[str, Any]]) -> Iterator[Mistake]:
    roots = [name for name, stream in streams.items() if not stream.get("parent")]
    if len(roots) != 1:
        found = "every stream has a parent" if not roots else f"{', '.join(roots)} have no parent"
        yield source.mistake(("streams",), found, "exactly one stream, the root, has no `parent`")
        return
    key = _names(streams[roots[0]].get("key"))
    if not key:
        yield source.mistake(("streams", roots[0], "key"), "is missing", "name the columns of the customer's key")
    for name, stream in streams.items():
        parent = _names(stream.get("parent"))
        if parent and key and len(parent) != len(key):
            problem = f"has {len(parent)} columns, but the key of {roots[0]} has {len(key)}"
            yield source.mistake(("streams", name, "parent"), problem, "name one column for each, in the same order")


def _columns(source: Source, name: str, stream: dict[str, Any]) -> Iterator[Mistake]:
    declared = _names(stream.get("columns"))
    for column in declared:
        if column in LANDED:
            yield source.mistake(("streams", name, "columns"), f"{column} is a name that custhub uses itself")
    if len(set(declared)) < len(declared):
        yield source.mistake(("streams", name, "columns"), "names a column twice")
    used = {part: _names(stream.get(part)) for part in ("key", "parent")}
    cursor = stream.get("cursor")
    used["cursor"] = _names(cursor.get("columns") if isinstance(cursor, dict) else cursor)
    used["delete_marker"] = _names(_mapping(stream.get("delete_marker")).get("column"))
    for part, columns in used.items():
        for column in columns:
            if declared and column not in declared:
                hint = f"known are {', '.join(declared[:20])}"
                yield source.mistake(("streams", name, part), f"{column} is not among the columns", hint)


def _kind(source: Source, kind: str, name: str, stream: dict[str, Any]) -> Iterator[Mistake]:
    here = ("streams", name)
    if kind == "sql" and bool(stream.get("table")) == bool(stream.get("query")):
        yield source.mistake(here, "needs either `table` or `query`", "name one of them")
    headless = (kind == "csv" and stream.get("header") is False) or (kind == "excel" and stream.get("header_row") == 0)
    if headless and not stream.get("columns"):
        yield source.mistake((*here, "columns"), "is missing", "a file without header needs the names of its columns")
    if kind == "csv" and stream.get("quote") is not None and stream.get("quote") == stream.get("delimiter", ","):
        yield source.mistake((*here, "quote"), "is the same as the delimiter")
    if kind == "fixed_width" and stream.get("newline") is False and stream.get("pad_short"):
        yield source.mistake((*here, "pad_short"), "needs records that end with a line break")


def _mode(source: Source, data: dict[str, Any], streams: dict[str, dict[str, Any]]) -> Iterator[Mistake]:
    if data.get("mode") == "incremental" and len(streams) > 1:
        problem = "incremental files hold one stream only"
        yield source.mistake(("mode",), problem, "a delta of child rows would not show the rest of the family")
    for name, stream in streams.items():
        if data.get("mode") != "incremental" and stream.get("delete_marker"):
            path = ("streams", name, "delete_marker")
            yield source.mistake(path, "is for `mode: incremental` only", "a snapshot deletes by leaving out")


def _mapping(value: object) -> dict[str, Any]:
    return {str(key): item for key, item in value.items()} if isinstance(value, dict) else {}


def _names(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [str(item) for item in value] if isinstance(value, list | dict) else []
