"""All mistakes of all declarations of a project at once, each with file, line and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from custhub.errors import ConfigError, Mistake, UsageError
from custhub.project import check_examples, init_project, load_project
from custhub.settings import Settings

SHOP = """source: shop
kind: csv
streams:
  customer: {path: shop.csv, key: id, columns: [id, name, born]}
"""
MAPPING = """source: shop
stream: customer
customer:
  kind: {constant: person}
  name.full: name
"""
EXAMPLES = """customer:
  - name: a person
    rows: [{id: "1", name: Anna Schulze, born: ""}]
    becomes: [{key: "1", name: {full: %s}}]
"""


def project(folder: Path, **files: str) -> Settings:
    texts = {"connectors/shop.yml": SHOP, "mappings/shop.customer.yml": MAPPING}
    for name, text in {**texts, **{name.replace("__", "/"): text for name, text in files.items()}}.items():
        path = folder / (name if name.endswith(".yml") else f"{name}.yml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return Settings.load(folder, env={})


def mistakes(settings: Settings) -> list[Mistake]:
    with pytest.raises(ConfigError) as caught:
        load_project(settings)
    return list(caught.value.mistakes)


def test_a_good_project_loads_and_its_files_have_fingerprints(tmp_path: Path) -> None:
    loaded = load_project(project(tmp_path))

    assert list(loaded.connectors) == list(loaded.mappings) == ["shop"]
    assert set(loaded.fingerprints) == {"connectors/shop", "mappings/shop.customer"}


def test_the_mistakes_of_all_files_come_in_one_go_each_with_its_place(tmp_path: Path) -> None:
    settings = project(
        tmp_path,
        connectors__shop=SHOP + "colour: red\nretries: -1\n",
        mappings__golden_customer=MAPPING,  # a file of no known name is a stranger below
        connectors__erp="source: erp\nkind: sql\nstreams:\n  customer: {table: t, key: id\n",
        expectations__canonical="layer: canonical\n",
    )
    (tmp_path / "mappings" / "golden.customer.yml").write_text("limits:\n  merges: -5\n  flavour: 1\n")
    (tmp_path / "expectations" / "canonical.customer.yml").write_text("layer: canonical\nrules:\n  - {id: 1}\n")

    found = mistakes(settings)

    places = {(m.file, m.line, m.key) for m in found}
    assert {
        ("connectors/shop.yml", 5, "colour"),
        ("connectors/shop.yml", 6, "retries"),
        ("mappings/golden.customer.yml", 3, "limits.flavour"),
    } <= places
    assert {m.file for m in found} >= {
        "connectors/erp.yml",
        "connectors/shop.yml",
        "expectations/canonical.customer.yml",
        "mappings/golden.customer.yml",
    }
    assert all(m.line is not None for m in found)
    assert "\n" not in str(found[0])


@pytest.mark.parametrize(
    ("files", "place", "problem"),
    [
        ({"connectors/shop.yml": SHOP.replace("source: shop", "source: store")}, "connectors/shop.yml", "is store"),
        ({"connectors/erp.yml": SHOP.replace("shop", "erp")}, "connectors/erp.yml", "has no mapping"),
        ({"mappings/crm.customer.yml": MAPPING.replace("shop", "crm")}, "mappings/crm.customer.yml", "no connector"),
        ({"expectations/landed.crm.yml": "layer: landed\nrules: []\n"}, "expectations/landed.crm.yml", "no connector"),
        ({"mappings/shop.customer.yml": MAPPING.replace(": name", ": nom")}, "mappings/shop.customer.yml", "nom"),
    ],
)
def test_files_are_checked_against_one_another(tmp_path: Path, files: dict[str, str], place: str, problem: str) -> None:
    found = mistakes(project(tmp_path, **files))

    assert [m.file for m in found] == [place]
    assert problem in str(found[0])


@pytest.mark.parametrize(
    ("connector", "mapping", "amount", "written"),
    [
        ('number: "1.234,56"\n', "", "1234.5", "1.234,5"),
        ('number: "1.234,56"\n', 'defaults: {number: "1,234.56"}\n', "1234.5", "1,234.5"),
        ("", "", "1234.50", "1234.50"),
    ],
)
def test_a_mapping_writes_numbers_as_its_connector_does_unless_it_says_otherwise(
    tmp_path: Path, connector: str, mapping: str, amount: str, written: str
) -> None:
    fields = "  extra.limit: {column: born, as: decimal}\n"
    examples = f"""examples:
  - name: a limit
    rows: {{customer: [{{id: "1", name: Anna Schulze, born: "{written}"}}]}}
    customers: [{{key: "1", extra.limit: "{amount}"}}]
"""
    settings = project(
        tmp_path,
        connectors__shop=SHOP + connector,
        **{"mappings/shop.customer.yml": MAPPING.replace("customer:\n", f"{mapping}customer:\n", 1) + fields},
        **{"tests/declarations/shop.customer.yml": examples},
    )
    assert check_examples(load_project(settings)) == (1, [])


def test_a_folder_that_is_no_project_says_what_to_do(tmp_path: Path) -> None:
    (only,) = mistakes(Settings.load(tmp_path, env={}))

    assert "connectors/" in only.problem
    assert "custhub init" in only.hint


def test_text_that_is_not_utf8_is_a_mistake_of_its_file(tmp_path: Path) -> None:
    settings = project(tmp_path)
    (tmp_path / "connectors" / "shop.yml").write_bytes(SHOP.replace("csv", "csv # größer").encode("cp1252"))

    assert [m.file for m in mistakes(settings)] == ["connectors/shop.yml"]


def test_a_new_project_is_whole_and_never_laid_over_another(tmp_path: Path) -> None:
    made = init_project(tmp_path / "new")

    loaded = load_project(Settings.load(tmp_path / "new", env={}))
    ran, wrong = check_examples(loaded)
    assert loaded.connectors
    assert (ran, wrong) == (len(loaded.mappings), [])
    assert all((tmp_path / "new" / name).is_file() for name in made)
    with pytest.raises(UsageError, match="is not empty"):
        init_project(tmp_path / "new")


def test_settings_come_from_the_environment(tmp_path: Path) -> None:
    env = {"CUSTHUB_PROJECT": str(tmp_path), "CUSTHUB_DATA": str(tmp_path / "data")}

    settings = Settings.load(env=env)

    assert settings.project == tmp_path.resolve()
    assert settings.database_url == f"sqlite:///{tmp_path.resolve() / 'data' / 'golden.db'}"
    assert Settings.load(env={**env, "CUSTHUB_DATABASE_URL": "postgresql://h/d"}).database_url == "postgresql://h/d"
