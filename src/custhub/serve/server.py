"""Runs the app under uvicorn."""

from __future__ import annotations

import ipaddress
import os

import uvicorn

from custhub.errors import UsageError
from custhub.pipeline import Hub
from custhub.project import load_project
from custhub.serve.access import Access
from custhub.serve.app import create_app
from custhub.settings import Settings
from custhub.store import Store


def run_server(settings: Settings, *, host: str, port: int) -> None:
    """Serves until it is stopped. Raises UsageError when it would be open to others without tokens."""
    access = Access.parse(os.environ.get("CUSTHUB_TOKENS", ""))
    if not access.tokens and not _own_machine(host):
        raise UsageError(f"refusing to listen on {host} without tokens", "set CUSTHUB_TOKENS=name:token:read+steward")
    hub = open_hub(settings)
    with hub.store:
        print(f"custhub: steward app on http://{host}:{port}/  API on http://{host}:{port}/api/v1  (Ctrl+C ends)")
        uvicorn.run(create_app(hub, access), host=host, port=port, log_level="warning")


def open_hub(settings: Settings) -> Hub:
    """The project with its store, made or migrated when needed. Who calls closes the store."""
    project = load_project(settings)
    settings.data.mkdir(parents=True, exist_ok=True)
    store = Store.open(settings.database_url)
    store.migrate()
    return Hub(project, store)


def _own_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
