"""What problems and notices are about, as far as who looks may know it: jobs, channels and rules by their names."""

from collections.abc import Sequence
from typing import NamedTuple

from flask import url_for

from duplistat.core.alerts.problem import Problem
from duplistat.http.context import context
from duplistat.services.people.identity import Role
from duplistat.store import channels, jobs, rules, servers
from duplistat.store.jobs import Job
from duplistat.store.notices import Notice
from duplistat.web.access import viewer
from duplistat.web.formatting import visible
from duplistat.web.language import gettext as _
from duplistat.web.parts.labels import full_name


class Subject(NamedTuple):
    """What a problem is about: its words, the address of its page, "" for none, and the job, if it is one."""

    name: str
    link: str
    job: Job | None = None


def subjects(found: Sequence[Problem]) -> dict[int, Subject]:
    """{problem: what it is about}. 3 statements at most."""
    db, sees = context().db, viewer().sees
    known = jobs.by_ids(db, [item.job_id for item in found if item.job_id is not None])
    hosts = servers.by_ids(db, {job.server_id for job in known.values()})
    ways = channels.by_ids(db, [item.channel_id for item in found if item.channel_id is not None])
    told = {}
    for problem in found:
        job = known.get(problem.job_id) if problem.job_id is not None else None
        way = ways.get(problem.channel_id) if problem.channel_id is not None else None
        if job is not None and job.account_id in sees:
            name = full_name(hosts.get(job.server_id), job)
            told[problem.id] = Subject(name, url_for("web.job", number=job.id), job)
        elif way is not None and way.account_id in sees:
            page = url_for("web.channel", number=way.id) if viewer().may(Role.ADMIN) else ""
            told[problem.id] = Subject(_("Channel %(name)s") % {"name": visible(way.name)}, page)
        elif problem.family == "system":
            told[problem.id] = Subject(_("This server"), "")
        else:
            told[problem.id] = Subject(_("No longer there"), "")
    return told


def channel_names(ids: Sequence[int]) -> dict[int, str]:
    """{channel: its name}; one of a parent account is the provider's, and says no more than that."""
    if not ids:
        return {}
    sees = viewer().sees
    return {
        id: visible(row.name) if row.account_id in sees else _("the provider")
        for id, row in channels.by_ids(context().db, sorted(set(ids))).items()
    }


def ways(found: Sequence[Notice]) -> dict[int, str]:
    """{notice: by which channel}."""
    names = channel_names([item.channel_id for item in found if item.channel_id is not None])
    told = {}
    for notice in found:
        gone = visible(notice.channel) if viewer().whole and notice.channel else _("a deleted channel")
        # What goes to the administrators directly needs no channel.
        none = gone if notice.channel else _("the administrators, by mail")
        told[notice.id] = names.get(notice.channel_id, none) if notice.channel_id is not None else none
    return told


def rule_names(found: Sequence[Notice]) -> dict[int, str]:
    """{notice: the name of the rule that it is by}; "" where it is by none, or by one of a parent account."""
    viewed, whole = viewer().sees, viewer().whole
    ids = sorted({item.rule_id for item in found if item.rule_id is not None})
    mine = {row.id for row in rules.by_ids(context().db, ids) if row.account_id in viewed}
    return {item.id: visible(item.rule) if whole or item.rule_id in mine else "" for item in found}
