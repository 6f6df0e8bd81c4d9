"""/digest and /digest/<day>: how all jobs stand, or what reports said of a time that is over; as digests say it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from flask import Response, request

from duplistat.core.alerts.digest_facts import DAYS, Period
from duplistat.core.alerts.digest_lines import counts_words, lead_of, sections_of
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.i18n import Say
from duplistat.core.times import from_ms, midnight
from duplistat.http.context import context
from duplistat.services.alerts.digest_rows import read_digest
from duplistat.services.people.identity import Role
from duplistat.store import accounts
from duplistat.web import language
from duplistat.web.access import needs
from duplistat.web.alerts.frame import show
from duplistat.web.form import Form
from duplistat.web.formatting import Reader, visible
from duplistat.web.language import gettext as _
from duplistat.web.settings.page import tree
from duplistat.web.timed import written


@dataclass(frozen=True, slots=True)
class _Style:
    zone: ZoneInfo
    say: Say
    written: Callable[[int], str]
    base_url: str = ""


def periods() -> list[tuple[str, str]]:
    """(period, its name) of each."""
    return [(Period.DAY.value, _("day")), (Period.WEEK.value, _("week")), (Period.MONTH.value, _("month"))]


@needs(Role.VIEWER)
def page(day: str = "") -> Response:
    """`?period=` says how far back it goes, `?account=` of which account and those below it."""
    ctx, form = context(), Form(request.args.to_dict())
    zone, now = ctx.schedule_defaults.zone, ctx.now()
    today = from_ms(now).astimezone(zone).date()
    chosen, owner = _day(day or form.typed("day"), today), form.account()
    period = Period(form.one_of("period", list(Period))) if form.typed("period") else Period.DAY
    begin = midnight(chosen, zone, 1 - DAYS[period])
    facts = read_digest(
        ctx.db,
        accounts.visible(ctx.db, owner.id),
        ctx.schedule_defaults,
        name="",
        account=owner.name,
        period=period.value,
        from_at=begin,
        until_at=min(midnight(chosen, zone, 1), now),
        now=now,
    )
    style, places = _Style(zone, language.say(), partial(written, reader=Reader(now, zone))), tree()
    return show(
        "digest",
        400 if form.wrong else 200,
        form=form,
        day=chosen.isoformat(),
        today=today.isoformat(),
        period=period.value,
        periods=periods(),
        account=owner.id,
        account_name=visible(owner.name),
        options=[place.option for place in places],
        counts=counts_words(facts, style.say),
        lead=lead_of(facts, style),
        sections=sections_of(facts, style),
        earlier=(chosen - timedelta(days=DAYS[period])).isoformat(),
        later=(chosen + timedelta(days=DAYS[period])).isoformat() if chosen < today else "",
    )


def _day(typed: str, today: date) -> date:
    """The day that was asked for, today without one. Raises DuplistatError (not_found) for none, and one to come."""
    try:
        day = date.fromisoformat(typed) if typed else today
    except ValueError:
        raise DuplistatError(Kind.NOT_FOUND, "there is no such day: write it as 2027-01-31") from None
    if not date(2000, 1, 1) <= day <= today:
        raise DuplistatError(Kind.NOT_FOUND, "there is no digest of that day")
    return day
