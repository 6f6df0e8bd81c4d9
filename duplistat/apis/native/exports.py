"""All that something has, handed out line by line."""

from collections.abc import Iterator

from flask import Response, stream_with_context

KIND = "application/x-ndjson"


def handed_out(lines: Iterator[str], name: str) -> Response:
    """JSON lines as a file, sent while they are read."""
    response = Response(stream_with_context(lines), content_type=KIND)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.jsonl"'
    response.headers["Cache-Control"] = "no-store"
    return response
