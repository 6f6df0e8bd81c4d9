"""The agent of a server that belongs to a service: how it is, and what can be had done with it."""

import json
from collections.abc import Sequence
from typing import NamedTuple

from flask import request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.formatting import percent
from duplistat.http.context import context
from duplistat.services.agents.registry import ServiceChanges, change_service
from duplistat.services.agents.task_result import as_seen_by
from duplistat.services.people.identity import Role
from duplistat.store import agent_tasks, jobs, services
from duplistat.store.jobs import Job
from duplistat.store.servers import Server
from duplistat.store.services import Service
from duplistat.web import language, redirects
from duplistat.web.access import needs, signature, viewer
from duplistat.web.formatting import Reader, say, sentence, visible
from duplistat.web.language import gettext as _
from duplistat.web.language import ngettext
from duplistat.web.parts.found_server import find


class Agent(NamedTuple):
    """An agent, ready to be shown. `state` is a mark, `words` say it; `link` leads to its own pages, "" for none.

    `work` says what it does now; `startable` are names of jobs, and none where nothing can be started.
    """

    id: int
    name: str
    address: str
    link: str
    state: str
    words: Markup
    has: str
    collected_at: int | None
    work: list[str]
    open: bool
    removed: bool
    startable: list[tuple[str, str]]


def agent_of(server: Server, own: Sequence[Job]) -> Agent | None:
    """The agent of a server; None where it has none. Two statements."""
    ctx = context()
    now = ctx.now()
    service = service_of(server)
    if service is None:
        return None
    tasks = agent_tasks.waiting(ctx.db, service.id)
    state, words = how(service, Reader(now, ctx.schedule_defaults.zone))
    usable = service.configured_at is not None and _open(service, now)
    return Agent(
        id=service.id,
        name=visible(service.name),
        address=visible(f"{service.host}:{service.port}"),
        link=own_pages(service),
        state=state,
        words=words,
        has=_has(service),
        collected_at=service.collected_at,
        work=work(service, tasks, own),
        open=usable,
        removed=service.cancelled_at is not None,
        startable=[(job.name, visible(job.label)) for job in startable(own)] if usable else [],
    )


def startable(own: Sequence[Job]) -> list[Job]:
    """Those jobs that an agent can be asked to start."""
    return [job for job in own if job.ref and job.archived_at is None]


def service_of(server: Server) -> Service | None:
    names = [name for name in (server.name, server.alias) if name]
    return services.of_server(context().db, server.account_id, server.service_id, names)


def how(service: Service, reader: Reader) -> tuple[str, Markup]:
    """How an agent is: a mark, and a sentence. With open registration not all accounts are told why it is silent."""
    ctx = context()
    service = as_seen_by(service, viewer().account, ctx.main_account, ctx.config)
    if service.cancelled_at is not None:
        return "never", say(
            _("Removed %(when)s: no longer contacted."), when=reader.ago(service.cancelled_at)
        )
    if service.restricted:
        return "paused", say(_("Suspended: not contacted."))
    if service.in_maintenance(reader.now):
        return "paused", say(_("In maintenance: no changes or manual starts."))
    if service.configured_at is None:
        return "never", say(_("Not configured yet, so not contacted."))
    if service.job_failed:
        reason = _problem_text(service.problem)
        return "failed", say(_("Reachable. A job started here failed: %(reason)s"), reason=reason)
    if service.problem:
        reason = _problem_text(service.problem)
        tried = reader.ago(service.problem_at)
        if service.answered_at is None:
            return "failed", say(
                _("Never reachable, last attempt %(tried)s: %(reason)s"), tried=tried, reason=reason
            )
        return "failed", say(
            _("Unreachable, last contact %(when)s, last attempt %(tried)s: %(reason)s"),
            when=reader.ago(service.answered_at),
            tried=tried,
            reason=reason,
        )
    if service.answered_at is None:
        return "never", say(_("Not contacted yet."))
    return "ok", say(_("Reachable, last contact %(when)s."), when=reader.ago(service.answered_at))


def own_pages(service: Service) -> str:
    """Where the agent shows itself; "" when it has not answered yet."""
    scheme = json.loads(service.facts).get("scheme", "")
    host = f"[{service.host}]" if ":" in service.host else service.host
    return f"{scheme}://{host}:{service.port}/" if scheme in ("http", "https") else ""


@needs(Role.OPERATOR)
def collect(number: int) -> ResponseReturnValue:
    """Have a server's agent asked for what it knows. Raises DuplistatError."""
    server = _ask(number, agent_tasks.COLLECT)
    return redirects.done(
        url_for("web.server", number=server.id),
        _("Collecting… This page updates by itself."),
    )


@needs(Role.OPERATOR)
def start(number: int) -> ResponseReturnValue:
    """Have one job of a server's agent started, or all. Raises DuplistatError."""
    job = request.form.get("job", "")
    if job and job not in {each.name for each in startable(jobs.of_server(context().db, find(number).id))}:
        raise DuplistatError(Kind.NOT_FOUND, "Job not found")
    first: ServiceChanges = {"tried_at": context().now()}
    server = _ask(number, agent_tasks.RUN, first=first, start=[job] if job else [])
    message = (
        _("%(job)s is being started.") % {"job": visible(job)} if job else _("All jobs are being started.")
    )
    return redirects.done(url_for("web.server", number=server.id), message)


def _ask(number: int, task: str, *, first: ServiceChanges | None = None, start: Sequence[str] = ()) -> Server:
    server = find(number)
    service = service_of(server)
    if service is None or service.configured_at is None:
        raise DuplistatError(Kind.NOT_FOUND, "This server has no Duplicati connection that can be used")
    context().writes.run(
        change_service,
        account=service.account_id,
        contact=False,
        service=service.id,
        changes={},
        first=first,
        tasks=[task],
        start=start,
        **signature(),
    )
    return server


def _open(service: Service, now: int) -> bool:
    return service.cancelled_at is None and not service.restricted and not service.in_maintenance(now)


def _has(service: Service) -> str:
    """What it has: 5 jobs, Duplicati 2.2.0.3, Debian 12."""
    facts = json.loads(service.facts)
    parts = []
    if service.answered_at is not None:
        parts.append(ngettext("%(number)s job", "%(number)s jobs", service.jobs) % {"number": service.jobs})
    if facts.get("agent_version"):
        parts.append(f"Duplicati {visible(str(facts['agent_version']))}")
    if facts.get("operating_system_detailed"):
        parts.append(visible(str(facts["operating_system_detailed"])))
    return ", ".join(parts)


def work(service: Service, tasks: Sequence[agent_tasks.Task], own: Sequence[Job]) -> list[str]:
    """What it does now, and what it is about to do, in sentences."""
    waiting = {task.kind: json.loads(task.state) for task in tasks}
    found = []
    if agent_tasks.RUN in waiting:
        names = waiting[agent_tasks.RUN].get("start")
        if names:
            found.append(_("About to start: %(jobs)s.") % {"jobs": ", ".join(map(visible, names))})
        else:
            found.append(_("About to start all jobs."))
    followed = list(waiting.get(agent_tasks.FOLLOW, {}).get("tasks", {}).values()) if service.running else []
    done = {job.name: job.live_progress for job in own if job.live_state and job.live_progress is not None}
    for name in followed:
        if name in done:
            found.append(
                _("%(job)s is running: %(done)s done.")
                % {"job": visible(name), "done": percent(done[name], language.say())}
            )
        else:
            found.append(_("%(job)s is running or queued.") % {"job": visible(name)})
    if service.running and not followed:
        found.append(_("A job is running."))
    if agent_tasks.PROBE in waiting:
        found.append(_("Testing the connection."))
    if agent_tasks.COLLECT in waiting:
        found.append(_("Collecting jobs and runs."))
    return found


def _problem_text(problem: str) -> str:
    """What is wrong with an agent, in the reader's language."""
    return sentence(visible(language.translated(problem)))
