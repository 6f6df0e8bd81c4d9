"""gotify's POST /message: notifications of Proxmox and of other tools. The wire page is other-pings.md, section 2."""

import json
import re
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.event import Event, Severity
from duplistat.core.json_text import load
from duplistat.core.ping import Kind as PingKind
from duplistat.core.ping import Ping
from duplistat.core.pings import is_name
from duplistat.core.status import Status
from duplistat.core.text import clean, clip_name
from duplistat.core.times import from_ms, iso_ms
from duplistat.core.tool_output import TEXT, Reading
from duplistat.http.answers import WIRE, answer, refused
from duplistat.http.caller import address_of, key_of
from duplistat.http.context import Context, context
from duplistat.http.forms import form_of
from duplistat.http.log_body import read_what_fits
from duplistat.http.output_intake import record_output
from duplistat.http.ping_intake import account_of_any_key, take_in_ping
from duplistat.services.access import rate_limits
from duplistat.services.pings import find
from duplistat.services.pings.find import Place
from duplistat.services.reports import intake, outputs, pings
from duplistat.services.reports.accept import recording_of
from duplistat.services.reports.intake import Incoming

BY = "gotify"
UNAUTHORIZED = "you need to provide a valid access token or user credentials to access this api"
NO_MESSAGE = "Field 'message' is required"
# From this priority on a message that tells of no run is an error.
GRAVE = 8
BORGMATIC = "borgmatic"
_EVENT = re.compile(r"\bA borgmatic (START|FINISH|FAIL) event happened\b")
_KINDS = {"START": PingKind.START, "FINISH": PingKind.SUCCESS, "FAIL": PingKind.FAIL}

bp = Blueprint("gotify", __name__)


@bp.post("/message")
def message() -> Response:
    """Runs where a tool is known by its words, borgmatic's events as pings, anything else as an event. 200 with it."""
    ctx = context()
    account, place = _sender(ctx)
    told = _told(ctx)
    if not told["message"]:
        raise DuplistatError(Kind.INVALID, NO_MESSAGE)
    number = _recorded(ctx, account, place, told)
    return answer({"id": number, "appid": account, **told, "date": iso_ms(from_ms(ctx.now()))})


def _sender(ctx: Context) -> tuple[int, Place | None]:
    """Whose the message is: of an ingest key, a ping key, or the job of a push token. Raises DuplistatError."""
    text = request.args.get("token", "") or request.headers.get("X-Gotify-Key", "").strip() or key_of(request)
    if is_name(text):
        try:
            place = find.by_token(ctx.db, ctx.config.limits, text, ctx.now())
        except DuplistatError:
            place = None
        if place is not None:
            return place.account, place
    account = account_of_any_key(request, ctx, text) if text else None
    if account is None:
        raise DuplistatError(Kind.UNAUTHORIZED, UNAUTHORIZED)
    return account, None


def _told(ctx: Context) -> dict[str, Any]:
    """Message, title and priority: as JSON, as a form, or in the query."""
    kind = request.mimetype
    fields: dict[str, Any] = {}
    if kind == "multipart/form-data":
        # As curl's -F sends it.
        fields = dict(form_of(request))
    elif body := read_what_fits(request, ctx.config.intake.max_log_bytes).strip():
        is_form = kind == "application/x-www-form-urlencoded"
        fields = dict(intake.names_of(body)) if is_form else _object(body)
    told = {name: fields.get(name, request.args.get(name)) for name in ("message", "title", "priority")}
    for name in ("message", "title"):
        text = told[name]
        told[name] = clean(text) if isinstance(text, str) else ""
    priority = str(told["priority"])
    told["priority"] = (
        int(priority) if priority.isascii() and priority.isdecimal() and len(priority) < 6 else 0
    )
    return told


def _object(body: bytes) -> dict[str, Any]:
    try:
        found, _ = load(body.decode("utf-8", "replace"))
    except DuplistatError as e:
        raise DuplistatError(Kind.INVALID, e.message) from None
    if not isinstance(found, dict):
        raise DuplistatError(Kind.INVALID, NO_MESSAGE)
    return found


def _recorded(ctx: Context, account: int, place: Place | None, told: dict[str, Any]) -> int:
    """Record what a message tells; the id of its run or event, 0 for none."""
    address = address_of(request, ctx.config.server.trusted_proxies)
    names = {
        "server": clip_name(request.args.get("server", "")),
        "job": clip_name(request.args.get("job", "")),
    }
    server = names["server"] or intake.nameless(address)
    happened = _EVENT.search(told["title"]) or _EVENT.search(told["message"])
    named = find.of_names(ctx.db, ctx.config.limits, account, server, names["job"] or BORGMATIC)
    if happened is not None:
        return _pinged(ctx, place or named, _KINDS[happened[1]], told)
    incoming = Incoming(
        account=account,
        received_at=ctx.now(),
        endpoint=outputs.ENDPOINT,
        body=json.dumps({"title": told["title"], "message": told["message"]}).encode(),
        address=address,
        query=urlencode({name: text for name, text in names.items() if text}),
        content_type="application/json",
    )
    reading = _reading(incoming)
    if place is not None:
        return _pinged(ctx, place, _kind(reading), told)
    if reading.recognised != TEXT:
        _, recorded = record_output(ctx, incoming, named.bucket)
        return next((done["run"] for done in recorded if done["run"]), 0) or 0
    event = Event(
        server_name=server,
        sender="",
        at=from_ms(incoming.received_at),
        severity=Severity.ERROR if told["priority"] >= GRAVE else Severity.INFO,
        type=BY,
        job_name=names["job"],
        message=clean(f"{told['title']}\n{told['message']}".strip()),
        format=BY,
    )
    token = rate_limits.token_of(named.bucket, incoming.received_at)
    kept = replace(incoming, endpoint=pings.GOTIFY)
    return ctx.writes.submit(recording_of(kept, event), token)["event"] or 0


def _pinged(ctx: Context, place: Place, kind: PingKind, told: dict[str, Any]) -> int:
    """What a job tells of itself."""
    body = told["message"].encode("utf-8", "replace")
    done = take_in_ping(request, ctx, place, Ping(kind), endpoint=pings.GOTIFY, by=BY, body=body)
    return done["run"] or done["event"] or 0


def _reading(incoming: Incoming) -> Reading:
    """What a tool tells by a message."""
    return intake.read_outputs(
        incoming.body,
        content_type=incoming.content_type,
        address=incoming.address,
        names={},
        received_at=incoming.received_at,
        max_log_lines=0,
    )


def _kind(reading: Reading) -> PingKind:
    """What the message of a job says of its run; one of no tool is a line of its log."""
    if reading.recognised == TEXT or not reading.reports:
        return PingKind.LOG
    ended = {report.status for report in reading.reports}
    if ended & {Status.ERROR, Status.FATAL, Status.INTERRUPTED}:
        return PingKind.FAIL
    return PingKind.START if ended == {Status.RUNNING} else PingKind.SUCCESS


@bp.errorhandler(DuplistatError)
def say(error: DuplistatError) -> Response:
    """An error in gotify's words."""
    status = WIRE[error.kind][1]
    content = {
        "error": WIRE[error.kind][0].removesuffix("Error"),
        "errorCode": status,
        "errorDescription": error.message,
    }
    return refused(answer(content, status), error, "Bearer")
