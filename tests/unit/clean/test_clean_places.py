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


@pytest.mark.parametrize(
    ("raw", "region", "expected"),
    [
        ("上海市市辖区浦东新区张江路1号", "CN", ("上海市", "上海市", "浦东新区", "张江路", "1")),
        ("新疆生产建设兵团第八师石河子市北四路1号", "CN", ("新疆维吾尔自治区", None, "石河子市", "北四路", "1")),
        ("中国（上海）自由贸易试验区张杨路707号", "CN", ("上海市", "上海市", None, "自由贸易试验区张杨路", "707")),
        ("江苏昆山花桥镇绿地大道231号", "CN", ("江苏省", "苏州市", "昆山市", "花桥镇绿地大道", "231")),
        ("Via Roma 12, 00184 Roma (RM)", "IT", ("RM", "Roma", None, "Via Roma", "12")),
        ("Via Garibaldi, 5 - 20121 Milano MI", "IT", ("MI", "Milano", None, "Via Garibaldi", "5")),
        ("123 George St, Sydney NSW 2000", "AU", ("NSW", "Sydney", None, "George St", "123")),
        ("123 George St, Sydney, NSW 2000", "AU", ("NSW", "Sydney", None, "George St", "123")),
        ("100 King St W, Toronto ON M5X 1A9", "CA", ("ON", "Toronto", None, "King St W", "100")),
        ("Rua Augusta 100, apto 12, São Paulo/SP 01304-000", "BR", ("SP", "São Paulo", None, "Rua Augusta", "100")),
        ("Hauptstraße 72 28032 Bremen", "DE", (None, "Bremen", None, "Hauptstraße", "72")),
        ("100 Nathan Road, Kowloon, Hong Kong", "HK", ("香港特别行政区", None, None, "Nathan Road", "100")),
    ],
)
def test_places_between_and_behind(raw: str, region: str, expected: tuple[str | None, ...]) -> None:
    parts = clean_value("address", raw, region=region).parts
    assert tuple(parts[name] for name in ("province", "city", "county", "street", "house_number")) == expected
