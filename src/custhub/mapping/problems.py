"""What went wrong in which row: rejects and issues, kept as columns until the end of a batch."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

PROBLEM = pl.Schema(
    {
        "row": pl.UInt32(),  # of the section's base table
        "rule_id": pl.String(),
        "field": pl.String(),
        "reason": pl.String(),
        "reject": pl.Boolean(),
    }
)
UNKNOWN = pl.Schema({"list": pl.String(), "code": pl.String(), "rows": pl.Int64()})


@dataclass(slots=True)
class Problems:
    """Collects problems and unknown codes of one section of a mapping."""

    found: list[pl.DataFrame] = field(default_factory=list)
    codes: list[pl.DataFrame] = field(default_factory=list)

    def add(
        self, rows: pl.Series, path: str, what: str, reason: str, *, reject: bool, said: pl.Series | None = None
    ) -> None:
        """Problem `mapping.<path>.<what>` of `rows`; `said`: what a cleaner said more about each value."""
        if rows.len() == 0:
            return
        frame = pl.DataFrame({"row": rows.cast(pl.UInt32), "said": said}, schema_overrides={"said": pl.String()})
        more = pl.when(pl.col("said") != "").then(pl.lit(f"{reason}: ") + pl.col("said"))
        self.found.append(
            frame.select(
                "row",
                rule_id=pl.lit(f"mapping.{path}.{what}"),
                field=pl.lit(path),
                reason=more.otherwise(pl.lit(reason)),
                reject=pl.lit(reject),
            )
        )

    def add_codes(self, name: str, codes: pl.Series) -> None:
        counted = codes.drop_nulls().value_counts(name="rows")
        self.codes.append(
            counted.select(pl.lit(name).alias("list"), pl.col(codes.name).alias("code"), pl.col("rows").cast(pl.Int64))
        )

    def frame(self) -> pl.DataFrame:
        """All problems, each (row, rule) once."""
        frames = [f.select(pl.col(n).cast(t) for n, t in PROBLEM.items()) for f in self.found]
        everything = pl.concat([pl.DataFrame(schema=PROBLEM), *frames])
        return everything.unique(["row", "rule_id", "reject"], keep="first", maintain_order=True)


def count_codes(frames: list[pl.DataFrame]) -> pl.DataFrame:
    """Unknown codes (list, code, rows), most frequent first within each list."""
    everything = pl.concat([pl.DataFrame(schema=UNKNOWN), *frames])
    counted = everything.group_by("list", "code").agg(pl.col("rows").sum())
    return counted.sort("list", "rows", "code", descending=[False, True, False])
