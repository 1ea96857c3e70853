"""A plan: one list of changes and the frames that applying it writes. Explained, saved and applied from the same list."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from custhub.errors import UsageError
from custhub.model.events import EVENT
from custhub.model.frames import GOLDEN, LINK, RECORD, conform
from custhub.plan.abreast import read_abreast, write_abreast
from custhub.plan.frames import CHANGE, PAYLOAD, Action
from custhub.plan.inputs import RunInfo
from custhub.store import CLOSING, QUARANTINED, TASK

_META = "custhub.plan"
_WRITE = "write"
_SCHEMAS: dict[str, pl.Schema] = {
    "records": RECORD,
    "links": LINK,
    "goldens": GOLDEN,
    "events": EVENT,
    "tasks": TASK,
    "quarantine": QUARANTINED,
    "closings": CLOSING,
}
assert tuple(_SCHEMAS) == PAYLOAD

MERGES = pl.Schema({"golden_id": pl.String(), "moved_to": pl.String(), "probability": pl.Float64()})
"""Existing golden customers that go; the probability is that of the best pair between the two (null: none, as when
only a third record or a decision joins them)."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What one run would change. Nothing outside `changes` is written; `payload` holds the rows in full."""

    run: RunInfo
    changes: pl.DataFrame  # CHANGE
    payload: dict[str, pl.DataFrame]
    merges: pl.DataFrame  # MERGES
    active_before: int
    hash: str

    @property
    def empty(self) -> bool:
        """Whether applying would write nothing at all."""
        return self.changes.is_empty()

    @property
    def counts(self) -> dict[str, int]:
        """Changes per action, all actions named; an update counts once per golden customer."""
        once = self.changes.select("action", "golden_id", "ref").unique()
        found = dict(once.group_by("action").len().iter_rows())
        return {action.value: int(found.get(action.value, 0)) for action in Action}

    @property
    def changed_customers(self) -> int:
        """Existing golden customers whose values or members change."""
        existing = self.changes.filter(pl.col("action").is_in([Action.UPDATE, Action.SPLIT]))
        return existing["golden_id"].n_unique()

    @property
    def has_values(self) -> bool:
        """Whether the rows to write are here; a plan loaded from a file without values can only be read."""
        return bool(self.payload)

    def save(self, path: Path, *, values: bool = False) -> None:
        """Writes the plan as one Parquet table: the changes, and with `values` the rows to write behind them.

        Without `values` no personal value leaves: old and new of updates are left out.
        """
        table = self.changes if values else _without_values(self.changes)
        if values:
            table = pl.concat([table, *(_as_changes(name, self.payload[name]) for name in PAYLOAD)])
        table = pl.concat([table, _as_changes("merges", self.merges)])
        head = {**self._head(), "values": values}
        table.write_parquet(path, compression="zstd", metadata={_META: json.dumps(head)})

    def keep(self, path: Path) -> None:
        """Writes the plan with its values for the run's own use: nothing to read with other tools, but quick."""
        frames = {"changes": self.changes, "merges": self.merges, **self.payload}
        write_abreast(path, frames, {_META: json.dumps({**self._head(), "values": True})})

    def _head(self) -> dict[str, Any]:
        run = {**asdict(self.run), "at": self.run.at.isoformat()}
        return {"run": run, "active_before": self.active_before, "hash": self.hash}

    @classmethod
    def load(cls, path: Path) -> Plan:
        """Reads what `save` or `keep` wrote. Raises UsageError when the file is no plan or was changed afterwards."""
        try:
            head = json.loads(pl.read_parquet_metadata(path)[_META])
        except (OSError, KeyError, pl.exceptions.PolarsError) as e:
            raise UsageError(f"{path.name} is no saved plan", "write one with `custhub plan -o FILE`") from e
        frames = read_abreast(path) or _read_table(path, values=head["values"])
        changes, merges = frames.pop("changes"), frames.pop("merges")
        run = RunInfo(head["run"]["run_id"], datetime.fromisoformat(head["run"]["at"]), head["run"]["base_seq"])
        plan = cls(run, changes, frames, merges, head["active_before"], head["hash"])
        if head["values"] and plan_hash(changes, frames["goldens"]) != plan.hash:
            raise UsageError(f"{path.name} was changed after it was saved", "plan again")
        return plan

    def summary(self) -> dict[str, Any]:
        """Small facts for the run's row and for XCom; without personal values."""
        return {"hash": self.hash, "empty": self.empty, "active_before": self.active_before, **self.counts}


def plan_hash(changes: pl.DataFrame, goldens: pl.DataFrame) -> str:
    """SHA-256 over the list of changes and the hashes of the golden customers it writes; the base commit is no part."""
    digest = hashlib.sha256()
    for frame in (changes, goldens.select("golden_id", "hash").sort("golden_id")):
        for start in range(0, frame.height, 50_000):
            lines = frame.slice(start, 50_000).select(pl.struct(pl.all()).struct.json_encode().str.join("\n"))
            digest.update(lines.item().encode("utf-8") + b"\n")
    return digest.hexdigest()


def _without_values(changes: pl.DataFrame) -> pl.DataFrame:
    personal = pl.col("action") == Action.UPDATE
    return changes.with_columns(pl.when(~personal).then(name).alias(name) for name in ("old", "new"))


def _as_changes(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Rows of a frame as rows of the one table: JSON text in `new`."""
    rows = frame.select(pl.struct(pl.all()).struct.json_encode().alias("new"))
    return conform(
        rows.with_columns(pl.lit(_WRITE).alias("action"), pl.lit(name).alias("attribute")),
        CHANGE,
    )


def _read_table(path: Path, *, values: bool) -> dict[str, pl.DataFrame]:
    """The frames in a file of `save`: changes, merges, and with `values` the payload."""
    table = pl.read_parquet(path)
    written = table.filter(pl.col("action") == _WRITE)
    payload = {name: _as_frame(written, name, _SCHEMAS[name]) for name in PAYLOAD} if values else {}
    changes = table.filter(pl.col("action") != _WRITE)
    return {"changes": changes, "merges": _as_frame(written, "merges", MERGES), **payload}


def _as_frame(written: pl.DataFrame, name: str, schema: pl.Schema) -> pl.DataFrame:
    rows = written.filter(pl.col("attribute") == name)["new"]
    return conform(rows.str.json_decode(pl.Struct(dict(schema))).struct.unnest(), schema)
