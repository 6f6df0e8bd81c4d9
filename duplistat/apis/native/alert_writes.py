"""POST, PATCH and DELETE of /api/v1/…: rules, problems, notices and silences. A key with a scope for it changes
what its account, and those below it, have.
"""

from typing import Any

from flask import Blueprint, Response, request

from duplistat.apis.native import alert_shapes as shapes
from duplistat.apis.native import bodies
from duplistat.apis.native.alert_models import NoticeDetail, ProblemDetail
from duplistat.apis.native.alert_reads import seen
from duplistat.apis.native.changes import Changing, Thing, as_json, changing
from duplistat.apis.native.problem_answers import problem_answer
from duplistat.apis.native.reads import ID
from duplistat.apis.native.rule_models import NewRule, Nothing, Rule, RuleChanges, RuleSettings
from duplistat.apis.native.silence_models import Acknowledge, NewSilence, Silence
from duplistat.apis.native.trial_models import Trial
from duplistat.apis.native.trials import tried
from duplistat.core.errors import DuplistatError
from duplistat.services.access.api_keys import Scope
from duplistat.services.alerts import by_hand
from duplistat.services.alerts.acknowledge import HOUR_MS, acknowledge
from duplistat.services.alerts.rules import add_rule, checked, delete_rule, set_rule
from duplistat.services.alerts.silences import add_silence, end_silence
from duplistat.services.writes import WriteCommand, prepare
from duplistat.store import notices, problems, rules, silences

bp = Blueprint("native_changes", __name__)
bp.register_error_handler(DuplistatError, problem_answer)

# The fields of a body that say what a rule is, besides its name.
SETTINGS = tuple(RuleSettings.model_fields)


@bp.post("/api/v1/rules")
def create_rule() -> Response:
    c = changing(Scope.ALERTS_ADMIN)
    sent, body = bodies.read(request, NewRule)

    def make() -> WriteCommand[int]:
        return prepare(
            add_rule,
            account=c.account(sent.account_id),
            name=sent.name,
            rule=settings_in(sent),
            enabled=sent.enabled,
            tell_now=sent.tell_now,
            **c.signature(),
        )

    return c.carry_out(body, make, lambda id: _rule(c, id), 201, of=Thing("rule"))


@bp.patch(f"/api/v1/rules/{ID}")
def change_rule(id: int) -> Response:
    c = changing(Scope.ALERTS_ADMIN)
    sent, body = bodies.read(request, RuleChanges)

    def make() -> WriteCommand[None]:
        row = seen(rules.seen, c.ctx.db, c.sees, id, "rule")
        given = sent.model_dump(by_alias=True, include=sent.model_fields_set & {*SETTINGS})
        spec = (shapes.settings_of(row).model_dump(by_alias=True) | given) if given else None
        named = sent.name if "name" in sent.model_fields_set else None
        enabled = sent.enabled if "enabled" in sent.model_fields_set else None
        return prepare(set_rule, rule=id, name=named, spec=spec, enabled=enabled, **c.signature())

    return c.carry_out(body, make, lambda _: _rule(c, id), of=Thing("rule", id))


@bp.delete(f"/api/v1/rules/{ID}")
def remove_rule(id: int) -> Response:
    c = changing(Scope.ALERTS_ADMIN)
    _, body = bodies.read(request, Nothing)

    def make() -> WriteCommand[None]:
        seen(rules.seen, c.ctx.db, c.sees, id, "rule")
        return prepare(delete_rule, rule=id, **c.signature())

    return c.carry_out(body, make, lambda _: None, of=Thing("rule", id))


@bp.post("/api/v1/rules/try")
def try_a_rule() -> Response:
    """Nothing is changed, so that the scope `read` is enough."""
    c = changing(Scope.READ)
    sent, _ = bodies.read(request, Trial)
    account, plain = c.account(sent.account_id), settings_in(sent)
    checked(c.ctx.db, account, plain)
    c.count()
    ctx = c.ctx
    return as_json(tried(ctx.db, ctx.config, account, plain, sent.days, ctx.now()))


@bp.post(f"/api/v1/problems/{ID}/acknowledge")
def acknowledge_problem(id: int) -> Response:
    c = changing(Scope.ALERTS_WRITE)
    sent, body = bodies.read(request, Acknowledge)

    def make() -> WriteCommand[int | None]:
        seen(problems.seen, c.ctx.db, c.sees, id, "problem")
        signed = c.signature()
        until = signed["now"] + sent.hours * HOUR_MS
        return prepare(acknowledge, problem=id, until=until, why=sent.why, **signed)

    return c.carry_out(body, make, lambda _: _problem(c, id), of=Thing("problem", id))


@bp.delete(f"/api/v1/problems/{ID}/acknowledge")
def take_acknowledgement_back(id: int) -> Response:
    c = changing(Scope.ALERTS_WRITE)
    _, body = bodies.read(request, Nothing)

    def make() -> WriteCommand[int | None]:
        seen(problems.seen, c.ctx.db, c.sees, id, "problem")
        return prepare(acknowledge, problem=id, until=None, **c.signature())

    return c.carry_out(body, make, lambda _: _problem(c, id), of=Thing("problem", id))


@bp.post(f"/api/v1/notices/{ID}/retry")
def retry_notice(id: int) -> Response:
    c = changing(Scope.ALERTS_WRITE)
    _, body = bodies.read(request, Nothing)

    def make() -> WriteCommand[None]:
        seen(notices.seen, c.ctx.db, c.sees, id, "notice")
        return prepare(by_hand.retry_notice, notice=id, **c.signature())

    return c.carry_out(body, make, lambda _: _notice(c, id), of=Thing("notice", id))


@bp.post(f"/api/v1/notices/{ID}/drop")
def drop_notice(id: int) -> Response:
    c = changing(Scope.ALERTS_WRITE)
    _, body = bodies.read(request, Nothing)

    def make() -> WriteCommand[None]:
        seen(notices.seen, c.ctx.db, c.sees, id, "notice")
        return prepare(by_hand.drop_notice, notice=id, **c.signature())

    return c.carry_out(body, make, lambda _: _notice(c, id), of=Thing("notice", id))


@bp.post("/api/v1/silences")
def create_silence() -> Response:
    c = changing(Scope.ALERTS_WRITE)
    sent, body = bodies.read(request, NewSilence)

    def make() -> WriteCommand[int]:
        signed = c.signature()
        return prepare(
            add_silence,
            account=c.account(sent.account_id),
            match=sent.match.model_dump(),
            from_at=signed["now"] if sent.from_ is None else sent.from_,
            until_at=sent.until,
            why=sent.why,
            **signed,
        )

    return c.carry_out(body, make, lambda id: _silence(c, id), 201, of=Thing("silence"))


@bp.post(f"/api/v1/silences/{ID}/end")
def end_a_silence(id: int) -> Response:
    c = changing(Scope.ALERTS_WRITE)
    _, body = bodies.read(request, Nothing)

    def make() -> WriteCommand[bool]:
        seen(silences.seen, c.ctx.db, c.sees, id, "silence")
        return prepare(end_silence, silence=id, **c.signature())

    return c.carry_out(body, make, lambda _: _silence(c, id), of=Thing("silence", id))


def settings_in(sent: RuleSettings) -> dict[str, Any]:
    """What a body says of a rule, as core.alerts.rule.parse_rule reads it."""
    return sent.model_dump(by_alias=True, include={*SETTINGS})


def _rule(c: Changing, id: int) -> Rule:
    return shapes.rules_of(c.ctx.db, [seen(rules.seen, c.ctx.db, c.sees, id, "rule")])[0]


def _problem(c: Changing, id: int) -> ProblemDetail:
    row = seen(problems.seen, c.ctx.db, c.sees, id, "problem")
    return shapes.problem_of(c.ctx.db, c.sees, row, c.ctx.schedule_defaults, c.ctx.now())


def _notice(c: Changing, id: int) -> NoticeDetail:
    return shapes.notice_of(c.ctx.db, seen(notices.seen, c.ctx.db, c.sees, id, "notice"))


def _silence(c: Changing, id: int) -> Silence:
    row = seen(silences.seen, c.ctx.db, c.sees, id, "silence")
    return shapes.silences_of(c.ctx.db, [row], c.ctx.now())[0]
