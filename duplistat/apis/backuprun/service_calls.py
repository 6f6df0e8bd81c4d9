"""Calls about services: agents are added, configured, started, and asked how they are."""

import secrets
from collections.abc import Sequence

from flask import request

from duplistat.apis.backuprun import service_params as form
from duplistat.apis.backuprun.agent_element import long_agent, short_agent
from duplistat.apis.backuprun.calls import Call
from duplistat.apis.backuprun.locations import Place, place_of
from duplistat.apis.backuprun.params import CallError, Params
from duplistat.apis.backuprun.task_detail import messages_of
from duplistat.apis.backuprun.xml import Element
from duplistat.config import Config
from duplistat.http.context import Context
from duplistat.http.session_cookie import signature_of
from duplistat.services.agents import registry
from duplistat.services.agents.registry import (
    NewService,
    ServiceChanges,
    require_open,
    scope_of,
)
from duplistat.services.agents.run_uuid import run_of
from duplistat.services.agents.status import standings
from duplistat.services.agents.task_result import as_seen_by
from duplistat.services.configuration.overrides import in_effect
from duplistat.services.people.identity import CurrentUser
from duplistat.store import agent_tasks, runs, services, users
from duplistat.store.services import Service

# A failure to reach an agent is told for so long instead of "ok", while it is tried again.
LATELY_MS = 60_000
# A day to each side of UTC is more than any zone needs.
MOST_OFFSET = 24 * 60


def add_service(ctx: Context, signed: CurrentUser, params: Params) -> list[Element]:
    """A new service of the account; its agent is called when it is configured."""
    values: NewService = {"kind": form.kind(params), **form.settings(ctx, params, None)}
    made = ctx.writes.run(
        registry.add_service,
        account=signed.account,
        values=values,
        **signature_of(request, ctx, signed),
        # A writer that was started again is asked again.
        request=secrets.token_hex(16),
    )
    return [_short(ctx, signed, made)]


def activate_agent(ctx: Context, signed: CurrentUser, params: Params) -> list[Element]:
    """Change what addService set."""
    found = form.service_by(ctx, signed, params, "agent-id")
    require_open(found, ctx.now())
    _change(ctx, signed, found, form.settings(ctx, params, found))
    return [_short(ctx, signed, found.id)]


def set_activation_hint(ctx: Context, signed: CurrentUser, params: Params) -> list[Element]:
    found = form.service_named(ctx, signed, params)
    _change(ctx, signed, found, {"activation_hint": form.hint(params, required=True)})
    return []


def set_service_configured(ctx: Context, signed: CurrentUser, params: Params) -> list[Element]:
    """It is configured from now on; its agent is tried in the background."""
    found = form.service_named(ctx, signed, params)
    hint = form.hint(params, required=True)
    _change(
        ctx,
        signed,
        found,
        {"activation_hint": hint},
        first={"configured_at": ctx.now()},
        tasks=[agent_tasks.PROBE],
    )
    return []


def edit_service(ctx: Context, signed: CurrentUser, params: Params) -> list[Element]:
    """Cancel a service, or say which contact it is for."""
    found = form.service_by(ctx, signed, params, "sc_id")
    action = params.text("service_action", required=True)
    if params.text("service_type") not in ("", "custom"):
        raise CallError("invalid", "service_type must be custom")
    if action == "terminate":
        _change(ctx, signed, found, {"cancelled_at": ctx.now()})
    elif action == "set_subuser":
        _change(ctx, signed, found, {"contact_id": _subuser(ctx, signed, params)})
    else:
        raise CallError("invalid", "service_action must be terminate or set_subuser")
    return []


def run_policy(ctx: Context, signed: CurrentUser, params: Params) -> list[Element]:
    """Have the agent's backup jobs started, and followed to their end, in the background.

    When the agent could not be reached a moment ago, the reason is the answer; it is tried again all the same.
    """
    found, hint, now = form.service_named(ctx, signed, params), form.hint(params, required=False), ctx.now()
    problem = as_seen_by(found, signed.account, ctx.main_account, ctx.config).problem
    changes: ServiceChanges = {"activation_hint": hint} if hint else {}
    _change(ctx, signed, found, changes, first={"tried_at": now}, tasks=[agent_tasks.RUN])
    lately = found.problem_at is not None and now - found.problem_at < LATELY_MS
    if found.is_unreachable and lately:
        raise CallError("agent", f"The agent {found.host}:{found.port} could not be reached: {problem}")
    return []


def get_status(ctx: Context, signed: CurrentUser, params: Params) -> list[Element]:
    """All services that the caller may see."""
    found, config = services.of(ctx.db, scope_of(signed)), in_effect(ctx.db, ctx.config)
    agents = [
        long_agent(standing, _place(config, standing.service), readonly=signed.is_contact)
        for standing in standings(ctx.db, found, ctx.now())
    ]
    return [Element("account", {}, agents)]


def get_backup_status(ctx: Context, signed: CurrentUser, params: Params) -> list[Element]:
    """One service, with the state of its task."""
    found = form.service_named(ctx, signed, params)
    offset = params.number("timezoneOffset", -MOST_OFFSET, MOST_OFFSET) or 0
    (standing,) = standings(ctx.db, [found], ctx.now())
    place = _place(in_effect(ctx.db, ctx.config), found)
    return [long_agent(standing, place, readonly=signed.is_contact, offset=offset, with_task=True)]


def get_task_detail_by_id(ctx: Context, signed: CurrentUser, params: Params) -> list[Element]:
    """The log of one run of a service that the caller may see."""
    id = run_of(params.text("taskExecutionContextId", required=True))
    run = runs.get(ctx.db, id) if id is not None else None
    service = services.of_run(ctx.db, scope_of(signed), run.id) if run is not None else None
    if run is None or service is None:
        raise CallError("invalid", "taskExecutionContextId is not the id of a run of this account")
    shown = as_seen_by(service, signed.account, ctx.main_account, ctx.config)
    return [Element("task", {}, messages_of(run, runs.log_of(ctx.db, run.id), shown))]


def _change(
    ctx: Context,
    signed: CurrentUser,
    service: Service,
    changes: ServiceChanges,
    *,
    first: ServiceChanges | None = None,
    tasks: Sequence[str] = (),
) -> None:
    scope = scope_of(signed)
    ctx.writes.run(
        registry.change_service,
        account=scope.account,
        contact=scope.contact,
        service=service.id,
        changes=changes,
        **signature_of(request, ctx, signed),
        first=first,
        tasks=tasks,
    )


def _subuser(ctx: Context, signed: CurrentUser, params: Params) -> int | None:
    """The account of the contact that a service is for; None for nobody in particular."""
    id = params.number("subuser_id", -1, form.MOST_ID, required=True) or 0
    if id <= 0:
        return None
    contact = users.contact(ctx.db, signed.account, id)
    if contact is None:
        raise CallError("invalid", "subuser_id is not the id of a contact of this account")
    return contact.account_id


def _short(ctx: Context, signed: CurrentUser, service: int) -> Element:
    found = services.by_id(ctx.db, scope_of(signed), service)
    if found is None:
        raise LookupError(f"service {service} was there and is gone")
    (standing,) = standings(ctx.db, [found], ctx.now())
    place = _place(in_effect(ctx.db, ctx.config), found)
    return short_agent(standing, place, readonly=signed.is_contact)


def _place(config: Config, service: Service) -> Place:
    return place_of(config, service.location, request.host_url.rstrip("/"))


SERVICE_CALLS: dict[str, Call] = {
    "addService": Call(add_service, needs_session=True, for_contacts=False),
    "activateAgent": Call(activate_agent, needs_session=True, for_contacts=False),
    "setActivationHint": Call(set_activation_hint, needs_session=True, for_contacts=False),
    "setServiceConfigured": Call(set_service_configured, needs_session=True, for_contacts=False),
    "editService": Call(edit_service, needs_session=True, for_contacts=False),
    "runPolicy": Call(run_policy, needs_session=True, for_contacts=True),
    "getStatus": Call(get_status, needs_session=True, for_contacts=True),
    "getBackupStatus": Call(get_backup_status, needs_session=True, for_contacts=True),
    "getTaskDetailById": Call(get_task_detail_by_id, needs_session=True, for_contacts=True),
}
