"""/settings/sessions: where one is signed in, and for admins where everybody else of their accounts is."""

from typing import NamedTuple

from flask import Response, url_for
from flask.typing import ResponseReturnValue

from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.text import clean
from duplistat.http.context import context
from duplistat.services.people.identity import CurrentUser, Role
from duplistat.services.people.sessions import end_other_sessions, end_session
from duplistat.store import sessions as store
from duplistat.store.sessions import Shown
from duplistat.web.access import needs, own, signature, viewer
from duplistat.web.form import Form
from duplistat.web.formatting import ID_MOST, visible
from duplistat.web.language import gettext as _
from duplistat.web.language import ngettext
from duplistat.web.redirects import done
from duplistat.web.settings import browsers
from duplistat.web.settings.page import ROWS, show


class Line(NamedTuple):
    """A session, ready to be shown."""

    session: Shown
    browser: str
    is_this: bool


@needs(Role.VIEWER)
def page() -> Response:
    ctx, signed = context(), own()
    mine = store.of_user(ctx.db, signed.user, ctx.now(), ROWS + 1)
    others = _of_others(signed)
    return show(
        "sessions",
        mine=[_line(session, signed) for session in mine[:ROWS]],
        others=[_line(session, signed) for session in others[:ROWS]],
        more=len(mine) > ROWS or len(others) > ROWS,
        most=ROWS,
    )


@needs(Role.VIEWER)
def end() -> ResponseReturnValue:
    """End one session: of one's own, or as an admin of somebody of these accounts.

    Raises DuplistatError (not_found) for one that is not there to be seen.
    """
    ctx, signed, form = context(), own(), Form()
    session = clean(form.typed("session"))
    found = store.referred(ctx.db, form.number("user", 0, ID_MOST), session, ctx.now())
    if found is None or not _may_end(found, signed):
        raise DuplistatError(Kind.NOT_FOUND, "Session not found or already signed out")
    ctx.writes.run(end_session, hash=found.hash, action="session.end", **signature())
    return done(url_for("web.sessions"), _("Session signed out."))


@needs(Role.VIEWER)
def end_others() -> ResponseReturnValue:
    """End all of one's own sessions but this one."""
    signed = own()
    ended = context().writes.run(end_other_sessions, user=signed.user, keep=signed.session, **signature())
    said = ngettext("1 session signed out.", "%(number)s sessions signed out.", ended) % {"number": ended}
    return done(url_for("web.sessions"), said if ended else _("No other sessions."))


def _of_others(signed: CurrentUser) -> list[Shown]:
    if not viewer().may(Role.ADMIN):
        return []
    ctx = context()
    return store.of_accounts(ctx.db, viewer().sees, ctx.now(), but_user=signed.user, limit=ROWS + 1)


def _may_end(session: Shown, signed: CurrentUser) -> bool:
    return session.user_id == signed.user or (
        viewer().may(Role.ADMIN) and session.account_id in viewer().sees
    )


def _line(session: Shown, signed: CurrentUser) -> Line:
    program, system = map(visible, browsers.named(session.agent))
    if program and system:
        browser = _("%(browser)s on %(system)s") % {"browser": program, "system": system}
    else:
        browser = program or system or _("Unknown browser")
    return Line(session, browser, session.hash == signed.session)
