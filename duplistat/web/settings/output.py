"""/settings/output: what would be understood of an output, field by field. Nothing is recorded."""

import shlex
from typing import NamedTuple
from urllib.parse import urlencode

from flask import Response, request
from markupsafe import Markup

from duplistat.core.errors import Unrecognised
from duplistat.core.report import Report
from duplistat.core.times import to_ms
from duplistat.core.tool_output import TEXT, Reading
from duplistat.http.context import context
from duplistat.services.people.identity import Role
from duplistat.services.reports import intake, outputs
from duplistat.web.access import base_address, needs
from duplistat.web.form import Form
from duplistat.web.formatting import count, duration, size, visible
from duplistat.web.language import gettext as _
from duplistat.web.language import translated
from duplistat.web.parts import run_words
from duplistat.web.parts.subject_pages import reader
from duplistat.web.settings.page import show

# The fields of the form that are parameters of the endpoint, in the order of its documentation.
_PARAMETERS = ("server", "job", "exit", "duration", "tool", "operation")


class Fact(NamedTuple):
    """`value` is "" for what the output does not tell."""

    label: str
    value: str | Markup


class Understood(NamedTuple):
    """A run that an output tells of. `state` is a mark; `message` is the tool's own, visible."""

    state: str
    title: str
    message: str
    dry_run: bool
    facts: list[Fact]


@needs(Role.OPERATOR)
def page() -> Response:
    return _show(Form({}))


@needs(Role.OPERATOR)
def explain() -> Response:
    """What would be understood of what was pasted."""
    form, ctx = Form(), context()
    # A form sends each line feed as two characters.
    body = form.typed("output").replace("\r\n", "\n").encode("utf-8", "replace")
    try:
        reading = intake.read_outputs(
            body,
            content_type="text/plain; charset=utf-8",
            address=request.remote_addr or "",
            names={name: form.typed(name) for name in _PARAMETERS},
            received_at=ctx.now(),
            max_log_lines=ctx.config.intake.max_log_lines,
        )
    except Unrecognised as e:
        form.wrong |= {problem.field: translated(problem.problem) for problem in e.problems}
        return _show(form, 400)
    return _show(form, reading=reading, command=_command(form))


def _show(form: Form, status: int = 200, reading: Reading | None = None, command: str = "") -> Response:
    from duplistat.formats.tool_outputs import TOOLS

    return show(
        "output",
        status,
        form=form,
        tools=[("", _("Detect from the output")), *((tool.name, tool.name) for tool in TOOLS)],
        operations=[
            ("", _("Detect from the output, otherwise backup")),
            *((name, run_words.operation(name)) for name in outputs.OPERATIONS),
        ],
        recognised=reading.recognised if reading else "",
        is_text=reading is not None and reading.recognised == TEXT,
        understood=[_understood(report) for report in reading.reports] if reading else [],
        command=command,
    )


def _understood(report: Report) -> Understood:
    return Understood(
        run_words.MARKS[report.status].value,
        run_words.ended(report.status) % {"operation": run_words.operation(report.operation)},
        visible(report.message),
        report.dry_run,
        _facts(report),
    )


def _facts(report: Report) -> list[Fact]:
    moments = [reader().moment(to_ms(at)) if at else "" for at in (report.started, report.ended)]
    sizes = [
        _number(size(value), report, name) if value is not None else ""
        for name, value in (("size", report.size), ("added", report.uploaded))
    ]
    files = _number(count(report.files), report, "files") if report.files is not None else ""
    return [
        Fact(_("Server"), visible(report.server_name)),
        Fact(_("Job"), visible(report.job_name)),
        Fact(_("Started"), moments[0]),
        Fact(_("Ended"), moments[1]),
        Fact(_("Duration"), duration(report.duration_ms) if report.duration_ms is not None else ""),
        Fact(_("Files"), files),
        Fact(_("Source size"), sizes[0]),
        Fact(_("Added"), sizes[1]),
    ]


def _number(text: str, report: Report, name: str) -> str:
    """A number, marked where the tool had rounded it."""
    return _("about %(number)s") % {"number": text} if name in report.approximate else text


def _command(form: Form) -> str:
    """The line that sends such an output; with the key where it is not seen."""
    query = urlencode({name: value for name in _PARAMETERS if (value := form.typed(name).strip())})
    address = f"{base_address(context())}{outputs.ENDPOINT}" + (f"?{query}" if query else "")
    return f'curl -sS --retry 5 -H @"$HOME/.duplistat-key" --data-binary @output.log {shlex.quote(address)}'
