"""`custhub dedupe`: matching alone, on any table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import polars as pl
import typer
import yaml

from custhub import declaration
from custhub.cli.options import Said, bundled, command
from custhub.cli.output import TerminalProgress
from custhub.cli.tables import ROW, SOURCE, read_labels, read_sources, write_table
from custhub.errors import UsageError
from custhub.matching import (
    Explanation,
    Learned,
    MatchResult,
    MatchRules,
    explain_result,
    infer_rules,
    match,
    waterfall_svg,
)


@dataclass(frozen=True, slots=True)
class Deduped:
    """What `dedupe` found."""

    records: int
    clusters: int
    duplicates: int
    pairs: int
    candidates: int
    output: str
    conflicts: int  # pairs labelled different whose records other labels make the same
    too_large: int  # clusters over the size limit, whose records were left apart
    note: str  # what to keep in mind of the weights
    learned: Learned | None = None
    why: Explanation | None = None

    def warnings(self) -> list[str]:
        told = {
            f"{self.conflicts} labels `different` contradict labels `same`; correct one of each": self.conflicts,
            f"{self.too_large} clusters are larger than --max-cluster; their records were left apart": self.too_large,
            self.note: self.note,
        }
        return [f"note: {text}" for text, present in told.items() if present]


@dataclass(frozen=True, slots=True)
class Dedupe:
    """What `dedupe` is asked for."""

    inputs: Annotated[list[Path], typer.Argument(help="CSV, Excel or Parquet; each file is a source")]
    output: Annotated[Path, typer.Option("-o", "--output", help="clusters: source, id, cluster_id")]
    pairs: Annotated[Path | None, typer.Option(help="also write the scored pairs")] = None
    rules: Annotated[Path | None, typer.Option(help="matching rules (YAML); without them they are worked out")] = None
    id_column: Annotated[str | None, typer.Option("--id", help="column with each record's id")] = None
    source_column: Annotated[str | None, typer.Option("--source", help="column that says the source")] = None
    sheet: Annotated[str | None, typer.Option(help="of workbooks (default: the first)")] = None
    labels: Annotated[
        Path | None,
        typer.Option(help="learn from known pairs (id_l, id_r, same: yes or no) or customers (id, cluster)"),
    ] = None
    max_cluster: Annotated[int | None, typer.Option(min=2, help="leave larger clusters apart")] = None
    write_rules: Annotated[Path | None, typer.Option(help="write the rules that were used, to edit them")] = None
    why: Annotated[
        tuple[str, str] | None, typer.Option(metavar="RECORD RECORD", help="why these two (SOURCE:ID) are (not) one")
    ] = None
    picture: Annotated[Path | None, typer.Option(help="with --why: write its waterfall as SVG")] = None
    engine: Annotated[str, typer.Option(help="local")] = "local"


def _dedupe(asked: Dedupe) -> Said:
    """Find the records that are the same customer, in any CSV, Excel or Parquet files."""
    if asked.engine != "local":
        raise UsageError(f"no engine {asked.engine!r}", "this version has `local`")
    frame = read_sources(asked.inputs, asked.source_column, asked.sheet)
    rules = _rules(frame, asked)
    if asked.write_rules is not None:
        asked.write_rules.write_text(rules_text(rules), encoding="utf-8")
    ids = _ids(frame, rules)
    known = read_labels(asked.labels, ids) if asked.labels else None
    two = [_place(ids, record) for record in asked.why or ()]
    progress = TerminalProgress()
    try:
        result = match(frame, rules, decided=known.pairs if known else None, labels=known, progress=progress)
    finally:
        progress.stop()
    write_table(_clusters(ids, result), asked.output)
    if asked.pairs is not None:
        write_table(_pairs(ids, result), asked.pairs)
    told = explain_result(frame, result, *two) if two else None
    if told is not None and asked.picture is not None:
        asked.picture.write_text(waterfall_svg(told), encoding="utf-8")
    report = _report(result, asked.output, told)
    text = f"{rules_text(rules)}\n{result.report.as_text()}\n{_text(report)}"
    return report, text


dedupe = command(bundled(Dedupe, _dedupe))


def _report(result: MatchResult, output: Path, told: Explanation | None) -> Deduped:
    records, clusters = len(result.clusters), len(np.unique(result.clusters))
    figures = records, clusters, records - clusters, result.pairs.height, result.report.candidates
    kept_apart = result.conflicts.height, len(result.too_large)
    return Deduped(*figures, str(output), *kept_apart, result.model.weights.note, result.learned, told)


def _rules(frame: pl.DataFrame, asked: Dedupe) -> MatchRules:
    id_column = asked.id_column
    if id_column is not None:
        _check_has(frame, [id_column], "the inputs")
    if asked.rules is None:
        found = infer_rules(frame.drop(ROW), id_column=id_column, source_column=SOURCE)
    else:
        found = declaration.check(declaration.read(asked.rules), MatchRules)
        _check_has(frame, {c for f in found.fields for c in f.columns}, f"{asked.rules}: the inputs")
    limit = {} if asked.max_cluster is None else {"max_cluster": asked.max_cluster}
    used = {"source_column": SOURCE, "id_column": id_column or found.id_column or ROW}
    return found.model_copy(update=used | limit)


def _check_has(frame: pl.DataFrame, columns: Iterable[str], where: str) -> None:
    unknown = sorted(set(columns) - set(frame.columns))
    if unknown:
        given = [c for c in frame.columns if c not in (SOURCE, ROW)]
        raise UsageError(f"{where} have no column {', '.join(unknown)}", f"they have: {', '.join(given)}")


def _place(ids: pl.DataFrame, record: str) -> int:
    """The row of SOURCE:ID; of an id alone where no other source has it."""
    of_both, of_id = pl.concat_str("source", pl.lit(":"), "id") == record, pl.col("id") == record
    for condition in (of_both, of_id):
        places = ids.select(condition.fill_null(value=False).arg_true()).to_series()
        if len(places) == 1:
            return int(places[0])
    source, name = ids.row(0) if ids.height else ("SOURCE", "ID")
    raise UsageError("--why: not one record of the inputs has this name", f"write SOURCE:ID, as in {source}:{name}")


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
    return "\n\n".join(["\n".join([text, *report.warnings()]), *more])
