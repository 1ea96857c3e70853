import numpy as np
import phonenumbers
import polars as pl
import pytest
from stdnum.at import uid
from stdnum.cn import uscc
from stdnum.de import vat
from stdnum.es import cif
from stdnum.fr import tva
from stdnum.gb import vat as gb_vat
from stdnum.tw import ubn

from custhub.clean import clean_value
from custhub.demo import numbers
from custhub.demo.dice import Dice, texts
from custhub.demo.facts import rows
from custhub.demo.population import SHARES, population


@pytest.fixture(scope="module")
def people() -> pl.DataFrame:
    return population(1500, seed=11)


def test_identifiers_have_right_check_digits() -> None:
    dice = Dice(1, "test")
    assert all(uscc.is_valid(code) for code in numbers.uscc(dice, texts(["310106"] * 200)))
    assert all(ubn.is_valid(code) for code in numbers.taiwan_ubn(dice, 200))
    checks = {"DE": vat, "AT": uid, "FR": tva, "GB": gb_vat}
    for code, module in checks.items():
        assert all(module.is_valid(number) for number in numbers.company_number(dice, code, 100)), code
    assert all(cif.is_valid(number[2:]) for number in numbers.company_number(dice, "ES", 100))


def test_resident_numbers_say_birth_date_and_sex() -> None:
    made = numbers.resident_id(
        Dice(2, "test"), texts(["330106"] * 2), texts(["1979-08-16"] * 2), np.array([True, False])
    )
    assert all(clean_value("identifier", number, type="cn_id").valid for number in made)
    assert [int(number[16]) % 2 for number in made] == [1, 0]
    assert all(number[6:14] == "19790816" for number in made)


def test_phone_numbers_exist_in_their_countries(people: pl.DataFrame) -> None:
    for column in ("mobile", "fixed"):
        for code in SHARES:
            plain = people.filter(pl.col("country") == code)[column].str.replace_all("|", "", literal=True)
            valid = [phonenumbers.is_valid_number(phonenumbers.parse("+" + number)) for number in plain]
            assert sum(valid) / len(valid) > 0.9, (column, code)


def test_postcodes_belong_to_the_cities(people: pl.DataFrame) -> None:
    prefix = {f"{row[0]}市": row[3] for row in rows("CN", "cities")}
    for city, postcode in people.filter(pl.col("country") == "CN").select("city", "postcode").iter_rows():
        assert postcode.startswith(prefix[city])


def test_households_share_address_and_telephone(people: pl.DataFrame) -> None:
    persons = people.filter(pl.col("kind") == "person")
    homes = persons.group_by("city", "street", "house", "unit").agg(pl.len(), pl.col("fixed").n_unique().alias("lines"))
    shared = homes.filter(pl.col("len") > 1)
    assert shared.height > 20
    assert shared["lines"].max() == 1
    assert shared["len"].max() <= 5


def test_juniors_bear_their_fathers_name() -> None:
    persons = population(4000, seed=3).filter((pl.col("kind") == "person") & pl.col("country").is_in(["GB", "US"]))
    juniors = persons.filter(pl.col("suffix") == "Jr.")
    fathers = persons.filter(pl.col("suffix") == "")
    assert juniors.height > 0
    assert juniors.join(fathers, on=["family", "given", "street", "house"], how="anti").height == 0


def test_branches_are_customers_of_their_own(people: pl.DataFrame) -> None:
    branches = people.filter(pl.col("parent") >= 0)
    assert branches.height > 5
    for parent, name, number in branches.select("parent", "name", "id_value").iter_rows():
        up = people.row(parent, named=True)
        assert name.startswith(up["name"])
        assert number != up["id_value"]


def test_common_surnames_are_common(people: pl.DataFrame) -> None:
    many = population(20_000, seed=5).filter((pl.col("kind") == "person") & (pl.col("country") == "CN"))
    top = many["family"].value_counts(sort=True)
    assert set(top["family"].head(5)) <= set("王李张刘陈杨黄")
    assert 0.2 < top["count"].head(5).sum() / many.height < 0.4
    assert people["customer"].n_unique() == people.height
