"""Mixed Chinese and English customers of three sources, matched by default rules, beside GoldenMatch and Splink.

    python -m benchmarks.mixed [--rows 20000] [--seed 7] [--peers splink,goldenmatch | none]

The set is `benchmarks.mixed_set`: scripts, legal forms, short names, branches, status notes, romanised names, broken
encodings, slips; no engine sees its clusters. custhub twice: as the hub does it (mapped, cleaned, the hub's default rules),
and as `dedupe` does it (the flat table, rules inferred). GoldenMatch configures itself by its own runner; Splink, which does
not, gets its library's comparisons for the columns that there are (splink_mixed.py), at its tutorials' threshold.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.matching import run as peers
from benchmarks.mixed_set import mixed_set
from custhub import declaration
from custhub.mapping import load_mapping
from custhub.matching import customer_features, evaluate, hub_rules, infer_rules, match
from custhub.model.hashing import hash_rows

MAPPING = """
source: {source}
stream: customers
defaults: {{region: {{column: country}}, order: ymd}}
customer:
  kind: kind
  name.full: name
  birth_date: birth_date
  identifiers: {{value: identifier, country: country}}
  emails: email
  phones: phone
  addresses: {{raw: address, city: city, country: country}}
"""
PEERS = {
    "splink": [Path(__file__).parent / "matching" / "splink_mixed.py"],
    "goldenmatch": [peers.PEERS / "goldenmatch_bench.py", "mixed", "prob"],
}


def customers(table: pl.DataFrame) -> pl.DataFrame:
    """The records of all sources as their mappings make them, with system and key."""
    mapped = []
    for (source,), rows in table.sort("source", "id").group_by("source", maintain_order=True):
        raw = rows.drop("source", "cluster")
        landed = raw.with_columns(
            _position=pl.int_range(1, pl.len() + 1),
            _file=pl.lit("customers"),
            _key=pl.col("id"),
            _parent=pl.lit(None, dtype=pl.String),
            _hash=hash_rows(raw),
        )
        text = MAPPING.format(source=source)
        mapping = load_mapping(declaration.parse(text, f"{source}.customer.yml"))
        mapped.append(mapping.apply({"customers": landed}, batch_id="b").customers)
    return pl.concat(mapped)


def hub(table: pl.DataFrame) -> tuple[pl.DataFrame, Any]:
    """References and clusters of the hub's rules; a record that mapping rejects stays alone."""
    frame = customers(table)
    found = match(customer_features(frame), hub_rules())
    return frame.select(source="system", id="key"), found.clusters


def dedupe(table: pl.DataFrame) -> tuple[pl.DataFrame, Any]:
    frame = table.drop("cluster")
    return frame.select("source", "id"), match(frame, infer_rules(frame)).clusters


def measured(
    engine: str, table: pl.DataFrame, way: Callable[[pl.DataFrame], tuple[pl.DataFrame, Any]]
) -> dict[str, Any]:
    wall, cpu = time.perf_counter(), time.process_time()
    refs, clusters = way(table)
    spent = {"wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu}
    labels = refs.with_columns(label=pl.Series(clusters, dtype=pl.Int64))
    both = table.join(labels, on=["source", "id"], how="left", maintain_order="left")
    label = both.select(pl.coalesce("label", -1 - pl.int_range(pl.len()))).to_series()
    figures = evaluate(label.to_numpy(), both["cluster"].to_numpy().astype(str)).as_dict()
    return {"engine": engine, **spent, **{k: figures[k] for k in ("precision", "recall", "f1")}, "rss_mb": _memory()}


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def peer(engine: str, table: pl.DataFrame) -> dict[str, Any]:
    """A peer on the same table, in its own environment."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / "mixed"
        folder.mkdir()
        table.with_columns(unique_id=pl.col("source") + ":" + pl.col("id")).drop("id").write_parquet(
            folder / "data.parquet"
        )
        command = [peers.environment(engine), *PEERS[engine]]
        variables = {**os.environ, "ER_DATA": made, "ER_RESULTS": made, "PYTHONPATH": str(peers.PEERS)}
        done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
        if done.returncode:
            return {"engine": engine, "failed": done.stderr.strip().splitlines()[-1][:200]}
        record = json.loads((Path(made) / "results.jsonl").read_text().splitlines()[-1])
    found = record["clusters"]
    spent = {"wall_s": record["wall_s"], "cpu_s": record["cpu_s"], "rss_mb": round(record["peak_rss_mb"])}
    return {"engine": engine, **spent, "precision": found["p"], "recall": found["r"], "f1": found["f1"]}


def show(result: dict[str, Any]) -> str:
    if "failed" in result:
        return f"{result['engine']:16} failed: {result['failed']}"
    figures = "".join(f"{result[k]:11.4f}" for k in ("precision", "recall", "f1"))
    return f"{result['engine']:16}{figures}{result['wall_s']:9.1f}{result['cpu_s']:9.1f}{result['rss_mb']:7}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--peers", default="splink,goldenmatch")
    given = parser.parse_args()
    table = mixed_set(given.rows, given.seed)
    print(f"{given.rows} records of {table['cluster'].n_unique()} customers, seed {given.seed}")
    print(f"{'':16}{'precision':>11}{'recall':>11}{'F1':>11}{'wall s':>9}{'CPU s':>9}{'MB':>7}")
    print(show(measured("custhub hub", table, hub)), flush=True)
    print(show(measured("custhub dedupe", table, dedupe)), flush=True)
    for engine in given.peers.split(","):
        if engine in PEERS:
            print(show(peer(engine, table)), flush=True)


if __name__ == "__main__":
    sys.exit(main())
