"""A project's own aliases and forms of given names bring records together, from the run after they were written on."""

from __future__ import annotations

from typing import Any

from custhub.model.customer import Customer
from custhub.pipeline import find_alike

NAMES = ["Anna Schulze", "Bernd Krause", "Carla Vogt", "Dieter Lang", "Eva Brandt", "Frida Kahl", "Georg Beck"]
FIRMS = ["上海明通贸易有限公司", "北京远大机械有限公司", "Nordwind Logistik GmbH", "深圳海纳软件有限公司", "Kreuzer AG"]
PLACE = {"street": "Lindenweg 4", "city": "Berlin", "zip": "10115"}


def test_aliases_and_nicknames_join_what_they_name(new_project: Any, person: Any) -> None:
    def firm(key: str, name: str, **values: str) -> dict[str, str]:
        return person(key, name, kind="O", born="", **values)

    small = new_project()
    same = [person(str(i), name) for i, name in enumerate(NAMES)] + [firm(f"F{i}", n) for i, n in enumerate(FIRMS)]
    beside = {"phone": "+49 30 5557712", "email": "", "street": "", "zip": ""}
    huber = {"born": "", "email": "", "phone": "", **PLACE}
    small.shop([*same, firm("A", "Nordlicht Beratung GmbH", **beside), person("H", "Xaver Huber", **huber)])
    small.erp([*same, firm("B", "HX Advisors Ltd", **beside), person("H", "Zeno Huber", **huber)])
    small.run()
    assert ["shop:A"] in small.members()
    assert ["shop:H"] in small.members()

    small.declare("mappings/company_aliases.txt", "汉溪管理咨询 | HX Advisors | Nordlicht Beratung\n")
    small.declare("mappings/nicknames.txt", "Xaver | Zeno\n")
    small.run()
    assert ["erp:B", "shop:A"] in small.members()
    assert ["erp:H", "shop:H"] in small.members()
    firm_b = Customer(kind="organisation", name={"full": "HX Advisors Limited"}, phones=[{"value": "+49305557712"}])
    with small.hub() as hub:
        assert find_alike(hub, firm_b)[0].levels["company_name"].startswith("exact")
