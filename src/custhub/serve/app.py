"""Puts the app together: API, steward pages, errors, security headers."""

from __future__ import annotations

from fastapi import Depends, FastAPI, Request, Response
from starlette.middleware.base import RequestResponseEndpoint

from custhub import __version__
from custhub.pipeline import Hub
from custhub.serve import api, problems, web
from custhub.serve.access import Gate, own_origin

HEADERS = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'self'; form-action 'self'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def create_app(hub: Hub, gate: Gate) -> FastAPI:
    """The web app over an open hub. The caller keeps the hub's store open as long as the app lives."""
    app = FastAPI(
        title="custhub", version=__version__, docs_url=None, redoc_url=None, dependencies=[Depends(own_origin)]
    )
    app.state.hub, app.state.access = hub, gate
    problems.install(app)
    app.include_router(api.router)
    web.install(app)

    @app.get("/healthz", tags=["operation"])
    def healthz() -> dict[str, object]:
        """Alive, and able to read the store: `seq` is its latest commit."""
        return {"status": "ok", "seq": hub.store.head()}

    @app.middleware("http")
    async def headers(request: Request, call_next: RequestResponseEndpoint) -> Response:
        response = await call_next(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return app
