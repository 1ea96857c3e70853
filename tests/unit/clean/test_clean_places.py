"""Districts of one name in several cities: by the table itself, none of them is guessed."""

from __future__ import annotations

import pytest

from custhub.clean import clean_value
from custhub.clean.divisions import gazetteer


def homes() -> dict[str, set[tuple[str, str]]]:
    """Cities of the mainland in which a county of this name is, or was when today's systems were filled."""
    places = gazetteer()
    found: dict[str, set[tuple[str, str]]] = {}
    for table in (places.counties, places.until_lately):
        for name, divisions in table.items():
            cities = {(d.province, d.city) for d in divisions if d.province != "台湾省"}
            found[name] = found.get(name, set()) | cities
    return found


def test_a_district_of_several_cities_stays_open_until_its_city_is_told() -> None:
    several = {name: cities for name, cities in homes().items() if len(cities) > 1}
    assert len(several) > 50
    for name, cities in several.items():
        alone = clean_value("address", f"{name}建设路12号")
        assert (alone.parts["province"], alone.parts["city"], alone.parts["county"]) == (None, None, name), name
        assert "ambiguous_district" in alone.reasons, name
        for province, city in cities:
            told = clean_value("address", f"{province if city != province else ''}{city}{name}建设路12号")
            assert told.parts["city"] == (city or None), (name, city)
            assert "ambiguous_district" not in told.reasons


@pytest.mark.parametrize(
    ("raw", "city", "reason"),
    [
        ("江北区观音桥步行街2号", None, "ambiguous_district"),
        ("宁波市江北区槐树路1号", "宁波市", None),
        ("重庆江北区观音桥步行街2号", "重庆市", "abolished_division"),
        ("桥东区建设路1号", None, "ambiguous_district"),
        ("東城區建國門內大街1號", "北京市", "upper_levels_inferred"),
    ],
)
def test_bare_districts(raw: str, city: str | None, reason: str | None) -> None:
    cleaned = clean_value("address", raw)
    assert cleaned.parts["city"] == city
    assert reason is None or reason in cleaned.reasons
