"""The times in which a job was overdue, and what ended each."""

from duplistat.core.alarms import Alarm, EndedBy, alarms
from duplistat.core.reason import Code, dump, reason
from duplistat.store.transitions import Transition

OVERDUE = dump([reason(Code.OVERDUE, expected_at=50, missed=1, last_success_at=10)])


def change(at: int, before: str, after: str, run: int | None = None, why: str = "") -> Transition:
    return Transition(at, 1, at, before, after, why, run)


def begin(at: int, before: str = "ok") -> Transition:
    return change(at, before, "overdue", why=OVERDUE)


def test_an_alarm_has_its_beginning_its_end_and_what_ended_it() -> None:
    changes = [
        begin(900),
        change(800, "overdue", "paused"),
        begin(700),
        change(600, "overdue", "running"),
        begin(500),
        change(400, "overdue", "ok"),
        begin(300),
        change(200, "overdue", "failed", run=7),
        begin(100),
    ]
    assert alarms(changes, 5, overdue=True) == [
        Alarm(900, 50, ongoing=True),
        Alarm(700, 50, 800, EndedBy.PAUSED, "paused"),
        Alarm(500, 50, 600, EndedBy.STARTED, "running"),
        Alarm(300, 50, 400, EndedBy.SCHEDULE, "ok"),
        Alarm(100, 50, 200, EndedBy.RUN, "failed", 7),
    ]


def test_the_latest_are_given_and_an_end_without_its_beginning_is_none() -> None:
    changes = [change(900, "overdue", "ok", 9), begin(800), change(700, "overdue", "ok", 7)]
    assert alarms(changes, 5, overdue=False) == [Alarm(800, 50, 900, EndedBy.RUN, "ok", 9)]
    assert alarms(changes, 0, overdue=False) == []
    assert alarms([], 5, overdue=True) == []


def test_an_end_that_nobody_noted_is_not_said_to_last() -> None:
    assert alarms([begin(900), begin(100)], 5, overdue=False) == [Alarm(900, 50), Alarm(100, 50)]
    assert [alarm.ongoing for alarm in alarms([begin(900), begin(100)], 5, overdue=True)] == [True, False]


def test_a_reason_of_before_there_were_codes_does_not_know_the_expected_time() -> None:
    assert alarms([change(5, "ok", "overdue", why="Overdue since long")], 5, overdue=True) == [
        Alarm(5, None, ongoing=True)
    ]
