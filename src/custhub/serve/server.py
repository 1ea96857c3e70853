"""Runs the app under uvicorn."""

from __future__ import annotations

import ipaddress
import os

import uvicorn

from custhub.errors import UsageError
from custhub.pipeline import Hub
from custhub.serve.access import Access
from custhub.serve.app import create_app
from custhub.settings import Settings


def run_server(settings: Settings, *, host: str, port: int) -> None:
    """Serves until it is stopped. Raises UsageError when it would be open to others without tokens."""
    access = Access.parse(os.environ.get("CUSTHUB_TOKENS", ""))
    if not access.tokens and not _own_machine(host):
        raise UsageError(f"refusing to listen on {host} without tokens", "set CUSTHUB_TOKENS=name:token:read+steward")
    hub = Hub.open(settings)
    with hub.store:
        print(f"custhub: steward app on http://{host}:{port}/  API on http://{host}:{port}/api/v1  (Ctrl+C ends)")
        uvicorn.run(create_app(hub, access), host=host, port=port, log_level="warning")


def _own_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
