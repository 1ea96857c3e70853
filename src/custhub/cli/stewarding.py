"""`custhub quarantine`: rows that failed, with reasons; try again after a fix, or accept them."""

from __future__ import annotations

import os
from typing import Annotated, Any

import polars as pl
import typer

from custhub import stewardship
from custhub.cli.context import now, open_hub, user
from custhub.cli.options import JsonOption, ProjectOption
from custhub.cli.output import answer

group = typer.Typer(help="Rows that failed, with reasons.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    for name, command in (("list", list_), ("show", show), ("retry", retry), ("waive", waive)):
        group.command(name)(command)
    app.add_typer(group, name="quarantine")


def list_(
    project: ProjectOption = None,
    source: Annotated[str | None, typer.Option(help="only this source")] = None,
    limit: Annotated[int, typer.Option(help="at most so many")] = 50,
    json: JsonOption = False,
) -> None:
    """Open rows, without their values."""
    with open_hub(project) as hub:
        rows = hub.store.quarantine(system=source).drop("raw")
    shown = rows.head(limit)
    answer(shown.to_dicts(), as_json=json, text=lambda: _table(shown, rows.height))


def _table(rows: pl.DataFrame, total: int) -> str:
    if not total:
        return "quarantine is empty"
    lines = [f"{total} rows in quarantine" + (f", the first {rows.height}:" if rows.height < total else ":")]
    for row in rows.iter_rows(named=True):
        where = f"{row['system']}:{row['key']} ({row['stream'] or row['layer']} row {row['position']})"
        lines.append(f"  {row['id'][:12]}  {where}  {row['rule_id']}: {row['reason']}")
    return "\n".join(lines)


def show(
    row: Annotated[str, typer.Argument(help="its id, or the first characters of it")],
    project: ProjectOption = None,
    json: JsonOption = False,
) -> None:
    """One row with its raw values."""
    with open_hub(project) as hub:
        found = stewardship.quarantined(hub, row)
    answer(found, as_json=json, text=lambda: "\n".join(f"{k:12} {v}" for k, v in found.items() if v is not None))


def retry(
    source: Annotated[str | None, typer.Option(help="only this source")] = None,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> None:
    """Put quarantined rows to work again with the next run, after a fix of mapping or rules."""
    with open_hub(project, holder=f"custhub quarantine {os.getpid()}") as hub:
        batches: list[Any] = stewardship.retry(hub, source=source, at=now())
    text = f"{len(batches)} batch(es) wait for the next run: custhub run" if batches else "nothing to try again"
    answer(batches, as_json=json, text=lambda: text)


def waive(
    row: Annotated[str, typer.Argument(help="its id, or the first characters of it")],
    reason: Annotated[str, typer.Option(help="why this row is right in spite of the rule")],
    project: ProjectOption = None,
    json: JsonOption = False,
) -> None:
    """Accept a row in spite of the rule, until it comes with other content."""
    with open_hub(project, holder=f"custhub quarantine {os.getpid()}") as hub:
        batch = stewardship.waive(hub, row, by=user(), at=now(), reason=reason)
    answer({"batch": batch}, as_json=json, text=lambda: "accepted; the next run takes it in: custhub run")
