"""From what a request says to the write that records it."""

from duplistat.core.event import Event
from duplistat.core.report import LiveStatus, Report
from duplistat.services.reports import intake
from duplistat.services.reports.events import record_event
from duplistat.services.reports.intake import Incoming
from duplistat.services.reports.live import live
from duplistat.services.reports.record import Recorded, record
from duplistat.services.writes import WriteCommand, prepare


def recording_of(
    incoming: Incoming, parsed: Report | LiveStatus | Event, service: int | None = None
) -> WriteCommand[Recorded]:
    """The command that records what a request said; `service` is the one that it was posted for."""
    match parsed:
        case Event():
            return prepare(record_event, event=intake.pack_event(incoming, parsed))
        case LiveStatus():
            return prepare(live, post=intake.pack_live(incoming, parsed, service))
        case Report():
            return prepare(record, report=intake.pack_report(incoming, parsed, service))
