"""The match index beside the store: a run matches only what differs from it, and leaves the next one.

It is a cache: whatever it holds is compared with the records first, so a run that was never applied, an undo or a lost
folder cost time and change no result. It becomes current when its run is published.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl

from custhub import __version__
from custhub.matching import Decided, MatchIndex, Model
from custhub.matching.index_files import load_index, promote_index, save_index
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
