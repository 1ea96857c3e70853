"""A picture of one golden customer: its source records on the left, the golden values and their sources on the right.

`python -m benchmarks.picture GOLDEN_ID docs/golden.svg` draws the one of the README, out of the store of `make demo`.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

from jinja2 import Template

from custhub.golden import read_document
from custhub.model.frames import ref_of, refs_frame
from custhub.model.refs import SourceRef
from custhub.settings import Settings
from custhub.store import GoldenCustomer, Store

COLOURS = ("#0b5cad", "#1a7f4b", "#a3541b", "#7b3fa0", "#5b6776")
SHOWN = ("name", "birth_date", "identifiers", "phones", "emails", "addresses", "organisation_views")
LINE, GAP = 22, 16


@dataclass(frozen=True, slots=True)
class Card:
    """A titled box of lines (label, text, colour)."""

    title: str
    colour: str
    lines: tuple[tuple[str, str, str], ...]

    @property
    def height(self) -> int:
        return 44 + LINE * len(self.lines)


def picture(store: Store, golden: GoldenCustomer) -> str:
    """An SVG of one golden customer out of the store."""
    refs = refs_frame(map(SourceRef.parse, golden.members))
    docs = dict(store.records(refs=refs).select(ref_of(), "doc").iter_rows())
    colours = {member: COLOURS[min(i, len(COLOURS) - 1)] for i, member in enumerate(golden.members)}
    sources = [_source(member, read_document(docs[member]), colours[member]) for member in golden.members]
    return _svg(sources, _golden(golden, colours))


def _source(member: str, document: dict[str, Any], colour: str) -> Card:
    lines = [(name, text, "#1b2430") for name in SHOWN if (text := _text(document.get(name)))]
    return Card(member, colour, tuple(lines))


def _golden(golden: GoldenCustomer, colours: dict[str, str]) -> Card:
    document, notes = read_document(golden.doc or "{}"), json.loads(golden.prov or "{}")
    lines = []
    for name in SHOWN:
        text = _text(document.get(name))
        if text:
            note = notes.get(name) or notes.get(f"{name}.full")
            colour = colours[golden.members[note[0]]] if isinstance(note, list) else "#1b2430"
            lines.append((name, text, colour))
    return Card(f"golden {golden.golden_id}", "#b8860b", tuple(lines))


def _text(value: Any) -> str:
    """A field in a line: lists joined, organisations with their owner and terms."""
    if isinstance(value, list):
        return "  ·  ".join(dict.fromkeys(_text(item) for item in value))
    if isinstance(value, dict):
        if "organisation" in value:
            terms = (value.get("payment_terms"), value.get("owner"))
            return " ".join([value["organisation"], *(t for t in terms if t)])
        return str(value.get("full") or value.get("value") or value.get("raw") or "")
    return "" if value is None else str(value)


def _svg(sources: list[Card], golden: Card) -> str:
    tops = list(accumulate((card.height + GAP for card in sources), initial=GAP))
    height = max(tops[-1], golden.height + 2 * GAP)
    template = Template(
        Path(__file__).with_suffix(".svg.j2").read_text(encoding="utf-8"),
        autoescape=True,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    placed = list(zip(sources, tops, strict=False))
    return str(template.render(sources=placed, golden=golden, height=height, line=LINE, gap=GAP, cut=_cut))


def _cut(text: str, width: int = 46) -> str:
    """The text as far as it fits; Han characters are twice as wide as others."""
    used = 0
    for i, character in enumerate(text):
        used += 2 if ord(character) > 0x2E80 else 1
        if used > width:
            return text[:i] + "…"
    return text


def main(golden_id: str, path: str) -> None:
    """Draws a golden customer of the project in the current folder."""
    with Store.open(Settings.load().database_url) as store:
        golden = store.golden(golden_id)
        if golden is None:
            raise SystemExit(f"no golden customer {golden_id}")
        Path(path).write_text(picture(store, golden), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
