"""Where a report belongs: its server and its job, made when they are new, and back from the archive."""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from duplistat.core.pings import slug_of
from duplistat.core.times import from_ms, iso_ms
from duplistat.services import audit
from duplistat.services.audit import By
from duplistat.services.context import ScheduleDefaults
from duplistat.services.jobs.health_change import update_job_health
from duplistat.services.reports import alternating_names, machine_identity, shared_ids
from duplistat.services.reports.intake import nameless
from duplistat.services.reports.packed import Named, NamedJob, OfJob
from duplistat.store import job_aliases, jobs, ping_urls, server_names, servers
from duplistat.store.database import Database
from duplistat.store.jobs import Job
from duplistat.store.servers import Server

SEEN_EVERY_MS = 60_000
BY_REPORT = By(None, "report")


def place(
    db: Database,
    packed: OfJob,
    defaults: ScheduleDefaults,
    *,
    collected: bool = False,
    run: Sequence[Any] | None = None,
) -> tuple[Server, Job]:
    """The server and the job that a report is about, made when they are new; the job is held.

    `run` are the values of the run that it tells of, if it does. A report of an older run than the latest does not
    bring an old name back.
    """
    received_at = packed["request"][1]
    machine_id, name = packed["server"][1:3]
    job_name, ref = packed["job"]
    service = packed["service"]
    server, new = server_of(db, packed, named=packed, collected=collected, run=run)
    if service is not None and server.service_id != service:
        servers.set_service(db, server.id, service)
        server.service_id = service
    if server.archived_at is not None:
        unarchive_server(db, server, packed["at"], defaults, received_at)
    job = job_called(db, server.id, job_name)
    if job is None:
        job = new_job(db, server.account_id, server.id, job_name, received_at, ref)
    if not new:
        name, facts = _told(db, server, packed, job, collected)
        if job.last_order is None or packed["at"] >= job.last_order:
            _note_server(db, server, name, facts, received_at)
    if new and machine_id and not shared_ids.is_apart(server):
        # Duplicati up to 2.0.7 told neither id nor name of its machine: after an update it does.
        before = nameless(machine_identity.address_of(packed))
        servers.propose_merge(db, server.id, name, server.account_id, job_name, nameless=before)
    if ref:
        job.ref = ref
    return server, job


def new_job(db: Database, account: int, server: int, name: str, now: int, ref: str = "") -> Job:
    """The job of that name, made now unless another process was first; it is held. Pings know it by its slug."""
    job = jobs.add(db, account, server, name, ref, now)
    ping_urls.add_slug(db, account, job.id, slug_of(name))
    return job


def job_called(db: Database, server: int, name: str) -> Job | None:
    """The job that is reported under a name, held: the one of that name, else the one that it was joined with."""
    job = jobs.locked(db, server, name)
    if job is None:
        joined = job_aliases.job_of(db, server, name)
        job = jobs.locked_by_id(db, joined) if joined is not None else None
    return job


def server_of(
    db: Database,
    packed: Named,
    *,
    named: NamedJob | None = None,
    collected: bool = False,
    run: Sequence[Any] | None = None,
) -> tuple[Server, bool]:
    """The server that a request is about, and whether it was made now; it is of the request's account.

    `named` is the same request where it names a job, too. What an agent was asked for is of its `home`.
    """
    account, received_at = packed["request"][0], packed["request"][1]
    identity, machine_id, name, sender = packed["server"]
    home, service, said = (named["home"], named["service"], named["said"]) if named else (None, None, "")
    found = servers.get(db, home) if home is not None else None
    if found is None:
        found, identity = shared_ids.find(db, account, identity, machine_id, said, name)
        own = machine_identity.own_identity(db, found, identity, service)
        if own != identity:
            identity, found = own, servers.by_identity(db, account, own)
    if found is None and named is not None and not collected:
        # With the identity that it has beside others of its id.
        found = machine_identity.first_report(db, account, identity, named, run)
        if found is not None and machine_id and said and server_names.claim(db, found.id, said):
            found.said = said
    if found is not None:
        return found, False
    facts, said = _facts_text(packed["facts"]), said if machine_id else ""
    told = (machine_id, name or machine_id, facts, received_at, sender, said)
    made = servers.add(db, account, identity, *told)
    own = machine_identity.own_identity(db, made, identity, service)
    # Another process may have been first with it, for the service of a clone, or for another one of its id.
    if own != identity:
        return servers.add(db, account, own, *told), True
    if said and made.said != said:
        found, apart = shared_ids.find(db, account, identity, machine_id, said, name)
        return found or servers.add(db, account, apart, *told), True
    return made, True


def unarchive_server(db: Database, server: Server, at: int, defaults: ScheduleDefaults, now: int) -> None:
    """Bring a server back from the archive that tells of something that happened (ms) after it was put there."""
    since = server.archived_at
    if since is None or at <= since:
        return
    bring_back(db, server, defaults, now)
    audit.note(
        db,
        BY_REPORT,
        "server.bring_back",
        account=server.account_id,
        subject=server.label,
        now=now,
        before={"archived": iso_ms(from_ms(since))},
    )


def bring_back(db: Database, server: Server, defaults: ScheduleDefaults, now: int) -> None:
    """Take a server out of the archive, with the jobs that were put there with it."""
    for listed in jobs.of_server(db, server.id):
        with_it = listed.archived_at == server.archived_at and not listed.deleting
        job = jobs.locked_by_id(db, listed.id) if with_it else None
        if job is not None:
            job.archived_at = None
            update_job_health(db, job, defaults, now)
    servers.change(db, server.id, {"archived_at": None})
    server.archived_at = None


def note_seen(db: Database, server: Server, seen_at: int) -> None:
    """Note that a server was heard of, at most once a minute."""
    if seen_at - server.seen_at > SEEN_EVERY_MS:
        servers.note_seen(db, server.id, seen_at)


def _told(
    db: Database, server: Server, packed: OfJob, job: Job, collected: bool
) -> tuple[str, dict[str, str]]:
    """What to call a known server of which a report tells, "" for as it is, and the facts that are known of it."""
    _, machine_id, name, _ = packed["server"]
    facts = packed["facts"]
    if collected:
        # An agent knows less of its machine than a report tells, and may call it something else.
        return "", json.loads(server.facts) | facts
    if not name or machine_identity.is_nameless(packed):
        return "", facts
    if machine_id and (name != server.name or server.names_state):
        at, received_at, said = packed["at"], packed["request"][1], packed["said"]
        name = alternating_names.name_of(db, server, name, said, at, received_at, latest=job.last_order)
    return name, facts


def _note_server(db: Database, server: Server, name: str, facts: dict[str, str], seen_at: int) -> None:
    """Take over a new name and new facts; a report without any leaves them as they are."""
    name = name or server.name
    text = server.facts if not facts or facts == _facts_in(server.facts) else _facts_text(facts)
    seen_lately = seen_at - server.seen_at <= SEEN_EVERY_MS
    if (server.name, server.facts) == (name, text):
        if not seen_lately:
            servers.note_seen(db, server.id, seen_at)
        return
    server.name, server.facts = name, text
    servers.update(db, server.id, name=name, facts=text, seen_at=max(seen_at, server.seen_at))


@lru_cache(maxsize=1024)
def _facts_in(text: str) -> Mapping[str, str]:
    facts: dict[str, str] = json.loads(text)
    return facts


def _facts_text(facts: dict[str, str]) -> str:
    return json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
