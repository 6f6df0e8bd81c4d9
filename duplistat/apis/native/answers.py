"""Answers that a caller may keep and ask again about: If-None-Match is met with 304."""

import hashlib

from flask import Request, Response

from duplistat.apis.native.values import Shape

CACHING = "private, no-cache"


def answered(request: Request, shape: Shape) -> Response:
    """A shape as JSON."""
    return kept(request, shape.model_dump_json().encode(), "application/json")


def kept(request: Request, body: bytes, kind: str) -> Response:
    """A body under an ETag of its own; without it where the caller has it already."""
    response = Response(body, content_type=kind)
    response.headers["Cache-Control"] = CACHING
    response.set_etag(hashlib.sha256(body).hexdigest()[:32])
    response.make_conditional(request)
    return response
