"""The steward app as part of Airflow's web server: who gets in, as whom, and to what."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

pytestmark = [
    pytest.mark.airflow,
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.parametrize("store_url", ["sqlite"], indirect=True),
]

VISIT = """
import json, os, subprocess, sys
from pathlib import Path
from custhub.dagkit.home import environment
project = Path(sys.argv[1])
home = project / ".airflow"
home.mkdir()
(home / "passwords.json").write_text(json.dumps({"anna": "a", "vera": "v"}))
os.environ["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS"] = "anna:user,vera:viewer"
os.environ.update(environment(project))
from airflow.utils.db import initdb
initdb()
from airflow.api_fastapi.app import create_app
from fastapi.testclient import TestClient

api = TestClient(create_app(apps="core"), follow_redirects=False)
def token(user):
    answer = api.post("/auth/token", json={"username": user, "password": user[0]})
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}
anna, vera = token("anna"), token("vera")
page = api.get("/steward/", headers=anna)
from custhub.dagkit.plugin import StewardPlugin
inner = StewardPlugin.fastapi_apps[0]["app"]._app
strangers = {}
for route in inner.routes:
    for method in set(getattr(route, "methods", None) or ()) - {"HEAD", "OPTIONS"}:
        strangers[f"{method} {route.path}"] = api.request(method, "/steward" + route.path).status_code
told = {
    "page": [page.status_code, page.text],
    "strangers": strangers,
    "a browser without login": api.get("/steward/", headers={"Accept": "text/html"}).headers.get("location"),
    "by cookie": api.get("/steward/", cookies={"_token": anna["Authorization"][7:]}).status_code,
    "viewer inbox": api.get("/steward/", headers=vera).status_code,
    "viewer reads": api.get("/steward/api/v1/changes", headers=vera).status_code,
    "forged": api.get("/steward/", headers={"Authorization": "Bearer x.y.z"}).status_code,
    "nav": [v["href"] for p in api.get("/api/v2/plugins", headers=anna).json().get("plugins", []) for v in p["external_views"]],
}
task = inner.state.hub.store.tasks()["key"][0]
told["decided"] = api.post(f"/steward/tasks/{task}/decide", headers=anna, data={"judgement": "same"}).headers["location"]
told["by"] = inner.state.hub.store.decisions()[0].decision.by
print("TOLD", json.dumps(told))
"""


@pytest.fixture
def visited(small: Any, person: Any) -> dict[str, Any]:
    small.shop([person("S1", "Anna Schulze")])
    small.erp([person("E1", "Anna Schulze")])
    small.run(review_only=True)
    env = {**os.environ, "CUSTHUB_PROJECT": str(small.folder), "CUSTHUB_DATABASE_URL": small.url}
    done = subprocess.run(
        [sys.executable, "-c", VISIT, str(small.folder)], env=env, capture_output=True, text=True, timeout=300
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("TOLD ")]
    assert lines, done.stdout[-2000:] + done.stderr[-4000:]
    told: dict[str, Any] = json.loads(lines[-1].removeprefix("TOLD "))
    return told


def test_airflows_users_work_in_the_steward_app_and_nobody_else_does(visited: dict[str, Any]) -> None:
    status, text = visited["page"]
    assert status == 200
    assert 'href="/steward/tasks/' in text
    assert 'src="/steward/static/app.js"' in text
    assert visited["by cookie"] == 200
    assert visited["forged"] == 401
    assert visited["a browser without login"].startswith("/auth/login")
    assert "/steward/" in visited["nav"]

    open_routes = {"GET /healthz", "GET /openapi.json", "GET /login", "POST /login", "GET /language/{tag}"}
    let_in = {route for route, status in visited["strangers"].items() if status != 401}
    assert let_in <= open_routes

    assert visited["viewer reads"] == 200
    assert visited["viewer inbox"] == 403
    assert visited["decided"] == "/steward/?done=decided"
    assert visited["by"] == "anna"
