"""A worker that answers before all is loaded: programs first, whose reports are lost while nobody answers.

What pages need takes longer to import than what programs need. The server imports it while such workers answer, and
replaces them then: so it is there once for all processes, and files of a server that runs may be replaced.
"""

import gc
import threading
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask
from werkzeug.exceptions import HTTPException

from duplistat.http.base_path import Application


class Beginning:
    """Answers with the routes that are there, until somebody asks for another one: then all are loaded at once."""

    def __init__(self, first: Flask, load: Callable[[], Flask]) -> None:
        """`load` makes an application that has all routes, also those of `first`."""
        self._first = first.wsgi_app
        self._routes = first.url_map.bind("localhost")
        self._load = load
        self._lock = threading.Lock()
        self._whole: Application | None = None

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        application = self._whole or (self._first if self._is_for_first(environ) else self._all())
        return application(environ, start_response)

    def _all(self) -> Application:
        """All routes, loaded if they are not yet."""
        with self._lock:
            if self._whole is None:
                self._whole = self._load().wsgi_app
                # What is loaded stays: it need not be looked through.
                gc.freeze()
            return self._whole

    def _is_for_first(self, environ: dict[str, Any]) -> bool:
        """Whether a route is there already; where there is none, all of them know best what to say."""
        try:
            endpoint, _ = self._routes.match(environ.get("PATH_INFO", ""), environ["REQUEST_METHOD"])
        except HTTPException:
            return False
        # Every application has it: files are for pages.
        return bool(endpoint != "static")
