"""doctor: what an operator should know of this server, checked one after the other."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from duplistat.config import Config
from duplistat.core.formatting import span
from duplistat.core.times import from_ms, iso_ms
from duplistat.services.alerts.hearing import uncovered
from duplistat.services.jobs.counted import that_count
from duplistat.services.maintenance import scheduled_backups
from duplistat.services.monitoring import alert_health
from duplistat.services.monitoring.self_check import is_late
from duplistat.store import accounts, alert_facts, channels, jobs, rules, scheduler_lease, servers
from duplistat.store.database import Database
from duplistat.store.scheduler_lease import LEASE
from duplistat.store.write_health import Failing

# A sender says this often that it is there, and a little more (ms).
SENDER_SILENT = 90_000


class Grade(StrEnum):
    """How it stands with one thing."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at, how it is, and what to do about it ("" for nothing)."""

    what: str
    grade: Grade
    says: str
    do: str = ""


def examine(db: Database, config: Config, failing: Failing | None, now: int) -> list[Finding]:
    """All findings, in the order in which one mends them. Reads only; `now` in ms."""
    return [
        *_database(failing),
        *_scheduler(db, config, now),
        *_alerts(db, now),
        *_channels(db, config),
        *_coverage(db),
        *_backup(db, config, now),
    ]


def _database(failing: Failing | None) -> Iterator[Finding]:
    if failing is None:
        yield Finding("database", Grade.OK, "reads and writes succeed")
    else:
        yield Finding("database", Grade.PROBLEM, failing.text, "make room, or let it be written to")


def _scheduler(db: Database, config: Config, now: int) -> Iterator[Finding]:
    lease = scheduler_lease.lease(db, LEASE)
    if lease is None or not lease.ticked_at:
        yield Finding(
            "scheduler", Grade.PROBLEM, "it has never looked at what is due", "start: duplistat serve"
        )
        return
    late = is_late(config.overdue, lease.ticked_at, now)
    says = f"it looked at what is due {_ago(now - lease.ticked_at)} ago"
    yield Finding(
        "scheduler",
        Grade.PROBLEM if late else Grade.OK,
        says,
        "start the server, or look into its log" if late else "",
    )


def _alerts(db: Database, now: int) -> Iterator[Finding]:
    found = alert_health.look(db, now)
    for late in found.late:
        yield Finding("alerts", Grade.PROBLEM, late, "look into the log of the server")
    silent = found.sender_at is None or now - found.sender_at > SENDER_SILENT
    if found.sender_at is None:
        says, do = "no sender has ever run", "[alerts] send_workers, or run: duplistat send"
    else:
        says = f"a sender was there {_ago(now - found.sender_at)} ago"
        do = "start the server, or run: duplistat send" if silent else ""
    yield Finding("sender", Grade.PROBLEM if silent else Grade.OK, says, do)


def _channels(db: Database, config: Config) -> Iterator[Finding]:
    known = channels.all_channels(db)
    if not known:
        yield Finding("channels", Grade.WARNING, "there is none: nobody is told", "duplistat channel add")
    if any(row.kind == "mail" and row.state != channels.OFF for row in known) and not config.mail.host:
        yield Finding("mail", Grade.PROBLEM, "no mail server is set", "[mail] host in the configuration")
    if known and not config.public_address:
        says = f"links in messages lead to {config.own_url}, which others may not reach"
        yield Finding("links", Grade.WARNING, says, "[server] public_url in the configuration")
    broken = alert_facts.broken_channels(db)
    for _, name, _, since in broken:
        says = f"{name!r} does not deliver since {iso_ms(from_ms(since))}"
        yield Finding("channels", Grade.PROBLEM, says, f"duplistat channel test --name {name!r}")
    if known and not broken:
        yield Finding("channels", Grade.OK, f"{len(known)} deliver, or are off")


def _coverage(db: Database) -> Iterator[Finding]:
    if not rules.enabled(db):
        yield Finding("rules", Grade.WARNING, "there is none: nobody is told", "duplistat rule add")
        return
    everywhere = tuple(account.id for account in accounts.all_accounts(db))
    everything = that_count(jobs.visible(db, everywhere), servers.visible(db, everywhere))
    left = uncovered(db, everything)
    if left:
        says = f"nobody would be alerted about {len(left)} of {len(everything)} jobs"
        yield Finding("rules", Grade.WARNING, says, "the page Alerts, Rules lists them")
    else:
        yield Finding("rules", Grade.OK, f"somebody would be alerted about each of {len(everything)} jobs")


def _backup(db: Database, config: Config, now: int) -> Iterator[Finding]:
    found = scheduled_backups.look(db, config.backup, now)
    if found.warning:
        yield Finding("own backup", Grade.WARNING, str(found.warning), "[backup] in the configuration")
    elif not config.backup.folder:
        yield Finding(
            "own backup",
            Grade.WARNING,
            "this server does not back itself up",
            "[backup] folder in the configuration",
        )
    else:
        yield Finding("own backup", Grade.OK, "it is recent")


def _ago(ms: int) -> str:
    return span(max(0, ms) / 1000)
