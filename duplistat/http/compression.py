"""Answers that are sent compressed to whoever asks for it."""

import gzip

from flask import Request, Response
from werkzeug.datastructures import Accept

# Level 6 takes half of level 9's time, for a few bytes more.
LEVEL = 6


def compressed(response: Response, request: Request) -> Response:
    """The answer, with gzip where the request prefers that; marked as another for each Accept-Encoding."""
    response.vary.add("Accept-Encoding")
    if _wants_gzip(request.accept_encodings):
        response.set_data(gzip.compress(response.get_data(), LEVEL, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    return response


def _wants_gzip(accepted: Accept) -> bool:
    """By the quality values of Accept-Encoding: named or by *, not refused, and no worse than as it is."""
    qualities = {name.lower(): quality for name, quality in accepted}
    wanted = qualities.get("gzip", qualities.get("x-gzip", qualities.get("*", 0)))
    return wanted > 0 and wanted >= qualities.get("identity", 0)
