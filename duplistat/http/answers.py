"""JSON answers, and errors in the words that all of /api uses."""

from typing import Any, NamedTuple

from flask import Response
from pydantic_core import to_json

from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.times import from_ms, iso_ms
from duplistat.http import compression

# Kind of error: its name on the wire, and the HTTP status.
WIRE: dict[Kind, tuple[str, int]] = {
    Kind.INVALID: ("ValidationError", 400),
    Kind.UNAUTHORIZED: ("UnauthorizedError", 401),
    Kind.FORBIDDEN: ("ForbiddenError", 403),
    Kind.NOT_FOUND: ("NotFoundError", 404),
    Kind.METHOD_NOT_ALLOWED: ("MethodNotAllowedError", 405),
    Kind.NOT_ACCEPTABLE: ("NotAcceptableError", 406),
    Kind.CHANGED: ("PreconditionFailedError", 412),
    Kind.TOO_LARGE: ("PayloadTooLargeError", 413),
    Kind.TOO_MANY: ("TooManyRequestsError", 429),
    Kind.INTERNAL: ("InternalError", 500),
    Kind.UNAVAILABLE: ("UnavailableError", 503),
}
RETRY_AFTER_SECONDS = 5
BASIC = 'Basic realm="duplistat", charset="UTF-8"'
# No inline code, nothing from elsewhere, no framing, no form that posts elsewhere.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self';"
    " manifest-src 'self'; worker-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
# What every answer has.
SECURITY_HEADERS = (
    ("Content-Security-Policy", CONTENT_SECURITY_POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
)
JSON_HEADERS = (("Content-Type", "application/json"), ("Cache-Control", "no-store"), *SECURITY_HEADERS)


class JsonBody(NamedTuple):
    """An answer but for its headers: what `json_answer` sends."""

    body: bytes
    status: int
    # Whether the body is compressed.
    gzip: bool = False


class Ready(Response):
    """An answer that is compressed, if it is to be, and has all its headers: nothing is added to it."""


def body_of(content: dict[str, Any], status: int = 200) -> JsonBody:
    """A JSON object, never a bare array."""
    return JsonBody(to_json(content), status)


def error_body(error: DuplistatError, **more: Any) -> JsonBody:
    """An error as JSON: status, error, message, and details where they help."""
    name, status = WIRE[error.kind]
    content: dict[str, Any] = {"status": "error", "error": name, "message": error.message}
    if error.problems:
        content["details"] = [{"field": p.field, "problem": p.problem} for p in error.problems]
    return body_of(content | more, status)


def json_answer(said: JsonBody) -> Response:
    """Reads are of the moment: nothing may keep them."""
    response = Response(said.body, status=said.status, mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    if said.gzip:
        compression.send_packed(response, said.body)
    return response


def ready_answer(said: JsonBody) -> Response:
    """The same as `json_answer`, made at once, of an answer that is remembered as it is sent."""
    headers = [*JSON_HEADERS]
    if said.gzip:
        headers.append((compression.ENCODING, "gzip"))
    if len(said.body) >= compression.LEAST or said.gzip:
        headers.append(("Vary", "Accept-Encoding"))
    return Ready(said.body, status=said.status, headers=headers)


def answer(content: dict[str, Any], status: int = 200) -> Response:
    """A JSON object as an answer that nothing may keep."""
    return json_answer(body_of(content, status))


def error_answer(error: DuplistatError, **more: Any) -> Response:
    """An error as JSON, with what the headers say of it."""
    return refused(json_answer(error_body(error, **more)), error)


def refused(response: Response, error: DuplistatError, challenge: str = BASIC) -> Response:
    """What the headers of an error say, in whichever words its body is: how to sign in, and when to try again."""
    response.headers["Cache-Control"] = "no-store"
    if error.kind is Kind.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = challenge
    if error.kind in (Kind.UNAVAILABLE, Kind.TOO_MANY):
        response.headers["Retry-After"] = str(error.retry_after or RETRY_AFTER_SECONDS)
    return response


def iso(at_ms: int | None) -> str | None:
    """A time in ms as ISO 8601 in UTC with milliseconds and Z; None for None."""
    return iso_ms(from_ms(at_ms)) if at_ms is not None else None
