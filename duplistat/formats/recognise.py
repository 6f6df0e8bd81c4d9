"""Which tool wrote these bytes, and what do they say? Told by the body and never by its headers.

The only module that knows all formats.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from duplistat.core.doubts import downgrade_suspicious_success
from duplistat.core.encoding import charset_of, text_of
from duplistat.core.errors import Problem, Unrecognised
from duplistat.core.json_mending import mend_object
from duplistat.core.json_text import INVALID, load
from duplistat.core.python_text import printed_object
from duplistat.core.report import LiveStatus, Report
from duplistat.core.status import Status
from duplistat.core.text import clip_name
from duplistat.formats import simple
from duplistat.formats.duplicati import json_report, live, own_words, rendered, template, text_report
from duplistat.formats.duplicati.form import Field, fields_of, is_form
from duplistat.formats.duplicati.identity import OVERRIDES, as_told
from duplistat.formats.duplicati.unfolding import JOINTS

MAX_LOG_LINES = 100_000

# Fields in which senders and relays put words.
_MESSAGES = frozenset(
    ("", "message", "text", "content", "body", "payload", "msg", "data", "report", "description", "summary")
)
# Objects and forms within each other, and values of one that are looked at.
_DEEPEST = 3
_MOST_VALUES = 200
_BEGINNING = 2000
_GZIP = b"\x1f\x8b"

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
    if body.startswith(_GZIP):
        raise _unrecognised("is compressed, but no Content-Encoding says so")
    server, job = as_told(server), as_told(job)
    reader = _Reader(max_log_lines, server, job, charset)
    found = reader.body(text_of(body, charset).lstrip("\ufeff \t\r\n"))
    if isinstance(found, Report) and found.format.startswith("duplicati"):
        found = downgrade_suspicious_success(found)
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
                found = self.json(text, _NO_NAMES)
            except Unrecognised as error:
                problem, found = error, None
            if found is not None:
                return found
        elif text[0] in '["':
            problem = _unrecognised("must be a JSON object")
            if found := self.quoted(text):
                return found
        found = None
        if is_form(text):
            problem = _unrecognised("is a form in which nothing says how a backup ended")
            found = self.form(fields_of(text, self.charset))
        found = found or self.text(text)
        # What means to be JSON is no prose; but a failure in it must not vanish.
        if found is None and (
            text[0] not in '{["' or own_words.outcome_in(text[: own_words.LONGEST]) is Status.FATAL
        ):
            found = self.template(text, alone=True)
        if found is None:
            raise problem
        return found

    def json(self, text: str, overrides: Mapping[str, str], headers: int = 0) -> Report | LiveStatus:
        """An object, or one that is broken, or one that stands before the report itself.

        Raises `Unrecognised` with what is wrong with the text as it came.
        """
        try:
            document, end = load(text)
        except Unrecognised as error:
            if (printed := printed_object(text)) is not None:
                return self.document(printed, overrides)
            mended = mend_object(text)
            if mended is None or "deeply" in str(error.problems[0].problem):
                raise
            try:
                return self.headed(*mended, text, overrides, headers)
            except Unrecognised:
                raise error from None
        return self.headed(document, end, text, overrides, headers)

    def headed(
        self, document: Mapping[str, Any], end: int, text: str, overrides: Mapping[str, str], headers: int
    ) -> Report | LiveStatus:
        """A report that is an object, or one behind an object that names machine and job."""
        behind = text[end:].lstrip(JOINTS)
        if not behind:
            return self.document(document, overrides)
        names = {**template.names_in(document), **overrides}
        found: Report | LiveStatus | None = None
        if behind[0] == "{" and headers < _DEEPEST and not _is_whole(document):
            try:
                found = self.json(behind, names, headers + 1)
            except Unrecognised:
                found = None
        elif behind[0] != "{":
            found = self.text(behind, names) or self.template(behind, names)
        if isinstance(found, Report):
            return template.worse(found, document)
        if found is not None:
            return found
        if behind[0] == "{":
            raise _unrecognised("goes on after the JSON object")
        try:
            return self.document(document, overrides)
        except Unrecognised:
            raise _unrecognised("goes on after the JSON object") from None

    def quoted(self, text: str) -> Report | LiveStatus | None:
        """A report within a JSON string (a relay turned it into JSON twice), or as the only item of an array."""
        try:
            inner, end = load(text)
        except Unrecognised:
            return None
        if text[end:].strip():
            return None
        if isinstance(inner, str):
            return self.value(inner, _NO_NAMES)
        if not isinstance(inner, list) or len(inner) != 1 or not isinstance(inner[0], dict):
            return None
        with suppress(Unrecognised):
            return self.document(inner[0])
        return None

    def form(self, fields: list[Field]) -> Report | LiveStatus | None:
        """The first field that is a report; the others are the user's extra parameters."""
        overrides = _overrides(fields)
        problem: Unrecognised | None = None
        for _, value in fields:
            try:
                found = self.value(value, overrides)
            except Unrecognised as error:
                problem = problem or error
                continue
            if found is not None:
                return found
        named = template.read(dict(reversed(fields)), overrides)
        if named is not None and named.job_name:
            return named
        own_words_report = next(
            (t for name, value in fields if (t := self.worded(name, value, overrides))), None
        )
        if own_words_report is None and named is None and problem is not None:
            raise problem
        return own_words_report or named

    def value(self, value: str, overrides: Mapping[str, str], depth: int = 0) -> Report | LiveStatus | None:
        """What a field of a form or of a message is: JSON in any state, or the text of a report."""
        value = value.lstrip("\ufeff \t\r\n")
        if value.startswith("{"):
            return self.json(value, overrides)
        if (
            depth < _DEEPEST
            and _is_form_within(value[:_BEGINNING])
            and (found := self.within(fields_of(value), overrides))
        ):
            return found
        return self.text(value, overrides)

    def within(self, fields: list[Field], overrides: Mapping[str, str]) -> Report | LiveStatus | None:
        """A whole form that a relay put into a field."""
        overrides = {**_overrides(fields), **overrides}
        return next((found for _, value in fields if (found := self.value(value, overrides, _DEEPEST))), None)

    def worded(self, name: str, value: object, overrides: Mapping[str, str]) -> Report | None:
        """A user's own words, where words can be: a field for messages, or one without a name."""
        if not isinstance(value, str) or name.strip().lower() not in _MESSAGES:
            return None
        return self.template(value, overrides)

    def text(self, text: str, overrides: Mapping[str, str] = _NO_NAMES) -> Report | None:
        text = rendered.as_text(text)
        if (at := rendered.slack_behind(text)) > 0 and (message := _object_in(text[at:])):
            text = rendered.of_slack(message, text[:at]) or text
        if not text_report.is_report(text):
            return None
        return text_report.read(text, overrides, self.max_log_lines)

    def template(
        self, text: str, overrides: Mapping[str, str] = _NO_NAMES, *, alone: bool = False
    ) -> Report | None:
        """Words of a user's own with an outcome among them, and no more of Duplicati's."""
        if not own_words.is_template(text, alone=alone):
            return None
        return text_report.read(text, overrides, self.max_log_lines)

    def document(
        self, document: Mapping[str, Any], overrides: Mapping[str, str] = _NO_NAMES
    ) -> Report | LiveStatus:
        if not simple.is_simple(document):
            document = json_report.spelt_as_usual(document)
        if json_report.is_report(document):
            return json_report.read(document, overrides, self.max_log_lines)
        if live.is_live_status(document):
            return live.read(document, overrides, self.max_log_lines)
        if json_report.is_bare_result(document):
            return json_report.read({"Data": document}, overrides, self.max_log_lines)
        if simple.is_simple(document):
            return simple.read(document, server=self.server, job=self.job, max_log_lines=self.max_log_lines)
        if (slack := rendered.of_slack(document)) and (report := self.text(slack, overrides)):
            return report
        found = self.embedded(document, overrides, 0) or template.read(
            document, {**_given(self.server, self.job, document), **overrides}
        )
        if found is None:
            raise _unrecognised(
                "is a JSON object, but no report: it needs Data and Extra, or server and backup"
            )
        return found

    def embedded(
        self, document: Mapping[str, Any], overrides: Mapping[str, str], depth: int
    ) -> Report | LiveStatus | None:
        """A report within a message, as chats and relays have them: Slack's {"text": "..."}, {"body": {...}}."""
        names = {**template.names_in(document), **overrides}
        values = list(document.items())[:_MOST_VALUES]
        texts = [value for _, value in values if isinstance(value, str)]
        for text in texts:
            if found := self.tried(text, names):
                return self.told_beside(found, texts, names)
        for _, value in values if depth < _DEEPEST else ():
            inner = value[0] if isinstance(value, list) and value else value
            if isinstance(inner, dict) and (found := self.nested(inner, names, depth + 1)):
                return found
        if depth == 0 and template.read(document, overrides) is not None:
            return None
        return next((report for name, value in values if (report := self.worded(name, value, names))), None)

    def told_beside(
        self, found: Report | LiveStatus, texts: list[str], names: Mapping[str, str]
    ) -> Report | LiveStatus:
        """A report whose end is not known, as the texts beside it tell it: {"title": HEADER, "body": "Success"}."""
        if len(texts) == 1 or not isinstance(found, Report) or found.status is not Status.UNKNOWN:
            return found
        whole = self.tried("\n\n".join(texts), names)
        return whole if isinstance(whole, Report) and whole.status is not Status.UNKNOWN else found

    def nested(
        self, document: Mapping[str, Any], names: Mapping[str, str], depth: int
    ) -> Report | LiveStatus | None:
        if json_report.is_report(document) or json_report.is_bare_result(document):
            return self.document(document, names)
        return self.embedded(document, names, depth)

    def tried(self, value: str, overrides: Mapping[str, str]) -> Report | LiveStatus | None:
        try:
            return self.value(value, overrides)
        except Unrecognised:
            return None


def _object_in(text: str) -> Mapping[str, Any] | None:
    """The object that a text begins with, also a broken one."""
    try:
        value, _ = load(text)
    except Unrecognised:
        value, _ = mend_object(text) or (None, 0)
    return value if isinstance(value, dict) else None


def _is_whole(document: Mapping[str, Any]) -> bool:
    """Whether an object is a report itself, and no header of one."""
    return (
        json_report.is_report(document) or json_report.is_bare_result(document) or simple.is_simple(document)
    )


def _is_form_within(text: str) -> bool:
    """Whether a value begins as a form does. "Job=A & B" is a text with blanks in it, and no field for messages."""
    name = text.partition("=")[0].strip().lower()
    return is_form(text) and (name in _MESSAGES or not any(map(str.isspace, text[:200])))


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
