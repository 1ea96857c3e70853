"""Options that all commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

ProjectOption = Annotated[
    Path | None, typer.Option("--project", help="project folder (default: CUSTHUB_PROJECT, else the current folder)")
]
JsonOption = Annotated[bool, typer.Option("--json", help="machine-readable output")]
