"""Subjects: state, what, where, reason, since; one line, never too long."""

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duplistat.core.alerts.compose import compose
from duplistat.core.alerts.notice import Cause, NoticeFacts, Severity
from duplistat.core.alerts.subjects import MOST
from duplistat.core.i18n import Text, stored
from duplistat.core.reason import Code, dump, reason
from tests.support import notices
from tests.support.notices import DAY, HOUR, NOW, ended, event, late, notice, overdue, problem, several


def subject(facts: NoticeFacts, **changes: Any) -> str:
    return compose(facts, notices.style(), notices.LINKS, **changes).subject


STALLED = dump([reason(Code.STALLED, at=NOW - HOUR)])
BROKEN = dump([reason(Code.VERIFICATION_FAILED, at=NOW - HOUR, files=3)])
FILES = dump([reason(Code.FILES_UNREADABLE, number=3)])
CHANNEL = {"kind": "channel", "server": "", "job": "ops", "job_id": None, "last_good_at": None, "fails": 0}


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (notice(problem(fails=1)),
         "[FAILED] daily-backup on server-01: access denied to /srv (last success Mon 02:14)"),
        (notice(problem(fails=2, last_good_at=NOW - 40 * DAY)),
         "[FAILED] daily-backup on server-01: access denied to /srv (2nd time in a row, last success 17 Oct 10:14)"),
        (notice(problem(fails=1, again=2, last_good_at=NOW - 400 * DAY)),
         "[FAILED] daily-backup on server-01: access denied to /srv"
         " (3rd time in 7 days, last success 22 Oct 2025 10:14)"),
        (notice(problem(fails=112, last_good_at=None)),
         "[FAILED] daily-backup on server-01: access denied to /srv"
         " (112th time in a row, no successful backup yet)"),
        (notice(problem(fails=1, reason=ended(""), message="")),
         "[FAILED] daily-backup on server-01 (last success Mon 02:14)"),
        (notice(problem(fails=1, reason="", message="as the run says")),
         "[FAILED] daily-backup on server-01: as the run says (last success Mon 02:14)"),
        (notice(problem(fails=1, reason="[{broken", message="")),
         "[FAILED] daily-backup on server-01: [{broken (last success Mon 02:14)"),
        (notice(problem(fails=1, reason='[{"code":"of the future"}]', message="")),
         '[FAILED] daily-backup on server-01: [{"code":"of the future"}] (last success Mon 02:14)'),
        (notice(problem(fails=1, reason=BROKEN)),
         "[FAILED] daily-backup on server-01: The verification 08:14 found 3 broken remote files"
         " (last success Mon 02:14)"),
        (notice(late(reason=overdue(NOW - 26 * HOUR), expected_at=NOW + DAY)),
         "[OVERDUE] daily-backup on server-01: expected Wed 07:14 (last success Wed 02:14)"),
        (notice(late(reason="", expected_at=None)), "[OVERDUE] daily-backup on server-01 (last success Wed 02:14)"),
        (notice(late(kind="stuck", reason=STALLED)),
         "[STALLED] daily-backup on server-01: no progress since 08:14 (last success Wed 02:14)"),
        (notice(problem(server="")), "[FAILED] daily-backup: access denied to /srv"
         " (3rd time in a row, last success Mon 02:14)"),
        (notice(problem(), kind="reminder", why="reminder", number=12),
         "[REMINDER 12] daily-backup on server-01: failed since Tue 02:14; access denied to /srv"
         " (last success Mon 02:14)"),
        (notice(late(closed_at=NOW), kind="recovered", why="steady"),
         "[RECOVERED] daily-backup on server-01 after 5 h"),
        (notice(late(closed_at=None), kind="recovered", why="recovered"), "[RECOVERED] daily-backup on server-01"),
        (notice(*several(2), cause=Cause.AGENT, cause_name="nas", why="grouped"),
         "[FAILED] 2 jobs of nas: access denied to /srv"),
        (notice(*several(2), cause=Cause.SCHEDULE, cause_name="02:00", why="grouped"),
         "[FAILED] 2 jobs due at 02:00: 2 failed"),
        (notice(*several(2, late), cause=Cause.SCHEDULE, why="grouped"),
         "[OVERDUE] 2 jobs due at 04:14: 2 overdue"),
        (notice(*several(2, message=FILES), cause=Cause.ERROR, cause_name=FILES[:40], why="grouped"),
         "[FAILED] 2 jobs: 3 files could not be read"),
        (notice(problem(id=1), problem(id=2, reason=ended("other")), why="grouped"), "[FAILED] 2 jobs: 2 failed"),
        (notice(*several(2, late), cause=Cause.SILENT_SERVER, cause_name="pc", details={"since": NOW - 8 * HOUR}),
         "[OVERDUE] pc is silent since 01:14: 2 jobs overdue"),
        (notice(*several(2, late, closed_at=NOW), cause=Cause.SILENT_SERVER, cause_name="pc", kind="recovered"),
         "[RECOVERED] 2 jobs on pc: OK again"),
        (notice(kind="event", why="event", events=[event(type="", message="")]), "[CRITICAL] nas-attic"),
        (notice(kind="event", why="event", events=[event(job="photos", severity="info", message="hello")]),
         "[INFO] photos on nas-attic: hello"),
        (notice(kind="event", why="event", events=[event(severity="info"), event(server="b")], total=2),
         "[CRITICAL] 2 events: Disk 3 has 214 bad sectors …"),
        (notice(problem(**CHANNEL, reason=stored(Text("its answer is larger than {size} MB", size=3)))),
         "[CHANNEL BROKEN] ops: its answer is larger than 3 MB"),
        (notice(problem(**CHANNEL, reason="", closed_at=NOW), kind="recovered"), "[RECOVERED] ops after 2 d 7 h"),
        (notice(kind="system", why="system", details={"subject": "eva@example.org gets no more of these"}),
         "[SYSTEM] eva@example.org gets no more of these"),
        (notice(kind="test", why="request", details={"code": "0042"}), "[TEST] the code is 0042"),
    ],
)  # fmt: skip
def test_a_subject_says_state_place_reason_and_since(facts: NoticeFacts, said: str) -> None:
    assert subject(facts) == said


def test_of_what_is_too_long_the_reason_is_cut() -> None:
    reason = "no space left on device " * 30
    long = subject(notice(problem(reason=ended(reason), job="j" * 200, server="s" * 200)))
    assert len(long) <= MOST
    assert long.startswith(f"[FAILED] {'j' * 49}… on {'s' * 49}…: no space left")
    assert long.endswith("… (3rd time in a row, last success Mon 02:14)")


@pytest.mark.parametrize(
    "name",
    ["a\r\nBcc: x@y", "a\u202eb", "a\x00b", "a\u2028b", "\x1b]0;title\x07a", "a\tb", "a\x85b", "\ud800"],
)
def test_nothing_in_a_subject_acts(name: str) -> None:
    facts = notice(problem(job=name, server=name, reason=ended(name), message=name))
    made = compose(facts, notices.style(), notices.LINKS)
    assert made.subject.isprintable()
    assert made.job.isprintable()
    assert "Bcc" not in made.subject or "a Bcc: x@y on a Bcc" in made.subject


# Joiners of letters, and blanks that Python does not call printable.
_UNSEEN = re.compile("[\u200c\u200d\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
NAME = st.text(max_size=250)
PROBLEM = st.builds(
    problem,
    job=NAME,
    server=NAME,
    kind=st.sampled_from(["warning", "failed", "overdue", "stuck", "channel", "system"]),
    reason=st.builds(ended, NAME) | NAME | st.just(STALLED) | st.just(BROKEN),
    message=NAME,
    fails=st.integers(0, 10_000),
    again=st.integers(0, 100),
    closed_at=st.none() | st.integers(NOW - 30 * DAY, NOW),
    last_good_at=st.none() | st.integers(0, NOW),
    log=st.lists(NAME, max_size=12),
)
NOTICE = st.builds(
    lambda problems, **changes: notice(*problems, **changes),
    st.lists(PROBLEM, max_size=5),
    kind=st.sampled_from(
        ["problem", "worse", "each", "reminder", "step", "recovered", "summary", "event", "test"]
    ),
    why=st.sampled_from(
        ["first", "fails", "reminder", "step", "unsteady", "storm", "storm_over", "quiet_over"]
    ),
    cause=st.sampled_from([cause.value for cause in Cause]),
    cause_name=NAME,
    rule=NAME,
    number=st.integers(0, 10**8),
    went=st.integers(0, 100),
    events=st.lists(
        st.builds(event, message=NAME, type=NAME, severity=st.sampled_from(list(Severity))), max_size=3
    ),
)


@settings(max_examples=150, deadline=None)
@given(NOTICE, st.booleans(), st.integers(0, 10**9))
def test_every_notice_has_a_message_of_one_subject_within_its_limits(
    facts: NoticeFacts, german: bool, after: int
) -> None:
    style = notices.style(notices.GERMAN) if german else notices.style()
    closed = {item["id"]: NOW for item in facts["problems"]}
    made = compose(facts, style, notices.LINKS, closed=closed if after % 2 else {}, now=NOW + after)
    for text in (made.subject, *made.text.split("\n"), *made.short.split("\n")):
        assert _UNSEEN.sub("", text).isprintable()
    assert len(made.subject) <= MOST
    assert len(made.short) <= 900
    assert made.template_failed == ""
