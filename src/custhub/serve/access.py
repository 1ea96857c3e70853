"""Who may do what. A `Gate` knows who calls: `Access` by tokens of its own, or the web server that the app is part of."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Protocol
from urllib.parse import urlsplit

from fastapi import Depends, Request

from custhub.errors import CusthubError, UsageError

COOKIE = "custhub_token"


class Scope(StrEnum):
    """READ: golden customers and feed. STEWARD: tasks, quarantine and decisions."""

    READ = "read"
    STEWARD = "steward"


@dataclass(frozen=True, slots=True)
class Client:
    """Who calls."""

    name: str
    scopes: frozenset[Scope]


class Gate(Protocol):
    """Knows who calls."""

    async def caller(self, request: Request) -> Client | None:
        """The client behind a request; None when it says nothing valid of who it is."""
        ...

    def sign_in(self, request: Request) -> str:
        """The address at which the user of a browser signs in."""
        ...


@dataclass(frozen=True, slots=True)
class Access:
    """Bearer tokens with scopes, the same for programs (header) and for the steward's browser (cookie).

    Without any token, the server is open to its own machine only and everyone is `local`.
    """

    tokens: tuple[tuple[str, Client], ...]

    @classmethod
    def parse(cls, text: str) -> Access:
        """`name:token:scope+scope` entries between semicolons. Raises UsageError, without showing a token."""
        tokens = []
        for number, entry in enumerate((e for e in text.split(";") if e.strip()), 1):
            try:
                name, token, scopes = entry.strip().split(":")
                tokens.append((token, Client(name, frozenset(Scope(s) for s in scopes.split("+")))))
            except ValueError:
                form = "name:token:read or name:token:read+steward, entries between semicolons"
                raise UsageError(f"CUSTHUB_TOKENS: entry {number} is not well-formed", form) from None
            if len(token) < 16:
                raise UsageError(f"CUSTHUB_TOKENS: the token of {name} is too short", "take 16 characters or more")
        return cls(tuple(tokens))

    def client(self, token: str | None) -> Client | None:
        """The client of a token, in constant time for tokens of one length; None when there is none."""
        if not self.tokens:
            return Client("local", frozenset(Scope))
        found = None
        for known, client in self.tokens:
            if secrets.compare_digest(known.encode(), (token or "").encode()):
                found = client
        return found

    async def caller(self, request: Request) -> Client | None:
        return self.client(token_of(request))

    def sign_in(self, request: Request) -> str:
        return f"{root_of(request)}/login"


class AccessDeniedError(CusthubError):
    """No or a wrong token (401), or one without the scope (403)."""

    def __init__(self, status: int, problem: str, hint: str) -> None:
        self.status = status
        super().__init__(f"{problem} -> {hint}")


def token_of(request: Request) -> str | None:
    """The bearer token of a program, or the cookie of a browser."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" and token else request.cookies.get(COOKIE)


def allowed(scope: Scope) -> Callable[[Request], Awaitable[Client]]:
    """A dependency that lets only clients with `scope` pass."""

    async def check(request: Request) -> Client:
        gate: Gate = request.app.state.access
        client = await gate.caller(request)
        if client is None:
            hint = f"send `Authorization: Bearer TOKEN`, or sign in at {gate.sign_in(request)}"
            raise AccessDeniedError(401, "no valid token", hint)
        if scope not in client.scopes:
            raise AccessDeniedError(403, f"{client.name} has no scope {scope}", "ask whoever runs custhub for it")
        return client

    return check


def own_origin(request: Request) -> None:
    """Refuses what another site's page sends with the steward's cookie."""
    origin = request.headers.get("origin")
    changing = request.method not in ("GET", "HEAD", "OPTIONS")
    if changing and origin and urlsplit(origin).netloc != request.headers.get("host"):
        raise AccessDeniedError(403, "this form was sent from another site", "open the steward app itself")


def root_of(request: Request) -> str:
    """What stands before the app's own paths: empty, or where a larger server has mounted it."""
    return str(request.scope.get("root_path", ""))


Reader = Annotated[Client, Depends(allowed(Scope.READ))]
Steward = Annotated[Client, Depends(allowed(Scope.STEWARD))]
