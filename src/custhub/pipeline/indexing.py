"""The match index beside the store: a run matches only what differs from it, and leaves the next one.

It is a cache: whatever it holds is compared with the records first, so a run that was never applied, an undo or a lost
folder cost time and change no result. It becomes current when its run is published.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl

from custhub import __version__
from custhub.clean import OwnNames
from custhub.errors import UsageError
from custhub.matching import Decided, MatchIndex, Model, customer_features, search
from custhub.matching.index_files import load_index, promote_index, save_index
from custhub.model import frames
from custhub.model.customer import Customer
from custhub.model.frames import KEYS
from custhub.model.hashing import text_hash
from custhub.pipeline import models
from custhub.pipeline.hub import Hub


def load(hub: Hub, model: Model) -> MatchIndex | None:
    """The index of this store under this model and these rules, if there is one."""
    return load_index(_folder(hub), replace(model, rules=hub.project.golden.matching), stamp=_stamp(hub, model))


def keep(hub: Hub, run_id: str, index: MatchIndex, model: Model, base: MatchIndex | None = None) -> None:
    """Keeps the index that the run leaves until the run is published."""
    save_index(index, _folder(hub), stamp=_stamp(hub, model), name=run_id, base=base)


def promote(hub: Hub, run_id: str) -> None:
    """The run is published: its index is the current one."""
    promote_index(_folder(hub), run_id)


def forget(hub: Hub) -> None:
    """Removes the index, so that nothing of an erased record is left in it; the next run makes it anew."""
    shutil.rmtree(_folder(hub), ignore_errors=True)
    _open.pop(_folder(hub), None)


@dataclass(frozen=True, slots=True)
class Difference:
    """How the records that there should be differ from an index."""

    places: np.ndarray  # of new and changed records
    gone: np.ndarray  # rows of the index
    rows: np.ndarray  # by record, the row that it has or will have

    @classmethod
    def between(cls, index: MatchIndex, records: pl.DataFrame) -> Difference:
        rows = index.rows_of(records).copy()
        places = np.flatnonzero(rows < 0)
        gone = index.alive.copy()
        gone[rows[rows >= 0]] = False
        rows[places] = index.rows + np.arange(len(places))
        return cls(places, np.flatnonzero(gone), rows)

    def decided(self, by_place: Decided) -> Decided:
        return Decided(self.rows[by_place.same], self.rows[by_place.different])


def _folder(hub: Hub) -> Path:
    return hub.data / "index"


def _stamp(hub: Hub, model: Model) -> str:
    """Cleaning belongs to the version, what is compared to the model and the project's own names, thresholds to the rules."""
    rules = hub.project.golden.matching.model_dump_json()
    return text_hash("\n".join([__version__, hub.store.epoch(), model.version, rules, *hub.project.names_prints]))


_open: dict[Path, tuple[int, MatchIndex]] = {}


def current(hub: Hub) -> MatchIndex | None:
    """The index of the last published run, under the model that it was made with; opened once for all who ask."""
    try:
        written = (_folder(hub) / "current.json").stat().st_mtime_ns
    except OSError:
        _open.pop(_folder(hub), None)
        return None
    known = _open.get(_folder(hub))
    if known is None or known[0] != written:
        model = models.adopted(hub)
        index = load(hub, model) if model else None
        if index is None:
            return None
        _open[_folder(hub)] = known = (written, index)
    return known[1]


@dataclass(frozen=True, slots=True)
class Alike:
    """A golden customer that may be the one asked for, through its source record that is most alike.

    `decision`: merge (a run would join them on this evidence alone), review (a person would be asked) or different.
    `levels`: by comparison, how both agree; what one of them does not have is left out.
    """

    golden_id: str
    source: str
    probability: float
    decision: str
    levels: Mapping[str, str]


def find_alike(hub: Hub, customer: Customer, *, limit: int = 10) -> list[Alike]:
    """The golden customers most like `customer`, the likeliest first. Raises UsageError before the first run."""
    index = current(hub)
    if index is None:
        raise UsageError("nothing has been matched yet", "run the pipeline first: custhub run")
    found = search(index, _features(customer, hub.project.own_names), limit=5 * limit)
    refs = index.records(found["row"].to_numpy()).select(KEYS) if found.height else pl.DataFrame(schema=frames.REF)
    placed = pl.concat([refs, found], how="horizontal")
    placed = placed.join(hub.store.links(refs=refs), on=KEYS, how="inner", maintain_order="left")
    best = placed.unique("golden_id", keep="first", maintain_order=True).head(limit)
    rules = index.model.rules
    return [_alike(row, rules.merge_probability, rules.review_probability) for row in best.iter_rows(named=True)]


def _features(customer: Customer, own: OwnNames) -> pl.DataFrame:
    document = customer.model_dump(mode="json")
    document["extra"] = json.dumps(document["extra"])
    decoded = frames.decode_docs(pl.Series([json.dumps(document, ensure_ascii=False)]))
    return customer_features(decoded.with_columns(pl.lit("").alias(name) for name in KEYS), own)


def _alike(row: Mapping[str, object], merge: float, review: float) -> Alike:
    probability = float(str(row["probability"]))
    decision = "merge" if probability >= merge else "review" if probability >= review else "different"
    levels = {name.removeprefix("level_"): str(row[name]) for name in row if name.startswith("level_") and row[name]}
    return Alike(str(row["golden_id"]), f"{row['system']}:{row['key']}", round(probability, 4), decision, levels)
