"""Loads a connector's declaration and finds all of its mistakes, also those that no single key shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePath

from custhub.declaration import Path_, Source, make
from custhub.errors import Mistake
from custhub.extract.spec import (
    Connector,
    ConnectorFile,
    CsvStream,
    ExcelStream,
    FileStream,
    FixedWidthStream,
    Mode,
    SqlConnector,
    SqlStream,
    Stream,
)
from custhub.model.frames import LANDED


def load_connector(source: Source) -> Connector:
    """The connector that `source` declares. Raises ConfigError with every mistake."""
    return make(source, ConnectorFile, lambda file: (file.root, _across(source, file.root)))


def _across(source: Source, connector: Connector) -> Iterator[Mistake]:
    name, stem = connector.source, PurePath(source.file).stem
    if name != stem:
        yield source.mistake(("source",), f"is {name}, but the file is called {stem}", "give both the same name")
    yield from _family(source, connector.streams)
    for stream_name, stream in connector.streams.items():
        here = ("streams", stream_name)
        yield from _columns(source, here, stream)
        yield from _kind(source, here, stream)
    yield from _mode(source, connector)


def _family(source: Source, streams: Mapping[str, Stream]) -> Iterator[Mistake]:
    roots = [name for name, stream in streams.items() if not stream.parent]
    if len(roots) != 1:
        found = "every stream has a parent" if not roots else f"{', '.join(roots)} have no parent"
        yield source.mistake(("streams",), found, "exactly one stream, the root, has no `parent`")
        return
    key = streams[roots[0]].key
    if not key:
        yield source.mistake(("streams", roots[0], "key"), "is missing", "name the columns of the customer's key")
    for name, stream in streams.items():
        if stream.parent and key and len(stream.parent) != len(key):
            problem = f"has {len(stream.parent)} columns, but the key of {roots[0]} has {len(key)}"
            yield source.mistake(("streams", name, "parent"), problem, "name one column for each, in the same order")


def _columns(source: Source, here: Path_, stream: Stream) -> Iterator[Mistake]:
    declared = stream.expected or ()
    for column in declared:
        if column in LANDED:
            yield source.mistake((*here, "columns"), f"{column} is a name that custhub uses itself")
    if len(set(declared)) < len(declared):
        yield source.mistake((*here, "columns"), "names a column twice")
    used = {"key": stream.key, "parent": stream.parent}
    if isinstance(stream, SqlStream) and stream.cursor:
        used["cursor"] = stream.cursor.columns
    if isinstance(stream, FileStream) and stream.delete_marker:
        used["delete_marker"] = (stream.delete_marker.column,)
    for part, columns in used.items():
        for column in columns:
            if declared and column not in declared:
                hint = f"known are {', '.join(declared[:20])}"
                yield source.mistake((*here, part), f"{column} is not among the columns", hint)


def _kind(source: Source, here: Path_, stream: Stream) -> Iterator[Mistake]:
    match stream:
        case SqlStream() if bool(stream.table) == bool(stream.query):
            yield source.mistake(here, "needs either `table` or `query`", "name one of them")
        case CsvStream(header=False, columns=None) | ExcelStream(header_row=0, columns=None):
            hint = "a file without header needs the names of its columns"
            yield source.mistake((*here, "columns"), "is missing", hint)
        case CsvStream() if stream.quote == stream.delimiter:
            yield source.mistake((*here, "quote"), "is the same as the delimiter")
        case FixedWidthStream(newline=False, pad_short=True):
            yield source.mistake((*here, "pad_short"), "needs records that end with a line break")


def _mode(source: Source, connector: Connector) -> Iterator[Mistake]:
    if isinstance(connector, SqlConnector):
        return
    if connector.mode is Mode.INCREMENTAL and len(connector.streams) > 1:
        problem = "incremental files hold one stream only"
        yield source.mistake(("mode",), problem, "a delta of child rows would not show the rest of the family")
    for name, stream in connector.streams.items():
        if connector.mode is Mode.SNAPSHOT and stream.delete_marker:
            path = ("streams", name, "delete_marker")
            yield source.mistake(path, "is for `mode: incremental` only", "a snapshot deletes by leaving out")
