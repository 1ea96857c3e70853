"""Matching side by side: custhub, Splink 5 and GoldenMatch 3.22 on the same sets, in the same run.

usage: python benchmarks/matching/run.py [--sets NAME,...] [--peers splink,goldenmatch | none] [--rows 100000]

Every run is a process of its own, one after the other. The peers run with their own tutorials' settings (their runners
lie beside the labelled sets: CUSTHUB_BENCH_DATA and CUSTHUB_BENCH_PEERS, by default ../shared/data and ../shared/bench)
in a virtual environment of their own, made on the first run under CUSTHUB_BENCH_HOME (default: ~/.cache/custhub-bench).
Results go to benchmarks/results/matching.json and as a table to standard output.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
DATA = Path(os.environ.get("CUSTHUB_BENCH_DATA", ROOT.parent / "shared" / "data"))
PEERS = Path(os.environ.get("CUSTHUB_BENCH_PEERS", ROOT.parent / "shared" / "bench"))
HOME = Path(os.environ.get("CUSTHUB_BENCH_HOME", Path.home() / ".cache" / "custhub-bench"))
RESULTS = HERE.parent / "results" / "matching.json"

SETS = {
    "historical_50k": ("historical_50k", "historical_50k"),
    "febrl3": ("febrl3", "febrl3"),
    "febrl4": ("febrl4", "febrl4"),
    "chicago_early_childhood": ("chicago", "chicago"),
    "senzing_truthset": (None, None),
    "fake_1000": (None, "fake_1000"),
}
"""Our sets and what the peers' runners call them."""
PACKAGES = {
    "splink": ["splink==5.0.0", "pyarrow", "numpy", "pandas"],
    "goldenmatch": ["goldenmatch==3.22.0", "pyarrow", "numpy"],
    "generator": ["names==0.3.0", "numpy", "pyarrow"],
}
RUNNERS = {"splink": ("splink5_bench.py", "lean"), "goldenmatch": ("goldenmatch_bench.py", "prob")}


def environment(name: str) -> Path:
    """The Python of a peer's own environment, made when it is not there."""
    folder = HOME / name
    python = folder / "bin" / "python"
    if not python.exists():
        print(f"making an environment for {name} in {folder}", file=sys.stderr)
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *PACKAGES[name]], check=True)
    return python


def generated(rows: int) -> Path:
    """The synthetic set of this size, made once."""
    file = HOME / "synth_people" / f"synth_{_short(rows)}.parquet"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([environment("generator"), PEERS / "gen_people.py", str(rows), file], check=True)
    return file


def _short(rows: int) -> str:
    return f"{rows // 1_000_000}m" if rows % 1_000_000 == 0 else f"{rows // 1000}k"


def ours(name: str, files: list[Path]) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, HERE / "one_set.py", name, *files], check=True, capture_output=True, text=True
    )
    return {"engine": "custhub", **json.loads(done.stdout.splitlines()[-1])}


def peer(engine: str, name: str, known_as: str) -> dict[str, Any]:
    """A peer's result at its own default, after clustering."""
    script, variant = RUNNERS[engine]
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        data.mkdir()
        for source in (*DATA.iterdir(), HOME / "synth_people"):
            (data / source.name).symlink_to(source)
        variables = {**os.environ, "ER_DATA": str(data), "ER_RESULTS": folder}
        command = [environment(engine), PEERS / script, known_as, variant]
        done = subprocess.run(command, env=variables, capture_output=True, text=True, cwd=PEERS, check=False)
        if done.returncode:
            return {"engine": engine, "set": name, "failed": done.stderr.strip().splitlines()[-1][:200]}
        record = json.loads((Path(folder) / "results.jsonl").read_text().splitlines()[-1])
    figures = record.get("clusters") or record.get("pairwise", {}).get("best", {})
    return {
        "engine": engine,
        "set": name,
        "wall_s": record["wall_s"],
        "cpu_s": record["cpu_s"],
        "rss_mb": round(record["peak_rss_mb"]),
        "precision": figures.get("p"),
        "recall": figures.get("r"),
        "f1": figures.get("f1"),
    }


def table(results: list[dict[str, Any]]) -> str:
    """A Markdown table, each of our rows followed by the peers'."""
    lines = ["| set | engine | P | R | F1 | hub F1 | CPU s | RSS MB |", "|---|---|---|---|---|---|---|---|"]
    for r in results:
        if "failed" in r:
            lines.append(f"| {r['set']} | {r['engine']} | failed: {r['failed']} | | | | | |")
            continue
        hub = f"{r['hub_f1']:.4f}" if "hub_f1" in r else ""
        figures = " | ".join(f"{r[k]:.4f}" for k in ("precision", "recall", "f1"))
        lines.append(f"| {r['set']} | {r['engine']} | {figures} | {hub} | {r['cpu_s']:.1f} | {r['rss_mb']} |")
    return "\n".join(lines)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--sets", default=",".join(SETS))
    arguments.add_argument("--peers", default="splink,goldenmatch")
    arguments.add_argument("--rows", default="100000", help="sizes of the synthetic set, comma separated; 0: none")
    chosen = arguments.parse_args()
    engines = [p for p in chosen.peers.split(",") if p in RUNNERS]
    results = []
    for name in filter(None, chosen.sets.split(",")):
        files = sorted(p for p in (DATA / name).glob("*.parquet") if p.stem != "truth")
        results.append(ours(name, files))
        for engine in engines:
            known_as = SETS[name][0 if engine == "splink" else 1]
            if known_as:
                results.append(peer(engine, name, known_as))
    for rows in (int(r) for r in chosen.rows.split(",") if int(r)):
        name = f"synth_{_short(rows)}"
        results.append(ours(name, [generated(rows)]))
        results += [peer(engine, name, name) for engine in engines]
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(table(results))


if __name__ == "__main__":
    main()
