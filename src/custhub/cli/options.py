"""Options that all commands share."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

ProjectOption = Annotated[
    Path | None, typer.Option("--project", help="project folder (default: CUSTHUB_PROJECT, else the current folder)")
]
JsonOption = Annotated[bool, typer.Option("--json", help="machine-readable output")]

A = TypeVar("A")


def bundled(options: type[A], run: Callable[[A], None]) -> Callable[..., None]:
    """A command whose words are the fields of a dataclass."""

    def command(**given: Any) -> None:
        run(options(**given))

    command.__doc__ = run.__doc__
    command.__signature__ = inspect.signature(options, eval_str=True)  # type: ignore[attr-defined]
    return command
