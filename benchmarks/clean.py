"""How fast values are cleaned: `python -m benchmarks.clean [--rows 200000] [--seed 5]`.

Makes mixed Chinese and Western customers, cleans every field of theirs as the pipeline does (whole columns, the country
of each row as an option, helpers on the other cores), and prints wall time, CPU time of all processes and both per
distinct value. Two projections to a million records: as these records are (blanks and repeats as customers have them),
and with all eight fields filled and every value distinct. Other work on the machine shows in both times: a fixed loop
tells how slow it is just now, `--alone` does without helpers.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path
from typing import NamedTuple

import polars as pl

from benchmarks.mixed_set import mixed_set
from custhub.clean import CLEANERS, KINDS, clean_column, helpers

MILLION = 1_000_000
COLUMNS = {"email": "email", "phone": "phone", "address": "address", "identifier": "identifier", "date": "birth_date"}
LOOP_AT_REST = 0.0125  # CPU seconds of `slowness`'s loop on an idle core of 2024


class Measure(NamedTuple):
    """What cleaning one column took."""

    kind: str
    rows: int
    distinct: int
    cpu: float
    wall: float


def fields(rows: int, seed: int) -> dict[str, pl.DataFrame]:
    """By kind: the raw values of all records and the country of each."""
    table = mixed_set(rows, seed)
    country = table["country"].fill_null("CN").rename("region")
    person = table["kind"] == "person"
    name = pl.col("name")
    names = table.select(text="name", person=pl.when(person).then(name), company=pl.when(~person).then(name))
    columns = {kind: names[kind] for kind in names.columns}
    columns |= {kind: table[column] for kind, column in COLUMNS.items()}
    return {kind: pl.DataFrame({"raw": columns[kind], "region": country}) for kind in KINDS}


def measure(kind: str, frame: pl.DataFrame) -> Measure:
    options = {"region": frame["region"]} if "region" in CLEANERS[kind].options else {}
    heeded = frame.select("raw", *options).drop_nulls("raw")
    distinct = heeded.n_unique()
    cpu, wall = spent(), time.perf_counter()
    clean_column(kind, frame["raw"], **options)
    return Measure(kind, heeded.height, distinct, spent() - cpu, time.perf_counter() - wall)


def spent() -> float:
    """CPU seconds of this process and of its helpers."""
    return time.process_time() + sum(map(_cpu_of, helpers.pids()))


def _cpu_of(pid: int) -> float:
    """As Linux tells it in /proc; 0 elsewhere."""
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        return 0.0
    user, system = stat.read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def slowness() -> float:
    """How much longer a fixed loop takes now than on an idle machine: the best of three."""
    best = float("inf")
    for _ in range(3):
        started, made = time.process_time(), {}
        for number in range(60_000):
            made[str(number)] = (number,)
        best = min(best, time.process_time() - started)
    return best / LOOP_AT_REST


def warm_up(seed: int) -> float:
    """Reads the tables that cleaners keep; CPU seconds."""
    few = fields(300, seed + 1)
    started = time.process_time()
    for kind in KINDS:
        measure(kind, few[kind])
    return time.process_time() - started


def main() -> None:
    parser = argparse.ArgumentParser(description="How fast values are cleaned.")
    parser.add_argument("--rows", type=int, default=200_000, help="records to make and clean")
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--alone", action="store_true", help="in one process")
    given = parser.parse_args()
    if given.alone:
        helpers.WORTH = sys.maxsize
    made = fields(given.rows, given.seed)
    print(f"reading the tables: {warm_up(given.seed):.1f} s CPU, once per process")
    before = slowness()
    found = [measure(kind, made[kind]) for kind in KINDS]
    slow = (before + slowness()) / 2
    print(
        f"{'kind':12}{'values':>10}{'distinct':>10}{'CPU s':>8}{'wall s':>8}{'CPU µs':>8}{'wall µs':>8}  (per distinct value)"
    )
    for one in found:
        each = MILLION / max(one.distinct, 1)
        line = f"{one.kind:12}{one.rows:10,}{one.distinct:10,}{one.cpu:8.2f}{one.wall:8.2f}"
        print(f"{line}{one.cpu * each:8.1f}{one.wall * each:8.1f}")
    scale = MILLION / given.rows
    as_is = [sum(times) * scale for times in ([one.wall for one in found], [one.cpu for one in found])]
    filled = [
        sum(times) for times in zip(*((one.wall / one.distinct, one.cpu / one.distinct) for one in found), strict=True)
    ]
    processes = 1 + len(helpers.pids())
    print(f"in {processes} process{'es' * (processes > 1)}, on a machine {slow:.1f} times slower than at rest:")
    print(f"1M records as these are: {as_is[0]:.0f} s wall, {as_is[1]:.0f} s CPU")
    print(
        f"1M records with eight distinct values each: {filled[0] * MILLION:.0f} s wall, {filled[1] * MILLION:.0f} s CPU"
    )


if __name__ == "__main__":
    main()
