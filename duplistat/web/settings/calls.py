"""/settings/agents/calls: where agents may be called, and how often they are asked. Of the whole server."""

from ipaddress import ip_network

from flask import Response, url_for
from flask.typing import ResponseReturnValue

from duplistat.config import Agents
from duplistat.http.context import context
from duplistat.services.configuration.overrides import in_effect, set_overrides, stored
from duplistat.services.people.identity import Role
from duplistat.web.access import needs, signature
from duplistat.web.form import Form
from duplistat.web.language import gettext as _
from duplistat.web.redirects import done, saved
from duplistat.web.settings import sources
from duplistat.web.settings.page import show

SECTION, MINUTES, DENY, ALLOW = "agents", "collect_minutes", "deny", "allow"
MOST_MINUTES = 7 * 1440
MOST_NETWORKS = 500


@needs(Role.ADMIN, whole=True)
def page() -> Response:
    kept = stored(context().db)
    lists = {key: "\n".join(kept.get(f"{SECTION}.{key}", ())) for key in (DENY, ALLOW)}
    return _page(Form({MINUTES: str(kept.get(f"{SECTION}.{MINUTES}", ""))} | lists))


@needs(Role.ADMIN, whole=True)
def save() -> ResponseReturnValue:
    """Keep what was typed; an empty field goes back to the default."""
    ctx, form = context(), Form()
    wanted: dict[str, int | list[str] | None] = {}
    if not sources.is_fixed(ctx.config, SECTION, MINUTES):
        wanted[MINUTES] = form.number(MINUTES, 0, MOST_MINUTES) if form.typed(MINUTES).strip() else None
    for key in (DENY, ALLOW):
        if not sources.is_fixed(ctx.config, SECTION, key):
            wanted[key] = _networks(form, key) or None
    if form.wrong:
        return _page(form, 400)
    kept = stored(ctx.db)
    named = {f"{SECTION}.{key}": value for key, value in wanted.items()}
    changes = {name: value for name, value in named.items() if kept.get(name) != value}
    if not changes:
        return done(url_for("web.settings_calls"), _("No changes."))
    ctx.writes.run(set_overrides, changes=changes, subject=SECTION, **signature())
    return saved(url_for("web.settings_calls"), _("Saved."))


def _networks(form: Form, key: str) -> list[str]:
    """The networks of a field, one a line."""
    lines = [line.strip() for line in form.typed(key).splitlines() if line.strip()]
    for line in lines:
        try:
            ip_network(line)
        except ValueError:
            form.wrong[key] = _("%(text)s is not a network such as 10.0.0.0/8.") % {"text": line[:60]}
    if len(lines) > MOST_NETWORKS:
        form.wrong[key] = _("At most %(most)s networks.") % {"most": MOST_NETWORKS}
    return lines


def _page(form: Form, status: int = 200) -> Response:
    ctx = context()
    kept = stored(ctx.db)
    return show(
        "calls",
        status,
        form=form,
        effect=in_effect(ctx.db, ctx.config).agents,
        default=Agents(),
        open=ctx.config.accounts.registration == "open",
        sources={key: sources.words(ctx.config, kept, SECTION, key) for key in (MINUTES, DENY, ALLOW)},
        fixed={key: sources.is_fixed(ctx.config, SECTION, key) for key in (MINUTES, DENY, ALLOW)},
    )
