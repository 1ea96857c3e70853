"""`custhub run`, `plan`, `approve`, `apply`, `train`: the pipeline without Airflow."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from custhub import pipeline
from custhub.cli import texts
from custhub.cli.context import now, open_hub, user
from custhub.cli.options import JsonOption, ProjectOption
from custhub.cli.output import answer
from custhub.errors import UsageError


def run(
    project: ProjectOption = None,
    source: Annotated[list[str] | None, typer.Option(help="only these sources (default: all)")] = None,
    full: Annotated[bool, typer.Option("--full", help="read every source whole and map every row again")] = False,
    review_only: Annotated[bool, typer.Option("--review-only", help="merge nothing by itself: all to review")] = False,
    approve: Annotated[bool, typer.Option("--approve", help="go on where a person would be asked")] = False,
    ids: Annotated[Path | None, typer.Option(help="an export whose golden ids a new store takes over")] = None,
    json: JsonOption = False,
) -> None:
    """Extract, map, check, match, plan and apply: the whole pipeline without Airflow."""
    at = now()
    with open_hub(project, holder=f"custhub run {os.getpid()}") as hub:
        standing = pipeline.exported_ids(ids) if ids else None
        options = pipeline.Options(full, review_only, approve, user(), standing)
        report = pipeline.run_all(hub, sources=source, at=at, options=options)
        hub_text = texts.run(report)
    answer(report, as_json=json, text=lambda: hub_text)


def plan(
    project: ProjectOption = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="save the plan (Parquet)")] = None,
    values: Annotated[bool, typer.Option("--values", help="show and save personal values")] = False,
    json: JsonOption = False,
) -> None:
    """Say what would change in the golden customers, and change nothing."""
    with open_hub(project, holder=f"custhub plan {os.getpid()}") as hub:
        report, made = pipeline.plan_all(hub, at=now())
        if output is not None:
            made.save(output, values=values)
        text = texts.plan(made, report, values=values, consumers=[t.name for t in hub.project.golden.publish])
    answer(report, as_json=json, text=lambda: text)


def approve(
    plan: Annotated[str, typer.Argument(help="a saved plan, or the id of its run")],
    project: ProjectOption = None,
    json: JsonOption = False,
) -> None:
    """Let a plan through that is over its budget."""
    with open_hub(project) as hub:
        given = pipeline.approve(hub, pipeline.run_of_plan(plan), by=user(), at=now())
    answer(given, as_json=json, text=lambda: f"approved by {given.by}: the next run applies plans up to these figures")


def apply(
    plan: Annotated[str, typer.Argument(help="a saved plan, or the id of its run")],
    project: ProjectOption = None,
    json: JsonOption = False,
) -> None:
    """Apply exactly what a plan lists."""
    with open_hub(project, holder=f"custhub apply {os.getpid()}") as hub:
        applied = pipeline.apply_saved(hub, plan)
    answer(applied, as_json=json, text=lambda: texts.applied(applied))


def export(
    output: Annotated[Path, typer.Argument(help="a file that ends in .parquet, .jsonl or .csv")],
    project: ProjectOption = None,
    as_of: Annotated[str | None, typer.Option("--as-of", help="as they were then: ISO 8601 with offset")] = None,
    json: JsonOption = False,
) -> None:
    """Write all golden customers to one file, as they are or as they were."""
    with open_hub(project) as hub:
        count = pipeline.export(hub, output, as_of=_moment(as_of) if as_of else None)
    answer({"customers": count}, as_json=json, text=lambda: f"{count} golden customers in {output}")


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise UsageError(f"{text} is no point in time", "write 2026-03-01T12:00:00Z, or with another offset")
    return moment


def train(
    project: ProjectOption = None,
    labels: Annotated[bool, typer.Option("--labels", help="learn from the stewards' decisions too")] = False,
    json: JsonOption = False,
) -> None:
    """Make a new matching model from the current records; the next run plans with it."""
    with open_hub(project, holder=f"custhub train {os.getpid()}") as hub:
        report = pipeline.train(hub, labels=labels)
    answer(report, as_json=json, text=lambda: texts.trained(report))
