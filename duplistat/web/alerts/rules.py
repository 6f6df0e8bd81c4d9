"""/alerts/rules: who hears of what, as sentences; tried on the last 30 days before one is saved."""

from typing import Any, NamedTuple

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from duplistat.core.alerts.rule import EVENT, parse_rule
from duplistat.core.errors import DuplistatError, Kind
from duplistat.http.context import context
from duplistat.services.alerts.listeners import rule_in
from duplistat.services.alerts.open_matches import open_matches
from duplistat.services.alerts.rules import add_rule, delete_rule, set_rule
from duplistat.services.alerts.trial import Trial, try_rule
from duplistat.services.people.identity import Role
from duplistat.store import channels, rules
from duplistat.store.channels import ON
from duplistat.store.rules import RuleRow
from duplistat.web.access import needs, signature, viewer
from duplistat.web.alerts import coverage, rule_form, rule_words, selection, words
from duplistat.web.alerts.frame import show
from duplistat.web.alerts.selection import Names
from duplistat.web.alerts.trial import Tried, tried
from duplistat.web.form import Form
from duplistat.web.formatting import visible
from duplistat.web.language import gettext as _
from duplistat.web.language import ngettext
from duplistat.web.parts.subject_pages import reader
from duplistat.web.redirects import done
from duplistat.web.settings.page import tree

DAYS = 30
# What a refusal calls a field, and what the form calls it.
FIELDS = {"steps": "steps", "rule": ""}


class Line(NamedTuple):
    """A rule in a list: what it says, and that it reaches nobody at the moment."""

    row: RuleRow
    sentence: str
    mute: bool


@needs(Role.ADMIN)
def page() -> Response:
    """The rules of the accounts that who looks may see, and how many jobs none of them tells of."""
    db, sees = context().db, viewer().sees
    known, found = selection.names(), rules.of_accounts(db, sees)
    ways = channels.of_accounts(db, sees)
    names = {way.id: visible(way.name) for way in ways}
    on = {way.id for way in ways if way.state == ON}
    places = {place.id: place.name for place in tree()}
    return show(
        "rules",
        lines=[
            Line(
                row,
                rule_words.sentence(rule_in(row.spec), known, names),
                not on & set(rule_in(row.spec).channels),
            )
            for row in found
        ],
        names=places if len(places) > 1 else {},
        uncovered=coverage.count(),
    )


@needs(Role.ADMIN)
def new() -> Response:
    """A form for a new rule."""
    first = next(iter(rule_form.channel_choices()), None)
    start = {**rule_form.EMPTY, "step_channels_0": [first[0]] if first else []}
    return _form(None, Form(start), selection.names())


@needs(Role.ADMIN)
def create() -> ResponseReturnValue:
    """Add a rule; with `try` only show what it would have told. What matches already is asked about."""
    form, known, ctx = Form(), selection.names(), context()
    account = form.account()
    name, plain = _typed(form, known)
    if form.wrong:
        return _form(None, form, known, 400)
    if form.typed("try"):
        return _form(None, form, known, trial=_trial(account.id, plain))
    tell, matching = form.typed("tell"), 0
    try:
        matching = open_matches(ctx.db, account.id, plain)
        if matching and tell not in ("now", "later"):
            return _form(None, form, known, matching=matching)
        ctx.writes.run(
            add_rule, account=account.id, name=name, rule=plain, tell_now=tell == "now", **signature()
        )
    except DuplistatError as e:
        form.refuse(e, fields=FIELDS)
        return _form(None, form, known, 400)
    said = _("Rule added.")
    if tell == "now":
        said = ngettext(
            "Rule added. Alerting about %(num)s open problem.",
            "Rule added. Alerting about %(num)s open problems.",
            matching,
        ) % {"num": matching}
    return done(url_for("web.rules"), said)


@needs(Role.ADMIN)
def one(number: int) -> Response:
    """One rule, as its form. Raises DuplistatError (not_found) for one that is not there to be seen."""
    row = _rule(number)
    return _form(row, Form(rule_form.fields(row.name, rule_in(row.spec))), _known(row))


@needs(Role.ADMIN)
def save(number: int) -> ResponseReturnValue:
    """Change a rule; with `try` only show what it would have told. What is wrong now is held against it at once."""
    row, form = _rule(number), Form()
    known = _known(row)
    name, plain = _typed(form, known)
    if not form.wrong and form.typed("try"):
        return _form(row, form, known, trial=_trial(row.account_id, plain))
    if not form.wrong:
        try:
            context().writes.run(set_rule, rule=row.id, name=name, spec=plain, **signature())
        except DuplistatError as e:
            form.refuse(e, fields=FIELDS)
    if form.wrong:
        return _form(row, form, known, 400)
    return done(url_for("web.rules"), _("Saved. Open problems are checked against it at once."))


@needs(Role.ADMIN)
def switch(number: int) -> ResponseReturnValue:
    """Turn it on or off."""
    row, on = _rule(number), Form().typed("on") == "1"
    context().writes.run(set_rule, rule=row.id, enabled=on, **signature())
    return done(url_for("web.rules"), _("Rule is on.") if on else _("Rule is off."))


@needs(Role.ADMIN)
def delete(number: int) -> ResponseReturnValue:
    """Delete it; whoever was told by it still hears that it is over."""
    row = _rule(number)
    form = Form(rule_form.fields(row.name, rule_in(row.spec)))
    if not form.confirmed(row.name):
        return _form(row, form, _known(row), 400)
    context().writes.run(delete_rule, rule=row.id, **signature())
    return done(url_for("web.rules"), _("Rule %(name)s deleted.") % {"name": visible(row.name)})


def _typed(form: Form, known: Names) -> tuple[str, dict[str, Any]]:
    """The name and the rule that were typed; what is wrong is noted in the form."""
    name = form.text("name", missing="" if form.typed("try") else _("Enter a name."))
    plain = rule_form.read(form, known)
    if not form.wrong:
        try:
            parse_rule(plain)
        except DuplistatError as e:
            form.refuse(e, fields=FIELDS)
    return name, plain


def _known(row: RuleRow) -> Names:
    """What a rule can be for: what there is, and what it names already."""
    return selection.names(rule_in(row.spec).match)


def _trial(account: int, plain: dict[str, Any]) -> Trial:
    ctx = context()
    return try_rule(
        ctx.db,
        account,
        plain,
        ctx.now(),
        days=DAYS,
        gather_ms=ctx.config.alerts.gather_ms,
        storm_ms=ctx.config.alerts.storm_ms,
        zone=ctx.config.zone,
    )


def _rule(number: int) -> RuleRow:
    found = rules.seen(context().db, viewer().sees, number)
    if found is None:
        raise DuplistatError(Kind.NOT_FOUND, "Rule not found")
    return found


def _form(
    row: RuleRow | None,
    form: Form,
    known: Names,
    status: int = 200,
    *,
    trial: Trial | None = None,
    matching: int = 0,
) -> Response:
    shown: Tried | None = tried(trial, reader()) if trial is not None else None
    return show(
        "rule",
        status,
        row=row,
        form=form,
        trial=shown,
        matching=matching,
        lists=selection.lists(known, form, with_accounts=True),
        tags=[visible(tag) for tag in known.tags[:20]],
        steps=rule_form.steps(form),
        windows=rule_form.windows(form),
        ways=rule_form.channel_choices(),
        kinds={kind: words.kinds_of_rules()[kind] for kind in rule_form.OPTIONS},
        job_kinds={kind: words.problem_kinds()[kind] for kind in rule_form.OPTIONS if kind != EVENT},
        severities=words.severities(),
        weekdays=words.week(),
        options=[place.option for place in tree()],
        gather=context().config.alerts.gather_seconds,
        open=request.method == "POST",
    )
