"""`custhub evaluate`: how good clusters are, or those of the hub."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from custhub import pipeline
from custhub.cli import texts
from custhub.cli.context import open_hub
from custhub.cli.options import ProjectOption, Said, command
from custhub.cli.tables import evaluation, read_labels, read_table
from custhub.errors import UsageError
from custhub.matching import curve_svg


@command
def evaluate(
    clusters: Annotated[Path | None, typer.Argument(help="what `dedupe` wrote (default: the golden customers)")] = None,
    truth: Annotated[Path | None, typer.Option(help="true cluster of each id, or pairs: id_l, id_r, same")] = None,
    id_column: Annotated[str | None, typer.Option("--id", help="column of ids in the truth")] = None,
    cluster_column: Annotated[str, typer.Option("--cluster", help="column of true clusters")] = "cluster",
    picture: Annotated[Path | None, typer.Option(help="of decisions: draw them by threshold (SVG)")] = None,
    project: ProjectOption = None,
) -> Said:
    """Clusters or golden customers against a truth; without one the model against the stewards' decisions."""
    if truth is None:
        if clusters is not None:
            raise UsageError("there is nothing to compare the clusters with", "name a file: --truth FILE")
        with open_hub(project) as hub:
            judged = pipeline.judge(hub)
        if picture is not None:
            picture.write_text(curve_svg(judged.curve), encoding="utf-8")
        return judged.as_dict(), texts.judged(judged)
    found = read_table(clusters) if clusters else _golden(project)
    labels = read_labels(truth, found.select("source", "id"), id_column, cluster_column)
    result = evaluation(found["cluster_id"], labels, truth).as_dict()
    return result, "\n".join(f"{k:18} {v}" for k, v in result.items())


def _golden(project: Path | None) -> pl.DataFrame:
    with open_hub(project) as hub:
        return hub.store.links().select(source="system", id="key", cluster_id="golden_id").sort("source", "id")
