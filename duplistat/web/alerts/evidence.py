"""/evidence: what was expected of backups and what came, over any time; a page that prints well, and signed files."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple

from flask import Response, request, stream_template, stream_with_context, url_for
from flask.typing import ResponseReturnValue

from duplistat.core.alerts.evidence_html import Writer, pieces
from duplistat.core.errors import DuplistatError
from duplistat.core.times import from_ms, midnight
from duplistat.http.context import context
from duplistat.services.alerts import evidence_file
from duplistat.services.alerts.evidence import Evidence, read_evidence
from duplistat.services.people.identity import Role
from duplistat.store import accounts
from duplistat.store.accounts import Account
from duplistat.web import language
from duplistat.web.access import base_address, needs
from duplistat.web.alerts.frame import links
from duplistat.web.form import Form
from duplistat.web.language import gettext as _
from duplistat.web.parts.subject_pages import reader
from duplistat.web.settings.page import tree

USUAL_DAYS = 30


class Asked(NamedTuple):
    """What was asked for: the days (both included), the account, and the evidence; None with what is wrong with it."""

    form: Form
    first: str
    last: str
    account: Account
    found: Evidence | None


@needs(Role.VIEWER)
def page() -> ResponseReturnValue:
    """`?from=` and `?to=` are days, `?account=` an account; without days the last thirty."""
    asked = _asked()
    chosen: dict[str, Any] = {"from": asked.first, "to": asked.last, "account": asked.account.id}
    found = asked.found

    def link(path: str) -> str:
        return f"{request.script_root}{path}"

    writer = Writer(context().schedule_defaults.zone, language.say(), link)
    made: Iterator[str] = pieces(found.head, found.jobs, found.tail, writer) if found else iter(())
    body = stream_template(
        "alerts/evidence.html",
        links=links(),
        subject_at=url_for("web.evidence"),
        reader=reader(),
        form=asked.form,
        first=asked.first,
        last=asked.last,
        account=asked.account.id,
        options=[place.option for place in tree()],
        files=[
            (kind.upper(), url_for("web.evidence_file", kind=kind, **chosen)) for kind in evidence_file.TYPES
        ]
        if found
        else [],
        pieces=made,
    )
    return Response(body, status=200 if found else 400, mimetype="text/html")


@needs(Role.VIEWER)
def file(kind: str) -> ResponseReturnValue:
    """The same as a signed file, a job at a time."""
    ctx, asked = context(), _asked()
    if asked.found is None:
        return page()
    made = evidence_file.pieces(
        ctx.config,
        asked.found,
        kind,
        say=language.say(),
        zone=ctx.schedule_defaults.zone,
        address=base_address(ctx),
    )
    response = Response(stream_with_context(made), mimetype=evidence_file.TYPES[kind])
    name = f"evidence-{asked.first}-{asked.last}.{kind}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _asked() -> Asked:
    ctx, form = context(), Form(request.args.to_dict())
    zone, now = ctx.schedule_defaults.zone, ctx.now()
    today = from_ms(now).astimezone(zone).date()
    account = form.account()
    last = _day(form, "to", today)
    first = _day(form, "from", last - timedelta(days=USUAL_DAYS - 1))
    found = None
    if not form.wrong:
        try:
            found = read_evidence(
                ctx.db,
                accounts.visible(ctx.db, account.id),
                ctx.schedule_defaults,
                account=account.name,
                begin=midnight(first, zone),
                end=midnight(last, zone, 1),
                now=now,
            )
        except DuplistatError as e:
            form.refuse(e)
    return Asked(form, first.isoformat(), last.isoformat(), account, found)


def _day(form: Form, name: str, otherwise: date) -> date:
    typed = form.typed(name).strip()
    try:
        day = date.fromisoformat(typed) if typed else otherwise
        if not date(1990, 1, 1) <= day <= date(9000, 1, 1):
            raise ValueError(typed)
    except ValueError:
        form.wrong[name] = _("Enter a date such as 2027-01-31.")
        return otherwise
    return day
