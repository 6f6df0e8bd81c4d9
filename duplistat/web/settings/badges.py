"""/settings/badges: all badges of the accounts that somebody sees; those of an account and of a tag are made here."""

from typing import NamedTuple

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.text import capital
from duplistat.http.context import context
from duplistat.services.people.identity import Role
from duplistat.services.pings import badges as services
from duplistat.store import badges
from duplistat.store.badges import Badge
from duplistat.web.access import base_address, needs, signature, viewer
from duplistat.web.form import Form
from duplistat.web.formatting import number_in, sentence, visible
from duplistat.web.language import gettext as _
from duplistat.web.language import translated
from duplistat.web.redirects import done
from duplistat.web.settings.page import show, tree


class Line(NamedTuple):
    """A badge, and where it is: "" where that cannot be read."""

    badge: Badge
    address: str


@needs(Role.ADMIN)
def page() -> Response:
    """All badges of the accounts that who looks may see; `?revoke=` asks whether one is to go."""
    wanted = number_in(request.args.get("revoke", ""))
    return _list(Form(), leaving=_seen(wanted) if wanted else None)


@needs(Role.ADMIN)
def create() -> ResponseReturnValue:
    """Make a badge of an account, or of a tag in it."""
    form, ctx = Form(), context()
    tag, account = form.text("tag"), form.account()
    if not form.wrong:
        of = services.of_tag(tag) if tag else services.of_account()
        try:
            fresh = services.fresh(ctx.config)
            ctx.writes.run(services.make_badge, account=account.id, of=of, badge=fresh, **signature())
        except DuplistatError as e:
            form.refuse(e, "tag")
    return _list(form, 400) if form.wrong else done(url_for("web.settings_badges"), _("Badge created."))


@needs(Role.ADMIN)
def revoke(number: int) -> ResponseReturnValue:
    """Show a badge to nobody any more. Raises DuplistatError (not_found)."""
    found = _seen(number)
    form = Form({})
    if not form.confirmed(found.label):
        return _list(form, 400, leaving=found)
    context().writes.run(services.revoke_badge, account=found.account_id, badge=found.id, **signature())
    said = _("Badge of %(name)s revoked.") % {"name": visible(found.label)}
    return done(url_for("web.settings_badges"), said)


def kinds() -> dict[str, str]:
    """{kind: what a badge is of, in words}."""
    return {
        badges.JOB: _("Job"),
        badges.SERVER: _("Server"),
        badges.TAG: _("Tag"),
        badges.ACCOUNT: _("Account"),
    }


def _seen(number: int) -> Badge:
    found = badges.by_id(context().db, viewer().sees, number)
    if found is None:
        raise DuplistatError(Kind.NOT_FOUND, "badge not found")
    return found


def _list(form: Form, status: int = 200, *, leaving: Badge | None = None) -> Response:
    ctx, problem = context(), ""
    places, base, lines = tree(), base_address(ctx), []
    for badge in badges.of_accounts(ctx.db, viewer().sees):
        try:
            lines.append(Line(badge, f"{services.addresses(ctx.config, base, badge).two}.svg"))
        except DuplistatError as e:
            problem = sentence(capital(translated(e.text)))
            lines.append(Line(badge, ""))
    response = show(
        "badges",
        status,
        form=form,
        leaving=leaving,
        lines=lines,
        problem=problem,
        kinds=kinds(),
        options=[place.option for place in places],
        names={place.id: place.name for place in places},
    )
    # Their addresses are known to whoever may see them.
    response.headers["Cache-Control"] = "no-store"
    return response
