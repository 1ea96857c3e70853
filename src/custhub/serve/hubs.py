"""The open hub as a dependency of routes."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from custhub.pipeline import Hub


def hub_of(request: Request) -> Hub:
    hub: Hub = request.app.state.hub
    return hub


HubOf = Annotated[Hub, Depends(hub_of)]
