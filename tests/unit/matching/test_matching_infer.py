"""Rules from names and values."""

import numpy as np
import polars as pl
import pytest

from custhub.errors import UsageError
from custhub.matching import evaluate, infer_rules, match
from custhub.matching.rules import FieldKind
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
        ("Nombre y apellidos", Role.PERSON),
        ("Vor- und Nachname", Role.PERSON),
        ("Nachname, Vorname", Role.PERSON),
        ("cluster_id", Role.KEY),
        ("ent_id", Role.KEY),
        ("客户编号", Role.KEY),
        ("created_at", Role.IGNORED),
        ("street_number", Role.HOUSE),
        ("xyz", Role.UNKNOWN),
        ("Địa chỉ", Role.STREET),
        ("musteri_adi", Role.NAME),
        ("cep_tel", Role.PHONE),
        ("ADDR_LN_1", Role.STREET),
        ("dob_y", Role.YEAR),
        ("휴대전화번호", Role.PHONE),
        ("Contact Owner", Role.IGNORED),
        ("delivery_address", Role.STREET),
        ("Größe", Role.VARIANT),
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


def _two_shops() -> pl.DataFrame:
    words = ["drill", "lamp", "kettle", "radio", "clock", "toaster", "mixer", "fan"]
    titles = [f"{words[n % 8]} {words[n // 8]} model {1000 + 7 * n}" for n in range(64)]
    ours = pl.DataFrame(
        {"title": titles, "ean": [f"40012345{n:05}" for n in range(64)], "price": [f"{n}.50" for n in range(64)]}
    )
    theirs = pl.DataFrame(
        {
            "Bezeichnung": [t.upper() for t in titles[20:]],
            "GTIN": [f"40012345{n:05}" for n in range(20, 64)],
            "Preis": [f"{n + 1}.50" for n in range(20, 64)],
            "Lagerplatz": [f"{n % 3}" for n in range(44)],
        }
    )
    return pl.concat([ours, theirs], how="diagonal")


def test_what_two_tables_call_and_write_differently_is_one_field():
    fields = {f.columns[0]: f for f in infer_rules(_two_shops()).fields}
    assert fields["title"].columns == ["title", "Bezeichnung"]
    assert fields["ean"].columns == ["ean", "GTIN"]
    assert fields["price"].columns == ["price", "Preis"]
    assert all("Lagerplatz" not in f.columns for f in fields.values())


def test_columns_that_rows_have_together_stay_two_fields():
    frame = _two_shops().with_columns(GTIN=pl.col("ean").fill_null(pl.col("GTIN")))
    assert ["ean", "GTIN"] not in [f.columns for f in infer_rules(frame).fields]


def test_a_name_is_the_familys_beside_a_given_name_and_whole_without_one():
    given, family = ["Anna", "Bernd", "Carla", "Dieter"] * 5, ["Abel", "Bauer", "Costa", "Diaz", "Ebert"] * 4
    beside = infer_rules(pl.DataFrame({"Vorname": given, "Name": family}))
    assert [(f.columns, f.kind) for f in beside.fields] == [
        (["Vorname"], FieldKind.GIVEN),
        (["Name"], FieldKind.FAMILY),
    ]
    whole = infer_rules(pl.DataFrame({"nome": [f"{a} {b}" for a, b in zip(given, family, strict=True)]}))
    assert [f.kind for f in whole.fields] == [FieldKind.PERSON]


def _staff(colleagues: int) -> tuple[pl.DataFrame, list[int]]:
    """People of forty firms; every third is listed twice, without some of the firm's telephone, e-mail and street."""
    given = ["Anna", "Bernd", "Carla", "Dieter", "Emma", "Frank", "Greta", "Hanna", "Ivan", "Julia", "Karl", "Laura"]
    family = [
        "Abel",
        "Bauer",
        "Costa",
        "Diaz",
        "Ebert",
        "Fuchs",
        "Graf",
        "Haas",
        "Ito",
        "Jansen",
        "Keller",
        "Lorenz",
        "Meier",
    ]
    rows, truth = [], []
    for n in range(40 * colleagues):
        firm = n // colleagues
        row = {
            "Vorname": given[n * 7 % 12],
            "Nachname": family[n * 5 % 13],
            "Firma": f"{family[firm % 13]} {['Druck', 'Bau', 'Solar', 'Holz'][firm % 4]} GmbH",
            "Telefon": f"+49 30 {700000 + 37 * firm}",
            "E-Mail": f"info@firma{firm}.de",
            "Straße": f"{family[firm % 13]}weg {firm + 1}",
        }
        for copy in range(2 if n % 3 == 0 else 1):
            rows.append(row if not copy else {**row, "Telefon": None, "Vorname": row["Vorname"][:1]})
            truth.append(n)
    return pl.DataFrame(rows), truth


def test_people_of_one_firm_are_not_one_person():
    frame, truth = _staff(colleagues=5)
    found = evaluate(match(frame, infer_rules(frame)).clusters, np.array(truth)).pairs
    assert found.precision > 0.9
    assert found.recall > 0.6


def test_that_a_source_lists_nobody_twice_speaks_against_doubles_within_it():
    """Two lists of like names: each person is in both, and within a list alike names are two people."""
    given, family = (
        ["Anna", "Bernd", "Carla", "Dieter", "Emma", "Frank", "Greta", "Hanna"],
        ["Abel", "Bauer", "Costa", "Diaz", "Ebert", "Fuchs"],
    )
    streets = [f"{f}weg" for f in family]
    people = [(given[n % 8], family[n // 8 % 6], f"{streets[n % 6]} {n % 5 + 1}") for n in range(240)]
    names = [pl.DataFrame(people, schema=["name", "surname", "street"], orient="row")] * 2
    frame = pl.concat([t.with_columns(list=pl.lit(s)) for t, s in zip(names, "AB", strict=True)])
    result = match(frame, infer_rules(frame, source_column="list"))
    assert any(f.kind is FieldKind.SOURCE for f in result.model.rules.fields)
    table = result.model.weights.levels[result.model.weights.names.index("source")]
    same, different = table[0], table[4]
    assert same[3] < different[3] - 100  # one source: against
    assert same[2] > different[2]  # two sources: for


def test_sizes_part_goods_that_have_all_else_in_common():
    names = [
        f"{a} {b}" for a in ("Vexo", "Alpina", "Kestrel", "Tundra") for b in ("shirt", "jacket", "boots", "cap", "belt")
    ]
    rows = [(name, size, f"{20 + at},50") for at, name in enumerate(names) for size in ("S", "M", "L") for _ in "12"]
    goods = pl.DataFrame(rows, schema=["title", "size", "price"], orient="row")
    rules = infer_rules(goods)
    assert {f.name: f.kind for f in rules.fields}["size"] is FieldKind.VARIANT
    assert len(set(match(goods, rules).clusters)) == len(names) * 3


def test_a_name_means_what_it_means_in_its_own_table():
    one = frame(Nom=["SERRANO", "MOREL", "LECOQ"], Prénom=["Luis", "Anne", "Eloy"], Ville=["Lyon", "Paris", "Nice"])
    two = frame(Name=["Serrano, Luis", "Morel, Anne", "Lecoq, Eloy"], Ort=["Lyon", "Paris", "Nice"])
    both = pl.concat([one, two], how="diagonal")
    kinds = {f.kind: (f.columns, f.aliases) for f in infer_rules(both).fields}
    assert kinds[FieldKind.FAMILY][0] == ["Nom"]
    assert kinds[FieldKind.GIVEN] == (["Prénom"], ["Name"])


@pytest.mark.parametrize(
    ("column", "value", "kind"),
    [("PLZ", "Hauptstraße {} in 10115 Berlin", FieldKind.ADDRESS), ("mob", "+49 171 55{}", FieldKind.PHONE)],
)
def test_what_stands_in_a_column_outweighs_its_name(column: str, value: str, kind: FieldKind) -> None:
    table = frame(**{column: [value.format(12345 + n * 7) for n in range(60)], "name": numbers(60, 1, 50)})
    assert {f.name: f.kind for f in infer_rules(table).fields}[column] is kind


def test_one_column_of_names_with_addresses_is_enough():
    words = [
        f"{a}{b}" for a in ("al", "ber", "cor", "dun", "el", "fal", "gor") for b in ("son", "ton", "mer", "wick", "ley")
    ]
    dice = np.random.default_rng(5)
    texts = [
        f"{words[a]} {words[b]}, {n} {words[c]} Road, {words[d]} {z}"
        for a, b, c, d, n, z in zip(
            *(dice.integers(0, most, 600) for most in (35, 35, 35, 35, 300, 90_000)), strict=True
        )
    ]
    again = [text.rsplit(" ", 1)[0] if n % 2 else text[:3] + text[4:] for n, text in enumerate(texts[:550])]
    labels = frame(addressee=[*texts, *again])
    found = match(labels, infer_rules(labels)).clusters
    assert evaluate(found, np.array([*range(600), *range(550)])).as_dict()["f1"] > 0.95
