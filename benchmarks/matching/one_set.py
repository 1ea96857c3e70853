"""Runs `custhub` matching without rules on one labelled set, in a process of its own; one JSON line comes out.

usage: python one_set.py NAME FILE... [--pairwise]
Several files are several sources to link. The column `cluster` is the truth and is never shown to the engine.
"""

from __future__ import annotations

import json
import resource
import sys
import time

import numpy as np
import polars as pl

from custhub.matching import by_threshold, evaluate, hub_rules, infer_rules, match


def main(name: str, *files: str) -> None:
    frames = [pl.read_parquet(file).with_columns(_file=pl.lit(str(i))) for i, file in enumerate(files)]
    frame = pl.concat(frames, how="diagonal_relaxed")
    customers = frame.drop("cluster")
    started, cpu = time.perf_counter(), time.process_time()
    rules = infer_rules(customers.drop("_file"))
    result = match(customers, rules)
    figures = {
        "set": name,
        "rows": frame.height,
        "wall_s": round(time.perf_counter() - started, 2),
        "cpu_s": round(time.process_time() - cpu, 2),
        "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "candidates": result.report.candidates,
    }
    truth = frame["cluster"].cast(pl.String).to_numpy().astype(str)
    evaluation = evaluate(result.clusters, truth)
    careful = match(
        customers, rules.model_copy(update={"merge_probability": hub_rules().merge_probability}), model=result.model
    )
    merged = result.pairs.filter(pl.col("weight") > 0)
    right = truth[merged["left"].to_numpy()] == truth[merged["right"].to_numpy()]
    curve = by_threshold(merged["weight"].to_numpy(), np.asarray(right), evaluation.pairs.true)
    figures |= {
        **evaluation.as_dict(),
        "pairwise_recall": round(float(curve.recall.max(initial=0.0)), 5),
        "hub_f1": round(evaluate(careful.clusters, truth).pairs.f1, 5),
        "hub_precision": round(evaluate(careful.clusters, truth).pairs.precision, 5),
        "fields": {field.name: field.kind.value for field in rules.fields},
    }
    print(json.dumps(figures, ensure_ascii=False))


if __name__ == "__main__":
    main(sys.argv[1], *sys.argv[2:])
