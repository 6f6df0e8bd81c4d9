"""/digest/settings: which digests go out, when and by which channels."""

import json
from typing import NamedTuple

from flask import Response, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from duplistat.core.alerts.digest_facts import Period
from duplistat.core.errors import DuplistatError, Kind
from duplistat.http.context import context
from duplistat.services.alerts.digests import (
    DigestChanges,
    add_digest,
    channels_of,
    delete_digest,
    digest_now,
    send_digest,
    set_digest,
)
from duplistat.services.alerts.zones import zone_of
from duplistat.services.people.identity import Role
from duplistat.store import channels, digests
from duplistat.store.digests import Digest
from duplistat.web.access import needs, signature, viewer
from duplistat.web.alerts import words
from duplistat.web.alerts.digest import periods
from duplistat.web.alerts.frame import show
from duplistat.web.form import Form
from duplistat.web.formatting import number_in, visible
from duplistat.web.language import gettext as _
from duplistat.web.language import ngettext
from duplistat.web.parts.subject_pages import reader
from duplistat.web.redirects import done
from duplistat.web.settings.page import tree
from duplistat.web.timed import timed


class Line(NamedTuple):
    """A digest, when it goes out, and by which channels."""

    digest: Digest
    when: Markup
    channels: str
    account: str


@needs(Role.ADMIN)
def page() -> Response:
    """All digests, and a form for a new one."""
    return _page(Form({"period": Period.DAY.value, "hour": "7", "day": "1", "enabled": "1"}))


@needs(Role.ADMIN)
def add() -> ResponseReturnValue:
    form = Form()
    account, changes = form.account(), _read(form)
    if not form.wrong:
        try:
            context().writes.run(add_digest, account=account.id, changes=changes, **signature())
        except DuplistatError as e:
            form.refuse(e)
    if form.wrong:
        return _page(form, 400)
    return done(url_for("web.digest_settings"), _("Digest added."))


@needs(Role.ADMIN)
def edit(number: int) -> Response:
    """One digest, to be changed."""
    row = _found(number)
    return _one(row, _as_it_is(row))


@needs(Role.ADMIN)
def save(number: int) -> ResponseReturnValue:
    row, form = _found(number), Form()
    changes = _read(form)
    if not form.wrong:
        try:
            context().writes.run(set_digest, digest=row.id, changes=changes, **signature())
        except DuplistatError as e:
            form.refuse(e)
    if form.wrong:
        return _one(row, form, 400)
    return done(url_for("web.digest_settings"), _("Digest saved."))


@needs(Role.ADMIN)
def send(number: int) -> ResponseReturnValue:
    """Hand it to the sender at once."""
    ctx, row = context(), _found(number)
    facts, _state = digest_now(ctx.db, row, ctx.schedule_defaults, ctx.now())
    try:
        made = ctx.writes.run(send_digest, digest=row.id, facts=facts, **signature())
    except DuplistatError as e:
        form = Form({})
        form.refuse(e)
        return _page(form, 400)
    said = ngettext("%(number)s message goes out.", "%(number)s messages go out.", made)
    return done(url_for("web.digest_settings"), said % {"number": made})


@needs(Role.ADMIN)
def delete(number: int) -> ResponseReturnValue:
    row = _found(number)
    form = _as_it_is(row)
    if not form.confirmed(row.name):
        return _one(row, form, 400)
    context().writes.run(delete_digest, digest=row.id, **signature())
    return done(url_for("web.digest_settings"), _("Digest deleted."))


def _as_it_is(row: Digest) -> Form:
    values: dict[str, str | list[str]] = {
        "name": row.name,
        "period": row.period,
        "hour": str(row.hour),
        "day": str(row.day),
        "channels": [str(id) for id in json.loads(row.channels)],
        "skip_unchanged": "1" if row.skip_unchanged else "",
        "enabled": "1" if row.enabled else "",
    }
    return Form(values)


def _read(form: Form) -> DigestChanges:
    return {
        "name": form.text("name", missing=_("Enter a name.")),
        "period": form.one_of("period", [period.value for period in Period]),
        "hour": form.number("hour", 0, 23),
        "day": form.number("day", 1, 31),
        "channels": [number_in(typed) for typed in form.ticked("channels")],
        "skip_unchanged": bool(form.typed("skip_unchanged")),
        "enabled": bool(form.typed("enabled")),
    }


def _found(number: int) -> Digest:
    row = digests.seen(context().db, viewer().sees, number)
    if row is None:
        raise DuplistatError(Kind.NOT_FOUND, "digest not found")
    return row


def _page(form: Form, status: int = 200) -> Response:
    db, places = context().db, tree()
    names = {place.id: place.name for place in places}
    found, at = digests.of_accounts(db, viewer().sees), reader()
    return show(
        "digest_settings",
        status,
        form=form,
        lines=[
            Line(
                row,
                timed(_when(row), at, zone_of(db, row.account_id, at.zone)),
                visible(", ".join(way.name for way in channels_of(db, row))),
                names[row.account_id],
            )
            for row in found
        ],
        options=[place.option for place in places],
        several=len(places) > 1,
        **_choices(),
    )


def _one(row: Digest, form: Form, status: int = 200) -> Response:
    return show("digest_edit", status, form=form, digest=row, name=visible(row.name), **_choices())


def _choices() -> dict[str, object]:
    """What can be chosen."""
    ways, kinds = channels.of_accounts(context().db, viewer().sees), words.channel_kinds()
    return {
        "periods": periods(),
        "ways": [(way.id, f"{visible(way.name)} ({kinds[way.kind]})") for way in ways],
    }


def _when(row: Digest) -> str:
    at = f"{row.hour:02}:00"
    days = (_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"))
    if row.period == Period.DAY:
        return _("every day at %(at)s") % {"at": at}
    if row.period == Period.WEEK:
        return _("each %(day)s at %(at)s") % {"day": days[row.day - 1], "at": at}
    return _("on day %(day)s of each month at %(at)s") % {"day": row.day, "at": at}
