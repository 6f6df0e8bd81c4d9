"""What a ping that another monitor kept says of its run: the same as if it had come here."""

from duplistat.core.ping import Kind
from duplistat.core.report import Report
from duplistat.core.times import to_ms
from duplistat.formats.imports.records import PingRecord
from duplistat.services.reports import pings


def report_of(ping: PingRecord, program: str, max_log_lines: int) -> Report:
    """The run that a ping ended, which is known by the ping's own name."""
    told = {
        "kind": Kind.FAIL if ping.failed else Kind.SUCCESS,
        "exit": ping.exit,
        "duration_ms": ping.duration_ms,
        "started": to_ms(ping.started),
        "by": program,
        "id": ping.key,
        "msg": ping.message,
    }
    names = {name: str(value) for name, value in told.items() if value not in (None, "")}
    return pings.read(ping.body, names=names, received=ping.received, max_log_lines=max_log_lines)
