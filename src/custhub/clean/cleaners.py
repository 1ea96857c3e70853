"""The cleaners by name, with their options and examples."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CleanerInfo:
    """A cleaner as mappings name it: what it does, which options it heeds, examples (raw, display)."""

    kind: str
    description: str
    options: tuple[str, ...] = ()
    examples: tuple[tuple[str, str], ...] = ()


CLEANERS: dict[str, CleanerInfo] = {
    "text": CleanerInfo("text", "Free text: widths, invisible characters, spaces; placeholders become null"),
    "person": CleanerInfo("person", "A person's name in any order and script", ("region",)),
    "company": CleanerInfo("company", "A company's name: place, core, trade, legal form, branch", ("region",)),
    "phone": CleanerInfo("phone", "A phone number as E.164 with extension", ("region", "city")),
    "email": CleanerInfo("email", "An e-mail address"),
    "address": CleanerInfo("address", "A postal address in one line", ("region",)),
    "identifier": CleanerInfo("identifier", "A company's, tax or personal number", ("type", "region")),
    "date": CleanerInfo("date", "A date in any calendar as ISO text", ("region", "order")),
}
