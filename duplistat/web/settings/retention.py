"""/settings/retention: for how many days things are kept. To keep less is to lose something: that is said first."""

from typing import NamedTuple

from flask import Response, url_for
from flask.typing import ResponseReturnValue

from duplistat.config import Config, Retention
from duplistat.http.context import context
from duplistat.services.configuration.overrides import in_effect, set_overrides, stored
from duplistat.services.people.identity import Role
from duplistat.store import retention_counts
from duplistat.store.totals import DAY_MS
from duplistat.web.access import needs, signature
from duplistat.web.form import Form
from duplistat.web.formatting import count as numeral
from duplistat.web.language import gettext as _
from duplistat.web.language import ngettext
from duplistat.web.redirects import done, saved
from duplistat.web.settings import sources
from duplistat.web.settings.page import show

SECTION = "retention"
MOST_DAYS = 36_500
# What each key is about: the tables of which rows are deleted.
TABLES = {
    "runs_days": ("run",),
    "deliveries_days": ("delivery",),
    "events_days": ("event", "transition"),
    "audit_days": ("audit",),
}


class Line(NamedTuple):
    """A key: what it is about, how long that is kept, where this comes from, and whether it can be set here."""

    key: str
    label: str
    days: int
    default: int
    source: str
    fixed: bool


@needs(Role.ADMIN, whole=True)
def page() -> Response:
    kept = stored(context().db)
    return _page(Form({key: str(kept.get(f"{SECTION}.{key}", "")) for key in TABLES}))


@needs(Role.ADMIN, whole=True)
def save() -> ResponseReturnValue:
    """Keep the days that were typed; an empty field goes back to the default. Keeping less is asked about first."""
    ctx, form = context(), Form()
    open_keys = [key for key in TABLES if not sources.is_fixed(ctx.config, SECTION, key)]
    wanted = {key: form.number(key, 0, MOST_DAYS) if form.typed(key).strip() else None for key in open_keys}
    lost = [] if form.wrong else _lost(ctx.config, wanted)
    if lost and not form.typed("sure"):
        form.wrong["sure"] = _("Confirm the deletion.")
    if form.wrong:
        return _page(form, 400, lost)
    changes = {f"{SECTION}.{key}": days for key, days in wanted.items()}
    kept = stored(ctx.db)
    changes = {name: days for name, days in changes.items() if kept.get(name) != days}
    if not changes:
        return done(url_for("web.settings_retention"), _("No changes."))
    ctx.writes.run(set_overrides, changes=changes, subject=SECTION, **signature())
    said = _("Saved. Older data is deleted within the next hours.")
    return saved(url_for("web.settings_retention"), said)


def labels() -> dict[str, str]:
    return {
        "runs_days": _("Runs and their logs"),
        "deliveries_days": _("Raw reports"),
        "events_days": _("Events and status history"),
        "audit_days": _("Audit log"),
    }


def _lost(config: Config, wanted: dict[str, int | None]) -> list[str]:
    """What would be deleted that is still kept now, each as a sentence."""
    ctx = context()
    effect = in_effect(ctx.db, config).retention
    told = []
    for key, days in wanted.items():
        before = getattr(effect, key)
        after = getattr(Retention(), key) if days is None else days
        if not after or (before and before <= after):
            continue
        limit = ctx.now() - after * DAY_MS
        count = sum(retention_counts.older(ctx.db, table, limit) for table in TABLES[key])
        if count:
            told.append(_sentence(key, count, after))
    return told


def _sentence(key: str, count: int, days: int) -> str:
    number = numeral(count)
    if count >= retention_counts.MOST:
        number = _("more than %(number)s") % {"number": number}
    age = ngettext("older than %(num)s day", "older than %(num)s days", days) % {"num": days}
    return _("%(what)s: %(number)s %(age)s.") % {"what": labels()[key], "number": number, "age": age}


def _page(form: Form, status: int = 200, lost: list[str] | None = None) -> Response:
    ctx = context()
    kept, effect, default, text = (
        stored(ctx.db),
        in_effect(ctx.db, ctx.config).retention,
        Retention(),
        labels(),
    )
    lines = [
        Line(
            key,
            text[key],
            getattr(effect, key),
            getattr(default, key),
            sources.words(ctx.config, kept, SECTION, key),
            sources.is_fixed(ctx.config, SECTION, key),
        )
        for key in TABLES
    ]
    return show("retention", status, form=form, lines=lines, lost=lost or [])
