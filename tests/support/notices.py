"""Facts of notices, made up, and the languages that they are said in."""

import gettext
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duplistat
from duplistat.core.alerts.compose import Links, Style
from duplistat.core.alerts.notice import EventFacts, Kind, NoticeFacts, ProblemFacts, Why
from duplistat.core.formats import formats_of
from duplistat.core.i18n import ENGLISH, Say
from duplistat.core.reason import Code, dump, reason
from duplistat.services.alerts.facts import empty_facts

# Thu 26 Nov 2026 09:14 in Berlin.
NOW = 1_795_680_840_000
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
BERLIN = ZoneInfo("Europe/Berlin")
BASE = "https://backup.example.org"
LINKS = Links(
    page=f"{BASE}/notices/31",
    acknowledge=f"{BASE}/n/abc.acknowledge.4.1796285640.c2lnbmF0dXJl",
    unsubscribe=f"{BASE}/n/abc.unsubscribe.4.2111299240.c2lnbmF0dXJl",
)
_KNOWN = gettext.translation("messages", Path(duplistat.__file__).parent / "translations", ["de"])
GERMAN = Say(_KNOWN.gettext, _KNOWN.ngettext, _KNOWN.npgettext, formats_of("de"), "de")


def style(say: Say = ENGLISH, **changes: Any) -> Style:
    return Style(**{"zone": BERLIN, "say": say, "base_url": BASE, **changes})


def ended(message: str, at: int = NOW - 7 * HOUR, status: str = "fatal") -> str:
    """The reason of a job whose last run ended badly."""
    return dump([reason(Code.ENDED, at=at, status=status, message=message)])


def overdue(expected_at: int, missed: int = 1, good: int | None = None) -> str:
    return dump([reason(Code.OVERDUE, expected_at=expected_at, missed=missed, last_success_at=good)])


def problem(**changes: Any) -> ProblemFacts:
    """A job that failed for the third time in a row, two days after its last good run."""
    facts: ProblemFacts = {
        "id": 9,
        "uid": "problem2aaaaaaaaaaaaaaaaaa",
        "kind": "failed",
        "severity": "error",
        "opened_at": NOW - 2 * DAY - 7 * HOUR,
        "kind_at": NOW - 2 * DAY - 7 * HOUR,
        "closed_at": None,
        "account": "main",
        "server": "server-01",
        "server_id": 3,
        "job": "daily-backup",
        "job_id": 7,
        "run": 1204,
        "reason": ended("access denied to /srv"),
        "message": "access denied to /srv",
        "log": ["02:14:01 begin", "02:14:03 error: access denied to /srv"],
        "fails": 3,
        "again": 0,
        "unsteady": False,
        "last_good_at": NOW - 3 * DAY - 7 * HOUR,
        "expected_at": None,
        "acked_by": "",
        "zone": "Europe/Berlin",
    }
    return {**facts, **changes}  # type: ignore[typeddict-item]  # a test names what it changes


def late(**changes: Any) -> ProblemFacts:
    """A job that is overdue."""
    since, good = NOW - 5 * HOUR, NOW - 31 * HOUR
    facts = {
        "kind": "overdue",
        "kind_at": since,
        "opened_at": since,
        "run": None,
        "reason": overdue(since, good=good),
        "message": "",
        "log": [],
        "fails": 0,
        "last_good_at": good,
        "expected_at": since,
    }
    return problem(**{**facts, **changes})


def event(**changes: Any) -> EventFacts:
    facts: EventFacts = {
        "id": 5,
        "account": "main",
        "server": "nas-attic",
        "server_id": 4,
        "severity": "critical",
        "type": "disk-monitor",
        "job": "",
        "message": "Disk 3 has 214 bad sectors\nReplace it soon",
        "at": NOW - 2 * MINUTE,
    }
    return {**facts, **changes}  # type: ignore[typeddict-item]


def notice(*problems: ProblemFacts, **changes: Any) -> NoticeFacts:
    """What a rule tells of some problems, of which there are no more."""
    counts: dict[str, int] = {}
    for item in problems:
        counts[item["kind"]] = counts.get(item["kind"], 0) + 1
    facts: NoticeFacts = {
        **empty_facts(Kind.PROBLEM, Why.FIRST, NOW, "main"),
        "rule": "Administrators",
        "total": len(problems),
        "counts": counts,
        "problems": list(problems),
    }
    return {**facts, **changes}  # type: ignore[typeddict-item]


def several(number: int, make: Any = problem, **changes: Any) -> list[ProblemFacts]:
    """Problems of as many jobs."""
    return [
        make(**{"id": n, "job_id": n, "job": f"backup-{n}", "log": [], **changes})
        for n in range(1, number + 1)
    ]
