"""/alerts/silences: for a time, no alerts about some jobs. Those for problems still open are sent when it ends."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from flask import Response, url_for
from flask.typing import ResponseReturnValue

from duplistat.core.alerts.rule import EVENT, KINDS
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.times import to_ms
from duplistat.http.context import context
from duplistat.services.alerts.acknowledge import LONGEST_WHY
from duplistat.services.alerts.listeners import match_in
from duplistat.services.alerts.silences import add_silence, end_silence
from duplistat.services.people.identity import Role
from duplistat.store import silences
from duplistat.store.silences import Silence
from duplistat.web.access import needs, signature, viewer
from duplistat.web.alerts import selection
from duplistat.web.alerts.frame import ROWS, show
from duplistat.web.form import Form
from duplistat.web.formatting import visible
from duplistat.web.language import gettext as _
from duplistat.web.parts.subject_pages import before, reader
from duplistat.web.redirects import done
from duplistat.web.settings.page import tree

# Times as browsers send them.
TYPED = "%Y-%m-%dT%H:%M"
USUAL = timedelta(hours=8)
# More that hold or will are not listed; as many are looked at, for those that are for more than one job.
MOST_CURRENT, MOST_READ = 200, 20_000


class Line(NamedTuple):
    """A silence, for what it is, and how it stands: coming, holding or ended."""

    silence: Silence
    about: str
    state: str


@needs(Role.VIEWER)
def page() -> Response:
    """Those that hold or will, those that ended (`?before=` goes on in these), and a form for a new one."""
    at = reader()
    until = (at.local(at.now) + USUAL).strftime(TYPED)
    return _page(Form({"until": until}))


@needs(Role.OPERATOR)
def add() -> ResponseReturnValue:
    form, ctx = Form(), context()
    known = selection.names()
    account = form.account()
    match = selection.read(form, known)
    begins, until = _time(form, "from"), _time(form, "until")
    why = form.text("why", missing=_("Enter a reason."), most=LONGEST_WHY)
    if until is None and "until" not in form.wrong:
        form.wrong["until"] = _("Enter when it ends.")
    if not any(match.values()):
        form.wrong[""] = _("Choose at least one server, group, job or tag.")
    if not form.wrong and until is not None:
        kinds = [*KINDS] if form.typed("events") else [kind for kind in KINDS if kind != EVENT]
        try:
            ctx.writes.run(
                add_silence,
                account=account.id,
                match={**match, "kinds": kinds},
                from_at=ctx.now() if begins is None else begins,
                until_at=until,
                why=why,
                **signature(),
            )
        except DuplistatError as e:
            form.refuse(e)
    if form.wrong:
        return _page(form, 400)
    return done(
        url_for("web.silences"),
        _("Silence added. Alerts for problems that are still open are sent when it ends."),
    )


@needs(Role.OPERATOR)
def end(number: int) -> ResponseReturnValue:
    """End a silence now. Raises DuplistatError (not_found) for one that is not there to be seen."""
    if silences.seen(context().db, viewer().sees, number) is None:
        raise DuplistatError(Kind.NOT_FOUND, "Silence not found")
    ended = context().writes.run(end_silence, silence=number, **signature())
    return done(url_for("web.silences"), _("Silence ended.") if ended else _("It had ended already."))


def _time(form: Form, name: str) -> int | None:
    """A time of the form's clock, in ms; None for none."""
    typed = form.typed(name).strip()
    if not typed:
        return None
    try:
        return to_ms(datetime.strptime(typed, TYPED).replace(tzinfo=form.clock() or reader().zone))
    except (ValueError, OverflowError):
        form.wrong[name] = _("Enter a time such as 2027-01-31T22:00.")
        return None


def _page(form: Form, status: int = 200) -> Response:
    ctx, known, places = context(), selection.names(), tree()
    now, sees = ctx.now(), viewer().sees
    current = silences.page(ctx.db, sees, wanted=silences.current(now), limit=MOST_READ)
    if len(current) > MOST_CURRENT:
        # Those for one job are on the table of all schedules, too.
        current.sort(key=lambda item: len(match_in(item.spec).jobs) == 1)
    ended = silences.page(ctx.db, sees, wanted=silences.over(now), before=before(), limit=ROWS + 1)

    def lines(found: Sequence[Silence]) -> list[Line]:
        return [Line(item, selection.in_words(match_in(item.spec), known), item.state(now)) for item in found]

    return show(
        "silences",
        status,
        form=form,
        longest=LONGEST_WHY,
        current=lines(current[:MOST_CURRENT]),
        more=len(current) > MOST_CURRENT,
        ended=lines(ended[:ROWS]),
        older=url_for("web.silences", before=ended[ROWS - 1].id) if len(ended) > ROWS else "",
        newer=url_for("web.silences") if before() else "",
        lists=selection.lists(known, form, with_accounts=False),
        tags=[visible(tag) for tag in known.tags[:20]],
        options=[place.option for place in places],
        zone=(form.clock() or reader().zone).key,
    )
