"""GET /live: tells a page that is open when the overview would be another one.

As a stream of events for those who ask for one. Each holds a thread, so there are few; whoever gets none asks now and
then for the same as JSON.
"""

import json
import socket
import time
from collections.abc import Iterator

from flask import Response, request, stream_with_context
from flask.typing import ResponseReturnValue

from duplistat.core.errors import DuplistatError, Kind
from duplistat.http.answers import answer
from duplistat.http.context import Context, context
from duplistat.http.session_cookie import COOKIE
from duplistat.http.streams import hung_up
from duplistat.services.people import sessions
from duplistat.store.database import UNREACHABLE
from duplistat.web import language
from duplistat.web.access import viewer, viewer_of
from duplistat.web.assets import asset
from duplistat.web.parts.health_counts import icon, title

STREAM = "text/event-stream"
# Seconds. The end of the process, and of the connection, is noticed at each step. A page whose stream is silent for
# eight seconds asks by itself (`static/overview.js`). A browser opens a stream that ended again; so one that a proxy
# goes on reading for nobody does not hold its thread for ever.
STEP, LOOK_EVERY, BEAT_EVERY, LASTS = 0.5, 2.0, 3.0, 600.0
RETRY_MS = 2000


def live() -> ResponseReturnValue:
    """The state of the overview, now and (as a stream) whenever it changes, and every few seconds.

    Raises DuplistatError (unavailable) when as many streams as there may be are open.
    """
    ctx = context()
    if request.accept_mimetypes.best_match([STREAM, "application/json"], "application/json") != STREAM:
        state = _state(ctx, viewer().sees)
        response = answer(state)
        response.headers["Cache-Control"] = "private, no-cache"
        # The title is in the reader's language, and in the formats of their region.
        written = f"{language.current()}-{language.say().formats.tag}"
        response.set_etag(f"{state['version']}-{written}", weak=True)
        return response.make_conditional(request)
    if not ctx.streams.take():
        raise DuplistatError(Kind.UNAVAILABLE, "Too many streams are open: ask for JSON instead")
    connection = request.environ.get("gunicorn.socket") or request.environ.get("werkzeug.socket")
    response = Response(stream_with_context(_events(ctx, connection)), mimetype=STREAM)
    response.call_on_close(ctx.streams.give)
    # A proxy that gathers an answer before it passes it on, or packs it, would keep all of this one.
    response.headers |= {"Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no"}
    return response


def _events(ctx: Context, connection: socket.socket | None) -> Iterator[str]:
    yield f"retry: {RETRY_MS}\n\n"
    said, look_at, beat_at, end = "", 0.0, 0.0, time.monotonic() + LASTS
    while ctx.streams.going() and not hung_up(connection) and (tick := time.monotonic()) < end:
        if tick >= look_at:
            look_at = tick + LOOK_EVERY
            try:
                state = _state(ctx, _sees(ctx))
            except (DuplistatError, *UNREACHABLE):
                # Signed out, or the database is away: whoever asks again is told.
                return
            finally:
                ctx.db.give_back()
        if tick >= beat_at or state["version"] != said:
            said, beat_at = state["version"], tick + BEAT_EVERY
            yield f"data: {json.dumps(state)}\n\n"
        time.sleep(STEP)


def _sees(ctx: Context) -> tuple[int, ...]:
    """What who looks may see by now: a stream outlives sessions, and accounts that are made or moved.

    Raises DuplistatError when the session has ended.
    """
    if not viewer().signed:
        return viewer().sees
    session = sessions.find(ctx.db, request.cookies.get(COOKIE, ""), ctx.now())
    return viewer_of(ctx, sessions.signed(session)).sees


def _state(ctx: Context, sees: tuple[int, ...]) -> dict[str, str]:
    pulse = ctx.pulses.of(sees, ctx.now())
    counts = {health.value: number for health, number in pulse.unsnoozed.items()}
    return {
        "version": pulse.version,
        "title": f"{title(counts, pulse.jobs)} – duplistat",
        "icon": asset(icon(counts)),
    }
