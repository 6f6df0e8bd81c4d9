"""/alerts/rules/coverage: which rules tell of which job, and of which jobs nobody would hear."""

from typing import NamedTuple

from flask import Response, request, url_for

from duplistat.core.alerts.matching import covers
from duplistat.http.context import context
from duplistat.services.alerts.hearing import uncovered
from duplistat.services.alerts.listeners import rule_in, subjects
from duplistat.services.jobs.counted import that_count
from duplistat.services.people.identity import Role
from duplistat.store import jobs, rules, servers
from duplistat.store.jobs import Job
from duplistat.web.access import needs, viewer
from duplistat.web.alerts.frame import show
from duplistat.web.formatting import number_in, visible
from duplistat.web.parts.labels import full_name

ROWS = 200


class Line(NamedTuple):
    """A job, and the rules that tell of it: (address, name), without one where it is of a parent account."""

    job: Job
    name: str
    rules: list[tuple[str, str]]
    heard: bool


@needs(Role.OPERATOR)
def page() -> Response:
    """Each job with its rules; `?nobody=1` shows those of which nobody would hear, `?after=` goes on."""
    found = _jobs()
    silent = uncovered(context().db, found)
    only = request.args.get("nobody") == "1"
    after = number_in(request.args.get("after", ""))
    wanted = [job for job in found if job.id > after and (not only or job.id in silent)]
    shown = wanted[:ROWS]
    return show(
        "coverage",
        lines=_lines(shown, silent),
        total=len(found),
        silent=len(silent),
        only=only,
        older=url_for("web.coverage", after=shown[-1].id, nobody=1 if only else None)
        if len(wanted) > ROWS
        else "",
        newer=url_for("web.coverage", nobody=1 if only else None) if after else "",
    )


def count() -> int:
    """Of how many jobs nobody would hear."""
    return len(uncovered(context().db, _jobs()))


def _jobs() -> list[Job]:
    """The jobs that who looks may see, that are watched and count; by id."""
    db, sees = context().db, viewer().sees
    known = servers.visible(db, sees)
    live = {server.id for server in known if server.archived_at is None}
    found = that_count(jobs.visible(db, sees), known)
    return sorted((job for job in found if job.server_id in live), key=lambda job: job.id)


def _lines(shown: list[Job], silent: set[int]) -> list[Line]:
    db, sees, may = context().db, viewer().sees, viewer().may(Role.ADMIN)
    of_jobs = subjects(db, shown)
    above = sorted({account for subject in of_jobs.values() for account in subject.accounts})
    found = [row for row in rules.of_accounts(db, tuple(above)) if row.enabled]
    homes = servers.by_ids(db, {job.server_id for job in shown})
    lines = []
    for job in shown:
        subject = of_jobs[job.id]
        named = []
        for row in found:
            if row.account_id in subject.accounts and covers(rule_in(row.spec).match, subject):
                mine = row.account_id in sees
                address = url_for("web.rule", number=row.id) if mine and may else ""
                named.append((address, visible(row.name) if mine else ""))
        lines.append(Line(job, full_name(homes[job.server_id], job), named, job.id not in silent))
    return lines
