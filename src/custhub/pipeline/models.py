"""The frozen matching model, and the value frequencies that go with it."""

from __future__ import annotations

import polars as pl

from custhub.golden import FREQUENCIES, count_values
from custhub.matching import Model
from custhub.pipeline.folders import Folder
from custhub.pipeline.hub import Hub


def adopted(hub: Hub) -> Model | None:
    """The model that runs match with; None before the first run."""
    kept = hub.store.model()
    return Model.from_json(kept[1]) if kept else None


def adopt(hub: Hub, model: Model, records: pl.DataFrame) -> None:
    """Freezes a model with the value frequencies of the records it was made from (golden.decoded)."""
    _folder(hub).write(model.version, count_values(records))
    hub.store.save_model(model.version, model.to_json())
    hub.store.adopt_model(model.version)


def frequencies(hub: Hub) -> pl.DataFrame | None:
    """golden.FREQUENCIES of the adopted model: they break ties between values that occur equally often."""
    kept = hub.store.model()
    if kept is None or not _folder(hub).has(kept[0]):
        return None
    return _folder(hub).read(kept[0]).match_to_schema(FREQUENCIES)


def _folder(hub: Hub) -> Folder:
    return Folder(hub.data / "models")
