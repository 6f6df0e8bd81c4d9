"""`duplistat collect`: ask agents now, rather than when their time comes."""

import sys
from pathlib import Path

import click

from duplistat.agents.address import AgentError
from duplistat.cli.common import Opened, echo, opened
from duplistat.cli.options import data_options
from duplistat.core.errors import DuplistatError
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
        found = services.working(o.db) if number is None else [_named(o, number)]
        failures = [service for service in found if not collect_from(o, service)]
    if not found:
        echo("no Duplicati connection is configured")
    if failures:
        sys.exit(1)


def _named(o: Opened, number: str) -> Service:
    found = numbered(o.db, number)
    require_callable(found)
    return found


def collect_from(o: Opened, service: Service) -> bool:
    """Collect from one service, and say what came; whether its agent could be asked."""
    label = f"{service.number} {visible(service.name)}"
    context = WorkerContext(o.config, o.db, o.writes, lambda: o.now)
    try:
        done = collect_now(context, service)
    except (AgentError, DuplistatError) as e:
        reason = e.reason if isinstance(e, AgentError) else e.message
        changes = unreachable(reason, o.now) | {"collect_tried_at": o.now}
        o.writes.run(note_agent_state, service=service.id, changes=changes)
        echo(f"{label}: {visible(reason)}", err=True)
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
