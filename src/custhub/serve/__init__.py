"""API and steward app: thin over the store's reads and `stewardship`."""

from custhub.serve.app import create_app
from custhub.serve.server import open_hub, run_server

__all__ = ["create_app", "open_hub", "run_server"]
