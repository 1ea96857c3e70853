"""Real input through the whole hub: Senzing's truth set, declared as its three systems in examples/senzing.

    python -m benchmarks.senzing [DATA.parquet]      # default: ../shared/data/senzing_truthset/data.parquet

Prints the run as `custhub run` does, and the golden customers' accuracy against the truth.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from custhub import pipeline
from custhub.cli import texts
from custhub.matching import Evaluation, evaluate
from custhub.pipeline import Hub, Options
from custhub.project import load_project
from custhub.settings import Settings
from custhub.store import Store

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data" / "senzing_truthset" / "data.parquet"


def run(data: Path, folder: Path) -> tuple[str, Evaluation]:
    """The run's text and its accuracy over all attached records."""
    shutil.copytree(ROOT / "examples" / "senzing", folder, dirs_exist_ok=True)
    (folder / "data").mkdir()
    shutil.copy(data, folder / "data" / "senzing.parquet")
    settings = Settings(project=folder, database_url=f"sqlite:///{folder / 'golden.db'}", data=folder / ".custhub")
    with Store.open(settings.database_url) as store:
        store.migrate()
        at = datetime(2026, 1, 5, tzinfo=UTC)
        report = pipeline.run_all(Hub(load_project(settings), store), sources=None, at=at, options=Options())
        links = store.links()
    truth = pl.read_parquet(data).select(
        system=pl.col("DATA_SOURCE").str.to_lowercase(), key="RECORD_ID", customer="cluster"
    )
    both = links.join(truth, on=["system", "key"], how="inner").sort("system", "key")
    return texts.run(report), evaluate(both["golden_id"].to_numpy(), both["customer"].to_numpy())


def main() -> None:
    data = Path(sys.argv[1]) if len(sys.argv) > 1 else DATA
    if not data.exists():
        raise SystemExit(f"{data} is not there: name the truth set's Parquet file")
    with tempfile.TemporaryDirectory() as made:
        text, accuracy = run(data, Path(made))
    print(text)
    for name, figure in accuracy.as_dict().items():
        print(f"{name:18} {figure}")


if __name__ == "__main__":
    main()
