"""Why two source records are, or are not, one golden customer, and where its values come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from custhub.errors import NotFoundError, UsageError
from custhub.golden import Basis, ValueStory, decoded, explain_values, get_value, read_document
from custhub.matching import Explanation, customer_features
from custhub.matching import explain_pair as explain_rows
from custhub.matching.outcome import bits_of
from custhub.model.frames import refs_frame
from custhub.model.refs import SourceRef
from custhub.pipeline import models
from custhub.pipeline.hub import Hub
from custhub.store import GoldenCustomer


@dataclass(frozen=True, slots=True)
class PairStory:
    """Two records: where they are, what people said of them, and what the evidence says.

    `kept`: why they are together though this pair alone would not have brought them together.
    """

    left: str
    right: str
    together: bool
    decisions: tuple[str, ...]
    evidence: Explanation
    kept: str = ""

    @property
    def text(self) -> str:
        now = "are one golden customer" if self.together else "are two golden customers"
        head = f"{self.left} and {self.right} {now}{self.kept}"
        return "\n".join([head, *self.decisions, "", self.evidence.as_text()])


def explain_pair(hub: Hub, left: SourceRef, right: SourceRef) -> PairStory:
    """The story of two records under the adopted model.

    Raises NotFoundError for a record that is unknown or has nothing good to show, UsageError before the first run.
    """
    model = models.adopted(hub)
    if model is None:
        raise UsageError("there is no matching model yet", "run the pipeline first: custhub run")
    refs = refs_frame([left, right])
    records = decoded(hub.store.records(refs=refs))
    ordered = refs.join(records, on=["system", "key"], how="inner", maintain_order="left")
    for ref in (left, right):
        if ordered.filter((pl.col("system") == ref.system) & (pl.col("key") == ref.key)).is_empty():
            raise NotFoundError("source record with a good version", str(ref))
    links = hub.store.links(refs=refs)["golden_id"]
    said = [
        f"{d.decision.judgement.value}, said {d.decision.by} on {d.decision.at}: {d.decision.reason or '-'}"
        for d in hub.store.decisions(refs=refs)
        if {d.decision.left, d.decision.right} == {left, right}
    ]
    evidence = explain_rows(customer_features(ordered, hub.project.own_names), model)
    together = len(links) == 2 and links[0] == links[1]
    weak = evidence.weight <= bits_of(hub.project.golden.matching.merge_probability)
    limit = hub.project.golden.limits.split_existing
    why = f", by other records or as before: parted below probability {limit:g} (limits.split_existing)"
    kept = why if together and weak and not said else ""
    return PairStory(str(left), str(right), together, tuple(said), evidence, kept)


def explain_golden(hub: Hub, golden: GoldenCustomer, only: Sequence[str] = ()) -> tuple[ValueStory, ...]:
    """The story of each value of a golden customer, or `only` of these attributes; worked out again from its records.

    Raises NotFoundError for an attribute that it has no value for.
    """
    document = read_document(golden.doc or "{}")
    for name in only:
        if get_value(document, name) in (None, []):
            raise NotFoundError("value", name)
    if not golden.members:
        return ()
    refs = refs_frame(map(SourceRef.parse, golden.members))
    records = hub.store.records(refs=refs).with_columns(golden_id=pl.lit(golden.golden_id))
    last = hub.store.runs(limit=1)[0]
    basis = Basis(hub.project.golden.survivorship, last.at, hub.store.pins(), models.frequencies(hub))
    names = [name for name in document if name not in ("extra", "source_updated_at")]
    names += [f"extra.{name}" for name in document.get("extra") or {}]
    fields = {name: mapping.fields for name, mapping in hub.project.mappings.items()}
    return explain_values(records, only or names, basis, fields)
