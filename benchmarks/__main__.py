"""All benchmarks, one process each: `make bench`. Peers are installed into an environment of their own on first use."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

RUNS = (
    ["benchmarks.pipeline", "--rows", "100000"],
    ["benchmarks.pipeline", "--rows", "100000", "--postgres"],
    ["benchmarks.store"],
    ["benchmarks.golden"],
    ["benchmarks.clean"],
    ["benchmarks.senzing"],
    ["benchmarks.matching.run"],
    ["benchmarks.mixed"],
)


def main() -> None:
    failed = []
    for words in RUNS:
        print(f"\n=== {' '.join(words)}", flush=True)
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", *words], cwd=Path(__file__).parents[1], check=False
        )
        if done.returncode:
            failed.append(words[0])
    if failed:
        raise SystemExit(f"did not finish: {', '.join(failed)}")


if __name__ == "__main__":
    main()
