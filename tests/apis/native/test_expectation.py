"""/api/v1/jobs/{id}/expectation: when a job runs, how that is known, and its last alarms."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.apis.native.cast import Caller
from tests.support.bodies import live
from tests.support.clock import ms

pytestmark = pytest.mark.usefixtures("both_databases")

PATH = "/api/v1/jobs/1/expectation"
DAY = timedelta(days=1)


def nights(caller: Caller, first: str, count: int, *, step: timedelta = DAY) -> None:
    """Runs of ten minutes, each reported when it ends, and learned."""
    start = datetime.fromisoformat(first)
    for number in range(count):
        began = start + number * step
        caller.site.now.set((began + timedelta(minutes=10)).isoformat())
        caller.site.sweep()
        caller.report(began.astimezone(UTC).isoformat().replace("+00:00", "Z"))
        caller.site.learn()


def test_a_learned_job_says_what_was_learned_and_what_follows_from_it(caller: Caller) -> None:
    nights(caller, "2026-01-01T02:00:00Z", 30)
    found = caller.read(PATH)
    assert (found["source"], found["schedule"], found["zone"], found["grace_ms"]) == (
        "learned",
        "daily 02:00",
        "UTC",
        7_200_000,
    )
    learned = found["learned"]
    assert {name: learned[name] for name in ("schedule", "zone", "counts_from", "settable", "since")} == {
        "schedule": "daily 02:00",
        "zone": "UTC",
        "counts_from": "clock",
        "settable": True,
        "since": "2026-01-01T02:00:00.000Z",
    }
    assert (learned["runs"], learned["slots"], learned["skipped"], learned["in_a_row"]) == (30, 30, 0, 1)
    assert (learned["sureness"], learned["spread_ms"], learned["silence_limit_ms"]) == (
        "very sure",
        60_000,
        None,
    )
    assert (found["runs"], found["runs_missing"], found["contradicted"], found["alarms"]) == (
        30,
        0,
        False,
        [],
    )
    assert found["expected_at"] == "2026-01-31T02:00:00.000Z"
    job = caller.read("/api/v1/jobs/1")
    assert (found["expected_at"], found["overdue_at"]) == (job["expected_at"], job["due_at"])
    assert [item["expected_at"] for item in found["next"]] == [
        f"2026-{day}T02:00:00.000Z" for day in ("01-31", "02-01", "02-02", "02-03", "02-04")
    ]
    assert found["next"][0]["overdue_at"] == found["overdue_at"]
    late = timedelta(milliseconds=learned["lateness_ms"] + found["grace_ms"])
    assert ms(found["overdue_at"]) - ms(found["expected_at"]) == late // timedelta(milliseconds=1)


def test_alarms_have_a_beginning_an_end_and_what_ended_them(caller: Caller) -> None:
    nights(caller, "2026-01-01T02:00:00Z", 30)
    caller.site.now.set("2026-01-31T09:00:00Z")
    caller.site.sweep()
    (alarm,) = caller.read(PATH)["alarms"]
    assert alarm == {
        "began_at": "2026-01-31T09:00:00.000Z",
        "expected_at": "2026-01-31T02:00:00.000Z",
        "ended_at": None,
        "ended_by": None,
        "run_id": None,
        "health": None,
    }
    found = caller.read(PATH)
    # What is waited for is the run that was missed.
    assert found["expected_at"] == "2026-01-31T02:00:00.000Z"
    assert found["overdue_at"] < "2026-01-31T09:00:00.000Z"
    caller.site.now.set("2026-01-31T11:00:00Z")
    run = caller.report("2026-01-31T10:00:00Z")
    (alarm,) = caller.read(PATH)["alarms"]
    assert (alarm["ended_at"], alarm["ended_by"], alarm["run_id"], alarm["health"]) == (
        "2026-01-31T11:00:00.000Z",
        "run",
        run,
        "ok",
    )


def test_a_run_that_says_that_it_started_ends_an_alarm_too(caller: Caller) -> None:
    nights(caller, "2026-01-01T02:00:00Z", 30)
    caller.site.now.set("2026-01-31T09:00:00Z")
    caller.site.sweep()
    caller.site.post(live("Running", "2026-01-31T09:00:00Z"), headers={"X-Api-Key": caller.key})
    (alarm,) = caller.read(PATH)["alarms"]
    assert (alarm["ended_by"], alarm["health"]) == ("started", "running")


def test_the_last_five_alarms_are_told(caller: Caller) -> None:
    caller.report("2026-01-28T02:00:00Z")
    caller.site.set_job(caller.site.job(), schedule="daily 02:00", schedule_zone=None)
    for day in range(1, 8):
        caller.site.now.set(f"2026-02-{day:02}T12:00:00Z")
        caller.site.sweep()
        caller.report(f"2026-02-{day:02}T11:50:00Z")
    alarms = caller.read(PATH)["alarms"]
    assert [alarm["began_at"][:10] for alarm in alarms] == [f"2026-02-{day:02}" for day in (7, 6, 5, 4, 3)]
    assert {alarm["ended_by"] for alarm in alarms} == {"run"}


def test_a_job_with_too_few_runs_says_how_many_are_missing(caller: Caller) -> None:
    nights(caller, "2026-01-01T02:00:00Z", 3)
    found = caller.read(PATH)
    assert (found["source"], found["schedule"], found["runs"], found["runs_missing"]) == ("none", None, 3, 1)
    assert (found["expected_at"], found["overdue_at"], found["next"], found["learned"]) == (
        None,
        None,
        [],
        None,
    )


def test_a_set_schedule_that_the_runs_do_not_keep_is_contradicted(caller: Caller) -> None:
    caller.report("2026-01-01T02:00:00Z")
    caller.site.set_job(caller.site.job(), schedule="daily 02:00", schedule_zone=None)
    nights(caller, "2026-02-02T02:00:00Z", 6, step=7 * DAY)
    found = caller.read(PATH)
    assert (found["source"], found["schedule"], found["contradicted"]) == ("set", "daily 02:00", True)
    assert found["learned"]["schedule"] == "mon 02:00"
    # It alarms by what is set.
    assert [item["expected_at"][:10] for item in found["next"]][:2] == ["2026-03-10", "2026-03-11"]
    kept = {"schedule": "mon 02:00", "zone": "UTC"}
    caller.site.set_job(caller.site.job(), kept=kept)  # type: ignore[arg-type]  # a TypedDict
    assert caller.read(PATH)["contradicted"] is False


def test_a_paused_job_is_expected_at_no_time(caller: Caller) -> None:
    nights(caller, "2026-01-01T02:00:00Z", 30)
    caller.site.set_job(caller.site.job(), paused=True)
    found = caller.read(PATH)
    assert (found["expected_at"], found["overdue_at"], found["next"]) == (None, None, [])
    assert found["learned"]["schedule"] == "daily 02:00"


def test_a_job_that_is_not_there_is_not_found(caller: Caller) -> None:
    assert caller.get("/api/v1/jobs/99/expectation").status_code == 404
    assert caller.problems("/api/v1/jobs/99/expectation?days=3") == {
        "days": "is not known here; there is none"
    }
