"""Errors of writes, as RFC 9457 has them: application/problem+json, with what is wrong field by field."""

import json
from collections.abc import Sequence
from http import HTTPStatus

from flask import Response, request

from duplistat.core.errors import DuplistatError, Problem
from duplistat.http.answers import WIRE, error_answer, refused

KIND = "application/problem+json"


def problem_answer(error: DuplistatError) -> Response:
    """An error of a write."""
    name, status = WIRE[error.kind]
    problems = error.problems or ([Problem(error.field, error.message)] if error.field else [])
    return refused(said(status, name, error.message, problems), error)


def unknown_answer(error: DuplistatError) -> Response:
    """An error at an address of ours where nothing is: in the words of reads, or of writes."""
    return error_answer(error) if request.method in ("GET", "HEAD", "OPTIONS") else problem_answer(error)


def said(status: int, name: str, detail: str, problems: Sequence[Problem] = ()) -> Response:
    """Problem details with a status."""
    content: dict[str, object] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "error": name,
    }
    if problems:
        content["details"] = [{"field": p.field, "problem": p.problem} for p in problems]
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    response = Response(body, status=status, content_type=KIND)
    response.headers["Cache-Control"] = "no-store"
    return response
