"""/api/v1/mail-addresses and /api/v1/mail-rules: mail as intake."""

from collections.abc import Sequence

from flask import Response, request

from duplistat.apis.native import bodies
from duplistat.apis.native.alert_reads import seen
from duplistat.apis.native.alert_writes import bp as changes
from duplistat.apis.native.answers import answered
from duplistat.apis.native.changes import as_json, changing
from duplistat.apis.native.lists import by_id
from duplistat.apis.native.mail_models import (
    MailAddress,
    MailAddressList,
    MailAddressMade,
    MailRule,
    MailRuleList,
    MailRuleThatFits,
    MailRun,
    MailToTry,
    MailTried,
    NewMailAddress,
    NewMailRule,
)
from duplistat.apis.native.reads import ID, bp
from duplistat.apis.native.rule_models import Nothing
from duplistat.apis.native.shapes import time
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.text import clip_name
from duplistat.formats.mail.rules import Rule
from duplistat.http.answers import iso
from duplistat.services.access.api_keys import Scope
from duplistat.services.mail_intake.addresses import (
    MadeAddress,
    make_mail_address,
    revoke_mail_address,
    written,
)
from duplistat.services.mail_intake.own_rules import add_mail_rule, drop_mail_rule
from duplistat.services.mail_intake.trial import MOST_PASTED, understood
from duplistat.services.writes import WriteCommand, prepare
from duplistat.store import accounts, mail_intake
from duplistat.store.database import Database

# A character of JSON is six bytes at most.
_MOST_BYTES = 6 * MOST_PASTED


@bp.get("/api/v1/mail-addresses")
def mail_address_list() -> Response:
    ctx, _, page, end = by_id(Scope.KEYS_ADMIN, mail_intake.page_of_addresses)
    return answered(request, MailAddressList(mail_addresses=_addresses(ctx.db, page), next_cursor=end))


@changes.post("/api/v1/mail-addresses")
def create_mail_address() -> Response:
    c = changing(Scope.KEYS_ADMIN)
    sent, body = bodies.read(request, NewMailAddress)
    account = c.account(sent.account_id)

    def make() -> WriteCommand[MadeAddress]:
        return prepare(
            make_mail_address,
            account=account,
            name=sent.name,
            server=sent.server,
            job=sent.job,
            **c.signature(),
        )

    def answer(made: MadeAddress | None) -> MailAddressMade:
        row = mail_intake.address_by_name(c.ctx.db, account, clip_name(sent.name))
        if row is None:
            raise DuplistatError(Kind.NOT_FOUND, "There is no such mail address")
        address = None if made is None else written(c.ctx.config, made["local_part"])
        return MailAddressMade(**dict(_addresses(c.ctx.db, [row])[0]), address=address)

    return c.carry_out_secretly(body, make, answer, 201)


@changes.delete(f"/api/v1/mail-addresses/{ID}")
def revoke_address(id: int) -> Response:
    c = changing(Scope.KEYS_ADMIN)
    _, body = bodies.read(request, Nothing)

    def make() -> WriteCommand[None]:
        row = seen(mail_intake.address, c.ctx.db, c.sees, id, "mail address")
        return prepare(revoke_mail_address, account=row.account_id, name=row.name, **c.signature())

    return c.carry_out(body, make, lambda _: None)


@bp.get("/api/v1/mail-rules")
def mail_rule_list() -> Response:
    ctx, _, page, end = by_id(Scope.KEYS_ADMIN, mail_intake.page_of_rules)
    return answered(request, MailRuleList(mail_rules=_rules(ctx.db, page), next_cursor=end))


@changes.post("/api/v1/mail-rules")
def create_mail_rule() -> Response:
    c = changing(Scope.KEYS_ADMIN)
    sent, body = bodies.read(request, NewMailRule)

    def make() -> WriteCommand[int]:
        return prepare(
            add_mail_rule,
            account=c.account(sent.account_id),
            place=sent.place,
            pattern=sent.pattern,
            status=sent.status,
            operation=sent.operation,
            **c.signature(),
        )

    def answer(made: int) -> MailRule:
        return _rules(c.ctx.db, [seen(mail_intake.rule, c.ctx.db, c.sees, made, "rule for mails")])[0]

    return c.carry_out(body, make, answer, 201)


@changes.delete(f"/api/v1/mail-rules/{ID}")
def remove_mail_rule(id: int) -> Response:
    c = changing(Scope.KEYS_ADMIN)
    _, body = bodies.read(request, Nothing)

    def make() -> WriteCommand[None]:
        seen(mail_intake.rule, c.ctx.db, c.sees, id, "rule for mails")
        return prepare(drop_mail_rule, rule=id, **c.signature())

    return c.carry_out(body, make, lambda _: None)


@changes.post("/api/v1/mail-rules/try")
def try_mail() -> Response:
    """Nothing is recorded, so that the scope `read` is enough."""
    c = changing(Scope.READ)
    sent, _ = bodies.read(request, MailToTry, most=_MOST_BYTES)
    account, ctx = c.account(sent.account_id), c.ctx
    c.count()
    mail = understood(ctx.db, ctx.config, account, subject=sent.subject, text=sent.text, now=ctx.now())
    return as_json(
        MailTried(
            rule=_fits(mail.rule),
            runs=[
                MailRun(
                    server=report.server_name,
                    job=report.job_name,
                    operation=report.operation,
                    status=report.status,
                )
                for report in mail.reading.reports
            ],
        )
    )


def _fits(rule: Rule | None) -> MailRuleThatFits | None:
    if rule is None:
        return None
    return MailRuleThatFits.model_validate(
        {
            "name": rule.name,
            "place": rule.place,
            "pattern": rule.pattern,
            "status": rule.status,
            "operation": rule.operation,
        }
    )


def _addresses(db: Database, rows: Sequence[mail_intake.MailAddress]) -> list[MailAddress]:
    """One statement."""
    names = accounts.names(db, {row.account_id for row in rows})
    return [
        MailAddress(
            id=row.id,
            name=row.name,
            account=names.get(row.account_id, ""),
            account_id=row.account_id,
            server=row.server,
            job=row.job,
            hint=row.hint,
            mails=row.mails,
            created_at=time(row.created_at),
            used_at=iso(row.used_at),
        )
        for row in rows
    ]


def _rules(db: Database, rows: Sequence[mail_intake.MailRule]) -> list[MailRule]:
    """One statement."""
    names = accounts.names(db, {row.account_id for row in rows})
    return [
        MailRule.model_validate(
            {
                "id": row.id,
                "account": names.get(row.account_id, ""),
                "account_id": row.account_id,
                "place": row.place,
                "pattern": row.pattern,
                "status": row.status,
                "operation": row.operation,
            }
        )
        for row in rows
    ]
