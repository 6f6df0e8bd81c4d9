"""/settings/agents: the backup agents that are called, how each is, and what is done about it."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from duplistat.core.agent_address import LONGEST_HOST, fingerprint_of, host_of
from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.i18n import unpacked
from duplistat.core.text import capital
from duplistat.http.context import context
from duplistat.services.agents.registry import (
    ServiceChanges,
    change_service,
    collect_services,
    freeze_service,
    set_service_maintenance,
)
from duplistat.services.agents.several import AT_ONCE, ask_services
from duplistat.services.agents.status import standings
from duplistat.services.configuration import secrets
from duplistat.services.people.identity import Role
from duplistat.services.writes import WriteCommand, prepare
from duplistat.store import agent_tasks, services
from duplistat.store.services import Service
from duplistat.web.access import needs, signature, viewer
from duplistat.web.form import Form
from duplistat.web.formatting import labelled, sentence, visible
from duplistat.web.language import gettext as _
from duplistat.web.language import ngettext, translated
from duplistat.web.parts.subject_pages import before, reader
from duplistat.web.redirects import confirmed, done, saved
from duplistat.web.server import agent as server_agent
from duplistat.web.settings import report_url
from duplistat.web.settings.page import ROWS, show, tree

HOUR_MS = 3_600_000
MOST_HOURS = 24 * 366
LONGEST_PASSWORD = 1000
# Of those that could not be asked, so many are named.
MOST_NAMED = 3


class Line(NamedTuple):
    """A service, with how it is: a state for its mark, and words. `link` leads to its own pages, "" for none, and
    `work` says what it does now."""

    service: Service
    state: str
    words: str
    link: str
    work: list[str]


@needs(Role.OPERATOR)
def page() -> Response:
    """All services of the accounts that who looks may see, newest first."""
    found = services.page(context().db, viewer().sees, before=before(), limit=ROWS + 1)
    shown = found[:ROWS]
    tasks = agent_tasks.waiting_of(context().db, [service.id for service in shown])
    at_work = [service for service in shown if service.running]
    own = {
        standing.service.id: standing.jobs for standing in standings(context().db, at_work, context().now())
    }
    lines = [
        Line(
            service,
            *server_agent.how(service, reader()),
            server_agent.own_pages(service),
            server_agent.work(service, tasks.get(service.id, ()), own.get(service.id, ())),
        )
        for service in shown
    ]
    return show(
        "agents",
        lines=lines,
        under_way=any(line.work for line in lines),
        ticked=request.args.get("select") == "all",
        older=url_for("web.settings_agents", before=shown[-1].id) if len(found) > ROWS else "",
        newer=url_for("web.settings_agents") if before() else "",
        names={place.id: place.name for place in tree()},
    )


@needs(Role.OPERATOR)
def collect_all() -> ResponseReturnValue:
    """Have all of them asked that can be called."""
    asked = context().writes.run(
        collect_services, account=viewer().account, sees=viewer().sees, **signature()
    )
    message = ngettext("Collecting from one connection…", "Collecting from %(num)s connections…", asked)
    message = message % {"num": asked} if asked else _("No connection to collect from.")
    return done(url_for("web.settings_agents"), message)


@needs(Role.OPERATOR)
def ask_selected() -> ResponseReturnValue:
    """Have those that were ticked collected from, or all their jobs started; say with which that cannot be."""
    form = Form()
    task: Literal["collect", "run"] = "run" if form.typed("task") == agent_tasks.RUN else "collect"
    numbers = [
        int(text)
        for text in form.ticked("service")
        if text.isascii() and text.isdecimal() and len(text) <= 18
    ]
    if not numbers:
        return done(url_for("web.settings_agents"), _("Select at least one connection."))
    if len(numbers) > AT_ONCE:
        raise DuplistatError(Kind.INVALID, "These are too many connections at once")
    known = {service.id: service for service in services.visible(context().db, viewer().sees)}
    if not known.keys() >= set(numbers):
        raise DuplistatError(Kind.NOT_FOUND, "Connection not found")
    refused = context().writes.run(
        ask_services, numbers=numbers, sees=[*viewer().sees], task=task, **signature()
    )
    asked = len(set(numbers)) - len(refused)
    if task == agent_tasks.RUN:
        said = ngettext(
            "Starting all jobs of one connection…", "Starting all jobs of %(num)s connections…", asked
        )
    else:
        said = ngettext("Collecting from one connection…", "Collecting from %(num)s connections…", asked)
    parts = [said % {"num": asked}] if asked else []
    for item in refused[:MOST_NAMED]:
        service, why = known[item["service"]], sentence(capital(translated(unpacked(item["text"]))))
        parts.append(labelled(f"{service.number} {visible(service.name)}", why))
    if more := len(refused) - MOST_NAMED:
        parts += [ngettext("%(num)s more", "%(num)s more", more) % {"num": more}] if more > 0 else []
    return done(url_for("web.settings_agents"), " ".join(parts))


@needs(Role.OPERATOR)
def one(number: int) -> Response:
    """One service. Raises DuplistatError (not_found) for one that is not there to be seen."""
    service = _service(number)
    return _one(service, _as_it_is(service))


@needs(Role.OPERATOR)
def save(number: int) -> ResponseReturnValue:
    """Another address, password or certificate; the agent is asked anew then."""
    service, form = _service(number), Form()
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
def collect(number: int) -> ResponseReturnValue:
    """Have one of them asked for its jobs, schedules and logs."""
    service = _service(number)
    if service.configured_at is None:
        raise DuplistatError(Kind.INVALID, "This connection is not configured yet")
    message = _("Collecting… This page updates by itself.")
    return _act(service, _as_it_is(service), tasks=[agent_tasks.COLLECT], message=message)


@needs(Role.OPERATOR)
def rotate(number: int) -> ResponseReturnValue:
    """Replace the report URL; the one before is good for some hours more."""
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
                "This connection cannot be changed now: it is suspended, in maintenance or cancelled."
            )
        elif e.kind is Kind.UNAVAILABLE:
            again.wrong[""] = sentence(translated(e.text))
        else:
            again.refuse(e)
        return _one(service, again, 400)
    message = _("Report URL rotated. Enter the new URL in Duplicati on all servers of this connection.")
    return done(url_for("web.settings_agent", number=service.id), message)


@needs(Role.ADMIN)
def freeze(number: int) -> ResponseReturnValue:
    service = _held(number)
    if not confirmed(service.name):
        form = _as_it_is(service)
        form.wrong["confirm"] = _("The name does not match.")
        return _one(service, form, 400)
    freezing = prepare(freeze_service, service=service.id, frozen=True, **signature())
    return _hold(service, freezing, _("Connection suspended."))


@needs(Role.ADMIN)
def thaw(number: int) -> ResponseReturnValue:
    service = _held(number)
    thawing = prepare(freeze_service, service=service.id, frozen=False, **signature())
    return _hold(service, thawing, _("Connection reactivated. Testing it…"))


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
    """Whether who looks may freeze it: whoever looks after the server, or after an account above its own."""
    return viewer().may(Role.ADMIN) and (viewer().whole or service.account_id != viewer().account)


def _service(number: int) -> Service:
    found = services.seen(context().db, viewer().sees, number)
    if found is None:
        raise DuplistatError(Kind.NOT_FOUND, "Connection not found")
    return found


def _held(number: int) -> Service:
    found = _service(number)
    if not may_hold(found):
        raise DuplistatError(Kind.FORBIDDEN, "Only an admin of the parent account can do this")
    return found


def _act(
    service: Service,
    form: Form,
    *,
    message: str,
    forgot: str = "",
    changes: ServiceChanges | None = None,
    tasks: Sequence[str] = (),
) -> ResponseReturnValue:
    """Change a service, and say so; `forgot` is what to say when its password was forgotten by that."""
    try:
        has_forgotten = context().writes.run(
            change_service,
            account=service.account_id,
            contact=False,
            service=service.id,
            changes=changes or {},
            tasks=tasks,
            **signature(),
        )
    except DuplistatError as e:
        if e.kind is not Kind.FORBIDDEN:
            form.refuse(e)
        else:
            form.wrong[""] = _(
                "This connection cannot be changed now: it is suspended, in maintenance or cancelled."
            )
        return _one(service, form, 400)
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
    values = {"host": service.host, "port": str(service.port), "fingerprint": service.fingerprint}
    return Form(values | {"hours": "2", "keep": "24"})


def _one(service: Service, form: Form, status: int = 200) -> Response:
    now = reader().now
    mark, words = server_agent.how(service, reader())
    held = service.restricted or service.in_maintenance(now)
    response = show(
        "agent",
        status,
        form=form,
        service=service,
        called=f"{service.number} {visible(service.name)}",
        account={place.id: place.name for place in tree()}.get(service.account_id, ""),
        link=server_agent.own_pages(service),
        mark_of=mark,
        words=words,
        open=service.cancelled_at is None and not held,
        may_hold=may_hold(service) and service.cancelled_at is None,
        in_maintenance=service.in_maintenance(now),
        report=report_url.shown(service),
        busy_with=bool(agent_tasks.waiting(context().db, service.id)),
    )
    # It shows a secret.
    response.headers["Cache-Control"] = "no-store"
    return response
