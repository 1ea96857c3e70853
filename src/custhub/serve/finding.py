"""Finds golden customers by what people have at hand: any form of a phone number, an e-mail, an identifier, a name."""

from __future__ import annotations

from collections.abc import Mapping

from custhub.clean import clean_value
from custhub.errors import UsageError
from custhub.pipeline import Hub


def find_ids(hub: Hub, asked: Mapping[str, str]) -> list[str]:
    """Golden ids, sorted, that hold all values asked for: kind (phone, email, identifier, name) -> value.

    Raises UsageError when nothing is asked for.
    """
    if not asked:
        raise UsageError("nothing to look for", "give phone, email, identifier or q")
    found = [set(hub.store.lookup(kind, standard(kind, value))) for kind, value in asked.items()]
    return sorted(set.intersection(*found))


def standard(kind: str, value: str) -> str:
    """The value in the form that golden customers hold, as far as it can be read."""
    if kind in ("phone", "email"):
        return clean_value(kind, value).display or value
    return value
