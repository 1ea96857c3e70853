"""Errors as RFC 9457 problem documents: one table from exception to answer."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from custhub import errors
from custhub.serve.access import AccessDeniedError

STATUS: tuple[tuple[type[Exception], int, str], ...] = (
    (errors.NotFoundError, 404, "not found"),
    (errors.ErasedError, 410, "erased"),
    (errors.ConflictError, 409, "conflict of decisions"),
    (errors.PlanMovedError, 409, "changed meanwhile"),
    (errors.LeaseHeldError, 409, "a run is under way"),
    (errors.StoppedForPersonError, 409, "a person has to look"),
    (errors.UsageError, 422, "wrong use"),
    (errors.StoreError, 503, "store not available"),
    (errors.CusthubError, 500, "error"),
)


def problem(status: int, title: str, detail: str) -> JSONResponse:
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return JSONResponse(body, status_code=status, media_type="application/problem+json")


def install(app: FastAPI) -> None:
    """Registers the handlers on an app."""

    @app.exception_handler(errors.CusthubError)
    def known(request: Request, error: errors.CusthubError) -> Response:
        if isinstance(error, AccessDeniedError):
            if error.status == 401 and "text/html" in request.headers.get("accept", ""):
                return RedirectResponse(request.app.state.access.sign_in(request), status_code=303)
            return problem(error.status, "not allowed", str(error))
        shown = getattr(request.state, "complain", None)  # see web.pages.on_complaint
        if shown is not None and not isinstance(error, errors.NotFoundError):
            request.state.complain = None  # should the page itself fail
            page: Response = shown(str(error))
            return page
        status, title = next((s, t) for kind, s, t in STATUS if isinstance(error, kind))
        return problem(status, title, str(error))

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        # The input itself is left out: it may hold a customer's values.
        places = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        return problem(422, "wrong request", places)

    @app.exception_handler(HTTPException)
    def http(request: Request, error: HTTPException) -> JSONResponse:
        return problem(error.status_code, str(error.detail), f"{request.method} {request.url.path}")
