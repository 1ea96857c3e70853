"""Names alone never merge in the hub: one more piece of evidence has to agree."""

import polars as pl

from custhub.matching import customer_features, hub_rules, match
from custhub.model.frames import CANONICAL, conform


def records(people: list[tuple[str, str, str, str | None]]) -> pl.DataFrame:
    """(system, key, given and family name, phone)"""
    return conform(
        pl.DataFrame(
            {
                "system": [p[0] for p in people],
                "key": [p[1] for p in people],
                "kind": ["person"] * len(people),
                "name": [{"full": p[2], "given": p[2].split()[0], "family": p[2].split()[1]} for p in people],
                "phones": [[{"value": p[3]}] if p[3] else [] for p in people],
            }
        ),
        CANONICAL,
    )


NAMES = ["Anna Schulze", "Bernd Krause", "Carla Vogt", "Dieter Lang", "Eva Brandt", "Frank Seidel", "Gerda Pohl"]


def test_a_name_alone_goes_to_a_person_and_a_name_with_a_phone_merges() -> None:
    left = [("erp", f"E{i}", name, f"+49301234{i}") for i, name in enumerate(NAMES)]
    right = [("crm", f"C{i}", name, f"+49301234{i}" if i < 4 else None) for i, name in enumerate(NAMES)]

    result = match(customer_features(records([*left, *right])), hub_rules())

    together = [bool(result.clusters[i] == result.clusters[i + len(NAMES)]) for i in range(len(NAMES))]
    assert together == [True] * 4 + [False] * 3
    alone = result.pairs.filter((pl.col("left") >= 4) & (pl.col("right") - pl.col("left") == len(NAMES)))
    assert set(alone["decision"]) <= {"review"}
