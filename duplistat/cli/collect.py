"""`duplistat collect`: ask agents now, rather than when their time comes."""

import sys
from pathlib import Path

import click

from duplistat.agents.address import AgentError
from duplistat.cli.common import Opened, echo, opened
from duplistat.cli.options import data_options
from duplistat.core.errors import DuplistatError
from duplistat.core.i18n import Text
from duplistat.core.outbound_words import FINGERPRINT
from duplistat.core.visible import visible
from duplistat.services.agents.registry import numbered, require_callable
from duplistat.services.agents.task_queue import note_agent_state
from duplistat.services.agents.task_result import unreachable
from duplistat.services.agents.worker import collect_now
from duplistat.services.worker_context import WorkerContext
from duplistat.store import services
from duplistat.store.services import Service


@click.command()
@click.option("--service", "number", help="Only this connection, by its number, such as V16428.")
@data_options
def collect(number: str | None, config_file: Path | None, data: Path) -> None:
    """Collect jobs, schedules and missed reports from Duplicati connections."""
    with opened(config_file, data) as o:
        found = services.working(o.db) if number is None else [callable_service(o, number)]
        failures = [service for service in found if not collect_from(o, service)]
    if not found:
        echo("no Duplicati connection is configured")
    if failures:
        sys.exit(1)


def callable_service(o: Opened, number: str) -> Service:
    """The connection of that number. Raises DuplistatError, which names it, for one whose agent is not to be called."""
    found = numbered(o.db, number)
    try:
        require_callable(found)
    except DuplistatError as e:
        raise DuplistatError(e.kind, f"{label_of(found)}: {e.message}") from None
    return found


def label_of(service: Service) -> str:
    return f"{service.number} {visible(service.name)}"


def say_failure(service: Service, problem: AgentError | DuplistatError) -> None:
    """Why an agent could not be asked, and what can be done where nobody known vouches for its certificate."""
    reason = problem.reason if isinstance(problem, AgentError) else problem.message
    echo(f"{label_of(service)}: {visible(reason)}", err=True)
    if isinstance(reason, Text) and reason.pattern == FINGERPRINT:
        shown = reason.values["fingerprint"]
        echo(
            f"To trust that certificate: duplistat service set {service.number} --fingerprint {shown}",
            err=True,
        )


def collect_from(o: Opened, service: Service) -> bool:
    """Collect from one service, and say what came; whether its agent could be asked."""
    label = label_of(service)
    context = WorkerContext(o.config, o.db, o.writes, lambda: o.now)
    try:
        done = collect_now(context, service)
    except (AgentError, DuplistatError) as e:
        reason = e.reason if isinstance(e, AgentError) else e.message
        changes = unreachable(reason, o.now) | {"collect_tried_at": o.now}
        o.writes.run(note_agent_state, service=service.id, changes=changes)
        say_failure(service, e)
        return False
    o.note(
        "service.collect",
        f"{service.number} {service.name}",
        account=service.account_id,
        jobs=len(done.jobs),
        runs=done.runs,
    )
    echo(f"{label}: {_count(len(done.jobs), 'job')}, {_count(done.runs, 'new run')}")
    for problem in done.problems:
        echo(f"{label}: {visible(problem)}", err=True)
    return True


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
