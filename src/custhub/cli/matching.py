"""`custhub dedupe`: matching alone, on any table; `evaluate`: how good it is there or in the hub."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import polars as pl
import typer
import yaml

from custhub import declaration, pipeline
from custhub.cli import texts
from custhub.cli.context import open_hub
from custhub.cli.labels import evaluation, read_labels
from custhub.cli.options import JsonOption, ProjectOption
from custhub.cli.output import TerminalProgress, answer
from custhub.cli.tables import ROW, SOURCE, read_sources, read_table, write_table
from custhub.errors import UsageError
from custhub.matching import (
    Explanation,
    Learned,
    MatchResult,
    MatchRules,
    curve_svg,
    explain_result,
    infer_rules,
    match,
    waterfall_svg,
)


def register(app: typer.Typer) -> None:
    for command in (dedupe, evaluate_):
        app.command(name=command.__name__.rstrip("_"))(command)


@dataclass(frozen=True, slots=True)
class Deduped:
    """What `dedupe` found."""

    records: int
    clusters: int
    duplicates: int
    pairs: int
    candidates: int
    output: str
    learned: Learned | None = None
    why: Explanation | None = None


def dedupe(
    inputs: Annotated[list[Path], typer.Argument(help="CSV or Parquet; each file is a source")],
    output: Annotated[Path, typer.Option("-o", "--output", help="clusters: source, id, cluster_id")],
    pairs: Annotated[Path | None, typer.Option(help="also write the scored pairs")] = None,
    rules: Annotated[Path | None, typer.Option(help="matching rules (YAML); without them they are worked out")] = None,
    id_column: Annotated[str | None, typer.Option("--id", help="column with each record's id")] = None,
    source_column: Annotated[str | None, typer.Option("--source", help="column that says the source")] = None,
    labels: Annotated[
        Path | None,
        typer.Option(help="learn from known pairs (id_l, id_r, same: yes or no) or customers (id, cluster)"),
    ] = None,
    max_cluster: Annotated[int | None, typer.Option(min=2, help="leave larger clusters apart")] = None,
    write_rules: Annotated[Path | None, typer.Option(help="write the rules that were used, to edit them")] = None,
    why: Annotated[
        tuple[str, str] | None, typer.Option(metavar="RECORD RECORD", help="why these two (SOURCE:ID) are (not) one")
    ] = None,
    picture: Annotated[Path | None, typer.Option(help="with --why: write its waterfall as SVG")] = None,
    engine: Annotated[str, typer.Option(help="local")] = "local",
    json: JsonOption = False,
) -> None:
    """Find the records that are the same customer, in any CSV or Parquet files."""
    if engine != "local":
        raise UsageError(f"no engine {engine!r}", "this version has `local`")
    frame = read_sources(inputs, source_column)
    used = _rules(frame, rules, id_column)
    if max_cluster is not None:
        used = used.model_copy(update={"max_cluster": max_cluster})
    if write_rules is not None:
        write_rules.write_text(rules_text(used), encoding="utf-8")
    ids = _ids(frame, used)
    known = read_labels(labels, ids) if labels else None
    asked = [_place(ids, record) for record in why or ()]
    progress = TerminalProgress()
    try:
        result = match(frame, used, decided=known.pairs if known else None, labels=known, progress=progress)
    finally:
        progress.stop()
    write_table(_clusters(ids, result), output)
    if pairs is not None:
        write_table(_pairs(ids, result), pairs)
    told = explain_result(frame, result, *asked) if asked else None
    if told is not None and picture is not None:
        picture.write_text(waterfall_svg(told), encoding="utf-8")
    sizes = pl.Series(result.clusters).value_counts()["count"]
    report = Deduped(
        frame.height,
        sizes.len(),
        frame.height - sizes.len(),
        result.pairs.height,
        result.report.candidates,
        str(output),
        result.learned,
        told,
    )
    answer(report, as_json=json, text=lambda: f"{rules_text(used)}\n{result.report.as_text()}\n{_text(report)}")


def _rules(frame: pl.DataFrame, path: Path | None, id_column: str | None) -> MatchRules:
    for column in (c for c in (id_column,) if c is not None and c not in frame.columns):
        raise UsageError(f"the inputs have no column {column!r}", f"they have: {', '.join(_given(frame))}")
    if path is None:
        found = infer_rules(frame.drop(ROW), id_column=id_column, source_column=SOURCE)
    else:
        found = declaration.check(declaration.read(path), MatchRules)
        unknown = sorted({c for f in found.fields for c in f.columns} - set(frame.columns))
        if unknown:
            raise UsageError(
                f"{path}: the inputs have no column {', '.join(unknown)}", f"they have: {', '.join(_given(frame))}"
            )
    return found.model_copy(update={"source_column": SOURCE, "id_column": id_column or found.id_column or ROW})


def _place(ids: pl.DataFrame, record: str) -> int:
    """The row of SOURCE:ID; of an id alone where no other source has it."""
    of_both, of_id = pl.concat_str("source", pl.lit(":"), "id") == record, pl.col("id") == record
    for condition in (of_both, of_id):
        places = ids.select(condition.fill_null(value=False).arg_true()).to_series()
        if len(places) == 1:
            return int(places[0])
    source, name = ids.row(0) if ids.height else ("SOURCE", "ID")
    raise UsageError("--why: not one record of the inputs has this name", f"write SOURCE:ID, as in {source}:{name}")


def _given(frame: pl.DataFrame) -> list[str]:
    return [c for c in frame.columns if c not in (SOURCE, ROW)]


def rules_text(rules: MatchRules) -> str:
    """The rules as YAML that `--rules` reads, without what is at its default."""
    data = rules.model_dump(mode="json", exclude_defaults=True, exclude={"source_column"})
    if data.get("id_column") == ROW:
        del data["id_column"]
    return yaml.safe_dump(data, allow_unicode=True, sort_keys=False)


def _ids(frame: pl.DataFrame, rules: MatchRules) -> pl.DataFrame:
    return frame.select(source=SOURCE, id=pl.col(rules.id_column or ROW))


def _clusters(ids: pl.DataFrame, result: MatchResult) -> pl.DataFrame:
    """Every record with its cluster, named by the cluster's lowest source and id."""
    name = pl.concat_str("source", pl.lit(":"), "id")
    labelled = ids.with_columns(cluster=pl.Series(result.clusters)).sort("source", "id")
    return labelled.select("source", "id", cluster_id=name.first().over("cluster"))


def _pairs(ids: pl.DataFrame, result: MatchResult) -> pl.DataFrame:
    sides = [
        ids[result.pairs[side]].rename({"source": f"source_{side[0]}", "id": f"id_{side[0]}"})
        for side in ("left", "right")
    ]
    named = pl.concat([*sides, result.pairs.drop("left", "right")], how="horizontal")
    head = ["source_l", "id_l", "source_r", "id_r", "probability", "weight", "decision"]
    return named.select(*head, pl.exclude(head)).sort("weight", *head[:4], descending=[True, *[False] * 4])


def _text(report: Deduped) -> str:
    more = [told.as_text() for told in (report.learned, report.why) if told]
    text = (
        f"{report.records} records are {report.clusters} customers: {report.duplicates} duplicates, "
        f"{report.pairs} scored pairs -> {report.output}"
    )
    return "\n\n".join([text, *more])


def evaluate_(
    clusters: Annotated[Path | None, typer.Argument(help="what `dedupe` wrote (default: the golden customers)")] = None,
    truth: Annotated[Path | None, typer.Option(help="true cluster of each id, or pairs: id_l, id_r, same")] = None,
    id_column: Annotated[str | None, typer.Option("--id", help="column of ids in the truth")] = None,
    cluster_column: Annotated[str, typer.Option("--cluster", help="column of true clusters")] = "cluster",
    picture: Annotated[Path | None, typer.Option(help="of decisions: draw them by threshold (SVG)")] = None,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> None:
    """Clusters or golden customers against a truth; without one the model against the stewards' decisions."""
    if truth is None:
        if clusters is not None:
            raise UsageError("there is nothing to compare the clusters with", "name a file: --truth FILE")
        with open_hub(project) as hub:
            judged = pipeline.judge(hub)
        if picture is not None:
            picture.write_text(curve_svg(judged.curve), encoding="utf-8")
        answer(judged.as_dict(), as_json=json, text=lambda: texts.judged(judged))
        return
    found = read_table(clusters) if clusters else _golden(project)
    labels = read_labels(truth, found.select("source", "id"), id_column, cluster_column)
    result = evaluation(found["cluster_id"], labels, truth).as_dict()
    answer(result, as_json=json, text=lambda: "\n".join(f"{k:18} {v}" for k, v in result.items()))


def _golden(project: Path | None) -> pl.DataFrame:
    with open_hub(project) as hub:
        return hub.store.links().select(source="system", id="key", cluster_id="golden_id").sort("source", "id")
