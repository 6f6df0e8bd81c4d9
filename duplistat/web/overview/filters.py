"""What of the overview is shown, and how: from the address, and from what its reader prefers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flask import request

from duplistat.core.status import Health
from duplistat.services.jobs.unscheduled import never_late
from duplistat.services.monitoring.explanations import waits_for_runs
from duplistat.store.jobs import Job
from duplistat.store.servers import Server
from duplistat.web.access import viewer
from duplistat.web.parts.job_columns import Column
from duplistat.web.parts.judged import STATES, JudgedJob
from duplistat.web.parts.labels import tags_of
from duplistat.web.preferences import COLUMNS_FIELD, preferred

LONGEST = 200
# Instead of a state: jobs of which too few runs are known for a schedule.
NO_SCHEDULE = "no-schedule"
# Instead of a state: jobs in the archive, and no others.
ARCHIVED = "archived"
# How jobs changed since who looks looked last.
FAILED, OVERDUE, STALLED = "failed", "overdue", "stalled"
WARNED, RECOVERED, NEW = "warned", "recovered", "new"
CHANGES = (FAILED, OVERDUE, STALLED, WARNED, RECOVERED, NEW)
# Running is fine, too: whoever wants those that are fine gets both.
ALSO: dict[str, tuple[str, ...]] = {Health.OK: (Health.OK, Health.RUNNING)}


@dataclass(frozen=True, slots=True)
class Choices:
    """`state` (as in parts.judged, NO_SCHEDULE or ARCHIVED), `query`, `tag` and `changed` (one of CHANGES) narrow the
    jobs, "" for all; `group`, `sort`, `order`, `view` and `columns` are as in preferences.
    """

    state: str
    query: str
    tag: str
    changed: str
    group: str
    sort: str
    order: str
    view: str
    columns: tuple[Column, ...]

    @property
    def narrow(self) -> bool:
        return bool(self.state or self.query or self.tag or self.changed)

    def chooses(self, one: JudgedJob) -> bool:
        """Whether a job is to be shown, as far as its state says that."""
        if self.state == NO_SCHEDULE:
            return no_schedule(one)
        return self.state in ("", ARCHIVED) or one.state in ALSO.get(self.state, (self.state,))

    def parameters(self, **others: str) -> dict[str, str]:
        """What narrows the jobs, for an address, with other values for some; without what is empty."""
        values = {"state": self.state, "q": self.query, "tag": self.tag, "changed": self.changed} | others
        return {name: value for name, value in values.items() if value}

    def address(self) -> dict[str, str]:
        """All of it for an address, without what is empty."""
        return {name: value for name, value in self.saved().items() if value}

    def saved(self) -> dict[str, str]:
        """All of it, as a saved view has it: what narrows the jobs, and how they are arranged."""
        return {
            "state": self.state,
            "q": self.query,
            "tag": self.tag,
            "group": self.group,
            "sort": self.sort,
            "order": self.order,
            "view": self.view,
            COLUMNS_FIELD: ",".join(column.name for column in self.columns),
        }


def no_schedule(one: JudgedJob) -> bool:
    """Whether a job is never overdue because no schedule of it is known; not so one that is paused."""
    return one.health is not Health.PAUSED and (waits_for_runs(one.job) or never_late(one.job))


def chosen() -> Choices:
    """What this request asks for; what makes no sense asks for all."""
    state = request.args.get("state", "")
    prefers, changed = preferred(), request.args.get("changed", "")
    known = (*STATES, NO_SCHEDULE, ARCHIVED) if viewer().signed is not None else (*STATES, NO_SCHEDULE)
    return Choices(
        state=state if state in known else "",
        query=searched("q"),
        tag=request.args.get("tag", "")[:LONGEST],
        changed=changed if changed in CHANGES else "",
        **prefers._asdict(),
    )


def searched(parameter: str) -> str:
    """The words that this request searches for, with one space between them."""
    return " ".join(request.args.get(parameter, "")[:LONGEST].split())


class Finder:
    """Finds jobs by words: each has to be in the name, alias, notes or tags of the job, or in those of its server.

    Without `notes` of the jobs, those of servers are not looked into either.
    """

    def __init__(self, query: str, servers: Iterable[Server], notes: Mapping[int, str] | None) -> None:
        self._words = query.casefold().split()
        self._notes = notes or {}
        self._servers = {
            server.id: "\n".join(
                (
                    server.name,
                    server.alias or "",
                    server.notes if notes is not None else "",
                    server.group_name,
                )
            ).casefold()
            for server in servers
        }

    def finds(self, job: Job) -> bool:
        if not self._words:
            return True
        texts = (job.name, job.alias or "", *tags_of(job), self._notes.get(job.id, ""))
        all_of_it = "\n".join((*texts, self._servers.get(job.server_id, ""))).casefold()
        return all(word in all_of_it for word in self._words)
