"""Events as rows: what is long is folded, and a job's name leads to the job."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from flask import url_for

from duplistat.core.text import first_line
from duplistat.services.reports.alternating_names import EVENT, SHARE
from duplistat.store.events import Event
from duplistat.web.formatting import visible
from duplistat.web.language import gettext as _

# A message with more than this is folded.
LONG = 600
MOST_LINES = 8
SHORT = 200


class EventRow(NamedTuple):
    """An event, ready to be shown. `at` is in ms; `job` is its id, if that job is known.

    `start` is for a message that is folded, `line` for where there is one line only. `more_link` leads to
    events of the same type.
    """

    id: int
    server: int
    severity: str
    type: str
    more_link: str
    job: int | None
    job_name: str
    at: int
    message: str
    start: str
    line: str


def rows(
    events: Sequence[Event], jobs: Mapping[tuple[int, str], int], filters: Mapping[str, str]
) -> list[EventRow]:
    """`jobs` has the ids of known jobs by server and name; `filters` of an address are kept in links."""
    return [_row(event, jobs, filters) for event in events]


def _row(event: Event, jobs: Mapping[tuple[int, str], int], filters: Mapping[str, str]) -> EventRow:
    message = _message_text(event)
    is_long = len(message) > LONG or len(message.splitlines()) > MOST_LINES
    line = first_line(message)
    return EventRow(
        id=event.id,
        server=event.server_id,
        severity=event.severity,
        type=visible(event.type),
        more_link=url_for("web.events", **{**filters, "type": event.type}),  # type: ignore[arg-type]  # it takes any
        job=jobs.get((event.server_id, event.job_name)) if event.job_name else None,
        job_name=visible(event.job_name),
        # As runs are listed: a clock that is ahead is not believed.
        at=event.order_at,
        message=visible(message, lines=True),
        start=visible(line[:SHORT]) if is_long else "",
        line=visible(line),
    )


def _message_text(event: Event) -> str:
    """The message of a device as it is; what we noted ourselves, in the language of who reads it."""
    if event.type == EVENT and event.message.startswith(f"{SHARE}: "):
        names = event.message.removeprefix(f"{SHARE}: ")
        return _("Two servers seem to share one machine ID: %(names)s") % {"names": names}
    return event.message.strip("\r\n") if event.message.strip() else ""
