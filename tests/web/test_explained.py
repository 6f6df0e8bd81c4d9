"""The page of a job says how we know when it runs, with the evidence, and sets or keeps its schedule."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from duplistat.core.times import to_ms
from duplistat.services.people.identity import Role
from duplistat.store import audit, jobs
from duplistat.store.jobs import Job
from tests.support.signing import session, sign_in
from tests.web.site import Site, said

BERLIN = ZoneInfo("Europe/Berlin")
DAY = timedelta(days=1)


def runs(site: Site, *starts: datetime, job: str = "nightly") -> None:
    """Runs of 200 seconds that began then, each reported when it ended; then they are learned."""
    for start in starts:
        site.report("web-01", job, ago=site.now - start.astimezone(UTC))
    site.learn()


def days(count: int, hour: int = 4, *, step: int = 1) -> list[datetime]:
    """The last `count` times of that hour in Berlin, `step` days apart; it is Friday there, 20 November, 14:00."""
    last = datetime(2026, 11, 20, hour, tzinfo=BERLIN)
    return [last - n * step * DAY for n in range(count - 1, -1, -1)]


def job(site: Site, number: int = 1) -> Job:
    found = jobs.by_id(site.db, (1,), number)
    assert found is not None
    return found


def learned(site: Site) -> str:
    """What stands in the section on what was learned."""
    found = re.search(r'<section id="learned">(.*?)</section>', site.html("/jobs/1"), re.DOTALL)
    return said(found[1]) if found else ""


def test_the_grid_says_of_each_hour_how_many_of_how_many_runs_came(site: Site) -> None:
    runs(site, *(start for n, start in enumerate(days(28)) if n != 20))
    html = site.html("/jobs/1")
    week = re.search(r'<table class="week">(.*?)</table>', html, re.DOTALL)
    assert week is not None
    rows = re.findall(r"<tr>(.*?)</tr>", week[1], re.DOTALL)[1:]
    assert [row.count("<td") for row in rows] == [24] * 7
    assert "Runs by weekday and hour since 24 Oct (Europe/Berlin)" in said(week[1])
    assert week[1].count('class="s4 x" title=') == 6
    # 13 November was a Friday.
    assert (
        '<td class="s3 x" title="Friday 04:00: 3 of 4"><span class="unseen">Friday <time datetime="04:00"'
        in rows[4]
    )
    assert '<td title="Friday 05:00: 0 of 3"></td>' in rows[4]


def test_the_section_says_how_late_runs_come_how_often_they_are_skipped_and_when_it_alarms(
    site: Site,
) -> None:
    runs(site, *days(30))
    text = learned(site)
    assert "Nine of ten runs start within 1 min of their time; their reports come up to" in text
    assert "Skips none; overdue after the first missed run." in text
    assert re.search(r"Without a run, overdue after tomorrow 06:\d\d ?\.", text)


def test_the_grid_speaks_the_language_of_its_reader(site: Site) -> None:
    runs(site, *days(14))
    html = site.client.get("/jobs/1", headers={"Accept-Language": "de"}).text
    assert '<abbr title="Freitag">Fr</abbr>' in html
    assert 'title="Freitag 04:00: 2 von 2"' in html


def test_a_monthly_job_shows_its_dates(site: Site) -> None:
    runs(site, *(datetime(2026, month, 1, 3, tzinfo=BERLIN) for month in (2, 3, 4, 5, 6, 7, 8, 9, 10, 11)))
    html = site.html("/jobs/1")
    assert '<table class="week">' not in html
    assert "1 Nov 03:00 1 Nov 03:00 1 Oct 03:00 1 Oct 03:00" in learned(site)


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (1, "1 of 4 runs: 3 more, and not all on one day."),
        (3, "3 of 4 runs: one more."),
    ],
)
def test_a_job_with_too_few_runs_says_how_many_are_missing(site: Site, count: int, text: str) -> None:
    runs(site, *days(count))
    assert text in site.text("/jobs/1")
    assert learned(site) == ""


def test_runs_of_one_day_say_that_another_day_is_missing(site: Site) -> None:
    runs(site, *(site.now - n * timedelta(hours=2) for n in range(6, 0, -1)))
    assert "6 runs, all on one day: one more on another day." in site.text("/jobs/1")


def test_a_job_without_regular_times_shows_its_longest_silence_and_the_limit(site: Site) -> None:
    hours = (0, 3, 31, 36, 90, 101, 150, 171, 205, 210, 300, 318, 390, 401, 420, 500, 515, 600)
    runs(site, *(site.now - timedelta(hours=610 - hour) for hour in hours))
    assert json.loads(job(site).learned or "{}")["schedule"] is None
    text = site.text("/jobs/1")
    assert re.search(r"No regular times in 18 runs: overdue after \d+ days without a run \(a guess\)", text)
    assert "Longest silence so far: 4 days." in text
    assert re.search(r"Without a run, overdue after [^.]+\.", text)
    assert "It cannot be set as a schedule: the runs have no regular times." in text
    assert "/jobs/1/schedule/learned" not in site.html("/jobs/1")


# What was learned becomes the schedule.


def take_over(site: Site, path: str = "learned", **fields: Any) -> str:
    """Send the form of the page; what the next page says first."""
    sent = {"schedule": "daily 04:00", "zone": "Europe/Berlin"} | fields
    site.send(f"/jobs/1/schedule/{path}", **sent)
    return site.text("/jobs/1")


def test_one_click_sets_what_was_learned(site: Site) -> None:
    runs(site, *days(30))
    html = site.html("/jobs/1")
    assert 'action="/jobs/1/schedule/learned"' in html
    assert 'name="schedule" value="daily 04:00"' in html
    assert "Schedule saved." in take_over(site)
    found = job(site)
    # The zone is the server's own.
    assert (found.source, found.schedule, found.schedule_zone) == ("set", "daily 04:00", None)
    entry = audit.page(site.db, (1,), audit.Filter(action="job"), before=None, limit=1)[0]
    assert json.loads(entry.after)["schedule"] == "daily 04:00"
    # What is set already is not offered again; the evidence stays.
    assert "Set as schedule" not in site.text("/jobs/1")
    assert "Learned from 30 runs: every day at 04:00" in learned(site)


def test_it_is_set_in_the_zone_in_which_it_is_regular(site: Site) -> None:
    utc = [datetime(2026, 11, 20, 4, tzinfo=UTC) - n * DAY for n in range(59, -1, -1)]
    runs(site, *utc)
    assert json.loads(job(site).learned or "{}")["zone"] == "UTC"
    take_over(site, zone="UTC")
    assert (job(site).schedule, job(site).schedule_zone) == ("daily 04:00", "UTC")


def test_an_interval_keeps_its_anchor(site: Site) -> None:
    runs(site, *days(8, step=5))
    text = json.loads(job(site).learned or "{}")["schedule"]
    assert text.startswith("every 5d from ")
    assert "Schedule saved." in take_over(site, schedule=text)
    assert job(site).schedule == text


def test_what_counts_from_the_end_of_the_last_run_cannot_be_set_and_says_why(site: Site) -> None:
    start, starts = site.now - 40 * DAY, []
    for number in range(36):
        starts.append(start)
        start += timedelta(hours=24, minutes=40 + number * 7 % 50)
    runs(site, *starts)
    counts_from = json.loads(job(site).learned or "{}")["counts_from"]
    assert counts_from in ("start", "end")
    assert f"It cannot be set as a schedule: it is counted from the {counts_from} of the last run" in learned(
        site
    )
    assert "Set as schedule" not in learned(site)


@pytest.mark.parametrize("fields", [{"schedule": "daily 05:00"}, {"zone": "UTC"}, {"schedule": ""}])
def test_what_was_not_shown_is_not_set(site: Site, fields: dict[str, str]) -> None:
    runs(site, *days(30))
    assert "Not saved: the learned schedule has changed since." in take_over(site, **fields)
    assert job(site).schedule is None


def test_nothing_learned_is_nothing_to_set_or_keep(site: Site) -> None:
    runs(site, *days(2))
    for path in ("learned", "kept"):
        assert "Not saved: the learned schedule has changed since." in take_over(site, path)
    assert (job(site).schedule, job(site).kept_schedule) == (None, None)


@pytest.mark.parametrize("path", ["learned", "kept"])
def test_only_operators_decide(site: Site, path: str) -> None:
    runs(site, *days(30))
    client = site.app.test_client()
    token = sign_in(client, session(site.db, 1, to_ms(site.now), Role.VIEWER))
    page = client.get("/jobs/1").text
    assert "/jobs/1/schedule/learned" not in page
    assert '<table class="week">' in page
    sent = {"csrf": token, "schedule": "daily 04:00", "zone": "Europe/Berlin"}
    assert client.post(f"/jobs/1/schedule/{path}", data=sent).status_code == 403
    assert site.client.post(f"/jobs/1/schedule/{path}", data=sent | {"csrf": "x"}).status_code == 403
    assert job(site).schedule is None


def test_observed_runs_name_the_zone_of_their_times_to_who_looks_from_another_one(site: Site) -> None:
    runs(site, *days(30))
    take_over(site)
    assert "every day at 04:00 ± 1 min (very sure)." in learned(site)
    site.client.set_cookie("duplistat_zone", "America/New_York")
    assert "every day at 04:00 ± 1 min (very sure), Europe/Berlin." in learned(site)
    # What is regular by another clock names that, once.
    runs(site, *(datetime(2026, 11, 20, 2, tzinfo=UTC) - n * DAY for n in range(59, -1, -1)), job="other")
    page = site.text("/jobs/2")
    assert "every day at 02:00 (UTC) ± 1 min (very sure)" in page
    assert "(very sure), " not in page


def test_where_the_runs_do_not_decide_nothing_says_when_they_would_be_overdue(site: Site) -> None:
    runs(site, *(start for n, start in enumerate(days(60)) if n % 6 != 4))
    assert re.search(r"Skips about one day in \d+; overdue after \d+ in a row\.", learned(site))
    site.send("/jobs/1/schedule", schedule="daily 04:00", zone="", grace="")
    assert re.search(r"Skips about one time in \d+\.", learned(site))
    assert "overdue after" not in learned(site).partition("Set as schedule")[0]


# A schedule that the runs do not keep.


@pytest.fixture
def weekly(site: Site) -> Site:
    """Set to be daily in summer, and weekly since 18 September."""
    now = site.now
    site.now = now - 100 * DAY
    runs(site, site.now - timedelta(hours=10))
    site.send("/jobs/1/schedule", schedule="daily 04:00", zone="", grace="")
    site.now = now
    runs(site, *days(10, step=7))
    return site


QUESTION = "Since 18 Sept the runs look like: every Friday at 04:00 ."


def test_a_schedule_that_the_runs_do_not_keep_is_asked_about(weekly: Site) -> None:
    text = weekly.text("/jobs/1")
    assert QUESTION in text
    assert "Take over Keep schedule" in text
    # One button is enough.
    assert "Set as schedule" not in text
    assert job(weekly).source == "set"


def test_taking_over_sets_it(weekly: Site) -> None:
    assert QUESTION not in take_over(weekly, schedule="fri 04:00")
    assert (job(weekly).schedule, job(weekly).health) == ("fri 04:00", "ok")


def test_keeping_is_remembered_for_this_rhythm(weekly: Site) -> None:
    text = take_over(weekly, "kept", schedule="fri 04:00")
    assert "The schedule is kept." in text
    assert QUESTION not in text
    found = job(weekly)
    assert (found.schedule, found.kept_schedule, found.kept_zone) == (
        "daily 04:00",
        "fri 04:00",
        "Europe/Berlin",
    )
    weekly.now += 7 * DAY
    runs(weekly, weekly.now - timedelta(hours=10, minutes=-3))
    assert "Since" not in weekly.text("/jobs/1").partition("Edit schedule")[0].partition("Next run")[2]
    entry = audit.page(weekly.db, (1,), audit.Filter(action="job"), before=None, limit=1)[0]
    assert json.loads(entry.after)["kept_schedule"] == "fri 04:00"


def test_another_schedule_forgets_the_answer(weekly: Site) -> None:
    take_over(weekly, "kept", schedule="fri 04:00")
    weekly.send("/jobs/1/schedule", schedule="daily 05:00", zone="", grace="")
    assert job(weekly).kept_schedule is None


def test_it_is_not_asked_together_with_the_question_about_the_zone(site: Site) -> None:
    now = site.now
    site.now = now - 100 * DAY
    runs(site, site.now - timedelta(hours=10))
    site.send("/jobs/1/schedule", schedule="daily 12:00", zone="", grace="")
    site.now = now
    runs(site, *(datetime(2026, 11, 19, 12, tzinfo=UTC) - n * DAY for n in range(60, -1, -1)))
    text = site.text("/jobs/1")
    assert "In the time zone UTC they are on time" in text
    assert "the runs look like" not in text


# Alarms.


def test_the_latest_alarms_say_when_and_what_ended_them(site: Site) -> None:
    site.report("web-01", "nightly", ago=10 * DAY)
    site.now -= 9 * DAY
    site.send("/jobs/1/schedule", schedule="daily 04:00", zone="", grace="")
    site.now += 2 * DAY
    site.sweep()
    site.now += timedelta(hours=1)
    site.report("web-01", "nightly", ago=timedelta(minutes=10))
    site.now += DAY
    site.sweep()
    found = re.search(r'<section id="alarms">(.*?)</section>', site.html("/jobs/1"), re.DOTALL)
    assert found is not None
    assert "still overdue" in said(found[1])
    assert re.search(
        r'Expected <time[^>]*>[^<]*</time>: <a href="/runs/2">a run was reported</a>\.', found[1]
    )


def test_a_job_that_was_never_overdue_has_no_alarms(site: Site) -> None:
    runs(site, *days(5))
    assert 'id="alarms"' not in site.html("/jobs/1")


# Jobs without a schedule.


def test_the_overview_counts_jobs_without_a_schedule_and_lists_what_is_missing(site: Site) -> None:
    runs(site, *days(30), job="nightly")
    runs(site, *days(3), job="new")
    runs(site, *days(1), job="newer")
    runs(site, *days(2), job="paused")
    site.set_job(4, paused=True)
    runs(site, *days(2), job="by hand")
    site.set_job(5, schedule="unplanned", schedule_zone=None)
    html = site.html("/")
    assert '<a href="/?state=no-schedule#jobs">2 without schedule</a>' in html
    text = site.text("/?state=no-schedule")
    assert "2 of 5 jobs." in text
    assert "3 of 4 runs: one more" in text
    assert "1 of 4 runs: 3 more, and not all on one day" in text
    table = text.partition("2 of 5 jobs.")[2]
    assert "nightly" not in table
    assert "by hand" not in table


def test_an_overview_on_which_all_have_a_schedule_does_not_speak_of_it(site: Site) -> None:
    runs(site, *days(30))
    assert "without schedule" not in site.text("/")
