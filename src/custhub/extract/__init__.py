"""Reads sources as their connectors declare them and lands the rows as they came, with cursors, keys and drift.

Declarations are light to import, for timetables read them all the time; the rest is imported when it is asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from custhub.extract.load import load_connector
from custhub.extract.spec import Connector, ConnectorFile

if TYPE_CHECKING:
    from custhub.extract.extraction import Extraction, extract
    from custhub.extract.secrets import environment_secrets

__all__ = [
    "Connector",
    "ConnectorFile",
    "Extraction",
    "environment_secrets",
    "extract",
    "load_connector",
]

_PLACES = {
    "Extraction": "extraction",
    "environment_secrets": "secrets",
    "extract": "extraction",
}


def __getattr__(name: str) -> object:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__} has no attribute {name}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
