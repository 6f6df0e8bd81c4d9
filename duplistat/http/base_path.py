"""A server below a path of a proxy: https://example.org/backups/ instead of a name of its own."""

from collections.abc import Callable, Iterable
from typing import Any

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class BasePath:
    """Tell the application below which path it stands, whether or not the proxy passes that path on.

    Every address that the application makes begins with it. Clients that reach the server past its proxy, by the
    plain addresses, are served as well.
    """

    def __init__(self, application: Application, path: str) -> None:
        """`path` begins with a slash and does not end with one."""
        self._application = application
        self._path = path

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        asked = environ.get("PATH_INFO", "")
        if asked == self._path or asked.startswith(self._path + "/"):
            environ["PATH_INFO"] = asked[len(self._path) :] or "/"
        environ["SCRIPT_NAME"] = self._path
        return self._application(environ, start_response)
