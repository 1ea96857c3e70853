"""All commands, in the order of `custhub --help`."""

from __future__ import annotations

import typer

from custhub.cli import matching, runs, setup, stewarding, values

app = typer.Typer(
    name="custhub",
    help="The open customer hub: ERP and legacy systems in, one golden customer out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for module in (setup, runs, matching, stewarding, values):
    module.register(app)
