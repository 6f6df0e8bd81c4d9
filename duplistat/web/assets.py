"""Static files: compressed once, and under addresses that change with their content, so that browsers keep them."""

from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from flask import Response, current_app, request, url_for

from duplistat.http import compression

KEEP_SECONDS = 365 * 86_400
# Each file is compressed once: as small as it gets.
LEVEL = 9


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


def send_packed(response: Response) -> Response:
    """A whole static file with gzip where that is worth it and asked for."""
    if (
        request.endpoint != "static"
        or response.status_code != 200
        or response.mimetype not in compression.TYPES
    ):
        return response
    path = Path(str(current_app.static_folder)) / str((request.view_args or {})["filename"])
    found = path.stat()
    if found.st_size < compression.LEAST:
        return response
    if compression.wants_gzip(request):
        # The file, which is not sent.
        response.close()
        response.direct_passthrough = False
        response.headers.pop("Accept-Ranges", None)
        compression.send_packed(response, _packed(path, found.st_mtime_ns))
    else:
        compression.mark(response)
    return response


@lru_cache(maxsize=64)
def _packed(path: Path, _changed: int) -> bytes:
    return compression.packed(path.read_bytes(), LEVEL)


@lru_cache(maxsize=64)
def _version(folder: str, name: str) -> str:
    return sha256((Path(folder) / name).read_bytes()).hexdigest()[:12]
