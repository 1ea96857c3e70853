"""The JSON Schemas that editors use are those of the code, and the project's own files fulfil them."""

import json
from pathlib import Path

import jsonschema
import pytest

from custhub import declaration
from custhub.cli.setup import schemas

ROOT = Path(__file__).parents[2]
FILES = [
    p
    for folder in ("connectors", "mappings", "expectations", "tests/declarations")
    for p in sorted((ROOT / folder).glob("*.yml"))
]


@pytest.mark.parametrize("name", sorted(schemas()))
def test_the_written_schema_is_current(name: str) -> None:
    written = json.loads((ROOT / "docs" / "schemas" / f"{name}.json").read_text(encoding="utf-8"))

    assert written == json.loads(json.dumps(schemas()[name])), "run `custhub schema`"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_declaration_names_its_schema_and_fulfils_it(path: Path) -> None:
    head = path.read_text(encoding="utf-8").splitlines()[0]
    assert head.startswith("# yaml-language-server: $schema=")
    schema = json.loads((path.parent / head.partition("=")[2]).read_text(encoding="utf-8"))

    jsonschema.validate(declaration.read(path).data, schema)
