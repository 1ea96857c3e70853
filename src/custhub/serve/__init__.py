"""API and steward app: thin over the store's reads and `stewardship`."""

from custhub.serve.app import create_app
from custhub.serve.server import run_server

__all__ = ["create_app", "run_server"]
