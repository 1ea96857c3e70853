"""`custhub init`, `check`, `schema`, `demo`, `serve`: a project's beginnings."""

from __future__ import annotations

import json as json_
from pathlib import Path
from typing import Annotated

import typer

from custhub import declaration
from custhub import demo as demo_systems
from custhub import project as projects
from custhub.cli import texts
from custhub.cli.context import now
from custhub.cli.options import JsonOption, ProjectOption, Said, command
from custhub.cli.output import notice
from custhub.errors import ConfigError
from custhub.extract import ConnectorFile
from custhub.mapping import ExamplesSpec, MappingSpec
from custhub.quality import json_schema as suite_schema
from custhub.quality import verify_suite
from custhub.settings import Settings

SCHEMAS = Path("docs/schemas")
"""Where the heads of declarations look for their schemas."""


@command
def init(folder: Annotated[Path, typer.Argument(help="a new or empty folder")]) -> Said:
    """A new project with one example source, ready to run."""
    made = [*projects.init_project(folder), *(str(p.relative_to(folder)) for p in _write_schemas(folder / SCHEMAS))]
    lines = [f"a new project in {folder}:", *(f"  {name}" for name in made), f"next: custhub run --project {folder}"]
    return {"project": str(folder), "files": made}, "\n".join(lines)


@command
def check(
    project: ProjectOption = None,
    quick: Annotated[bool, typer.Option("--quick", help="do not ask Great Expectations about every rule")] = False,
) -> Said:
    """Load every declaration, run the examples of mappings, and report every mistake at once."""
    loaded = projects.load_project(Settings.load(project))
    examples, mistakes = projects.check_examples(loaded)
    if not quick:
        for suite in loaded.suites.values():
            mistakes += verify_suite(suite)
    if mistakes:
        raise ConfigError(mistakes)
    counts = {name: len(getattr(loaded, name)) for name in ("connectors", "mappings", "suites")}
    text = ", ".join(f"{count} {name}" for name, count in counts.items())
    return counts | {"examples": examples}, f"{text}, {examples} files of examples: no mistake"


@command
def schema(
    output: Annotated[Path, typer.Option("-o", "--output", help="folder for the schemas")] = SCHEMAS,
) -> Said:
    """Write the JSON Schemas of every kind of YAML file, for editors."""
    written = [str(path) for path in _write_schemas(output)]
    return written, "\n".join(written)


def _write_schemas(folder: Path) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, content in schemas().items():
        path = folder / f"{name}.json"
        path.write_text(json_.dumps(content, indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")
        paths.append(path)
    return paths


def schemas() -> dict[str, dict[str, object]]:
    """The JSON Schema of each kind of declaration, by the name that the files' heads use."""
    return {
        "connector": ConnectorFile.model_json_schema(),
        "mapping": declaration.json_schema(MappingSpec, "A source's mapping to the canonical customer"),
        "examples": declaration.json_schema(ExamplesSpec, "Examples of a source's mapping"),
        "expectations": suite_schema(),
        "golden": projects.GoldenRules.model_json_schema(),
    }


@command
def demo(
    project: ProjectOption = None,
    rows: Annotated[int, typer.Option(min=50, help="records in all demo systems together")] = 2000,
    day: Annotated[int | None, typer.Option(min=1, max=2, help="2: the changes of a second day")] = None,
    seed: Annotated[int, typer.Option(help="another seed, another world")] = 7,
    run: Annotated[bool, typer.Option("--run", help="also run the project's DAGs over them, in-process")] = False,
    json: JsonOption = False,
) -> Said:
    """Make the demo systems: an ERP database, legacy files in old code pages, a CRM export, with known truth."""
    settings = Settings.load(project)
    if not run:
        report = demo_systems.generate(settings.project / "demo", rows=rows, seed=seed, day=day or 1)
        return report, texts.demo(report)
    from custhub.demo.story import run_demo  # brings Airflow along, which takes seconds to import

    result = run_demo(settings, rows=rows, seed=seed, day=day, at=now(), say=lambda line: notice(line, as_json=json))
    return result, texts.demo_story(result)


@command
def serve(
    project: ProjectOption = None,
    host: Annotated[str, typer.Option(envvar="CUSTHUB_HOST", help="address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(envvar="CUSTHUB_PORT", help="port to listen on")] = 8000,
) -> None:
    """API and steward app."""
    from custhub.serve import run_server  # the web server is not needed by any other command

    run_server(Settings.load(project), host=host, port=port)
