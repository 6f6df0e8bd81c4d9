"""GET /events: what devices said besides the results of their runs."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from flask import render_template, request

from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.event import Severity
from duplistat.core.i18n import Text
from duplistat.core.text import clip_name
from duplistat.core.times import from_ms
from duplistat.formats.ingest import TYPE_LIMIT
from duplistat.http.context import context
from duplistat.store import deliveries, job_lists, servers
from duplistat.store import events as store
from duplistat.store.events import Filter
from duplistat.store.servers import Server
from duplistat.web.access import base_address, viewer
from duplistat.web.formatting import ID_MOST, Reader, visible
from duplistat.web.language import gettext as _
from duplistat.web.parts.event_rows import EventRow, rows
from duplistat.web.parts.history import cursor
from duplistat.web.parts.labels import Label, labels_of
from duplistat.web.parts.states import state_words

PAGE = 50
# A list to choose from that is longer is no use to anyone.
MOST_CHOICES = 200
_CHOICE_CHARS = 60
_NUMBER = re.compile(r"\d{1,19}", re.ASCII)


class Active(NamedTuple):
    """A filter that holds: its name in addresses, what it is about, and what it says."""

    name: str
    label: str
    text: str


def events() -> str:
    """The page; `?severity=`, `?type=` and `?server=` choose, `?before=` goes on.

    Raises DuplistatError: invalid for a wrong value, not_found for a server that is not there to be seen.
    """
    ctx = context()
    now = ctx.now()
    sees = viewer().sees
    wanted = _wanted(request.args)
    before = cursor(request.args.get("before", ""))
    found, following = store.page(ctx.db, sees, wanted, before=before, limit=PAGE)
    known = servers.visible(ctx.db, sees)
    labels = labels_of(known)
    if wanted.server is not None and wanted.server not in labels:
        raise DuplistatError(Kind.NOT_FOUND, "Server not found")
    jobs = job_lists.known(ctx.db, {(event.server_id, event.job_name) for event in found if event.job_name})
    filters = _filters(wanted)
    shown = rows(found, jobs, filters)
    return render_template(
        "events.html",
        events=shown,
        labels=labels,
        deliveries=deliveries.first_of_events(ctx.db, [event.id for event in found]),
        filters=filters,
        active=_active(wanted, labels),
        severities=list(Severity),
        types=_types(found),
        choices=choices(known, labels, wanted, shown),
        left_out=max(0, len(known) - MOST_CHOICES),
        before=before,
        older="{}-{}".format(*following) if following else "",
        base=base_address(ctx),
        example_time=f"{from_ms(now):%Y-%m-%dT%H:%M:%SZ}",
        reader=Reader(now, ctx.schedule_defaults.zone),
    )


def _wanted(asked: Mapping[str, str]) -> Filter:
    """What the address asks for; an empty value is no filter, as a form sends it."""
    severity, server = asked.get("severity", "").strip(), asked.get("server", "").strip()
    if severity and severity not in list(Severity):
        raise DuplistatError(
            Kind.INVALID,
            Text(
                "?severity= must be one of {severities}, and not “{severity}”",
                severities=", ".join(Severity),
                severity=severity[:40],
            ),
        )
    if server and not (_NUMBER.fullmatch(server) and int(server) <= ID_MOST):
        raise DuplistatError(
            Kind.INVALID,
            Text(
                "?server= must be the number of a server, as in its address, and not “{server}”",
                server=server[:40],
            ),
        )
    # Cut as it was stored.
    type = clip_name(asked.get("type", ""), TYPE_LIMIT)
    return Filter(server=int(server) if server else None, type=type, severity=severity)


def _filters(wanted: Filter) -> dict[str, str]:
    """The filters as they stand in an address."""
    values = {
        "severity": wanted.severity,
        "type": wanted.type,
        "server": "" if wanted.server is None else str(wanted.server),
    }
    return {name: value for name, value in values.items() if value}


def _active(wanted: Filter, labels: Mapping[int, Label]) -> list[Active]:
    server = labels[wanted.server].text if wanted.server is not None else ""
    filters = (
        Active("severity", _("severity"), state_words().get(wanted.severity, "")),
        Active("type", _("type"), visible(wanted.type)),
        Active("server", _("server"), server),
    )
    return [item for item in filters if item.text]


def _types(found: Sequence[store.Event]) -> list[str]:
    """Types to choose from: those of this page, but for what no field can hold as it is."""
    return sorted({event.type for event in found if visible(event.type) == event.type})


def choices(
    known: Sequence[Server], labels: Mapping[int, Label], wanted: Filter, shown: Sequence[EventRow]
) -> list[tuple[int, str]]:
    """(id, label) of the servers to choose from, by label: those on this page, then those heard of last."""
    here = {row.server for row in shown} | {wanted.server}
    first = sorted(known, key=lambda server: (server.id not in here, -server.seen_at))[:MOST_CHOICES]
    ids = {server.id for server in first}
    return [(server.id, _short(labels[server.id].text)) for server in known if server.id in ids]


def _short(text: str) -> str:
    return text if len(text) <= _CHOICE_CHARS else f"{text[:_CHOICE_CHARS]}…"
