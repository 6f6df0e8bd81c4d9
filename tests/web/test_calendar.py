"""The calendar of a month: what ran on each day, what is expected on those to come, and the list of a day."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from duplistat.core.times import to_ms
from duplistat.services.monitoring.day_sums import sum_noted
from tests.web.site import Site, link, said


@pytest.fixture
def fleet(site_on_both: Site) -> Site:
    """Job 1 has run each night for nine days, at 04:00 in Berlin; job 2 failed two days ago, and is weekly."""
    site = site_on_both
    site.nightly(nights=9)
    site.fail("nas", "papers", ago=timedelta(days=2))
    site.set_job(2, schedule="tue 22:00", schedule_zone=None)
    return site


def squares(html: str) -> dict[str, str]:
    """{date: what else a day says} of those that say something."""
    return dict(text.split(": ", 1) for text in re.findall(r'title="(\d+ \w+: [^"]*)"', html))


def test_each_day_says_how_many_jobs_ran_and_how(fleet: Site) -> None:
    found = squares(fleet.html("/calendar"))
    assert found["18 Nov"] == "1 failed, 1 OK"
    assert found["19 Nov"] == "1 OK"
    assert found["11 Nov"] == "1 OK"
    assert "10 Nov" not in found
    assert 'aria-current="date"' in fleet.html("/calendar")


def test_days_to_come_say_what_is_expected(fleet: Site) -> None:
    found = squares(fleet.html("/calendar"))
    assert (found["20 Nov"], found["21 Nov"], found["24 Nov"]) == ("1 OK", "1 expected", "2 expected")
    december = squares(fleet.html(link(fleet.html("/calendar"), "Next month")))
    assert len(december) == 31
    assert (december["1 Dec"], december["2 Dec"]) == ("2 expected", "1 expected")
    # Of what is paused nothing is expected.
    fleet.set_job(1, paused=True)
    assert "21 Nov" not in squares(fleet.html("/calendar"))


def test_a_day_leads_to_its_list(fleet: Site) -> None:
    past = fleet.html(link(fleet.html("/calendar"), "18"))
    text = said(past)
    assert "nas / papers failed" in text
    assert text.index("nas / papers failed") < text.index("web-01 / nightly OK")
    assert link(past, "Runs of this day") == "/runs?day=2026-11-18"
    ahead = fleet.text("/calendar?day=2026-11-24")
    assert "web-01 / nightly expected Tue 04:00" in ahead
    assert (
        "nas / papers expected Tue 22:00 25 Nov 00:00" in ahead
        or "nas / papers expected Tue 22:00 Wed 00:00" in ahead
    )
    assert "No runs, and none are expected." in fleet.text("/calendar?day=2026-11-02")


def test_times_of_a_day_are_by_the_clock_that_its_days_are_of(fleet: Site) -> None:
    # Scripts say times of this mark in the zone of the browser, where it may be another day.
    html = fleet.html("/calendar?day=2026-11-24").partition('id="day"')[2].partition("</section>")[0]
    assert html.count("<time ") > 2
    assert "data-as=" not in html
    assert "Days and times are those of the time zone Europe/Berlin." in fleet.text("/calendar")
    assert "Days are those of the time zone Europe/Berlin." in fleet.text("/trends")


def test_a_job_that_runs_often_is_expected_once_a_day(fleet: Site) -> None:
    fleet.set_job(1, schedule="every 10m from 2026-11-01T00:00Z", schedule_zone=None)
    found = squares(fleet.html("/calendar"))
    assert (found["20 Nov"], found["21 Nov"], found["30 Nov"]) == (
        "1 OK, 1 expected",
        "1 expected",
        "1 expected",
    )


def test_it_is_narrowed_to_a_server_or_to_words(fleet: Site) -> None:
    assert squares(fleet.html("/calendar?server=2"))["18 Nov"] == "1 failed"
    assert squares(fleet.html("/calendar?find=nightly"))["18 Nov"] == "1 OK"
    assert squares(fleet.html("/calendar?server=2&find=nightly")) == {}
    assert 'href="/calendar?server=2&amp;month=2026-12"' in fleet.html("/calendar?server=2")
    assert squares(fleet.html("/calendar?account=1"))["18 Nov"] == "1 failed, 1 OK"
    fleet.html("/calendar?server=99", 404)
    fleet.html("/calendar?account=99", 404)


def test_days_that_are_long_ago_come_from_their_sums(site_on_both: Site) -> None:
    site = site_on_both
    site.report(ago=timedelta(days=200))
    site.fail(job="photos", ago=timedelta(days=201))
    site.report(ago=timedelta(hours=1))
    while sum_noted(site.db, site.writes, lambda: to_ms(site.now)):
        pass
    found = squares(site.html("/calendar?month=2026-05"))
    assert found == {"3 May": "1 failed", "4 May": "1 OK"}


def test_weeks_begin_as_where_the_reader_lives(fleet: Site) -> None:
    def heads(language: str) -> list[str]:
        html = fleet.client.get("/calendar", headers={"Accept-Language": language}).text
        return re.findall(r'<th scope="col">(\w+)</th>', html)[:7]

    assert heads("en-GB")[0] == "Mon"
    assert heads("en-US")[0] == "Sun"
    assert heads("de-DE")[0] == "Mo"


def test_it_ends_after_some_months_and_what_is_no_month_is_refused(fleet: Site) -> None:
    assert "Next month" not in fleet.text("/calendar?month=2027-12")
    assert "Previous month" not in fleet.text("/calendar?month=2025-10")
    for query in ("month=2028-01", "month=2025-09", "month=odd", "day=2026-11-31", "day=2040-01-01"):
        fleet.html(f"/calendar?{query}", 400)


def test_it_costs_the_same_queries_for_many(site: Site, counted: Callable[[str], int]) -> None:
    site.report()
    few = counted("/calendar"), counted("/calendar?month=2026-03")
    for number in range(9):
        for days in range(3):
            site.report(f"server-{number}", ago=timedelta(days=days, hours=7))
    assert (counted("/calendar"), counted("/calendar?month=2026-03")) == few
