"""`custhub run`, `plan`, `approve`, `apply`, `train`: the pipeline without Airflow."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from custhub import pipeline
from custhub.cli import texts
from custhub.cli.context import now, user
from custhub.cli.options import Said, command, exclusive
from custhub.errors import UsageError
from custhub.pipeline import Hub


@exclusive
def run(
    hub: Hub,
    source: Annotated[list[str] | None, typer.Option(help="only these sources (default: all)")] = None,
    full: Annotated[bool, typer.Option("--full", help="read every source whole and map every row again")] = False,
    review_only: Annotated[bool, typer.Option("--review-only", help="merge nothing by itself: all to review")] = False,
    approve: Annotated[bool, typer.Option("--approve", help="go on where a person would be asked")] = False,
    ids: Annotated[Path | None, typer.Option(help="an export whose golden ids a new store takes over")] = None,
) -> Said:
    """Extract, map, check, match, plan and apply: the whole pipeline without Airflow."""
    at = now()
    standing = pipeline.exported_ids(ids) if ids else None
    options = pipeline.Options(full, review_only, approve, user(), standing)
    report = pipeline.run_all(hub, sources=source, at=at, options=options)
    carried = "" if standing is None else texts.carried(standing["golden_id"], hub.store.links()["golden_id"])
    return report, texts.run(report) + carried


@exclusive
def plan(
    hub: Hub,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="save the plan (Parquet)")] = None,
    values: Annotated[bool, typer.Option("--values", help="show and save personal values")] = False,
) -> Said:
    """Say what would change in the golden customers, and change nothing."""
    report, made = pipeline.plan_all(hub, at=now())
    if output is not None:
        made.save(output, values=values)
    text = texts.plan(made, report, values=values, consumers=[t.name for t in hub.project.golden.publish])
    return report, text


@command
def approve(
    hub: Hub,
    plan: Annotated[str, typer.Argument(help="a saved plan, or the id of its run")],
) -> Said:
    """Let a plan through that is over its budget."""
    given = pipeline.approve(hub, pipeline.run_of_plan(plan), by=user(), at=now())
    return given, f"approved by {given.by}: the next run applies plans up to these figures"


@exclusive
def apply(
    hub: Hub,
    plan: Annotated[str, typer.Argument(help="a saved plan, or the id of its run")],
) -> Said:
    """Apply exactly what a plan lists."""
    applied = pipeline.apply_saved(hub, plan)
    return applied, texts.applied(applied)


@command
def export(
    hub: Hub,
    output: Annotated[Path, typer.Argument(help="a file that ends in .parquet, .jsonl or .csv")],
    as_of: Annotated[str | None, typer.Option("--as-of", help="as they were then: ISO 8601 with offset")] = None,
) -> Said:
    """Write all golden customers to one file, as they are or as they were."""
    count = pipeline.export(hub, output, as_of=_moment(as_of) if as_of else None)
    return {"customers": count}, f"{count} golden customers in {output}"


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise UsageError(f"{text} is no point in time", "write 2026-03-01T12:00:00Z, or with another offset")
    return moment


@exclusive
def train(
    hub: Hub,
    labels: Annotated[bool, typer.Option("--labels", help="learn from the stewards' decisions too")] = False,
) -> Said:
    """Make a new matching model from the current records; the next run plans with it."""
    report = pipeline.train(hub, labels=labels)
    return report, texts.trained(report)
