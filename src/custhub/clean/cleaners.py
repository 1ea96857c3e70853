"""The cleaners by name, with their options and examples (`custhub cleaners` lists them)."""

from __future__ import annotations

from dataclasses import dataclass

from custhub.clean.facts import rows


@dataclass(frozen=True, slots=True)
class CleanerInfo:
    """A cleaner as mappings name it: what it does, which options it heeds, examples (raw, display)."""

    kind: str
    description: str
    options: tuple[str, ...]
    examples: tuple[tuple[str, str | None], ...]


def _example(raw: str, display: str) -> tuple[str, str | None]:
    return raw, None if display == "-" else display


CLEANERS: dict[str, CleanerInfo] = {
    kind: CleanerInfo(kind, description, tuple(options.split()), tuple(map(_example, cells[::2], cells[1::2])))
    for kind, options, description, *cells in rows("cleaners.tsv")
}
