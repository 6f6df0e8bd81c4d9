"""The page of one job: how it is and why, when it is expected and why, what it did."""

import re
from datetime import timedelta

import pytest

from tests.web.site import Site, headline


def test_a_job_says_first_how_it_is_and_why(site: Site) -> None:
    site.fail()
    html, text = site.html("/jobs/1"), site.text("/jobs/1")
    assert headline(html) == "paperless"
    assert "The backup today 08:00 ended with errors: The source path /source does not exist." in text


def test_an_overdue_job_says_since_when_and_what_was_missed(site: Site) -> None:
    site.nightly(nights=9, until=2)
    site.sweep()
    assert re.search(
        r"Overdue by \d+ h: expected yesterday 04:00, 2 times missed, last good backup Wed 04:00\.",
        site.text("/jobs/1"),
    )


def test_a_job_says_when_it_is_expected_how_we_know_and_when_each_time_would_alarm(site: Site) -> None:
    site.nightly(nights=9)
    text = site.text("/jobs/1").partition("Next expected")[2].partition("Latest known")[0]
    assert text.startswith(" Tomorrow 04:00, in 14 h. Learned from 10 runs: daily 04:00")
    days = re.findall(r"(\S+) 04:00 (\S+) (\d\d:\d\d)", text.partition("Overdue from")[2])
    assert [day for day, _, _ in days] == ["tomorrow", "Sun", "Mon", "Tue", "Wed"]
    assert all(day == alarm and clock >= "06:00" for day, alarm, clock in days)
    assert "Grace: 2 h, as for every job" in text


def test_time_given_back_for_our_absence_moves_only_the_first_alarm(site: Site) -> None:
    site.nightly(nights=9)
    due = site.text("/jobs/1").partition("Overdue from")[2]
    site.db.execute("UPDATE job SET due_at = due_at + 3600000")
    later = site.text("/jobs/1").partition("Overdue from")[2]
    first, second = (re.findall(r"04:00 \S+ (\d\d):\d\d", text) for text in (due, later))
    assert int(second[0]) == int(first[0]) + 1
    assert second[1:] == first[1:]


def test_a_job_without_a_schedule_says_that_it_is_not_known_yet(site: Site) -> None:
    site.report()
    assert "It is not known when the next run is due. No schedule known yet" in site.text("/jobs/1")


def test_a_paused_job_expects_nothing(site: Site) -> None:
    site.nightly(nights=9)
    site.db.execute("UPDATE job SET paused = 1")
    text = site.text("/jobs/1")
    assert "Nothing is expected while it is paused." in text
    assert "Overdue from" not in text


def test_what_no_run_reported_is_said_to_be_unknown(site: Site) -> None:
    site.report()
    site.db.execute("UPDATE job SET size = NULL, storage = NULL, versions = NULL")
    text = site.text("/jobs/1")
    assert "Source no run reported a size" in text
    assert "Stored no run reported what is stored" in text
    assert "Versions no run reported them" in text


def test_changes_of_health_stand_newest_first_with_what_was_said_then(site: Site) -> None:
    site.report(job="paperless", ago=timedelta(hours=9))
    site.fail(ago=timedelta(hours=3))
    changes = site.text("/jobs/1").partition("Changes")[2]
    assert re.match(
        r" failed failed today 11:03 , was ok “The backup today 11:00 ended with errors: The source path /source"
        r" does not exist” ok ok today 05:03 , was never",
        changes,
    )


def test_history_comes_in_pages_that_a_cursor_joins_without_gap_or_repeat(site: Site) -> None:
    for hour in range(120, 0, -1):
        site.report(ago=timedelta(hours=hour))
    seen: list[str] = []
    address = "/jobs/1"
    for _ in range(3):
        html = site.html(address)
        seen += re.findall(r'scope="row">.*?href="/runs/(\d+)"', html)
        following = re.search(r'href="(/jobs/1\?before=[^"]+)"[^>]*>Older runs', html)
        address = following[1] if following else ""
    assert address == ""
    assert seen == [str(run) for run in range(120, 0, -1)]


def test_a_run_that_comes_while_one_reads_shifts_no_page(site: Site) -> None:
    for hour in range(60, 0, -1):
        site.report(ago=timedelta(hours=hour))
    following = re.search(r'href="(/jobs/1\?before=[^"]+)"', site.html("/jobs/1"))
    assert following is not None
    before = re.findall(r'scope="row">.*?href="/runs/(\d+)"', site.html(following[1]))
    site.report(ago=timedelta(minutes=10))
    assert re.findall(r'scope="row">.*?href="/runs/(\d+)"', site.html(following[1])) == before


@pytest.mark.parametrize("wrong", ["yesterday", "5", "1-", "99999999999999999999-1", "١-١"])
def test_a_cursor_that_is_none_is_refused_in_words(site: Site, wrong: str) -> None:
    site.report()
    assert headline(site.html(f"/jobs/1?before={wrong}", 400)).startswith("?before= must be a time and an id")


def test_every_operation_is_named_in_the_history(site: Site) -> None:
    site.report()
    site.db.execute("UPDATE run SET operation = 'restore', is_backup = 0")
    assert re.search(r"History.*Restore today 08:00", site.text("/jobs/1"))
