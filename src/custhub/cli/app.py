"""The commands. Only the module of the command that was typed is imported: `dedupe` needs no database, `clean` no numpy."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

import typer

_MODULES = {
    "setup": ("init", "check", "schema", "demo", "serve"),
    "runs": ("run", "plan", "approve", "apply", "train", "export"),
    "stewarding": ("decide", "quarantine", "undo", "release", "audit", "erase"),
    "matching": ("dedupe",),
    "evaluating": ("evaluate",),
    "explaining": ("explain",),
    "values": ("clean", "compare", "cleaners"),
}
COMMANDS = {command: module for module, commands in _MODULES.items() for command in commands}


def app_for(words: Sequence[str]) -> typer.Typer:
    """The app for a command line's words: with the one command that stands first, or with all of them."""
    app = typer.Typer(
        name="custhub",
        help="The open customer hub: ERP and legacy systems in, one golden customer out.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    app.callback()(_no_options)
    for name in words[:1] if words and words[0] in COMMANDS else COMMANDS:
        found = getattr(import_module(f"custhub.cli.{COMMANDS[name]}"), name)
        app.add_typer(found, name=name) if isinstance(found, typer.Typer) else app.command(name)(found)
    return app


def _no_options() -> None:
    """The open customer hub: ERP and legacy systems in, one golden customer out."""
