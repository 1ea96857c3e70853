"""The steward app inside Airflow's web server: its nav entry, its login, its users.

Airflow finds the plugin by the entry point `airflow.plugins` and loads it in every process, so nothing of the app or the
engine is imported before the first request.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from airflow.plugins_manager import AirflowPlugin

if TYPE_CHECKING:
    from fastapi import FastAPI, Request

    from custhub.serve.access import Client

PREFIX = "/steward"
RESOURCE = "custhub"
"""The custom view that an auth manager may give or refuse to a user."""


class AirflowGate:
    """Airflow's users: who sees the custom view `custhub` reads; who also answers approvals of the golden DAG stewards.

    The only place that uses Airflow's own, unpublished dependency for the user of a request.
    """

    async def caller(self, request: Request) -> Client | None:
        from airflow.api_fastapi.app import get_auth_manager
        from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity, DagDetails
        from airflow.api_fastapi.core_api.security import bearer_scheme, get_user
        from fastapi import HTTPException

        from custhub.dagkit.timetable import GOLDEN_DAG
        from custhub.serve.access import Client, Scope

        try:
            user = await get_user(request, None, await bearer_scheme(request))
        except HTTPException:
            return None
        manager, scopes = get_auth_manager(), set()
        if manager.is_authorized_custom_view(method="GET", resource_name=RESOURCE, user=user):
            scopes.add(Scope.READ)
        if Scope.READ in scopes and manager.is_authorized_dag(
            method="PUT", access_entity=DagAccessEntity.HITL_DETAIL, details=DagDetails(id=GOLDEN_DAG), user=user
        ):
            scopes.add(Scope.STEWARD)
        return Client(user.get_name(), frozenset(scopes))

    def sign_in(self, request: Request) -> str:
        from airflow.api_fastapi.app import get_auth_manager

        return get_auth_manager().get_url_login(next_url=str(request.url))


class StewardApp:
    """The app as Airflow mounts it, made at the first request: a project that cannot be opened fails its page only."""

    def __init__(self) -> None:
        self._app: FastAPI | None = None
        self._opening = asyncio.Lock()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        from custhub.errors import CusthubError
        from custhub.serve.problems import problem

        try:
            app = await self._opened()
        except CusthubError as e:
            await problem(503, "custhub cannot be opened", str(e))(scope, receive, send)
        else:
            await app(scope, receive, send)

    async def _opened(self) -> FastAPI:
        async with self._opening:
            if self._app is None:
                self._app = await asyncio.to_thread(_open)
            return self._app


def _open() -> FastAPI:
    from custhub.pipeline import Hub
    from custhub.serve import create_app
    from custhub.settings import Settings

    return create_app(Hub.open(Settings.load()), AirflowGate())


class StewardPlugin(AirflowPlugin):
    """Mounts the app under /steward and puts it into Airflow's navigation."""

    name = "custhub"
    fastapi_apps = [{"app": StewardApp(), "url_prefix": PREFIX, "name": "custhub steward app"}]  # noqa: RUF012
    external_views = [  # noqa: RUF012
        {"name": "Customers", "href": f"{PREFIX}/", "destination": "nav", "url_route": "steward", "category": "browse"}
    ]
