"""The frozen matching model, and the value frequencies that go with it."""

from __future__ import annotations

import polars as pl

from custhub.golden import FREQUENCIES, count_values
from custhub.matching import Model
from custhub.pipeline.hub import Folder, Hub


def adopted(hub: Hub) -> Model | None:
    """The model that runs match with; None before the first run. Raises UsageError if the match rules changed since."""
    kept = hub.store.model()
    if kept is None:
        return None
    model = Model.from_json(kept[1])
    model.check_fits(hub.project.golden.matching)
    return model


GROWN, MANY = 3, 500
"""A model is outgrown when there are so many times the records that it was made from, and no fewer than this."""


def outgrown(model: Model, records: int) -> str | None:
    """Why a new model is due: how rare values are and how keys are split is still as in the small set, so at ten times the
    records a few in a hundred merges are wrong that were not, and there are five times the pairs to compare."""
    made_from = model.statistics.rows
    if records < max(GROWN * made_from, MANY):
        return None
    return f"the matching model was trained on {made_from:,} records, there are {records:,} now -> custhub train"


def adopt(hub: Hub, model: Model, records: pl.DataFrame) -> None:
    """Freezes a model with the value frequencies of the records it was made from (golden.decoded)."""
    _freeze(hub, model.version, model.to_json(), count_values(records))


def _freeze(hub: Hub, version: str, text: str, counted: pl.DataFrame) -> None:
    _folder(hub).write(version, counted)
    hub.store.save_model(version, text)
    hub.store.adopt_model(version)


def propose_frequencies(hub: Hub, run_id: str, records: pl.DataFrame) -> None:
    """Keeps the value frequencies of the records (golden.decoded) that the run makes its model from."""
    hub.run_folder(run_id).write("frequencies", count_values(records))


def propose(hub: Hub, run_id: str, model: Model) -> None:
    """Keeps a project's first model with the run that made it: planning writes nothing, `adopt_proposed` does."""
    hub.run_folder(run_id).write("model", pl.DataFrame({"version": [model.version], "text": [model.to_json()]}))


def adopt_proposed(hub: Hub, run_id: str) -> None:
    """Freezes the model that the run proposed, unless there is one."""
    folder = hub.run_folder(run_id)
    if hub.store.model() is None and folder.has("model"):
        version, text = folder.read("model").row(0)
        _freeze(hub, version, text, folder.read("frequencies"))


def frequencies(hub: Hub, run_id: str | None = None) -> pl.DataFrame | None:
    """golden.FREQUENCIES of the adopted model, else of the one that the run proposes: they break ties between values
    that occur equally often."""
    kept = hub.store.model()
    if kept is None and run_id is None:
        return None
    folder, name = (_folder(hub), kept[0]) if kept else (hub.run_folder(str(run_id)), "frequencies")
    return folder.read(name).match_to_schema(FREQUENCIES) if folder.has(name) else None


def _folder(hub: Hub) -> Folder:
    return Folder(hub.data / "models")
