"""Rules from names and values."""

import numpy as np
import polars as pl
import pytest

from custhub.errors import UsageError
from custhub.matching import infer_rules
from custhub.matching.vocabulary import Role, role_of


@pytest.mark.parametrize(
    ("column", "role"),
    [
        ("fname_c1", Role.GIVEN),
        ("lname_c1", Role.FAMILY),
        ("DateOfBirth", Role.BIRTH),
        ("by", Role.YEAR),
        ("bm", Role.MONTH),
        ("bd", Role.DAY),
        ("plz", Role.POSTCODE),
        ("Straße", Role.STREET),
        ("客户名称", Role.COMPANY),
        ("联系电话", Role.PHONE),
        ("统一社会信用代码", Role.IDENTIFIER),
        ("ADDR_CITY", Role.CITY),
        ("soc_sec_id", Role.IDENTIFIER),
        ("first_and_surname", Role.PERSON),
        ("cluster_id", Role.KEY),
        ("ent_id", Role.KEY),
        ("客户编号", Role.KEY),
        ("created_at", Role.IGNORED),
        ("street_number", Role.HOUSE),
        ("xyz", Role.UNKNOWN),
    ],
)
def test_column_names(column: str, role: Role) -> None:
    assert role_of(column) is role


def frame(**columns: list[str]) -> pl.DataFrame:
    return pl.DataFrame(columns)


def numbers(count: int, low: int, high: int, seed: int = 1) -> list[str]:
    return [str(n) for n in np.random.default_rng(seed).integers(low, high, count)]


def test_parts_of_a_date_become_one_field_and_ids_none() -> None:
    rules = infer_rules(
        frame(
            rec_id=[str(i) for i in range(100)],
            ent_id=numbers(100, 0, 60),
            fname_c1=["CARSTEN", "GERD", "ROBERT", "STEFAN"] * 25,
            lname_c1=["MEIER", "BAUER", "HARTMANN", "WOLFF"] * 25,
            by=numbers(100, 1930, 2000),
            bm=numbers(100, 1, 13),
            bd=numbers(100, 1, 29),
        )
    )
    assert {f.kind.value: f.columns for f in rules.fields} == {
        "given": ["fname_c1"],
        "family": ["lname_c1"],
        "date": ["by", "bm", "bd"],
    }
    assert rules.id_column == "rec_id"


def test_values_speak_where_names_do_not() -> None:
    rules = infer_rules(
        frame(
            c1=[f"user{i}@example.org" for i in range(100)],
            c2=[f"19{50 + i % 50}-0{1 + i % 9}-1{i % 9}" for i in range(100)],
            c3=[f"{name} Trading GmbH" for name in numbers(100, 0, 10**6)],
            c4=numbers(100, 0, 10**9),
        )
    )
    assert {f.columns[0]: f.kind.value for f in rules.fields} == {"c1": "email", "c2": "date", "c3": "company"}


def test_unique_identifiers_and_business_columns_are_no_evidence() -> None:
    rules = infer_rules(
        frame(
            name=["Anna Meier", "Bernd Koch", "Clara Weber", "David Klein"] * 25,
            tax_no=[str(10**9 + i) for i in range(100)],
            status=["active", "inactive"] * 50,
            credit_limit=numbers(100, 0, 10**5),
        )
    )
    assert [f.columns for f in rules.fields] == [["name"]]
    assert rules.fields[0].kind.value == "person"


def test_nothing_to_go_by_is_told() -> None:
    with pytest.raises(UsageError, match="no column has values"):
        infer_rules(pl.DataFrame({"a": [None, None]}, schema={"a": pl.String}))
