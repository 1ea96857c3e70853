"""What the pages show, read from the store and put into lines."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from itertools import zip_longest
from typing import Any

import polars as pl

from custhub.errors import NotFoundError, UsageError
from custhub.golden import LETTERS, read_document
from custhub.model.customer import OrganisationView
from custhub.model.decisions import Judgement
from custhub.model.frames import refs_frame
from custhub.model.refs import SourceRef
from custhub.pipeline import Hub, explain_pair
from custhub.serve.finding import standard
from custhub.store import GoldenCustomer

Term = Callable[[str], str]  # what the engine calls things, in the reader's language


def task_lines(hub: Hub, tasks: pl.DataFrame) -> list[dict[str, Any]]:
    """Tasks with the names of the golden customers that they are about."""
    ids = tasks["golden_ids"].explode().drop_nulls().unique().to_list() if tasks.height else []
    names = dict(hub.store.goldens(ids=ids).select("golden_id", "display_name").iter_rows()) if ids else {}
    return [
        {**task, "names": [names.get(golden_id) or golden_id for golden_id in task["golden_ids"] or []]}
        for task in tasks.to_dicts()
    ]


def records(hub: Hub, refs: Sequence[str], term: Term) -> list[dict[str, Any]]:
    """Source records as flat attributes, in the order of `refs`."""
    parsed = [SourceRef.parse(ref) for ref in refs]
    wanted = refs_frame(parsed)
    if not refs:
        return []
    rows = {f"{r['system']}:{r['key']}": r for r in hub.store.records(refs=wanted).iter_rows(named=True)}
    links = {f"{s}:{k}": g for s, k, g in hub.store.links(refs=wanted).iter_rows()}
    found = []
    for ref in refs:
        row = rows.get(ref)
        values = flat(read_document(row["doc"]), term) if row and row["doc"] else {}
        place = f"{row['batch_id']} · {row['row_key']}" if row else ""
        name = values.get("name.full") or values.get("name.native") or ""
        found.append({"ref": ref, "golden_id": links.get(ref), "values": values, "name": name, "place": place})
    return found


def words_said(hub: Hub, task: dict[str, Any]) -> list[dict[str, Any]]:
    """The decisions of a conflict, and the word that was refused."""
    told = json.loads(task["detail"])
    made = [row.decision for row in hub.store.decisions() if row.decision.id in told.get("decisions", ())]
    names = ("by", "at", "judgement", "left", "right", "reason")
    said: list[dict[str, Any]] = [{**{name: getattr(one, name) for name in names}, "refused": False} for one in made]
    if "said" in told:
        left, right = task["refs"]
        said.append({**told, "judgement": told["said"], "left": left, "right": right, "refused": True})
    return said


def flat(document: dict[str, Any], term: Term, path: str = "") -> dict[str, str]:
    """A customer document as attribute -> text, lists joined: `addresses` as one line per address."""
    lines: dict[str, str] = {}
    for name, value in document.items():
        here = f"{path}{name}"
        if isinstance(value, dict):
            lines |= flat(value, term, f"{here}.")
        elif isinstance(value, list):
            if value:
                lines[here] = "\n".join(_item(item, term) for item in value)
        elif value is not None:
            lines[here] = str(value)
    return lines


_SPEAKS_FOR_ITSELF = {"system", "organisation", "to", "purpose", "channel"}  # needs no label beside it
_ORDER = {name: i for i, name in enumerate(OrganisationView.model_fields)}


def _item(item: Any, term: Term) -> str:
    if not isinstance(item, dict):
        return str(item)
    if "value" in item:
        kind = f" ({item['type']})" if item.get("type") else ""
        return f"{item['value']}{kind}"
    if item.get("raw"):
        return str(item["raw"])
    given = sorted(
        (name for name, value in item.items() if value not in (None, [], "")), key=lambda n: _ORDER.get(n, 0)
    )
    return " · ".join(_labelled(name, item[name], term) for name in given)


def _labelled(name: str, value: Any, term: Term) -> str:
    if name in ("type", "state"):
        return term(str(value))
    said = term("yes" if value else "no") if isinstance(value, bool) else str(value)
    return said if name in _SPEAKS_FOR_ITSELF else f"{term(name)}: {said}"


def side_by_side(shown: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """One line per attribute over all records; `state` says whether the values agree."""
    attributes = list(dict.fromkeys(name for record in shown for name in record["values"]))
    lines = []
    for attribute in attributes:
        values = [record["values"].get(attribute) for record in shown]
        given = [v for v in values if v]
        state = "" if len(given) < 2 else "equal" if len(set(given)) == 1 else "differs"
        lines.append({"attribute": attribute, "values": values, "state": state})
    return lines


def evidence(hub: Hub, left: str, right: str) -> dict[str, Any] | None:
    """The comparisons of two records that say something, the strongest first, and what they come to; nothing before
    there is a model."""
    try:
        found = explain_pair(hub, SourceRef.parse(left), SourceRef.parse(right)).evidence
    except (NotFoundError, UsageError):
        return None
    reasons = sorted((r for r in found.reasons if r.weight), key=lambda r: -abs(r.weight))
    return {
        "start": found.start / 1000,
        "items": [{"comparison": r.comparison, "level": r.level, "bits": r.weight / 1000} for r in reasons],
        "once": found.once / 1000,
        "total": found.weight / 1000,
        "probability": found.probability,
    }


def checked_values(hub: Hub, task: dict[str, Any]) -> dict[str, Any]:
    """A failed golden check: its rule, and the values that it looked at, as they are now, one line per element."""
    detail = json.loads(task["detail"] or "{}")
    golden = hub.store.golden(task["golden_ids"][0]) if task["golden_ids"] else None
    document = read_document(golden.doc) if golden and golden.doc else {}
    if golden:
        document |= {"golden_id": golden.golden_id, "members": list(golden.members)}
    paths = list(dict.fromkeys([*detail["paths"], *(f"{name}.value" for name in _valued(document, detail["paths"]))]))
    columns = [_at(document, path.split(".")) for path in paths] if document else []
    return {"rule": detail["rule"], "paths": paths, "lines": list(zip_longest(*columns))}


def _valued(document: dict[str, Any], paths: Sequence[str]) -> list[str]:
    """Lists that a path looks into and whose elements have a value by which a person knows them."""
    heads = [path.split(".")[0] for path in paths if not path.endswith(".count")]
    return [name for name in heads if any(isinstance(e, dict) and "value" in e for e in document.get(name) or [])]


def _at(value: Any, parts: Sequence[str]) -> list[Any]:
    """All values at a path of `quality.fields`, in the order of the lists on the way."""
    if list(parts) == ["count"]:
        return [len(value or [])]
    if isinstance(value, list):
        return [found for item in value for found in _at(item, parts)]
    if not parts:
        return [value]
    return _at(value.get(parts[0]) if isinstance(value, dict) else None, parts[1:])


def raw_values(raw: str | None) -> list[tuple[str, Any]]:
    """A raw row as name and value; text that is no JSON object is shown as it is."""
    if raw is None:
        return []
    try:
        parsed = json.loads(raw)
    except ValueError:
        return [("raw", raw)]
    return list(parsed.items()) if isinstance(parsed, dict) else [("raw", raw)]


def golden_lines(golden: GoldenCustomer, term: Term) -> list[dict[str, str]]:
    """Each golden value with the record it came from and the rule that chose it."""
    if golden.doc is None:
        return []
    notes = json.loads(golden.prov or "{}")
    pins = notes.get("pins", {})
    lines = []
    for attribute, value in flat(read_document(golden.doc), term).items():
        note = notes.get(attribute) or notes.get(attribute.split(".")[0])
        if attribute in pins or attribute.split(".")[0] in pins:
            source, rule = "", "pinned by a person"
        elif isinstance(note, list) and len(note) == 2:
            source, rule = golden.members[note[0]], LETTERS[note[1]]
        else:
            source, rule = (golden.members[0], "") if len(golden.members) == 1 else ("", "all sources")
        lines.append({"attribute": attribute, "value": value, "source": source, "rule": rule})
    return lines


def undoable(hub: Hub, golden: GoldenCustomer) -> list[dict[str, str]]:
    """What of this customer can be taken back: customers merged into it, and people's live decisions on its records."""
    if not golden.members:
        return []
    parsed = [SourceRef.parse(ref) for ref in golden.members]
    former = hub.store.link_history(parsed)["golden_id"].drop_nulls().unique().to_list()
    merged = hub.store.goldens(former).filter(pl.col("status") == "merged", pl.col("moved_to") == golden.golden_id)
    lines = []
    for old in merged["golden_id"].sort():
        last = hub.store.timeline(old).row(-1, named=True)
        lines.append({"at": last["at"], "what": f"{old} → {golden.golden_id}", "by": last["run_id"], "target": old})
    for row in hub.store.decisions(refs_frame(parsed)):
        said = row.decision
        if said.judgement is not Judgement.HELD:
            what = f"{said.left} · {said.judgement.value} · {said.right}"
            lines.append({"at": said.at, "what": what, "by": said.by, "target": said.id})
    return lines


def find(hub: Hub, text: str) -> list[str]:
    """Golden ids for an id, a source reference, or any form of a phone, e-mail, identifier or name."""
    if not text:
        return []
    exact = hub.store.golden(text)
    if exact is None and ":" in text:
        try:
            ref = SourceRef.parse(text)
        except ValueError:
            ref = None
        exact = hub.store.golden_by_source(ref.system, ref.key) if ref else None
    if exact is not None:
        return [exact.golden_id]
    kinds = ("phone", "email", "identifier", "name")
    return list(
        dict.fromkeys(golden_id for kind in kinds for golden_id in hub.store.lookup(kind, standard(kind, text)))
    )
