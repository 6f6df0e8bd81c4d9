"""Messages of each kind as files that a person can read: `python -m tests.support.golden_messages` writes them."""

from pathlib import Path

from duplistat.core.alerts.compose import Composed, compose
from duplistat.core.alerts.notice import CauseFacts, NoticeFacts
from duplistat.core.i18n import ENGLISH, Say, Text, stored
from duplistat.core.reason import Code, dump, reason
from tests.support import notices
from tests.support.digests import busy
from tests.support.notices import DAY, HOUR, MINUTE, NOW, event, late, notice, problem, several

FOLDER = Path(__file__).parents[1] / "core" / "alerts" / "golden"
LANGUAGES = {"en": ENGLISH, "de": notices.GERMAN}
_STALLED = dump([reason(Code.STALLED, at=NOW - 4 * HOUR)])
_BROKEN = dump([reason(Code.VERIFICATION_FAILED, at=NOW - 7 * HOUR, files=3, message="")])
_NOW = [*several(2), *several(2, late)]


def _cause(cause: str, name: str, **counts: int) -> CauseFacts:
    """Some problems of a message, and what they have in common."""
    overdue = "overdue" in counts
    worst = late() if overdue else problem(message=name, reason=notices.ended(name))
    return {
        "cause": cause,
        "cause_name": name,
        "total": sum(counts.values()),
        "counts": counts,
        "worst": worst,
    }


CASES: dict[str, NoticeFacts] = {
    "failed": notice(problem()),
    "failed-first-time": notice(
        problem(
            fails=1,
            last_good_at=None,
            account="Acme",
            log=[],
            opened_at=NOW - 7 * HOUR,
            kind_at=NOW - 7 * HOUR,
        )
    ),
    "warning": notice(
        problem(
            kind="warning",
            severity="warning",
            fails=1,
            reason=notices.ended("2 files could not be read", status="warning"),
            message="2 files could not be read",
        )
    ),
    "verification-failed": notice(problem(fails=1, reason=_BROKEN, message="", log=[])),
    "overdue": notice(late()),
    "stuck": notice(
        late(kind="stuck", reason=_STALLED, kind_at=NOW - 4 * HOUR, expected_at=None), why="minutes"
    ),
    "worse": notice(late(opened_at=NOW - 2 * DAY), kind="worse", why="worse"),
    "each": notice(problem(fails=4), kind="each", why="each", number=4),
    "reminder": notice(problem(), kind="reminder", why="reminder", number=2, of=5),
    "acknowledgement-ended": notice(
        problem(acked_by="eva@example.org"), kind="reminder", why="acknowledgement_ended", number=29_928_014
    ),
    "step": notice(problem(), kind="step", why="step", number=101, of=2),
    "unsteady": notice(problem(unsteady=True, again=4), why="unsteady"),
    "recovered": notice(
        problem(closed_at=NOW, last_good_at=NOW, opened_at=NOW - 190 * MINUTE, kind_at=NOW - 190 * MINUTE),
        kind="recovered",
        why="recovered",
    ),
    "recovered-overdue": notice(
        late(closed_at=NOW, last_good_at=NOW, reason=notices.overdue(NOW - 5 * HOUR, missed=2)),
        kind="recovered",
        why="recovered",
    ),
    "group-server": notice(
        *several(5),
        why="grouped",
        total=14,
        counts={"failed": 12, "overdue": 2},
        cause="server",
        cause_name="server-01",
    ),
    "group-silent-server": notice(
        *several(3, late), why="grouped", cause="silent_server", cause_name="server-01"
    ),
    "group-destination": notice(
        *several(3), why="grouped", cause="destination", cause_name="b2://offsite-bucket"
    ),
    "group-error": notice(
        *several(3, message="no space left on device", reason=notices.ended("no space left on device")),
        why="grouped",
        cause="error",
        cause_name="no space left on device",
    ),
    "group-schedule": notice(*several(3, late), why="grouped", cause="schedule"),
    "group-outage": notice(*several(3, late), why="grouped", cause="outage"),
    "storm": notice(
        *several(5, late),
        kind="summary",
        why="storm",
        total=1000,
        counts={"overdue": 812, "failed": 188},
        cause="mixed",
        causes=[
            _cause("error", "no space left on device", failed=188),
            _cause("silent_server", "server-01", overdue=12),
            _cause("schedule", "", overdue=9),
            _cause("", "", overdue=791),
        ],
    ),
    "storm-over": notice(
        *several(3, closed_at=NOW), kind="recovered", why="storm_over", total=1000, counts={"failed": 1000}
    ),
    "quiet-over": notice(*_NOW, kind="summary", why="quiet_over", went=3),
    "quiet-over-all-good": notice(kind="summary", why="quiet_over", went=3),
    "event": notice(kind="event", why="event", events=[event()]),
    "events": notice(
        kind="event",
        why="event",
        total=2,
        events=[event(), event(severity="warning", type="ups", message="On battery")],
    ),
    "channel-broken": notice(
        problem(
            kind="channel",
            server="",
            server_id=None,
            job="",
            job_id=None,
            run=None,
            reason="",
            message="535 5.7.8 authentication failed",
            log=[],
            fails=0,
        ),
        why="system",
        rule="",
        details={"channel": "Mail to the office", "waiting": 12},
    ),
    "healed": notice(
        problem(id=1, fails=1),
        late(id=2, closed_at=NOW - HOUR),
        kind="summary",
        why="healed",
        total=4,
        counts={"failed": 1},
        went=3,
        events=[event()],
    ),
    "healed-all-over": notice(
        late(id=1, closed_at=NOW - HOUR),
        late(id=2, closed_at=NOW - HOUR),
        kind="summary",
        why="healed",
        total=4,
        counts={},
        went=4,
    ),
    "system": notice(
        problem(
            kind="system",
            server="",
            server_id=None,
            job="",
            job_id=None,
            run=None,
            reason=stored(Text("it does not speak HTTP as it should ({problem})", problem="no status")),
            message="",
            log=[],
            fails=0,
            last_good_at=None,
        ),
        why="system",
        rule="",
    ),
    "test": notice(
        kind="test", why="request", rule="", details={"code": "4821", "channel": "Mail to the office"}
    ),
    "self-test": notice(kind="test", why="schedule", rule="", details={"channel": "Mail to the office"}),
    "confirm-address": notice(
        kind="system",
        why="request",
        rule="",
        details={
            "subject": "Is this address yours?",
            "text": "Open this link and confirm:\nhttps://backup.example.org/n/abc.verify.4.1796285640.c2lnbmF0dXJl",
        },
    ),
    "digest": notice(kind="digest", why="schedule", rule="", details={**busy()}),
}
# What was over before it could be sent, half an hour later.
LATE: dict[str, tuple[NoticeFacts, dict[int, int]]] = {
    "late": (notice(late()), {9: NOW - 4 * HOUR}),
    "late-some-of-a-group": (
        notice(*several(3, late), why="grouped", cause="server", cause_name="server-01"),
        {1: NOW - 4 * HOUR, 3: NOW - 3 * HOUR},
    ),
}


def message(name: str, say: Say) -> Composed:
    """The message of a case."""
    if name in LATE:
        facts, closed = LATE[name]
        return compose(facts, notices.style(say), notices.LINKS, closed=closed, now=NOW + HOUR // 2)
    return compose(CASES[name], notices.style(say), notices.LINKS)


def written(name: str, say: Say) -> str:
    """All that a reader sees of it: subject, text, and the short text."""
    made = message(name, say)
    return f"{made.subject}\n{'=' * 20}\n{made.text}{'=' * 20}\n{made.short}\n"


if __name__ == "__main__":
    for language, say in LANGUAGES.items():
        for name in (*CASES, *LATE):
            (FOLDER / language / f"{name}.txt").write_text(written(name, say), "utf-8")
