"""How fast values are cleaned: `python -m benchmarks.clean [--rows 200000] [--seed 5]`.

Makes mixed Chinese and Western customers, cleans every field of theirs as the pipeline does (whole columns, the country
of each row as an option) in one process, and prints CPU and wall time per kind and per distinct value. Two projections
to a million records: as these records are (blanks and repeats as customers have them), and with all eight fields filled
and every value distinct. Other work on the machine shows in both times: a fixed loop tells how slow it is just now.
"""

from __future__ import annotations

import argparse
import time
from typing import NamedTuple

import polars as pl

from custhub.clean import CLEANERS, KINDS, clean_column
from custhub.demo import mixed_set

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
    cpu, wall = time.process_time(), time.perf_counter()
    clean_column(kind, frame["raw"], **options)
    return Measure(kind, heeded.height, heeded.n_unique(), time.process_time() - cpu, time.perf_counter() - wall)


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
    given = parser.parse_args()
    made = fields(given.rows, given.seed)
    print(f"reading the tables: {warm_up(given.seed):.1f} s CPU, once per process")
    before = slowness()
    found = [measure(kind, made[kind]) for kind in KINDS]
    slow = (before + slowness()) / 2
    print(f"{'kind':12}{'values':>10}{'distinct':>10}{'CPU s':>8}{'wall s':>8}{'µs/distinct':>13}")
    for one in found:
        each = one.cpu / max(one.distinct, 1) * MILLION
        print(f"{one.kind:12}{one.rows:10,}{one.distinct:10,}{one.cpu:8.2f}{one.wall:8.2f}{each:13.1f}")
    scale = MILLION / given.rows
    cpu, wall = sum(one.cpu for one in found) * scale, sum(one.wall for one in found) * scale
    print(f"1M records as these are: {cpu:.0f} s CPU, {wall:.0f} s wall in one process")
    filled = sum(one.cpu / max(one.distinct, 1) for one in found) * MILLION
    print(f"1M records with eight distinct values each: {filled:.0f} s CPU")
    print(
        f"the machine is {slow:.1f} times slower than at rest: {cpu / slow:.0f} and {filled / slow:.0f} s CPU at rest"
    )


if __name__ == "__main__":
    main()
