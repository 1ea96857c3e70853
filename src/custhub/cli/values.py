"""`custhub clean`, `compare`, `cleaners`: one value at a time, for trying out and for tests."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer

from custhub import clean as cleaning
from custhub.cli.options import Said, command
from custhub.cli.output import plain
from custhub.errors import UsageError
from custhub.settings import Settings

KindArgument = Annotated[str, typer.Argument(help=", ".join(cleaning.KINDS))]
TypeOption = Annotated[str | None, typer.Option("--type", help="type of an identifier, e.g. uscc, vat, lei")]
RegionOption = Annotated[str | None, typer.Option("--region", help="country the source is in, e.g. CN")]


def _options(kind: str, type_: str | None, region: str | None) -> dict[str, str]:
    if kind not in cleaning.KINDS:
        raise UsageError(f"no kind {kind!r}", f"one of {', '.join(cleaning.KINDS)}")
    return {name: value for name, value in (("type", type_), ("region", region)) if value}


@command
def clean(kind: KindArgument, type_: TypeOption = None, region: RegionOption = None) -> None:
    """Clean one value a line from standard input; one JSON object a line out."""
    options = _options(kind, type_, region)
    for line in sys.stdin.buffer:
        cleaned = cleaning.clean_value(kind, _text(line), **options)
        sys.stdout.write(json.dumps(plain(cleaned), ensure_ascii=False) + "\n")


@command
def compare(kind: KindArgument, type_: TypeOption = None, region: RegionOption = None) -> None:
    """Compare two values a line, separated by a tab; one JSON object a line out."""
    options = _options(kind, type_, region)
    own = cleaning.read_own_names(Settings.load().project / "mappings")
    for number, line in enumerate(sys.stdin.buffer, 1):
        left, tab, right = _text(line).partition("\t")
        if not tab:
            raise UsageError(f"standard input, line {number}: holds no tab", "write LEFT<TAB>RIGHT")
        with cleaning.knowing(own):
            compared = cleaning.compare_values(kind, left, right, **options)
        sys.stdout.write(json.dumps(plain(compared), ensure_ascii=False) + "\n")


@command
def cleaners() -> Said:
    """The cleaners that mappings may name, with examples."""
    found = sorted(cleaning.CLEANERS.items())

    lines = []
    for name, info in found:
        lines.append(f"{name}: {info.description}")
        lines += [f"    {raw!r} -> {result!r}" for raw, result in info.examples]
    return [{"name": name, **plain(info)} for name, info in found], "\n".join(lines)


def _text(line: bytes) -> str:
    return line.decode("utf-8", "surrogateescape").rstrip("\r\n")
