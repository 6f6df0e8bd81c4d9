"""What type an answer has, and errors in it."""

import json

from flask import Response, request
from werkzeug.datastructures import MIMEAccept

from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.xml_text import text
from duplistat.http.answers import WIRE, refused

JSON, XML = "application/json", "application/xml"


def negotiated() -> str:
    """JSON or XML, whichever the caller takes; JSON when it takes both. Raises DuplistatError: not_acceptable."""
    accepted = _accepted()
    if not accepted:
        return JSON
    best = accepted.best_match([JSON, XML])
    if best is None:
        raise DuplistatError(Kind.NOT_ACCEPTABLE, f"The report comes as {JSON} or {XML}")
    return best


def _accepted() -> MIMEAccept:
    """What the caller takes. A type is one whatever its parameters say: `application/json; charset=utf-8`."""
    given = request.accept_mimetypes
    return MIMEAccept([(value.partition(";")[0].strip(), quality) for value, quality in given])


def error_answer(error: DuplistatError) -> Response:
    """An error with its number and in words, in the type that the caller takes."""
    code = WIRE[error.kind][1]
    best = _accepted().best_match([JSON, XML], JSON)
    if best == XML:
        body = _DECLARATION + f"<error><code>{code}</code><message>{text(error.message)}</message></error>\n"
    else:
        body = json.dumps({"error": {"code": code, "message": error.message}}, ensure_ascii=False)
    return refused(Response(body, code, mimetype=best), error, challenge="OAuth")


_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
