"""The steward app: server-rendered pages, usable by keyboard, in English and Chinese."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from custhub.serve.web import pages, stewarding, undoing

HERE = Path(__file__).parent


def install(app: FastAPI) -> None:
    """Adds the pages and their static files."""
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
    app.include_router(pages.router)
    app.include_router(undoing.router)
    app.include_router(stewarding.router)
