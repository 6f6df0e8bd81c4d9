"""Which tool wrote these bytes, and what do they say? Told by the body and never by its headers.

The only module that knows all formats.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from duplistat.core.encoding import charset_of, text_of
from duplistat.core.errors import Problem, Unrecognised
from duplistat.core.json_text import INVALID, load, load_object
from duplistat.core.report import LiveStatus, Report
from duplistat.core.text import clip_name
from duplistat.formats import simple
from duplistat.formats.duplicati import json_report, live, template, text_report
from duplistat.formats.duplicati.form import Field, fields_of, is_form
from duplistat.formats.duplicati.identity import OVERRIDES

MAX_LOG_LINES = 100_000

_NO_NAMES: Mapping[str, str] = {}


def recognise(
    body: bytes,
    *,
    content_type: str = "",
    max_log_lines: int = MAX_LOG_LINES,
    server: str = "",
    job: str = "",
) -> Report | LiveStatus:
    """One report in any format that we know: raw JSON, a form with JSON or text in a field, or raw text.

    `content_type` is what the sender claims; relays claim anything, so it decides nothing but the charset of
    bytes that are no UTF-8. `server` and `job` (from the request's URL) fill in names that the body lacks. A
    log of more than `max_log_lines` lines loses its middle. Raises `Unrecognised`, and nothing else, for bytes
    that are no report.
    """
    charset = charset_of(content_type)
    reader = _Reader(max_log_lines, server, job, charset)
    found = reader.body(text_of(body, charset).lstrip("\ufeff \t\r\n"))
    if server and not (found.server_name and found.said):
        named = clip_name(server)
        found = replace(found, server_name=found.server_name or named, said=found.said or named)
    if job and not found.job_name:
        found = replace(found, job_name=clip_name(job))
    return found


class _Reader:
    """The formats in the order in which they are tried, with what all of them are told."""

    def __init__(self, max_log_lines: int, server: str, job: str, charset: str) -> None:
        self.max_log_lines = max_log_lines
        self.server = server
        self.job = job
        self.charset = charset

    def body(self, text: str) -> Report | LiveStatus:
        if not text:
            raise _unrecognised("is empty")
        problem = _unrecognised("is neither JSON nor a form nor the text of a report")
        if text[0] == "{":
            try:
                document, end = load(text)
            except Unrecognised as error:
                problem = error
            else:
                if not text[end:].strip():
                    return self.document(document)
                problem = _unrecognised("goes on after the JSON object")
        elif text[0] in '["':
            problem = _unrecognised("must be a JSON object")
        found = self.form(fields_of(text, self.charset)) if is_form(text) else None
        found = found or self.text(text)
        if found is None:
            raise problem
        return found

    def form(self, fields: list[Field]) -> Report | LiveStatus | None:
        """The first field that is a report; the others are the user's extra parameters."""
        overrides = _overrides(fields)
        problem: Unrecognised | None = None
        for _, value in fields:
            document = load_object(value)
            try:
                found = (
                    self.document(document, overrides)
                    if document is not None
                    else self.text(value, overrides)
                )
            except Unrecognised as error:
                problem = problem or error
                continue
            if found is not None:
                return found
        if problem is not None:
            raise problem
        return template.read(dict(reversed(fields)), overrides)

    def text(self, text: str, overrides: Mapping[str, str] = _NO_NAMES) -> Report | None:
        if not text_report.is_report(text):
            return None
        return text_report.read(text, overrides, self.max_log_lines)

    def document(
        self, document: Mapping[str, Any], overrides: Mapping[str, str] = _NO_NAMES
    ) -> Report | LiveStatus:
        if json_report.is_report(document):
            return json_report.read(document, overrides, self.max_log_lines)
        if live.is_live_status(document):
            return live.read(document, overrides, self.max_log_lines)
        if json_report.is_bare_result(document):
            return json_report.read({"Data": document}, overrides, self.max_log_lines)
        if simple.is_simple(document):
            return simple.read(document, server=self.server, job=self.job, max_log_lines=self.max_log_lines)
        found = self.embedded(document, overrides) or template.read(
            document, {**_given(self.server, self.job, document), **overrides}
        )
        if found is None:
            raise _unrecognised(
                "is a JSON object, but no report: it needs Data and Extra, or server and backup"
            )
        return found

    def embedded(self, document: Mapping[str, Any], overrides: Mapping[str, str]) -> Report | None:
        """A text report within a message for a chat, such as Slack's {"text": "..."}."""
        for value in document.values():
            if isinstance(value, str) and text_report.is_report(value):
                return self.text(value, {**template.names_in(document), **overrides})
        return None


def _given(server: str, job: str, document: Mapping[str, Any]) -> dict[str, str]:
    """Names from the URL that a template lacks: they also make a template without any name a report."""
    known = template.names_in(document)
    given = {"machine-name": server, "backup-name": job}
    return {key: value for key, value in given.items() if value and key not in known}


def _overrides(fields: Iterable[Field]) -> dict[str, str]:
    folded = ((name.strip().lower().replace("_", "-"), value) for name, value in fields)
    return {name: value for name, value in folded if name in OVERRIDES and value.strip()}


def _unrecognised(problem: str) -> Unrecognised:
    return Unrecognised(INVALID, [Problem("body", problem)])
