"""/settings/log: what the processes of this server logged, for administrators of the whole server."""

import json
import logging
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from flask import Response, request

from duplistat import log_file
from duplistat.core.times import to_ms
from duplistat.http.context import context
from duplistat.services.people.identity import Role
from duplistat.web.access import needs
from duplistat.web.formatting import visible
from duplistat.web.language import gettext as _
from duplistat.web.settings.page import show

PAGE = 300
LONGEST_QUERY = 200
# The least severity that is shown, by its name in addresses; "" for all.
LEVELS = ("", "info", "warning", "error")
_WEIGHTS = {"debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}


class Line(NamedTuple):
    """A line of the log, ready to be shown: `at` in ms, `role` is what its process is for, `trace` "" for none."""

    at: int | None
    level: str
    role: str
    process: str
    logger: str
    text: str
    trace: str


@needs(Role.ADMIN, whole=True)
def page() -> Response:
    """The newest lines first, in pages. With `since` that is the newest mark still: nothing, 204."""
    ctx = context()
    mark = log_file.mark(ctx.config.data)
    if mark and request.args.get("since") == mark:
        return Response(status=204)
    level, query = request.args.get("level", ""), request.args.get("q", "")[:LONGEST_QUERY].strip()
    level = level if level in LEVELS else ""
    found = list(_found(log_file.lines(ctx.config.data), level, query))
    pages = max(1, -(-len(found) // PAGE))
    typed = request.args.get("page", "")
    number = min(max(int(typed), 1), pages) if typed.isascii() and typed.isdecimal() and len(typed) < 9 else 1
    return show(
        "log",
        lines=[_shown(content) for content in found[(number - 1) * PAGE : number * PAGE]],
        found=len(found),
        levels=[("", _("all")), ("info", _("info")), ("warning", _("warnings")), ("error", _("errors"))],
        level=level,
        query=query,
        page=number,
        pages=pages,
        mark=mark,
        kept=ctx.config.log.keep_bytes,
    )


@needs(Role.ADMIN, whole=True)
def download() -> Response:
    """All that is kept, oldest first: one JSON object a line."""
    content = b"".join(line + b"\n" for line in log_file.lines(context().config.data))
    response = Response(content, content_type="application/x-ndjson")
    response.headers["Content-Disposition"] = 'attachment; filename="duplistat-log.jsonl"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _found(lines: Sequence[bytes], level: str, query: str) -> Iterator[dict[str, Any]]:
    """Those of some lines that are grave enough and contain a text, in any case; newest first."""
    least, wanted = _WEIGHTS.get(level, 0), query.casefold()
    for line in reversed(lines):
        try:
            content = json.loads(line)
        except ValueError:
            # A process was killed while it wrote.
            continue
        if not isinstance(content, dict) or _WEIGHTS.get(str(content.get("level")), 50) < least:
            continue
        if wanted and wanted not in _searched(content):
            continue
        yield content


def _searched(content: dict[str, Any]) -> str:
    names = ("message", "trace", "logger", "role", "process")
    return "\n".join(str(content.get(name, "")) for name in names).casefold()


def _shown(content: dict[str, Any]) -> Line:
    level = str(content.get("level"))
    return Line(
        _ms(str(content.get("time"))),
        level if level in _WEIGHTS else logging.getLevelName(logging.ERROR).lower(),
        visible(str(content.get("role", ""))),
        visible(str(content.get("process", ""))),
        visible(str(content.get("logger", ""))),
        visible(str(content.get("message", "")), lines=True),
        visible(str(content.get("trace", "")), lines=True),
    )


def _ms(time: str) -> int | None:
    try:
        return to_ms(datetime.fromisoformat(time).astimezone(UTC))
    except ValueError:
        return None
