"""Every mapping's examples: rows in, customers out."""

from pathlib import Path

import pytest

from custhub import declaration
from custhub.mapping import run_examples
from custhub.project import load_project
from custhub.settings import Settings

ROOT = Path(__file__).parents[2]
FILES = sorted(Path(__file__).parent.glob("*.customer.yml"))


@pytest.fixture(scope="module")
def project():
    return load_project(Settings.load(ROOT, env={}))


def test_every_mapping_has_examples(project) -> None:
    assert {path.name.partition(".")[0] for path in FILES} == set(project.mappings)


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.name)
def test_the_examples_hold(project, path: Path) -> None:
    name = path.name.partition(".")[0]
    streams = project.connectors[name].streams
    keys = {stream: spec.key for stream, spec in streams.items() if spec.key}
    parents = {stream: spec.parent for stream, spec in streams.items() if spec.parent}

    mistakes = run_examples(project.mappings[name], declaration.read(path, ROOT), keys=keys, parents=parents)

    assert [str(m) for m in mistakes] == []
