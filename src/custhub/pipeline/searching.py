"""Search before create: which golden customers a new customer may be, by the model and the index of the last run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from custhub.clean import OwnNames
from custhub.errors import UsageError
from custhub.matching import customer_features, search
from custhub.model import frames
from custhub.model.customer import Customer
from custhub.pipeline import indexing
from custhub.pipeline.hub import Hub
from custhub.pipeline.scope import REF


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
    index = indexing.current(hub)
    if index is None:
        raise UsageError("nothing has been matched yet", "run the pipeline first: custhub run")
    found = search(index, _features(customer, hub.project.own_names), limit=5 * limit)
    refs = index.records(found["row"].to_numpy()).select(REF) if found.height else pl.DataFrame(schema=frames.REF)
    placed = pl.concat([refs, found], how="horizontal")
    placed = placed.join(hub.store.links(refs=refs), on=REF, how="inner", maintain_order="left")
    best = placed.unique("golden_id", keep="first", maintain_order=True).head(limit)
    rules = index.model.rules
    return [_alike(row, rules.merge_probability, rules.review_probability) for row in best.iter_rows(named=True)]


def _features(customer: Customer, own: OwnNames) -> pl.DataFrame:
    document = customer.model_dump(mode="json")
    document["extra"] = json.dumps(document["extra"])
    decoded = frames.decode_docs(pl.Series([json.dumps(document, ensure_ascii=False)]))
    return customer_features(decoded.with_columns(pl.lit("").alias(name) for name in REF), own)


def _alike(row: Mapping[str, object], merge: float, review: float) -> Alike:
    probability = float(str(row["probability"]))
    decision = "merge" if probability >= merge else "review" if probability >= review else "different"
    levels = {name.removeprefix("level_"): str(row[name]) for name in row if name.startswith("level_") and row[name]}
    return Alike(str(row["golden_id"]), f"{row['system']}:{row['key']}", round(probability, 4), decision, levels)
