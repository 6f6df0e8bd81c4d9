"""The fleet: machines with their jobs, when these run, how large they are, and what is wrong with some now."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from duplistat.demo.runs import Machine, Task

GB = 10**9
JOBS_EACH = 4


class Trouble(StrEnum):
    """What is wrong with a job at the end of its history, or what a person or its run does just then."""

    NONE = ""
    LATE_HOURS = "overdue by hours"
    LATE_DAYS = "overdue by days"
    LATE_WEEKS = "overdue by weeks"
    FAILING = "failing since yesterday"
    FAILING_LONG = "failing for days"
    ERRORS = "ends with errors"
    WARNING = "ends with warnings"
    QUOTA = "quota nearly full"
    PARTIAL = "stopped before it was complete"
    INTERRUPTED = "interrupted"
    RUNNING = "running now"
    STUCK = "stuck"
    PAUSED = "paused"
    NEVER = "never backed up"
    SHRINKING = "shrinking"


# Spread over the fleet in this order, however large it is.
TROUBLES = (*tuple(Trouble)[1:], Trouble.WARNING, Trouble.LATE_HOURS, Trouble.FAILING)
# Needs what only the newest version tells.
NEWEST = (Trouble.RUNNING, Trouble.STUCK, Trouble.INTERRUPTED)


@dataclass(frozen=True, slots=True)
class Plan:
    """A job: whose, when (text of a schedule), and how large at first. `growth` is a part of it a year."""

    machine: Machine
    task: Task
    schedule: str
    size: int
    files: int
    growth: float
    trouble: Trouble = Trouble.NONE
    # Set by a person.
    set_schedule: bool = False
    tags: tuple[str, ...] = ()
    alias: str = ""
    # A laptop is not always there.
    away: bool = False

    @property
    def key(self) -> tuple[str, str]:
        return self.machine.name, self.task.name


# What a kind of machine is, what it backs up, to where, and how large that is in GB.
_KINDS: dict[str, tuple[tuple[tuple[str, str, str], ...], tuple[tuple[str, str, float], ...]]] = {
    "office": (
        (
            ("Windows", "Windows Server 2022 Standard 20348", "win-x64-agent.msi"),
            ("Windows", "Windows Server 2019 Standard 17763", "win-x64-gui.msi"),
        ),
        (
            ("Shares", "s3", 640),
            ("SQL databases", "s3", 85),
            ("User profiles", "ssh", 210),
            ("Accounting", "b2", 34),
        ),
    ),
    "nas": (
        (
            ("Linux", "Debian GNU/Linux 12 (bookworm)", "linux-x64-cli.docker"),
            ("Linux", "Synology DSM 7.2.2", "linux-x64-gui.spk"),
        ),
        (
            ("Photos", "b2", 1200),
            ("Documents to cloud", "b2", 48),
            ("Paperless", "s3", 21),
            ("Music", "file", 310),
        ),
    ),
    "laptop": (
        (
            ("Windows", "Windows 11 Pro 24H2 26100", "win-x64-gui.msi"),
            ("MacOS", "macOS 15.6 24G84", "osx-arm64-gui.pkg"),
        ),
        (
            ("Documents", "webdav", 62),
            ("Desktop and mail", "webdav", 18),
            ("Pictures", "ssh", 140),
            ("Projects", "ssh", 27),
        ),
    ),
    "vm": (
        (
            ("Linux", "Ubuntu 24.04.3 LTS", "linux-x64-cli.deb"),
            ("Linux", "Debian GNU/Linux 13 (trixie)", "linux-arm64-cli.deb"),
        ),
        (
            ("postgres dumps", "s3", 12),
            ("/etc and /home", "ssh", 4.5),
            ("uploads", "s3", 95),
            ("mail spool", "b2", 52),
        ),
    ),
}
_NAMES = (
    ("BERLIN-DC01", "office"), ("nas-keller", "nas"), ("ANNA-LAPTOP", "laptop"), ("web-prod-1", "vm"),
    ("BERLIN-FS01", "office"), ("nas-studio", "nas"), ("Jonas-MacBook", "laptop"), ("db-prod-1", "vm"),
    ("LYON-FS01", "office"), ("diskstation", "nas"), ("RECEPTION-PC", "laptop"), ("mail", "vm"),
    ("PORTO-FS01", "office"), ("nas-archive", "nas"), ("CEM-LAPTOP", "laptop"), ("nextcloud", "vm"),
    ("WARSAW-FS01", "office"), ("truenas", "nas"), ("Mireille-MacBook", "laptop"), ("gitea", "vm"),
    ("GHENT-DC01", "office"), ("nas-praxis", "nas"), ("CAD-07", "laptop"), ("wiki", "vm"),
    ("OSLO-FS01", "office"), ("homeserver", "nas"), ("LEA-LAPTOP", "laptop"), ("monitoring", "vm"),
    ("HAMBURG-TS02", "office"), ("nas-parents", "nas"), ("Tomasz-MacBook", "laptop"), ("erp-prod", "vm"),
    ("GRAZ-FS01", "office"), ("backup-vault", "nas"), ("WAREHOUSE-PC2", "laptop"), ("build-runner", "vm"),
    ("BASEL-FS01", "office"), ("nas-cellar-2", "nas"), ("INES-LAPTOP", "laptop"), ("vpn-gateway", "vm"),
)  # fmt: skip
SERVERS = len(_NAMES)
VERSIONS = ("2.2.0.3", "2.3.0.4", "2.1.0.5", "2.3.1.0", "2.2.0.3", "2.3.0.4", "2.0.6.3", "2.3.1.0")
_ALIASES = {
    "BERLIN-DC01": "Berlin, domain controller",
    "nas-keller": "NAS in the cellar",
    "RECEPTION-PC": "Reception",
    "diskstation": "DiskStation, second floor",
    "CAD-07": "CAD workstation 7",
}
_SUFFIXES = {"s3": ".amazonaws.com"}


def fleet(servers: int, seed: int, now: datetime, zone: ZoneInfo) -> list[Plan]:
    """The jobs of the first `servers` machines (at most SERVERS), each with its part in what is wrong `now`."""
    plans = list(_plans(servers, random.Random(f"fleet:{seed}"), zone))  # noqa: S311  # the same again
    step = len(plans) / len(TROUBLES)
    for number, trouble in enumerate(TROUBLES):
        at = int(number * step)
        plans[at] = _in_trouble(plans[at], trouble, number, now.astimezone(zone))
        if trouble in NEWEST:
            name = plans[at].machine.name
            plans = [_newest(plan) if plan.machine.name == name else plan for plan in plans]
    return plans


def _newest(plan: Plan) -> Plan:
    return replace(plan, machine=replace(plan.machine, version=VERSIONS[-1]))


def _plans(servers: int, luck: random.Random, zone: ZoneInfo) -> Iterator[Plan]:
    for number, (name, kind) in enumerate(_NAMES[:servers]):
        systems, jobs = _KINDS[kind]
        machine = Machine(
            name,
            f"{luck.getrandbits(128):032x}",
            *systems[number // 4 % 2],
            VERSIONS[number % len(VERSIONS)],
            zone,
        )
        for place, (job, destination, size) in enumerate(jobs):
            row = number * JOBS_EACH + place
            size_now = size * luck.lognormvariate(0, 0.5)
            yield Plan(
                machine,
                Task(job, f"DB-{place + 1}", destination, _SUFFIXES.get(destination)),
                _schedule(row, luck),
                int(size_now * GB),
                int(size_now * luck.choice((120, 400, 1500))) + 40,
                luck.choice((0.05, 0.1, 0.2, 0.4)),
                set_schedule=row % 7 == 3,
                tags=(("offsite",) if row % 5 == 1 else ()) + (("critical",) if row % 9 == 2 else ()),
                alias=_ALIASES.get(name, "") if place == 0 else "",
                away=kind == "laptop",
            )


def _schedule(row: int, luck: random.Random) -> str:
    """Mostly in the night; one job in forty every six hours."""
    at = f"{luck.choice((22, 23, 0, 1, 2, 2, 2, 3, 4)):02}:{luck.choice((0, 5, 10, 15, 30, 40, 45)):02}"
    match row % 20:
        case 7 if row % 40 == 7:
            return f"every 6h from 2020-01-05T0{luck.randint(0, 5)}:{luck.choice((0, 20, 40)):02}Z"
        case 4 | 9 | 14 | 16 | 19:
            return f"weekdays {at}"
        case 6 | 17:
            return f"{luck.choice(('sat', 'sun'))} {at}"
        case 11:
            return f"monthly {luck.choice(('1', '15', 'last', 'first sun'))} {at}"
        case _:
            return f"daily {at}"


def _in_trouble(plan: Plan, trouble: Trouble, number: int, now: datetime) -> Plan:
    """The plan with a time of day that fits its trouble: some hours before now."""
    hours = {Trouble.LATE_HOURS: 4, Trouble.STUCK: 4, Trouble.RUNNING: 0}.get(trouble, 6 + number % 6)
    begins = now - timedelta(hours=hours, minutes=25 + number * 7 % 30)
    schedule = f"daily {begins:%H:%M}"
    if trouble is Trouble.LATE_WEEKS:
        schedule = f"{begins:%a} {begins:%H:%M}".lower()
    set_schedule = plan.set_schedule and trouble is not Trouble.NEVER  # else it would be overdue
    return replace(plan, trouble=trouble, schedule=schedule, set_schedule=set_schedule, away=False)
