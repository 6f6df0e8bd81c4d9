"""Static files under addresses that change with their content, so that browsers may keep them for ever."""

from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from flask import Response, current_app, request, url_for

KEEP_SECONDS = 365 * 86_400


def asset(name: str) -> str:
    """The address of a file in static/, with the hash of its content: /static/app.css?v=1f0c9a…"""
    return url_for("static", filename=name, v=_version(str(current_app.static_folder), name))


def has(name: str) -> bool:
    """Whether a file is in static/: what others wrote is there once it was fetched."""
    return (Path(str(current_app.static_folder)) / name).is_file()


def keep_long(response: Response) -> Response:
    """Let browsers keep a static file that was asked for by its hash."""
    asked = request.args.get("v", "") if request.endpoint == "static" else ""
    if asked and response.status_code in (200, 304):
        name = (request.view_args or {}).get("filename", "")
        # With another hash it is another file, of a version that came or went.
        if asked == _version(str(current_app.static_folder), name):
            response.headers["Cache-Control"] = f"public, max-age={KEEP_SECONDS}, immutable"
    return response


@lru_cache(maxsize=64)
def _version(folder: str, name: str) -> str:
    return sha256((Path(folder) / name).read_bytes()).hexdigest()[:12]
