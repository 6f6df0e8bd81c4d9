"""The cookies of our pages: of this server alone, and not of others that a proxy has on the same host."""

from flask import Response, request

from duplistat.http.caller import is_tls
from duplistat.http.context import context


def give(
    response: Response, name: str, value: str, *, seconds: int | None = None, hidden: bool = True
) -> None:
    """Let a browser keep a value for some seconds, or (None) until it ends; one that is `hidden` no script reads."""
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        path=_path(),
        httponly=hidden,
        samesite="Lax",
        secure=is_tls(request, context().config.server.trusted_proxies),
    )


def take_back(response: Response, name: str, *, hidden: bool = True) -> None:
    give(response, name, "", seconds=0, hidden=hidden)


def _path() -> str:
    # Programs may sign in past the proxy, by the plain addresses, and have to be known there again.
    return "/" if request.path == "/api.php" else context().config.server.base_path or "/"
