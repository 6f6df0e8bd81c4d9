"""The options that say for which jobs a rule or a silence is, and what they say as ids."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import click

from duplistat.cli.common import Opened
from duplistat.core.errors import DuplistatError, Kind
from duplistat.services.servers import lookup
from duplistat.store import accounts, jobs, servers
from duplistat.store.accounts import Account
from duplistat.store.jobs import Job

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS = (
    click.option("--tag", "tags", multiple=True, help="Only jobs with this tag; can be given repeatedly."),
    click.option(
        "--server",
        "server_names",
        multiple=True,
        help="Only jobs of this server (name, alias, machine id or id); can be given repeatedly.",
    ),
    click.option(
        "--group", "groups", multiple=True, help="Only servers in this group; can be given repeatedly."
    ),
    click.option(
        "--job",
        "job_names",
        multiple=True,
        help="Only this job (name, server/name or id); can be given repeatedly.",
    ),
)
# What they are called in a command.
OF_JOBS = ("tags", "server_names", "groups", "job_names")


def jobs_options(command: F) -> F:
    """--tag, --server, --group and --job, each repeatedly."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def jobs_from(o: Opened, owner: Account, options: Mapping[str, Any]) -> dict[str, Any]:
    """What these options say, as core.alerts.rule.parse_match reads it. Raises DuplistatError."""
    return {
        "servers": _server_ids(o, owner, options["server_names"]),
        "groups": list(options["groups"]),
        "jobs": _job_ids(o, owner, options["job_names"]),
        "tags": list(options["tags"]),
    }


def _server_ids(o: Opened, account: Account, names: Sequence[str]) -> list[int]:
    """The ids of servers that are called so, or have that id. Raises DuplistatError."""
    found = []
    for name in names:
        known = lookup.servers_meant(o.db, accounts.visible(o.db, account.id), name)
        if not known:
            raise DuplistatError(Kind.NOT_FOUND, f"account {account.name!r} has no server called {name!r}")
        if len(known) > 1:
            ids = ", ".join(str(server.id) for server in known)
            raise DuplistatError(
                Kind.INVALID, f"{len(known)} servers are called {name!r}: use one of the ids {ids}"
            )
        found.append(known[0].id)
    return found


def _job_ids(o: Opened, account: Account, names: Sequence[str]) -> list[int]:
    """The ids of jobs: each is called by its id, its name, or server/name. Raises DuplistatError."""
    if not names:
        return []
    known = [job for job in jobs.visible(o.db, accounts.visible(o.db, account.id)) if not job.deleting]
    hosts = servers.by_ids(o.db, {job.server_id for job in known})

    def fits(job: Job, text: str) -> bool:
        host = hosts[job.server_id]
        called = {job.name, job.label}
        return text in called or text in {
            f"{server}/{name}" for server in (host.name, host.label) for name in called
        }

    found = []
    for text in names:
        fitting = [job.id for job in known if text == str(job.id)] or [
            job.id for job in known if fits(job, text)
        ]
        if not fitting:
            raise DuplistatError(Kind.NOT_FOUND, f"account {account.name!r} has no job called {text!r}")
        if len(fitting) > 1:
            ids = ", ".join(map(str, fitting))
            raise DuplistatError(
                Kind.INVALID,
                f"{len(fitting)} jobs are called {text!r}: use server/job, or one of the ids {ids}",
            )
        found += fitting
    return found
