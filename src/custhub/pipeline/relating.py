"""Who belongs to a golden customer without being the same: found through the keys that the store files (`store.kinship`)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

import polars as pl

from custhub.model.frames import GOLDEN
from custhub.model.refs import SourceRef
from custhub.pipeline.hub import Hub
from custhub.store import HEAD, HOUSEHOLD, LATEST, TIE, GoldenCustomer, View, declared, keys_of

CROWD = 12
"""A value that more golden customers share (a switchboard, a tower block, a very common name) ties none of them."""


class Kinship(StrEnum):
    """What the other one is to a golden customer, the closest first; the other's contacts and branches may be many."""

    HEAD_OFFICE = "head_office"
    BRANCH = "branch"
    DECLARED = "declared"  # by a source: `evidence` says as what
    DECLARED_BY = "declared_by"  # by a source of the other one
    HOUSEHOLD = "household"
    SAME_HEAD_OFFICE = "same_head_office"
    RELATED = "related"
    SAME_NAME = "same_name"


@dataclass(frozen=True, slots=True)
class Related:
    """A golden customer that is another one but belongs to the one asked about. `evidence`: why, as `kind: value`."""

    kinship: Kinship
    golden_id: str
    name: str | None
    evidence: tuple[str, ...]


_SHARED = {
    HOUSEHOLD: ((Kinship.HOUSEHOLD, HOUSEHOLD),),
    HEAD: ((Kinship.HEAD_OFFICE, "name"), (Kinship.SAME_HEAD_OFFICE, HEAD)),
    "name": ((Kinship.SAME_NAME, "name"), (Kinship.BRANCH, HEAD)),
    **{kind: ((Kinship.RELATED, kind),) for kind in ("phone", "email", "identifier")},
}
"""For a key of this kind: what those are that hold its value, and under which kind."""


def related(hub: Hub, golden: GoldenCustomer, view: View = LATEST) -> tuple[Related, ...]:
    """Who belongs to a golden customer of this view, the closest first; somebody tied by several things comes once."""
    found: dict[str, dict[Kinship, set[str]]] = {}
    for other, kinship, evidence in [*_by_values(hub, golden, view), *_declared(hub, golden, view)]:
        if other != golden.golden_id:
            found.setdefault(other, {}).setdefault(kinship, set()).add(evidence)
    order = list(Kinship)
    goldens = hub.store.goldens(ids=sorted(found), view=view) if found else pl.DataFrame(schema=GOLDEN)
    others = [
        Related(min(ties, key=order.index), row["golden_id"], row["display_name"], _told(ties))
        for row in goldens.filter(pl.col("status") == "active").iter_rows(named=True)
        for ties in (found[row["golden_id"]],)
    ]
    return tuple(sorted(others, key=lambda other: (order.index(other.kinship), other.name or "", other.golden_id)))


def _told(ties: dict[Kinship, set[str]]) -> tuple[str, ...]:
    order = list(Kinship)
    return tuple(evidence for kinship in sorted(ties, key=order.index) for evidence in sorted(ties[kinship]))


_Tie = tuple[str, Kinship, str]


def _by_values(hub: Hub, golden: GoldenCustomer, view: View) -> Iterator[_Tie]:
    """Golden customers that hold a value of this one; a branch of a firm is nobody's namesake for sharing its name."""
    row = {name: getattr(golden, name, None) for name in GOLDEN}
    for kind, value in keys_of(pl.DataFrame([row], schema=GOLDEN)).select("kind", "value").iter_rows():
        for kinship, where in _SHARED.get(kind, ()):
            ids = hub.store.lookup(where, value, CROWD + 1, view=view)
            if len(ids) <= CROWD or kinship is Kinship.BRANCH:
                yield from ((other, kinship, f"{kind}: {value}") for other in ids)


def _declared(hub: Hub, golden: GoldenCustomer, view: View) -> Iterator[_Tie]:
    """What this one's sources declare of others, and others' of this one."""
    for type_, ref in declared(golden.doc):
        with suppress(ValueError):
            parsed = SourceRef.parse(ref)
            other = hub.store.golden_by_source(parsed.system, parsed.key, view=view)
            if other is not None:
                yield other.golden_id, Kinship.DECLARED, f"{type_}: {ref}"
    for member in golden.members:
        for golden_id in hub.store.lookup(TIE, member, view=view):
            teller = hub.store.golden(golden_id, view=view)
            for type_, ref in declared(teller.doc if teller else None):
                if ref == member:
                    yield golden_id, Kinship.DECLARED_BY, f"{type_}: {ref}"
