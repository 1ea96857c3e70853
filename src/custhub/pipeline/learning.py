"""train and judge: stewards' decisions teach the matching model, and measure it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from custhub.errors import UsageError
from custhub.matching import (
    Curve,
    Decided,
    Figures,
    Fit,
    Labels,
    Learned,
    by_threshold,
    customer_features,
    match,
    weights_of,
)
from custhub.matching.outcome import bits_of
from custhub.matching.weigh import probability
from custhub.model import frames
from custhub.model.decisions import Judgement
from custhub.pipeline import models
from custhub.pipeline.hub import Hub
from custhub.pipeline.resolving import active_records, decided_rows


@dataclass(frozen=True, slots=True)
class TrainReport:
    """A new matching model. `was`: the one it takes the place of. `learned`: what decisions did to it."""

    version: str
    was: str | None
    records: int
    learned: Learned | None = None


def train(hub: Hub, *, labels: bool) -> TrainReport:
    """Makes a model from all current records, with the stewards' decisions when `labels`, and adopts it.

    Adopting changes nothing by itself: the next run plans what follows from it.
    """
    records = active_records(hub, frames.empty(frames.RECORD))
    was = hub.store.model()
    features = customer_features(records, hub.project.own_names)
    said = Labels(_said(hub, records)) if labels else None
    result = match(features, hub.project.golden.matching, labels=said, progress=hub.progress)
    models.adopt(hub, result.model, records)
    return TrainReport(result.model.version, was[0] if was else None, records.height, result.learned)


def _said(hub: Hub, records: pl.DataFrame) -> Decided:
    """What people said of pairs. What an undo holds apart is no word on who is who."""
    said = [row.decision for row in hub.store.decisions()]
    return decided_rows(records, [d for d in said if d.judgement is not Judgement.HELD])


@dataclass(frozen=True, slots=True)
class Judged:
    """The adopted model beside what people said of pairs: how many it would merge or show by itself."""

    model: str
    same: int
    different: int
    compared: int  # of the same: those that a key brings together
    merged: Figures
    shown: int  # for a person to decide
    fit: Fit
    curve: Curve
    note: str

    def as_dict(self) -> dict[str, object]:
        counts = {n: getattr(self, n) for n in ("model", "same", "different", "compared", "shown", "note")}
        figures = {n: round(getattr(self.merged, n), 5) for n in ("precision", "recall", "f1")}
        fit = {n: getattr(self.fit, n) for n in ("log_loss", "brier", "reliability")}
        return {**counts, "merged": self.merged.found, "merged_right": self.merged.right, **figures, **fit}


def judge(hub: Hub) -> Judged:
    """Measures the adopted model by the stewards' decisions. Raises UsageError when there is nothing to measure."""
    model = models.adopted(hub)
    records = active_records(hub, frames.empty(frames.RECORD))
    said = _said(hub, records)
    pairs = np.concatenate([said.same, said.different])
    if model is None or not len(pairs):
        raise UsageError(
            "there is no model, or nobody has decided on two records that there are now",
            "decide pairs in the steward app",
        )
    rows, places = np.unique(pairs, return_inverse=True)
    left, right = places.reshape(-1, 2).T
    features = customer_features(records[rows], hub.project.own_names)
    rules = hub.project.golden.matching
    weight, met = weights_of(features, replace(model, rules=rules), left, right)
    same = np.arange(len(pairs)) < len(said.same)
    merge = met & (weight >= bits_of(rules.merge_probability))
    shown = met & ~merge & (weight >= bits_of(rules.review_probability))
    figures = Figures(int((merge & same).sum()), int(merge.sum()), int(same.sum()))
    return Judged(
        model.version,
        int(same.sum()),
        int((~same).sum()),
        int((met & same).sum()),
        figures,
        int(shown.sum()),
        Fit.of(probability(weight), same, np.ones(len(same))),
        by_threshold(weight[met], same[met], int(same.sum())),
        model.weights.note,
    )
