"""/settings/inbox: what came and could not be read as a report, and what was dropped of that. Somebody decides."""

import json
from typing import Any, NamedTuple

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from duplistat.core.encoding import charset_of, text_of
from duplistat.core.errors import DuplistatError, Kind
from duplistat.http.context import context
from duplistat.services.people.identity import Role
from duplistat.services.reports.inbox import REPLAY, dismiss_unread, note_replay, replay_unread
from duplistat.services.reports.replay import read_again
from duplistat.store import background_tasks, deliveries, unread
from duplistat.store.deliveries import Delivery
from duplistat.store.unread import Dropped
from duplistat.web.access import needs, signature, viewer
from duplistat.web.formatting import visible
from duplistat.web.language import gettext as _
from duplistat.web.language import ngettext
from duplistat.web.parts.subject_pages import before
from duplistat.web.redirects import done
from duplistat.web.settings.page import show, tree

ROWS = 50
# Bytes of a body that are shown; the rest is in the file.
SHOWN = 64 * 1024
# Of each account and limit there is one.
DROPPED_SHOWN = 20
# What came of reading all again is told for so long.
TOLD_MS = 3_600_000


class Count(NamedTuple):
    """How many reports became what, in words."""

    number: int
    words: str


class Reprocessed(NamedTuple):
    """How the latest reprocessing of all is: `how` is under way, done or failed."""

    how: str
    became: list[Count]
    problem: str


class DroppedLine(NamedTuple):
    """What was deleted to make room, for which limit in words, and of which account where there are several."""

    what: Dropped
    why: str
    account: str


@needs(Role.OPERATOR)
def page() -> Response:
    """What could not be read, newest first; `?away=1` shows what was put away."""
    ctx, seen, away = context(), viewer().sees, bool(request.args.get("away"))
    found = deliveries.unread(ctx.db, seen, before=before(), limit=ROWS + 1, dismissed=away)
    shown, names = found[:ROWS], {place.id: place.name for place in tree()}
    older = {"before": shown[-1].id} if len(found) > ROWS else None
    replay = _last_reprocessing()
    return show(
        "inbox",
        deliveries=shown,
        away=away,
        names=names,
        older=_address(away, **older) if older else "",
        newer=_address(away) if before() else "",
        replay=replay,
        dropped=_dropped(names),
        limits=ctx.config.intake,
    )


@needs(Role.OPERATOR)
def one(number: int) -> Response:
    """One of these, as text. Raises DuplistatError (not_found) for one that is not there to be seen."""
    found = _delivery(number)
    body = deliveries.body_of(context().db, found.id)
    return show(
        "inbox_one",
        delivery=found,
        account={place.id: place.name for place in tree()}.get(found.account_id, ""),
        text=visible(text_of(body[:SHOWN], charset_of(found.content_type)), lines=True),
        left_out=max(0, len(body) - SHOWN),
        cut=len(body) if len(body) < found.size else None,
        is_unread=found.outcome in ("unrecognised", "dismissed"),
    )


@needs(Role.OPERATOR)
def replay(number: int) -> ResponseReturnValue:
    """Read one again, now."""
    found, ctx = _delivery(number), context()
    ctx.writes.run(note_replay, account=found.account_id, deliveries=[found.id], **signature())
    outcome = read_again(ctx.db, ctx.writes, found.id, max_log_lines=ctx.config.intake.max_log_lines)
    if outcome == "unrecognised":
        return done(
            url_for("web.settings_delivery", number=found.id), _("This report is still not recognised.")
        )
    message = _("Reprocessed: %(outcome)s.") % {"outcome": outcomes().get(outcome, outcome)}
    return done(url_for("web.settings_delivery", number=found.id), message)


@needs(Role.OPERATOR)
def replay_all() -> ResponseReturnValue:
    """Have all read again in the background."""
    try:
        context().writes.run(replay_unread, account=viewer().account, **signature())
    except DuplistatError as e:
        if e.kind is not Kind.INVALID:
            raise
    return done(url_for("web.settings_inbox"), _("Reprocessing all reports…"))


@needs(Role.OPERATOR)
def put_away() -> ResponseReturnValue:
    """Put those that were ticked away, or back."""
    ticked = request.form.getlist("delivery")
    ids = [int(id) for id in ticked if id.isascii() and id.isdecimal() and len(id) < 19][:ROWS]
    back = bool(request.form.get("back"))
    account, sees = viewer().account, list(viewer().sees)
    run = context().writes.run
    if not ids or not (
        changed := run(dismiss_unread, account=account, deliveries=ids, sees=sees, back=back, **signature())
    ):
        return done(_address(back), _("Select at least one report."))
    if back:
        message = ngettext("1 report reopened.", "%(num)s reports reopened.", changed)
    else:
        message = ngettext("1 report dismissed.", "%(num)s reports dismissed.", changed)
    return done(_address(back), message % {"num": changed})


def outcomes() -> dict[str, str]:
    """What can become of a delivery that is read again, in words."""
    return {
        "recorded": _("new run or event recorded"),
        "corrected": _("run corrected"),
        "refined": _("details added to a known run"),
        "changed": _("progress added to a known run"),
        "repeat": _("already recorded, nothing changed"),
        "live": _("progress of a running operation, nothing to record"),
        "unrecognised": _("still not recognised"),
        "gone": _("deleted meanwhile"),
        "refused": _("could not be recorded, see the server log"),
    }


def _dropped(names: dict[int, str]) -> list[DroppedLine]:
    words = whys()
    found = unread.dropped(context().db, viewer().sees, DROPPED_SHOWN)
    return [
        DroppedLine(each, words[each.why], names.get(each.account, "") if len(names) > 1 else "")
        for each in found
    ]


def whys() -> dict[str, str]:
    """The limits that something unreadable can be dropped for, in words."""
    return {
        "address_count": _("one address sent more than half of unread_max_count"),
        "address_bytes": _("one address sent more than half of unread_max_bytes"),
        "account_count": _("all addresses together sent more than unread_max_count"),
        "account_bytes": _("all addresses together sent more than unread_max_bytes"),
    }


def _delivery(number: int) -> Delivery:
    found = deliveries.get(context().db, number)
    if found is None or found.account_id not in viewer().sees:
        raise DuplistatError(Kind.NOT_FOUND, "Report not found or deleted by retention")
    return found


def _address(away: bool, **more: Any) -> str:
    return url_for("web.settings_inbox", away=1 if away else None, **more)


def _last_reprocessing() -> Reprocessed | None:
    """How the latest reprocessing of all is; None when it is long ago."""
    latest = next(iter(background_tasks.latest(context().db, viewer().sees, REPLAY)), None)
    if latest is None or (latest.ended_at or context().now()) < context().now() - TOLD_MS:
        return None
    became: dict[str, int] = json.loads(latest.state)["became"]
    words = outcomes()
    how = "under way" if latest.ended_at is None else "failed" if latest.problem else "done"
    counts = [Count(count, words.get(outcome, outcome)) for outcome, count in became.items()]
    return Reprocessed(how, counts, latest.problem)
