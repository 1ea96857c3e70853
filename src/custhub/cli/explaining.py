"""`custhub explain`: where golden values come from, and why two records are (not) one customer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import typer

from custhub.cli.options import Said, command
from custhub.errors import NotFoundError, UsageError
from custhub.golden import ValueStory
from custhub.model.refs import reference
from custhub.pipeline import Hub, Related, explain_golden, explain_pair, related
from custhub.store import GoldenCustomer


@command
def explain(
    hub: Hub,
    what: Annotated[list[str], typer.Argument(help="a golden id, or two source records: SYSTEM:KEY SYSTEM:KEY")],
) -> Said:
    """Where each golden value came from; why two records are (not) one customer."""
    if len(what) not in (1, 2):
        raise UsageError(f"{len(what)} things to explain", "give one golden id or two source records")
    if len(what) == 2:
        pair = explain_pair(hub, reference(what[0]), reference(what[1]))
        return pair, pair.text
    golden = _golden(hub, what[0])
    told = Explained(golden.golden_id, golden.members, explain_golden(hub, golden), related(hub, golden))
    return told, _text(golden, told)


@dataclass(frozen=True, slots=True)
class Explained:
    """A golden customer with the story of each of its values, and who belongs to it without being the same."""

    golden_id: str
    sources: tuple[str, ...]
    values: tuple[ValueStory, ...]
    related: tuple[Related, ...]


def _golden(hub: Hub, name: str) -> GoldenCustomer:
    golden = hub.store.golden(name)
    if golden is None and ":" in name:
        ref = reference(name)
        golden = hub.store.golden_by_source(ref.system, ref.key)
    if golden is None or golden.doc is None:
        raise NotFoundError("golden customer", name)
    return golden


def _text(golden: GoldenCustomer, told: Explained) -> str:
    lines = [f"{golden.display_name or '-'}  ({golden.golden_id})", f"sources: {', '.join(told.sources)}", ""]
    for story in told.values:
        lines.append(f"{story.attribute}: {_short(story.value)}")
        lines.append(f"    {story.because}" + (f", from {story.source}" if story.source else ""))
        lines += [
            f"    {'+' if c.won else '-'} {c.ref}: {_short(c.value)}"
            + (f"  ({', '.join(c.source_fields)})" if c.source_fields else "")
            for c in story.candidates
            if c.value not in (None, [], {})
        ]
    if told.related:
        lines += ["", "related, but not the same:"]
    for other in told.related:
        lines.append(f"  {other.kinship.value.replace('_', ' ')}: {other.name or '-'}  ({other.golden_id})")
        lines.append(f"    {'; '.join(other.evidence)}")
    return "\n".join(lines)


def _short(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{k} {_short(v)}" for k, v in value.items() if v not in (None, [], {}))
    if isinstance(value, list):
        return " | ".join(_short(v) for v in value)
    return str(value)
