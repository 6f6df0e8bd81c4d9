"""The page of one job: how it is and why, when it is expected and why, what it did."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from duplistat.core.times import to_ms
from duplistat.store import jobs, runs
from tests.web.settings.people import as_role
from tests.web.site import Site, headline, link, said


def test_a_job_says_first_how_it_is_and_why(site: Site) -> None:
    site.fail()
    html, text = site.html("/jobs/1"), site.text("/jobs/1")
    assert headline(html) == "paperless"
    assert "The backup today 08:00 ended with errors: The source path /source does not exist." in text


def test_an_overdue_job_says_since_when_and_what_was_missed(site: Site) -> None:
    site.nightly(nights=9, until=2)
    site.sweep()
    assert re.search(
        r"Overdue by \d+ h: expected yesterday 04:00 , 2 times missed, last successful backup Wed 04:00 \.",
        site.text("/jobs/1"),
    )


def test_a_job_says_when_it_is_expected_how_we_know_and_when_each_time_would_alarm(site: Site) -> None:
    site.nightly(nights=9)
    text = site.text("/jobs/1").partition("Export all runs (CSV) Next run")[2].partition("Current state")[0]
    assert text.startswith(" tomorrow 04:00 , in 14 h . Learned from 10 runs: every day at 04:00")
    days = re.findall(r"(\S+) 04:00 (\S+) (\d\d:\d\d)", text.partition("Overdue after")[2])
    assert [day for day, _, _ in days] == ["tomorrow", "Sun", "Mon", "Tue", "Wed"]
    assert all(day == alarm and clock >= "06:00" for day, alarm, clock in days)
    assert "Grace period: 2 h (default)" in text


def test_the_times_of_its_sentences_are_told_by_the_clock_of_who_reads_them(site: Site) -> None:
    site.nightly(nights=9, until=2)
    site.sweep()
    html = site.html("/jobs/1")
    (lead,) = re.findall(r'<p class="lead" dir="auto">(.*?)</p>', html)
    assert lead.count("<time datetime=") == 2
    site.report("web-01", "nightly", ago=timedelta(hours=1))
    (told,) = re.findall(r'<p class="next"><b>(.*?)</b>', site.html("/jobs/1"))
    assert re.findall(r'data-as="(\w+)"', told) == ["moment", "ago"]


def test_what_a_sender_wrote_stays_text_beside_such_times(site: Site) -> None:
    site.report(status="error", messages=[{"level": "error", "message": "<b>{when}</b> %(when)s"}])
    assert "&lt;b&gt;{when}&lt;/b&gt; %(when)s." in site.html("/jobs/1")


def test_time_given_back_for_our_absence_moves_only_the_first_alarm(site: Site) -> None:
    site.nightly(nights=9)
    due = site.text("/jobs/1").partition("Overdue after")[2]
    site.db.execute("UPDATE job SET due_at = due_at + 3600000")
    later = site.text("/jobs/1").partition("Overdue after")[2]
    first, second = (re.findall(r"04:00 \S+ (\d\d):\d\d", text) for text in (due, later))
    assert int(second[0]) == int(first[0]) + 1
    assert second[1:] == first[1:]


def test_a_job_without_a_schedule_says_that_it_is_not_known_yet(site: Site) -> None:
    site.report()
    assert "No schedule No schedule known yet" in site.text("/jobs/1")


def test_a_paused_job_expects_nothing(site: Site) -> None:
    site.nightly(nights=9)
    site.db.execute("UPDATE job SET paused = 1")
    text = site.text("/jobs/1")
    assert "No runs are expected while paused." in text
    assert "Overdue after" not in text


def test_what_no_run_reported_is_said_to_be_unknown(site: Site) -> None:
    site.report()
    site.db.execute("UPDATE job SET size = NULL, storage = NULL, versions = NULL")
    text = site.text("/jobs/1")
    assert "Source size not reported" in text
    assert "Backup size not reported" in text
    assert "Versions not reported" in text


def test_changes_of_health_stand_newest_first_with_what_was_said_then(site: Site) -> None:
    site.report(job="paperless", ago=timedelta(hours=9))
    site.fail(ago=timedelta(hours=3))
    changes = site.text("/jobs/1").partition("Status history")[2]
    assert re.match(
        r" failed failed today 11:03 , before: OK The backup today 11:00 ended with errors: The source path"
        r" /source does not exist. OK OK today 05:03 , before: no result yet",
        changes,
    )


def test_why_a_health_changed_is_said_in_the_language_of_the_reader_or_as_it_was_kept(site: Site) -> None:
    site.report(job="paperless", ago=timedelta(hours=9))
    site.fail(ago=timedelta(hours=3))
    german = said(site.client.get("/jobs/1", headers={"Accept-Language": "de"}).get_data(as_text=True))
    assert (
        "Die Sicherung ( heute 11:00 ) endete mit Fehlern: The source path /source does not exist." in german
    )
    site.db.execute("UPDATE transition SET reason = 'The backup <b>19 Nov</b> failed' WHERE after = 'failed'")
    assert "The backup <b>19 Nov</b> failed." in site.text("/jobs/1")


def history(html: str) -> list[str]:
    """The ids of the runs that are listed."""
    return re.findall(r'scope="row">.*?href="/runs/(\d+)"', html.partition('id="charts"')[0])


def test_history_comes_in_pages_that_a_cursor_joins_without_gap_or_repeat(site: Site) -> None:
    for hour in range(60, 0, -1):
        site.report(ago=timedelta(hours=hour))
    seen: list[str] = []
    address = "/jobs/1"
    for _ in range(3):
        html = site.html(address)
        seen += history(html)
        following = re.search(r'href="(/jobs/1\?before=[^"]+)"[^>]*>Older runs', html)
        address = following[1] if following else ""
    assert address == ""
    assert seen == [str(run) for run in range(60, 0, -1)]


def test_a_run_that_comes_while_one_reads_shifts_no_page(site: Site) -> None:
    for hour in range(30, 0, -1):
        site.report(ago=timedelta(hours=hour))
    following = re.search(r'href="(/jobs/1\?before=[^"]+)"', site.html("/jobs/1"))
    assert following is not None
    before = history(site.html(following[1]))
    site.report(ago=timedelta(minutes=10))
    assert history(site.html(following[1])) == before


@pytest.mark.parametrize("wrong", ["yesterday", "5", "1-", "99999999999999999999-1", "١-١"])
def test_a_cursor_that_is_none_is_refused_in_words(site: Site, wrong: str) -> None:
    site.report()
    assert headline(site.html(f"/jobs/1?before={wrong}", 400)).startswith("?before= must be a time and an id")


def test_every_operation_is_named_in_the_history(site: Site) -> None:
    site.report()
    site.db.execute("UPDATE run SET operation = 'restore', is_backup = 0")
    assert re.search(r"History.*Restore today 08:00", site.text("/jobs/1"))


def test_the_history_is_chosen_by_result_and_operation(site: Site) -> None:
    good, bad = site.report(ago=timedelta(hours=9)), site.fail(job="photos", ago=timedelta(hours=3))
    site.report(ago=timedelta(hours=5))
    site.db.execute("UPDATE run SET operation = 'restore', is_backup = 0 WHERE id = 3")
    assert history(site.html("/jobs/1?status=error")) == [str(bad)]
    assert history(site.html("/jobs/1?operation=restore")) == ["3"]
    assert history(site.html("/jobs/1?operation=backup&status=success")) == [str(good)]
    assert "No matching runs." in site.text("/jobs/1?status=fatal")
    assert '<option value="verify" selected>Verification</option>' in site.html("/jobs/1?operation=verify")


def test_an_operation_that_no_database_takes_is_none_that_is_known(site_on_both: Site) -> None:
    site_on_both.report()
    assert "No matching runs." in site_on_both.text("/jobs/1?operation=a%00b")


@pytest.mark.parametrize("browser", ["", "America/New_York"])
@pytest.mark.parametrize("job", ["Pacific/Auckland", "Pacific/Honolulu"])
def test_the_square_the_card_and_the_history_of_a_day_have_the_same_runs(
    site: Site, job: str, browser: str
) -> None:
    # It is 13:00 UTC on the 20th, 14:00 for the server in Berlin.
    late = site.report(ago=timedelta(hours=14, minutes=30))
    early = site.fail(job="photos", ago=timedelta(hours=13, minutes=30))
    site.set_job(1, schedule="daily 23:30", schedule_zone=job)
    if browser:
        site.client.set_cookie("duplistat_zone", browser)
    assert 'title="19 Nov: OK"' in site.html("/jobs/1")
    assert 'title="20 Nov: failed"' in site.html("/jobs/1")
    for day, run in (("2026-11-19", late), ("2026-11-20", early)):
        asked = f"/jobs/1?day={day}"
        assert history(site.html(asked)) == [str(run)]
        assert re.findall(r"/runs/(\d+)", site.html(f"{asked}&part=day")) == [str(run)]
        assert f"Runs of {int(day[-2:])} Nov (Europe/Berlin)." in site.text(asked)
        assert history(site.html(f"/runs?day={day}")) == [str(run)]


def test_what_was_chosen_stays_chosen_on_the_next_page(site: Site) -> None:
    for hour in range(60, 0, -1):
        site.report(ago=timedelta(hours=hour), status="success" if hour % 2 else "warning")
    first = site.html("/jobs/1?status=warning")
    following = link(first, "Older runs")
    assert following.startswith("/jobs/1?status=warning&before=")
    both = history(first) + history(site.html(following))
    assert len(both) == len(set(both)) == 30


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        ("status=good", "?status= must be one of success, warning"),
        ("day=yesterday", "?day= must be a day such as 2027-01-31"),
        ("day=0001-01-01", "?day= must be a day such as 2027-01-31"),
        ("range=7", "?range= must be one of 30, 90, 365, 0"),
        ("range=²", "?range= must be one of 30, 90, 365, 0"),
    ],
)
def test_what_cannot_be_chosen_is_refused_in_words(site: Site, asked: str, problem: str) -> None:
    site.report()
    assert headline(site.html(f"/jobs/1?{asked}", 400)).startswith(problem)


def test_a_page_costs_the_same_whatever_the_history(site: Site, counted: Callable[[str], int]) -> None:
    site.report(ago=timedelta(hours=100))
    few = counted("/jobs/1")
    for hour in range(50, 0, -1):
        site.report(ago=timedelta(hours=hour))
    # 6 of them ask who would hear of it, 3 whether alerts work, and one how who looks wants charts drawn.
    assert counted("/jobs/1") == few <= 24


def test_the_part_of_a_day_has_its_worst_runs_and_costs_the_same_whatever_the_history(
    site_on_both: Site, counted: Callable[[str], int]
) -> None:
    site = site_on_both
    # By the clock of the server, as the squares are; the browser says another zone.
    site.client.set_cookie("duplistat_zone", "America/New_York")
    site.report(ago=timedelta(hours=13.5))
    part = "/jobs/1?day=2026-11-20&part=day"
    assert site.text(part) == "OK yesterday 18:30 Backup · 3 min 20 s Runs of this day"
    few = counted(part)
    site.fail(job="photos", ago=timedelta(hours=13))
    for hour in range(12, 2, -1):
        site.report(ago=timedelta(hours=hour))
    site.report(ago=timedelta(hours=14.5))
    text = site.text(part)
    assert text.count("Backup") == 5
    assert "failed yesterday 19:00 Backup with 1 error" in text
    assert text.endswith("and 7 more Runs of this day")
    assert link(site.html(part), "Runs of this day") == "/jobs/1?day=2026-11-20#history"
    assert counted(part) == few <= 9
    assert site.html("/jobs/1?day=2026-11-18&part=day").strip() == ""
    assert "?day= must be a day" in site.text("/jobs/1?part=day", 400)
    assert headline(site.html("/jobs/2?day=2026-11-20&part=day", 404)) == "Job not found."


def test_an_alias_stands_for_the_name_with_the_real_one_beside(site: Site) -> None:
    site.report()
    site.set_job(1, alias="Holiday pictures", tags=["home", "<b>off</b>"])
    html = site.html("/jobs/1")
    assert headline(html) == "Holiday pictures"
    assert "Original name: photos . home <b>off</b>" in said(html)
    assert "Holiday pictures" in site.text("/runs/1")
    assert "Holiday pictures" in site.text("/")


def test_notes_keep_their_lines_and_are_no_markup(site: Site) -> None:
    site.report()
    site.set_job(1, notes="Ask Eva.\n<script>alert(1)</script>\u202egpj")
    html = site.html("/jobs/1")
    assert "Ask Eva.\n&lt;script&gt;alert(1)&lt;/script&gt;⟪U+202E⟫gpj" in html


def test_the_numbers_of_the_charts_stand_in_a_table(site: Site) -> None:
    site.report(ago=timedelta(days=2))
    site.fail(job="photos", ago=timedelta(days=1))
    text = site.text("/jobs/1").partition("Trends")[2]
    assert re.search(
        r"yesterday 14:00 failed 3 min 20 s 48\.3 GB 21\.0 GB 10,211 Wed 14:00 3 min 20 s 48\.3 GB", text
    )
    assert "No backups in this range." not in text


def test_the_charts_go_back_as_far_as_was_chosen(site: Site) -> None:
    site.report(ago=timedelta(days=200))
    assert "No backups in this range." in site.text("/jobs/1?range=30")
    assert 'aria-current="true">90 days' in site.html("/jobs/1")
    charts = site.html("/jobs/1?range=365").partition('id="charts"')[2].partition("</section>")[0]
    assert charts.count('href="/runs/1"') == 1


def test_a_table_is_by_day_where_there_are_too_many_runs(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("duplistat.store.series.POINTS", 4)
    for hour in range(60, 0, -12):
        site.report(ago=timedelta(hours=hour))
    text = site.text("/jobs/1").partition("Trends")[2]
    assert "Too many runs to list each: a row is one day" in text
    assert re.search(r"yesterday 2 runs 3 min 20 s 48\.3 GB", text)


def test_without_what_draws_the_table_is_open(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.report()
    monkeypatch.setattr("duplistat.web.job.series.DRAWER", "vendor/nothing.js")
    html = site.html("/jobs/1").partition('id="charts"')
    assert "<details open><summary>Data table" in html[2]
    assert "vendor" not in html[0]
    assert "<figure" not in html[2]


def test_zeros_of_a_run_that_failed_are_no_size(site: Site) -> None:
    site.report(ago=timedelta(hours=30))
    nothing: dict[str, Any] = {"size": 0, "files": 0}
    site.fail(job="photos", ago=timedelta(hours=6), **nothing)
    for address in ("/", "/servers/1", "/jobs/1"):
        text = site.text(address)
        assert "48.3 GB" in text
        assert "−48.3 GB" not in text
    site.fail(job="photos", ago=timedelta(hours=5), **nothing)
    assert "Source size 48.3 GB Files 10,211 Backup size 21.0 GB" in site.text("/jobs/1")
    site.report(ago=timedelta(hours=4))
    assert "+48.3 GB" not in site.text("/")


def test_an_empty_source_of_a_good_run_is_one(site: Site) -> None:
    site.report(size=0, files=0)
    assert "Source size 0 B Files 0" in site.text("/jobs/1")


def test_a_run_whose_start_nobody_knows_says_so(site: Site) -> None:
    from tests.support.bodies import sample

    assert site.client.post("/api/upload", data=sample("09_")).status_code == 200
    assert "start unknown" in site.text("/jobs/1")
    assert "start time unknown" in site.text("/runs/1")


def hours_off(site: Site, schedule: str, *starts: str) -> str:
    """The page of a job whose runs began then, and that should run by this schedule of the server's clock."""
    site.report()
    site.send("/jobs/1/schedule", schedule=schedule, zone="", grace="30")
    same = ", ".join(name for name in runs.COLUMNS if name not in ("id", "key", "order_at"))
    for start in starts:
        site.db.execute(
            f"INSERT INTO run (account_id, key, order_at, {same})"
            f" SELECT account_id, ?, ?, {same} FROM run WHERE id = 1",
            (start, to_ms(moment(start))),
        )
    site.db.execute("DELETE FROM run WHERE id = 1")
    return site.text("/jobs/1")


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


MONTHS = [f"2026-{month:02}-01T02:01:00+00:00" for month in (8, 9, 10, 11)]


def test_runs_that_keep_coming_hours_off_hint_at_the_zone_and_it_is_set_by_a_button(site: Site) -> None:
    text = hours_off(site, "monthly 1 02:00", *MONTHS)
    assert (
        "Runs keep starting 1 h late. In the time zone UTC they are on time:"
        " is the schedule meant for that zone? Use time zone UTC"
    ) in text
    form = re.search(r"<form[^>]*>(?:(?!</form>).)*Use time zone", site.html("/jobs/1"), re.S)
    assert form
    fields = dict(re.findall(r'name="(schedule|zone|grace)" value="([^"]*)"', form[0]))
    site.send("/jobs/1/schedule", **fields)
    job = jobs.by_id(site.db, (1,), 1)
    assert job is not None
    assert (job.schedule_zone, job.grace_ms) == ("UTC", 30 * 60_000)
    assert "Runs keep starting" not in site.text("/jobs/1")


def test_viewers_are_told_and_have_no_button(site: Site) -> None:
    hours_off(site, "monthly 1 02:00", *MONTHS)
    with as_role(site, "viewer", 1):
        assert "In the time zone UTC they are on time" in site.text("/jobs/1")
        assert "Use time zone" not in site.text("/jobs/1")


def test_without_a_zone_that_fits_there_is_a_link_to_the_schedule(site: Site) -> None:
    text = hours_off(site, "daily 02:00", *(f"2027-01-0{day}T20:30:00+00:00" for day in (1, 2, 3)))
    assert (
        "Runs keep starting 4 h 30 min early. The schedule uses the time zone Europe/Berlin:"
        " is it meant for another one? Edit schedule"
    ) in text


def test_runs_that_come_on_time_hint_at_nothing(site: Site) -> None:
    assert "Runs keep starting" not in hours_off(
        site, "monthly 1 03:00", *(f"2026-0{month}-01T02:01:00+00:00" for month in (1, 2, 3))
    )
