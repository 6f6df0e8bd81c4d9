"""What whoever looks after this server and its alerts is told on every page, when they do not work."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from flask import g, request, url_for
from markupsafe import Markup

from duplistat.http.context import context
from duplistat.services.alerts.channel_config import MAIL
from duplistat.services.maintenance import scheduled_backups
from duplistat.services.monitoring import alert_health
from duplistat.services.people.identity import Role
from duplistat.store import alert_facts, channels
from duplistat.store.database import UNUSABLE
from duplistat.web.access import Viewer
from duplistat.web.formatting import say, sentence, visible
from duplistat.web.language import gettext as _
from duplistat.web.language import ngettext, translated
from duplistat.web.parts.subject_pages import reader
from duplistat.web.timed import timed

# Channels that are named; of more, how many there are is said.
MOST_NAMED = 3


class Warning(NamedTuple):
    """A sentence, and where it leads: an address and its name."""

    text: Markup
    link: str
    name: str


def warnings() -> list[Warning]:
    """What does not work, for administrators; for those of the whole server also what is late or old of itself.

    Nothing on pages that say it themselves, and while the database is away. 2 statements, 5 where backups are made.
    """
    viewer: Viewer | None = getattr(g, "viewer", None)
    if viewer is None or not viewer.may(Role.ADMIN):
        return []
    try:
        return [*(_of_server() if viewer.whole else ()), *_of_channels(viewer)]
    except UNUSABLE:
        # A page that tells of an error.
        return []


def _of_server() -> Iterator[Warning]:
    ctx, page = context(), request.endpoint or ""
    if not page.startswith("web.settings_about"):
        for text in alert_health.late(ctx.db, ctx.config.overdue, ctx.now()):
            yield Warning(_said(text), url_for("web.settings_about"), _("System"))
    own = ctx.config.backup
    if page.startswith(("web.settings_database", "web.settings_about")) or not scheduled_backups.warn_after(
        own
    ):
        return
    if text := scheduled_backups.look(ctx.db, own, ctx.now()).warning:
        yield Warning(_said(text), url_for("web.settings_database"), _("Database"))


def _of_channels(viewer: Viewer) -> Iterator[Warning]:
    if (request.endpoint or "").startswith("web.channel"):
        return
    broken = _relied_on(alert_facts.broken_channels(context().db, viewer.sees))
    for number, name, _kind, _since in broken[:MOST_NAMED]:
        text = say(_("The channel %(name)s does not deliver."), name=visible(name))
        yield Warning(text, url_for("web.channel", number=number), _("Open channel"))
    if (more := len(broken) - MOST_NAMED) > 0:
        text = say(
            ngettext("%(num)s more channel does not deliver.", "%(num)s more channels do not deliver.", more),
            num=str(more),
        )
        yield Warning(text, url_for("web.channels"), _("Channels"))


def _relied_on(broken: Sequence[tuple[int, str, str, int]]) -> Sequence[tuple[int, str, str, int]]:
    """Those that somebody may rely on: not the one of a new server without a mail server, which never sent anything;
    the first steps on the overview say that."""
    ctx = context()
    if ctx.config.mail.host or not broken:
        return broken
    known = channels.by_ids(ctx.db, [number for number, *_rest in broken])
    silent = {number for number, row in known.items() if row.kind == MAIL and row.last_ok_at is None}
    return [row for row in broken if row[0] not in silent]


def _said(text: str) -> Markup:
    return timed(sentence(visible(translated(text))), reader())
