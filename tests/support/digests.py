"""Digests as tests make them: jobs as a digest sees them, and a style to say them in."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from duplistat.core.alerts.digest import Entry, digest
from duplistat.core.alerts.digest_facts import DAY_MS, DigestFacts, Line, Part, plain_line
from duplistat.core.alerts.notice import Kind, NoticeFacts, Why
from duplistat.core.i18n import ENGLISH, Say
from duplistat.core.reason import Code, dump, reason
from duplistat.services.alerts.facts import empty_facts
from tests.support.notices import BERLIN

# Sat 28 Nov 2026 07:00 in Berlin.
NOW = 1_795_845_600_000
HOUR = 3_600_000


@dataclass(frozen=True, slots=True)
class Spoken:
    zone: ZoneInfo = BERLIN
    say: Say = ENGLISH
    base_url: str = "https://backups.example.org"
    written: Callable[[int], str] | None = None


def entry(number: int, health: str = "ok", **more: Any) -> Entry:
    about: dict[str, Any] = {
        "name": f"job-{number:02}",
        "server": f"server-{number % 3 + 1:02}",
        "account": "Acme",
        "since": NOW - 5 * HOUR,
        "last_at": NOW - 5 * HOUR,
        "duration_ms": 754_000,
        "good_at": NOW - 5 * HOUR,
        "size": 48_300_000_000,
        "storage": 52_100_000_000,
        "verify_at": NOW - 5 * HOUR,
        "created_at": NOW - 300 * DAY_MS,
    }
    return Entry(id=number, health=health, **{**about, **more})


def failed(number: int, message: str = "access denied to /srv", **more: Any) -> Entry:
    said = dump([reason(Code.ENDED, at=NOW - 5 * HOUR, status="fatal", message=message)])
    return entry(number, "failed", reason=said, run=900 + number, good_at=NOW - 31 * HOUR, **more)


def silent(number: int, **more: Any) -> Entry:
    said = dump(
        [reason(Code.OVERDUE, expected_at=NOW - 29 * HOUR, missed=2, last_success_at=NOW - 53 * HOUR)]
    )
    return entry(number, "overdue", reason=said, good_at=NOW - 53 * HOUR, **more)


def made(entries: list[Entry], *others: tuple[Part, Line], **more: Any) -> DigestFacts:
    about = {"name": "daily", "account": "Acme", "period": "day", "from_at": NOW - DAY_MS, "until_at": NOW}
    return digest(entries, others, **{**about, **more})


def notice(content: DigestFacts) -> NoticeFacts:
    facts = empty_facts(Kind.DIGEST, Why.SCHEDULE, content["until_at"], content["account"])
    facts["details"] = {**content}
    return facts


def busy() -> DigestFacts:
    """A day on which each section has something to say."""
    told = {"untold": "below"}
    entries = [
        failed(1),
        failed(2, "disk full\nsecond line \x1b[31m", untold="silenced", untold_until=NOW + 3 * HOUR),
        silent(3),
        entry(4, "stuck", reason=dump([reason(Code.STALLED, at=NOW - 9 * HOUR)]), good_at=None),
        *(entry(number, "warning", **(told if number == 5 else {})) for number in range(5, 8)),
        entry(
            8, "never", last_at=None, duration_ms=None, good_at=None, size=None, storage=None, verify_at=None
        ),
        entry(9, "paused", paused_until=NOW + 2 * DAY_MS),
        entry(10, created_at=NOW - 3 * HOUR),
        entry(11, archived_at=NOW - 2 * HOUR),
        entry(12, schedule="daily 02:30", schedule_at=NOW - 4 * HOUR),
        entry(13, schedule="mon-fri 22:00", relearned=True),
        entry(14, size_then=96_600_000_000, storage_then=52_000_000_000),
        entry(15, restored_at=NOW - 6 * HOUR, restored_run=77),
        entry(16, verify_at=NOW - 6 * HOUR, verify_failed=True, verify_run=78),
        entry(17, verify_at=NOW - 200 * DAY_MS),
        entry(18, maintenance_from=NOW + DAY_MS, maintenance_until=NOW + DAY_MS + 4 * HOUR),
        entry(19, quota_total=10**12, quota_free=2 * 10**10, storage_then=51_100_000_000),
        entry(20, quota_total=10**12, quota_free=5 * 10**10),
        *(entry(number) for number in range(21, 52)),
    ]
    return made(
        entries,
        (Part.CHANGED, plain_line("deleted", "nas / old", "Acme", at=NOW - 7 * HOUR)),
        (Part.CHANGED, plain_line("renamed", "nas / photos", "Acme", at=NOW - 8 * HOUR, text="pictures")),
        (Part.COMING, plain_line("key", "office", "Acme", at=NOW + 5 * DAY_MS)),
    )
