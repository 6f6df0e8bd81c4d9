"""/alerts/notices: what goes out and what went out, and what became of each attempt."""

import json
from collections.abc import Mapping
from typing import NamedTuple

from flask import Response, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from duplistat.core.errors import DuplistatError, Kind
from duplistat.http.context import context
from duplistat.services.alerts.by_hand import drop_notice, retry_notice
from duplistat.services.people.identity import Role
from duplistat.store import channels, notices, problems
from duplistat.store.notices import Notice
from duplistat.web.access import needs, signature, viewer
from duplistat.web.alerts import words
from duplistat.web.alerts.frame import ROWS, show
from duplistat.web.alerts.problems import entries, rows
from duplistat.web.alerts.texts import text_of
from duplistat.web.formatting import number_in, visible
from duplistat.web.language import gettext as _
from duplistat.web.parts.subject_pages import before, reader
from duplistat.web.redirects import done

# What `?state=` may say, and what the row has.
STATES = {
    "waiting": notices.WAITING,
    "sent": notices.SENT,
    "failed": notices.FAILED,
    "dropped": notices.DROPPED,
}
# Of the problems of a notice, so many are listed.
MOST_PROBLEMS = 100


class Line(NamedTuple):
    """A notice in a list: what it is for and about, by which channel, and how it is with it."""

    notice: Notice
    kind: str
    about: str
    way: str
    state: tuple[str, str]
    why: str


@needs(Role.VIEWER)
def page() -> Response:
    """Notices, newest first; `?state=` and `?channel=` choose, `?before=` goes on."""
    wanted = _wanted(request.args)
    channel = number_in(wanted["channel"]) if "channel" in wanted else None
    found = notices.page(
        context().db,
        viewer().sees,
        result=STATES[wanted["state"]] if "state" in wanted else None,
        channel=channel,
        before=before(),
        limit=ROWS + 1,
    )
    ways = channels.of_accounts(context().db, viewer().sees) if viewer().may(Role.ADMIN) else []
    return show(
        "notices",
        lines=lines(found[:ROWS]),
        filters=wanted,
        states=state_names(),
        ways=[(way.id, visible(way.name)) for way in ways],
        older=_address(wanted, found[ROWS - 1].id) if len(found) > ROWS else "",
        newer=_address(wanted) if before() else "",
    )


@needs(Role.VIEWER)
def one(number: int) -> Response:
    """One notice. Raises DuplistatError (not_found) for one that is not there to be seen."""
    notice, db = _notice(number), context().db
    ids = notices.members(db, notice.id)
    about = [
        item for item in problems.by_ids(db, ids[:MOST_PROBLEMS]).values() if item.account_id in viewer().sees
    ]
    (entry,) = entries([notice], [notice.id])
    return show(
        "notice",
        entry=entry,
        notice=notice,
        kind=words.notice_kinds().get(notice.kind, notice.kind),
        why=words.whys().get(notice.why, notice.why),
        result_why=words.dropped().get(notice.result_why, visible(notice.result_why)),
        outcome=words.attempt_state,
        took=words.took,
        made=text_of(notice),
        rows=rows(about),
        more=len(ids) - len(about),
    )


@needs(Role.VIEWER)
def tried(number: int) -> Response:
    """What became of a notice so far, as a part of a page. Raises DuplistatError (not_found)."""
    notice = _notice(number)
    (entry,) = entries([notice], [notice.id])
    page = render_template(
        "alerts/attempts.html", entry=entry, outcome=words.attempt_state, took=words.took, reader=reader()
    )
    return make_response(page)


@needs(Role.OPERATOR)
def retry(number: int) -> ResponseReturnValue:
    """Have it go out at once. Raises DuplistatError: not_found, or invalid for one that was sent, or is being sent."""
    notice = _notice(number)
    context().writes.run(retry_notice, notice=notice.id, **signature())
    return done(url_for("web.notice", number=notice.id), _("The notice goes out now."))


@needs(Role.OPERATOR)
def drop(number: int) -> ResponseReturnValue:
    """Take it back. Raises DuplistatError: not_found, or invalid for one that waits no more."""
    notice = _notice(number)
    context().writes.run(drop_notice, notice=notice.id, **signature())
    return done(url_for("web.notice", number=notice.id), _("The notice was dropped."))


def lines(found: list[Notice]) -> list[Line]:
    """Notices as a list shows them."""
    kinds, why, now = words.notice_kinds(), words.dropped(), context().now()
    return [
        Line(
            entry.notice,
            kinds.get(entry.notice.kind, entry.notice.kind),
            about(json.loads(entry.notice.facts)),
            entry.way,
            words.notice_state(entry.notice, now),
            why.get(entry.notice.result_why, visible(entry.notice.result_why)),
        )
        for entry in entries(found, [notice.id for notice in found])
    ]


def about(facts: Mapping[str, object]) -> str:
    """What a notice tells of, in a line: the first of its problems or events, and how many more there are."""
    named = facts.get("problems") or facts.get("events") or ()
    first = next(iter(named), None) if isinstance(named, list) else None
    if not isinstance(first, dict):
        return ""
    text = " / ".join(str(first[key]) for key in ("server", "job") if first.get(key))
    total = facts.get("total")
    more = (total if isinstance(total, int) and total else len(named)) - 1  # type: ignore[arg-type]  # it is a list
    return (
        visible(text)
        if more < 1
        else _("%(first)s and %(more)s more") % {"first": visible(text), "more": more}
    )


def state_names() -> list[tuple[str, str]]:
    return [
        ("waiting", _("waiting")),
        ("sent", _("sent")),
        ("failed", _("failed")),
        ("dropped", _("dropped")),
    ]


def _address(filters: Mapping[str, str], before: int | None = None) -> str:
    return url_for("web.notices", before=before, state=filters.get("state"), channel=filters.get("channel"))


def _wanted(asked: Mapping[str, str]) -> dict[str, str]:
    """The filters of the address; what is none is left out."""
    wanted = {}
    if asked.get("state", "") in STATES:
        wanted["state"] = asked["state"]
    if number_in(asked.get("channel", "")):
        wanted["channel"] = asked["channel"]
    return wanted


def _notice(number: int) -> Notice:
    found = notices.seen(context().db, viewer().sees, number)
    if found is None:
        raise DuplistatError(Kind.NOT_FOUND, "Notice not found")
    return found
