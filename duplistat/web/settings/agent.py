"""/settings/agents/<id>: one backup agent that is called, and what is done about it."""

from collections.abc import Sequence

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from duplistat.core.agent_address import LONGEST_HOST, fingerprint_of, host_of
from duplistat.core.errors import DuplistatError, Kind
from duplistat.http.context import context
from duplistat.services.agents.registry import (
    UNCONFIGURED,
    ServiceChanges,
    change_service,
    set_service_maintenance,
    set_service_suspended,
)
from duplistat.services.agents.status import standings
from duplistat.services.configuration import secrets
from duplistat.services.people.identity import Role
from duplistat.services.writes import WriteCommand, prepare
from duplistat.store import agent_tasks, services
from duplistat.store.jobs import Job
from duplistat.store.services import Service
from duplistat.web.access import needs, signature, viewer
from duplistat.web.form import Form
from duplistat.web.formatting import sentence, visible
from duplistat.web.language import gettext as _
from duplistat.web.language import translated
from duplistat.web.parts.subject_pages import reader
from duplistat.web.redirects import done, saved
from duplistat.web.server import agent as server_agent
from duplistat.web.settings import report_url
from duplistat.web.settings.page import show, tree

HOUR_MS = 3_600_000
MOST_HOURS = 24 * 366
LONGEST_PASSWORD = 1000


@needs(Role.OPERATOR)
def one(number: int) -> Response:
    """One service. Raises DuplistatError (not_found) for one that is not there to be seen."""
    service = _service(number)
    return _one(service, _as_it_is(service))


@needs(Role.OPERATOR)
def save(number: int) -> ResponseReturnValue:
    """Another name; or another address, password or certificate: the agent is asked anew then."""
    service, form = _service(number), Form()
    name = form.text("name", missing=_("Enter a name."))
    host = host_of(form.text("host", most=LONGEST_HOST))
    fingerprint = fingerprint_of(form.text("fingerprint"))
    if host is None:
        form.wrong["host"] = _("Enter a host name or an IP address.")
    if fingerprint is None:
        form.wrong["fingerprint"] = _("Enter the SHA-256 fingerprint of a certificate: 64 hex digits.")
    port = form.number("port", 1, 65535)
    password = form.typed("password")
    if len(password) > LONGEST_PASSWORD:
        form.wrong["password"] = _("At most %(most)s characters.") % {"most": LONGEST_PASSWORD}
    if form.wrong or host is None or fingerprint is None:
        return _one(service, form, 400)
    changes: ServiceChanges = {"host": host, "port": port, "fingerprint": fingerprint}
    if name != visible(service.name):
        changes["name"] = name
    if password or form.typed("no_password"):
        changes["agent_secret"] = secrets.encrypt(context().config, password)
    return _act(
        service,
        form,
        changes=changes,
        message=_("Saved. Testing the connection…"),
        forgot=_("Saved. The password was removed because host or port changed. Enter it again."),
    )


@needs(Role.OPERATOR)
def test(number: int) -> ResponseReturnValue:
    """Have one of them tried: whether it answers, and which jobs it has."""
    message = _("Testing… This page updates by itself.")
    return _ask(_service(number), agent_tasks.PROBE, message)


@needs(Role.OPERATOR)
def collect(number: int) -> ResponseReturnValue:
    """Have one of them asked for its jobs, schedules and logs."""
    message = _("Collecting… This page updates by itself.")
    return _ask(_service(number), agent_tasks.COLLECT, message)


@needs(Role.OPERATOR)
def start(number: int) -> ResponseReturnValue:
    """Have one job of it started, or all. Raises DuplistatError (not_found) for one that it does not have."""
    service, job = _service(number), request.form.get("job", "")
    if job and job not in {each.name for each in _startable(service)}:
        raise DuplistatError(Kind.NOT_FOUND, "Job not found")
    message = (
        _("%(job)s is being started.") % {"job": visible(job)} if job else _("All jobs are being started.")
    )
    first: ServiceChanges = {"tried_at": context().now()}
    return _ask(service, agent_tasks.RUN, message, first=first, start=[job] if job else [])


@needs(Role.ADMIN)
def remove(number: int) -> ResponseReturnValue:
    """Call it no more; what it reported stays."""
    service = _service(number)
    form = _as_it_is(service)
    if not form.confirmed(service.name, "confirm_remove"):
        return _one(service, form, 400)
    return _act(
        service,
        form,
        changes={"cancelled_at": context().now()},
        message=_("Connection removed."),
        target=url_for("web.settings_agents"),
    )


@needs(Role.OPERATOR)
def rotate(number: int) -> ResponseReturnValue:
    """Replace the report URL; the one before stays valid for some hours."""
    service, form = _service(number), Form()
    hours = form.number("keep", 0, MOST_HOURS)
    again = _as_it_is(service)
    if form.wrong:
        again.wrong = form.wrong
        return _one(service, again, 400)
    try:
        report_url.rotate(service, hours * HOUR_MS)
    except DuplistatError as e:
        if e.kind is Kind.FORBIDDEN:
            again.wrong[""] = _(
                "This connection cannot be changed now: it is suspended, in maintenance or removed."
            )
        elif e.kind is Kind.UNAVAILABLE:
            again.wrong[""] = sentence(translated(e.text))
        else:
            again.refuse(e)
        return _one(service, again, 400)
    message = _("Report URL rotated. Enter the new URL in Duplicati on all servers of this connection.")
    return done(url_for("web.settings_agent", number=service.id), message)


@needs(Role.ADMIN)
def suspend(number: int) -> ResponseReturnValue:
    service = _held(number)
    form = _as_it_is(service)
    if not form.confirmed(service.name):
        return _one(service, form, 400)
    suspending = prepare(set_service_suspended, service=service.id, suspended=True, **signature())
    return _hold(service, suspending, _("Connection suspended."))


@needs(Role.ADMIN)
def reactivate(number: int) -> ResponseReturnValue:
    service = _held(number)
    reactivating = prepare(set_service_suspended, service=service.id, suspended=False, **signature())
    return _hold(service, reactivating, _("Connection reactivated. Testing it…"))


@needs(Role.ADMIN)
def maintain(number: int) -> ResponseReturnValue:
    """Let nobody change or start a service for some hours; 0 ends that."""
    service, form = _held(number), Form()
    hours = form.number("hours", 0, MOST_HOURS)
    if form.wrong:
        before_it = _as_it_is(service)
        before_it.wrong = form.wrong
        return _one(service, before_it, 400)
    until = context().now() + hours * HOUR_MS if hours else None
    message = _("Maintenance started.") if until else _("Maintenance ended.")
    return _hold(
        service, prepare(set_service_maintenance, service=service.id, until=until, **signature()), message
    )


def may_hold(service: Service) -> bool:
    """Whether who looks may suspend it: whoever looks after the server, or after a parent account of its own."""
    return viewer().may(Role.ADMIN) and (viewer().whole or service.account_id != viewer().account)


def _service(number: int) -> Service:
    found = services.seen(context().db, viewer().sees, number)
    if found is None:
        raise DuplistatError(Kind.NOT_FOUND, "Connection not found")
    return found


def _startable(service: Service) -> list[Job]:
    (standing,) = standings(context().db, [service], context().now())
    return server_agent.startable(standing.jobs)


def _held(number: int) -> Service:
    found = _service(number)
    if not may_hold(found):
        raise DuplistatError(Kind.FORBIDDEN, "Only an admin of the parent account can do this")
    return found


def _ask(
    service: Service,
    task: str,
    message: str,
    *,
    first: ServiceChanges | None = None,
    start: Sequence[str] = (),
) -> ResponseReturnValue:
    """Have something done with it in the background. Raises DuplistatError (invalid) where it is not configured."""
    if service.configured_at is None:
        raise DuplistatError(Kind.INVALID, UNCONFIGURED)
    return _act(service, _as_it_is(service), message=message, first=first, tasks=[task], start=start)


def _act(
    service: Service,
    form: Form,
    *,
    message: str,
    forgot: str = "",
    target: str = "",
    changes: ServiceChanges | None = None,
    first: ServiceChanges | None = None,
    tasks: Sequence[str] = (),
    start: Sequence[str] = (),
) -> ResponseReturnValue:
    """Change a service, and say so there or at `target`; `forgot` is what to say when its password was forgotten."""
    try:
        has_forgotten = context().writes.run(
            change_service,
            account=service.account_id,
            contact=False,
            service=service.id,
            changes=changes or {},
            first=first,
            tasks=tasks,
            start=start,
            **signature(),
        )
    except DuplistatError as e:
        if e.kind is not Kind.FORBIDDEN:
            form.refuse(e)
        else:
            form.wrong[""] = _(
                "This connection cannot be changed now: it is suspended, in maintenance or removed."
            )
        return _one(service, form, 400)
    if target:
        return done(target, message)
    back = saved if changes else done
    return back(url_for("web.settings_agent", number=service.id), forgot if has_forgotten else message)


def _hold(service: Service, prepared: WriteCommand[None], message: str) -> ResponseReturnValue:
    form = _as_it_is(service)
    try:
        context().writes.submit(prepared)
    except DuplistatError as e:
        form.refuse(e)
        return _one(service, form, 400)
    return saved(url_for("web.settings_agent", number=service.id), message)


def _as_it_is(service: Service) -> Form:
    values = {
        "name": visible(service.name),
        "host": service.host,
        "port": str(service.port),
        "fingerprint": service.fingerprint,
    }
    return Form(values | {"hours": "2", "keep": "24"})


def _one(service: Service, form: Form, status: int = 200) -> Response:
    now = reader().now
    mark, words = server_agent.how(service, reader())
    held = service.restricted or service.in_maintenance(now)
    (standing,) = standings(context().db, [service], now)
    tasks = agent_tasks.waiting(context().db, service.id)
    open_now = service.cancelled_at is None and not held
    response = show(
        "agent",
        status,
        form=form,
        service=service,
        called=visible(service.name),
        servers=standing.servers,
        account={place.id: place.name for place in tree()}.get(service.account_id, ""),
        link=server_agent.own_pages(service),
        mark_of=mark,
        words=words,
        open=open_now,
        work=server_agent.work(service, tasks, standing.jobs),
        startable=[(job.name, visible(job.label)) for job in server_agent.startable(standing.jobs)],
        may_suspend=may_hold(service) and service.cancelled_at is None and service.suspended_at is None,
        removable=open_now and viewer().may(Role.ADMIN),
        may_hold=may_hold(service) and service.cancelled_at is None,
        in_maintenance=service.in_maintenance(now),
        report=report_url.shown(service),
        busy_with=bool(tasks),
    )
    # It shows a secret.
    response.headers["Cache-Control"] = "no-store"
    return response
