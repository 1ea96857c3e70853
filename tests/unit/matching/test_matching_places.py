"""Fields that agree together by accident (address, city, district, country) count once."""

import numpy as np
import polars as pl
import pytest

from custhub.matching import Model, evaluate, infer_rules, match
from custhub.matching.weigh import DIFFERENT, NEIGHBOURS

_FAMILIES = ("Meier", "Bauer", "Koch", "Wolf", "Haas", "Lang", "Roth", "Vogel", "Krause", "Jung")
_TRADES = ("Bau", "Holz", "Metall", "Druck", "Handel")
_STREETS = ("Hauptstrasse", "Bahnhofstrasse", "Schulweg", "Gartenweg", "Ringstrasse")
_TOWNS = [a + b for a in ("Alten", "Neu", "Ober", "Unter", "Bad") for b in ("berg", "dorf", "hausen", "kirchen")]
_COUNTRIES = ("DE", "AT", "CH", "LI", "LU")


def firms(seed: int, count: int = 2_000) -> pl.DataFrame:
    """Firms of twenty towns with one or two records; the address names the town, the town tells district and country."""
    dice = np.random.default_rng(seed)
    rows: list[dict[str, str | None]] = []
    for number in range(count):
        town = int(dice.integers(len(_TOWNS)))
        own = "".join(chr(97 + letter) for letter in dice.integers(0, 26, 5))
        name = f"{dice.choice(_FAMILIES)} {dice.choice(_TRADES)} {own}"
        firm: dict[str, str | None] = {
            "name": name,
            "address": f"{dice.choice(_STREETS)} {dice.integers(1, 90)}, {_TOWNS[town]}",
            "city": _TOWNS[town],
            "district": f"Kreis {_TOWNS[town // 4 * 4]}",
            "country": _COUNTRIES[town // 4],
            "phone": f"0{town + 30} {dice.integers(10**6, 10**7)}",
            "cluster": str(number),
        }
        rows.append(firm)
        if dice.random() < 0.5:
            lost = {field: None for field, often in (("phone", 0.5), ("address", 0.3)) if dice.random() < often}
            short = name.split(" ", 1)[1] if dice.random() < 0.4 else name
            rows.append({**firm, "name": short, **lost})
    return pl.DataFrame(rows)


@pytest.mark.parametrize("seed", [1, 2])
def test_what_agrees_together_by_accident_counts_once(seed: int) -> None:
    frame = firms(seed)
    customers = frame.drop("cluster")
    result = match(customers, infer_rules(customers))
    pairs = evaluate(result.clusters, frame["cluster"].to_numpy()).pairs
    assert pairs.precision >= 0.97
    assert pairs.recall >= 0.97


def test_neighbours_agree_in_their_places_and_not_in_who_they_are() -> None:
    customers = firms(1).drop("cluster")
    weights = match(customers, infer_rules(customers)).model.weights
    by_name = dict(zip(weights.names, weights.levels, strict=True))
    assert 1 / len(_TOWNS) < 2.0 ** (weights.shares[NEIGHBOURS] / 1000) < 1 / len(_COUNTRIES)

    def differ(name: str, kind: int) -> float:
        exact = by_name[name].shape[1] - 7
        return float(2.0 ** (by_name[name][kind, exact - 1] / 1000))

    for place in ("address", "city", "country"):
        assert differ(place, NEIGHBOURS) < 0.75 * differ(place, DIFFERENT)
    assert differ("phone", NEIGHBOURS) > 0.9


def test_a_model_keeps_its_neighbours() -> None:
    customers = firms(2, 200).drop("cluster")
    model = match(customers, infer_rules(customers)).model
    again = Model.from_json(model.to_json())
    assert np.array_equal(again.weights.shares, model.weights.shares)
    assert all(np.array_equal(a, b) for a, b in zip(again.weights.levels, model.weights.levels, strict=True))
