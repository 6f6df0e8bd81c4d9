"""Answers that a caller may keep and ask again about: If-None-Match is met with 304.

The ETag of a single thing has two parts: the version of what people set of it, and that of the whole answer. What is to
be changed is compared by the first one, which no report changes.
"""

import hashlib
from collections.abc import Callable

from flask import Request, Response

from duplistat.apis.native.values import Shape
from duplistat.store import versions
from duplistat.store.database import Database

CACHING = "private, no-cache"
# Between the two parts of an ETag.
DASH = "-"


def answered(request: Request, shape: Shape) -> Response:
    """A shape as JSON."""
    return kept(request, shape.model_dump_json().encode(), "application/json")


def one(request: Request, db: Database, kind: str, id: int, make: Callable[[], Shape]) -> Response:
    """The shape of a single thing that can be changed, as JSON."""
    # Before all else is read of it: so what changes in between is never taken for seen.
    version = versions.of(db, kind, id)
    return kept(request, make().model_dump_json().encode(), "application/json", version)


def etag_of(body: bytes, version: str = "") -> str:
    """What an ETag says, without its quotation marks."""
    digest = hashlib.sha256(body).hexdigest()[:32]
    return f"{version}{DASH}{digest}" if version else digest


def kept(request: Request, body: bytes, kind: str, version: str = "") -> Response:
    """A body under an ETag of its own; without it where the caller has it already."""
    response = Response(body, content_type=kind)
    response.headers["Cache-Control"] = CACHING
    response.set_etag(etag_of(body, version))
    response.make_conditional(request)
    return response
