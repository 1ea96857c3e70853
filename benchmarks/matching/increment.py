"""New records on an index of very many: matched, and looked up one by one before they are created.

usage: python benchmarks/matching/increment.py [--rows 1000000] [--new 10000] [--searches 500]

The base is indexed and kept in a folder first; what is measured begins with an empty process that loads it from there.
The clusters afterwards are compared with those of a full run under the same model (leave out with --unchecked).
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

from custhub.matching import MatchIndex, Model, infer_rules, match, match_incremental, match_indexed, search
from custhub.matching.index_files import load_index, promote_index, save_index

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from benchmarks.matching.run import generated

RESULTS = Path(__file__).resolve().parents[1] / "results" / "increment.json"
SEARCH_AGAIN = 20


def prepare(folder: Path, rows: int, new: int) -> None:
    """The base, its model and its index in `folder`; the new records beside it."""
    frame = pl.read_parquet(generated(rows)).drop("cluster").sample(fraction=1, shuffle=True, seed=5)
    base, fresh = frame.head(rows - new), frame.tail(new)
    rules = infer_rules(base).model_copy(update={"id_column": "unique_id"})
    result, index = match_indexed(base, rules)
    (folder / "model.json").write_text(result.model.to_json())
    save_index(index, folder / "index", stamp="bench", name="base")
    promote_index(folder / "index", "base")
    fresh.write_parquet(folder / "new.parquet")
    frame.write_parquet(folder / "all.parquet")


def measure(folder: Path, searches: int, *, checked: bool) -> dict[str, object]:
    clock = _Clock()
    model = Model.from_json((folder / "model.json").read_text())
    index = load_index(folder / "index", model, stamp="bench")
    assert index is not None
    fresh = pl.read_parquet(folder / "new.parquet")
    clock.lap("load")
    one_by_one = _searches(index, fresh, searches)
    clock.lap("searches")
    result = match_incremental(index, fresh)
    clock.lap("match")
    save_index(result.index, folder / "index", stamp="bench", name="new", base=index)
    promote_index(folder / "index", "new")
    clock.lap("save")
    figures: dict[str, object] = {"rows": index.rows, "new": fresh.height, "touched": len(result.touched), **clock.laps}
    figures |= {"rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, **one_by_one}
    if checked:
        figures["same_as_full"] = _same(result.index, pl.read_parquet(folder / "all.parquet"), model)
    return figures


class _Clock:
    """Wall and CPU seconds of one step after the other."""

    def __init__(self) -> None:
        self.laps: dict[str, object] = {}
        self._begun = time.perf_counter(), time.process_time()

    def lap(self, name: str) -> None:
        now = time.perf_counter(), time.process_time()
        self.laps[f"{name}_s"], self.laps[f"{name}_cpu_s"] = (
            round(b - a, 2) for a, b in zip(self._begun, now, strict=True)
        )
        self._begun = now


def _searches(index: MatchIndex, fresh: pl.DataFrame, times: int) -> dict[str, float]:
    """Milliseconds by search, wall and CPU; the first ones load what all others use."""
    took = []
    for row in range(times + SEARCH_AGAIN):
        begun = time.perf_counter(), time.process_time()
        search(index, fresh[[row % fresh.height]])
        took.append((time.perf_counter() - begun[0], time.process_time() - begun[1]))
    wall, cpu = np.array(took[SEARCH_AGAIN:]).T * 1000
    return {
        "search_p50_ms": round(float(np.percentile(wall, 50)), 1),
        "search_p99_ms": round(float(np.percentile(wall, 99)), 1),
        "search_cpu_p50_ms": round(float(np.percentile(cpu, 50)), 1),
        "search_cpu_p99_ms": round(float(np.percentile(cpu, 99)), 1),
    }


def _same(index: MatchIndex, everything: pl.DataFrame, model: Model) -> bool:
    rows = index.rows_of(everything)
    clusters, pairs, _ = index.found(rows)
    full = match(everything, model.rules, model=model)
    return bool((clusters == full.clusters).all()) and pairs.equals(full.pairs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--new", type=int, default=10_000)
    parser.add_argument("--searches", type=int, default=500)
    parser.add_argument("--unchecked", action="store_true")
    parser.add_argument("--inside", type=Path)
    chosen = parser.parse_args()
    if chosen.inside:
        print(json.dumps(measure(chosen.inside, chosen.searches, checked=not chosen.unchecked)))
        return
    with tempfile.TemporaryDirectory() as made:
        prepare(Path(made), chosen.rows, chosen.new)
        inside = [sys.executable, __file__, "--inside", made, "--searches", str(chosen.searches)]
        inside += ["--unchecked"] if chosen.unchecked else []
        done = subprocess.run(inside, check=True, capture_output=True, text=True)
    figures = json.loads(done.stdout.splitlines()[-1])
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    print("\n".join(f"{name:20} {value}" for name, value in figures.items()))


if __name__ == "__main__":
    main()
