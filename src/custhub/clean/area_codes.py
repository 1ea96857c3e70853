"""Telephone area codes of cities, for numbers that were written without one."""

from __future__ import annotations

from functools import cache

from custhub.clean import text
from custhub.clean.facts import rows


@cache
def _codes() -> dict[tuple[str, str], str]:
    return {(country, city): code for country, code, cities in rows("area_codes.tsv") for city in cities.split(" ")}


def area_code(region: str, city: str) -> str | None:
    """The area code of a city, with its trunk zero; null when it is not known."""
    name = text.simplified(text.display_form(city))
    for suffix in ("", "市", "县", "地区"):
        code = _codes().get((region, name.removesuffix(suffix)))
        if code:
            return code
    return None
