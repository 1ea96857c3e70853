"""What makes a function a command: `--json`, one answer, and the open hub where it asks for one."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeAlias, TypeVar

import typer

from custhub.cli.output import answer

ProjectOption = Annotated[
    Path | None, typer.Option("--project", help="project folder (default: CUSTHUB_PROJECT, else the current folder)")
]
JsonOption = Annotated[bool, typer.Option("--json", help="machine-readable output")]

Said: TypeAlias = tuple[object, str] | None
"""What a command has to say: its result for scripts, and the text for people; nothing when it has said all itself."""

A = TypeVar("A")


def command(run: Callable[..., Said], *, lease: bool = False) -> Callable[..., None]:
    """The command that prints what `run` says. When `run` takes a `hub`, that is the one of `--project`, open until the
    function ends, and with `lease` nobody else runs meanwhile."""
    own = dict(inspect.signature(run, eval_str=True).parameters)
    wants_hub, wants_json = own.pop("hub", None) is not None, own.pop("json", None) is not None

    def called(*, json: bool, **given: Any) -> None:
        asked = given | ({"json": json} if wants_json else {})
        said = _with_hub(run, lease, **asked) if wants_hub else run(**asked)
        if said is not None:
            answer(*said, as_json=json)

    words = [*own.values(), *([_option("project", ProjectOption, None)] if wants_hub else [])]
    words = [word.replace(kind=inspect.Parameter.KEYWORD_ONLY) for word in [*words, _option("json", JsonOption, False)]]
    called.__name__, called.__doc__ = run.__name__, run.__doc__
    called.__signature__ = inspect.Signature(words)  # type: ignore[attr-defined]  # typer reads it
    return called


exclusive = functools.partial(command, lease=True)
"""A command during which nobody else runs."""


def _option(name: str, kind: object, default: object) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)


def _with_hub(run: Callable[..., Said], lease: bool, *, project: Path | None, **given: Any) -> Said:
    from custhub.cli.context import open_hub  # brings the pipeline along, which not every command needs

    with open_hub(project, holder=run.__name__ if lease else None) as hub:
        return run(hub=hub, **given)


def bundled(options: type[A], run: Callable[[A], Said]) -> Callable[..., Said]:
    """A function whose parameters are the fields of a dataclass."""

    def called(**given: Any) -> Said:
        return run(options(**given))

    called.__name__, called.__doc__ = run.__name__, run.__doc__
    called.__signature__ = inspect.signature(options, eval_str=True)  # type: ignore[attr-defined]  # typer reads it
    return called
