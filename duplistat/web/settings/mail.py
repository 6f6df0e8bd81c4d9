"""/settings/mail: addresses that take mails in, and what mails mean: rules, and a form to try them."""

from typing import Any, NamedTuple

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from duplistat.core.errors import DuplistatError, Kind
from duplistat.formats.mail import rules
from duplistat.formats.mail.rules import BUILT_IN
from duplistat.http.context import context
from duplistat.services.mail_intake.addresses import make_mail_address, revoke_mail_address, written
from duplistat.services.mail_intake.own_rules import add_mail_rule, drop_mail_rule
from duplistat.services.mail_intake.trial import understood
from duplistat.services.people.identity import Role
from duplistat.store import mail_intake
from duplistat.store.mail_intake import MailAddress, MailRule
from duplistat.web.access import needs, signature, viewer
from duplistat.web.form import Form
from duplistat.web.formatting import labelled, number_in, visible
from duplistat.web.language import gettext as _
from duplistat.web.parts import run_words
from duplistat.web.redirects import done
from duplistat.web.settings.page import show, tree


class Tried(NamedTuple):
    """What a mail that was pasted tells of: the rule that fits, "" for none, and each run in a sentence."""

    rule: str
    runs: list[str]


@needs(Role.ADMIN)
def page() -> Response:
    """The page; `?revoke=` asks whether an address is to go, `?remove=` whether a rule is."""
    address, rule = (number_in(request.args.get(name, "")) for name in ("revoke", "remove"))
    return _show(
        Form({}),
        leaving=_address(address) if address else None,
        leaving_rule=_rule(rule) if rule else None,
    )


@needs(Role.ADMIN)
def create() -> Response:
    form, made = Form(), ""
    name = form.text("name", missing=_("Enter a name."))
    server, job = form.text("server"), form.text("job")
    account = form.account()
    if not form.wrong:
        try:
            new = context().writes.run(
                make_mail_address, account=account.id, name=name, server=server, job=job, **signature()
            )
            made = written(context().config, new["local_part"])
        except DuplistatError as e:
            form.refuse(e, "name")
    return _show(form, 400) if form.wrong else _show(Form({}), made=made)


@needs(Role.ADMIN)
def revoke(number: int) -> ResponseReturnValue:
    """Take no more mails in by an address. Raises DuplistatError (not_found)."""
    found = _address(number)
    form = Form({})
    if not form.confirmed(found.name):
        return _show(form, 400, leaving=found)
    context().writes.run(revoke_mail_address, account=found.account_id, name=found.name, **signature())
    return done(
        url_for("web.settings_mail"), _("Mail address %(name)s revoked.") % {"name": visible(found.name)}
    )


@needs(Role.ADMIN)
def add_rule() -> ResponseReturnValue:
    form = Form()
    account = form.account()
    try:
        context().writes.run(
            add_mail_rule,
            account=account.id,
            place=form.typed("place"),
            pattern=form.typed("pattern"),
            status=form.typed("result"),
            operation=form.typed("operation"),
            **signature(),
        )
    except DuplistatError as e:
        form.refuse(e, "pattern")
        return _show(form, 400)
    return done(url_for("web.settings_mail"), _("Rule added."))


@needs(Role.ADMIN)
def drop_rule(number: int) -> ResponseReturnValue:
    """Take a rule away. Raises DuplistatError (not_found)."""
    found = _rule(number)
    form = Form({})
    if not form.confirmed(found.pattern):
        return _show(form, 400, leaving_rule=found)
    context().writes.run(drop_mail_rule, rule=found.id, **signature())
    return done(url_for("web.settings_mail"), _("Rule removed."))


@needs(Role.ADMIN)
def try_rules() -> Response:
    """What would be understood of a mail that was pasted. Nothing is recorded."""
    form, ctx = Form(), context()
    account = form.account()
    mail = understood(
        ctx.db,
        ctx.config,
        account.id,
        subject=form.typed("subject"),
        text=form.typed("body"),
        now=ctx.now(),
    )
    rule = mail.rule
    runs = [
        _("%(job)s on %(server)s: %(ended)s")
        % {
            "job": visible(report.job_name),
            "server": visible(report.server_name),
            "ended": run_words.ended(report.status) % {"operation": run_words.operation(report.operation)},
        }
        for report in mail.reading.reports
    ]
    return _show(form, tried=Tried(labelled(_(rule.name), rule.pattern) if rule else "", runs))


def _address(number: int) -> MailAddress:
    found = mail_intake.address(context().db, viewer().sees, number)
    if found is None:
        raise DuplistatError(Kind.NOT_FOUND, "Mail address not found")
    return found


def _rule(number: int) -> MailRule:
    found = mail_intake.rule(context().db, viewer().sees, number)
    if found is None:
        raise DuplistatError(Kind.NOT_FOUND, "Rule not found")
    return found


def _show(form: Form, status: int = 200, **values: Any) -> Response:
    db, places = context().db, tree()
    return show(
        "mail",
        status,
        form=form,
        listen=context().config.intake.smtp_listen,
        addresses=mail_intake.addresses(db, viewer().sees),
        own=mail_intake.rules(db, viewer().sees),
        built_in=BUILT_IN,
        options=[place.option for place in places],
        names={place.id: place.name for place in places},
        place_words=place_words(),
        status_words=status_words(),
        operations=[(name, run_words.operation(name)) for name in rules.OPERATIONS],
        operation_word=run_words.operation,
        **values,
    )


def place_words() -> dict[str, str]:
    return {rules.SUBJECT: _("Subject"), rules.BODY: _("A line of the text")}


def status_words() -> dict[str, str]:
    """{status of a rule: what it says}."""
    return {
        rules.SUCCESS: _("succeeded"),
        rules.WARNING: _("ended with warnings"),
        rules.FAILED: _("failed"),
        rules.INTERRUPTED: _("was interrupted"),
        rules.UNKNOWN: _("result unknown"),
        rules.NONE: _("tells of no run"),
    }
