"""The top of a job's page: what can be done at once, what is proven, and how much of it there is."""

import re
from datetime import timedelta

from duplistat.core.times import to_ms
from tests.web.settings.people import as_role
from tests.web.site import Site, said


def acts(html: str) -> str:
    return said(re.findall(r'<div class="acts">(.*?)</div></div>', html, re.DOTALL)[0])


def test_a_failing_job_has_its_log_and_its_acts_at_the_top(site: Site) -> None:
    site.report(job="paperless", ago=timedelta(days=9))
    for days in (3, 2, 1):
        run = site.fail(ago=timedelta(days=days))
    html = site.html("/jobs/1")
    assert f'href="/runs/{run}#log"' in html
    assert acts(html).startswith("Open log Acknowledge")
    assert "Failing for 3 days , 3 runs in a row. Last backup 11 Nov 14:00 ." in said(html)
    assert "A source is missing: check that the drive or share is mounted" in said(html)
    assert "<title>✖ paperless – nas-keller – duplistat</title>" in html
    assert "icon-failed" in html
    with as_role(site, "viewer", 1):
        viewer = site.text("/jobs/1")
    assert "Open log" in viewer
    assert "Acknowledge" not in viewer.partition("History")[0]


def test_equal_failures_are_folded_together(site: Site) -> None:
    for hours in (9, 7, 5, 3):
        site.fail(ago=timedelta(hours=hours))
    site.report(job="paperless", ago=timedelta(hours=1))
    html = site.html("/jobs/1")
    assert "3 more with the same error" in said(html)
    assert html.count('<tr class="fold">') == 1
    assert len(re.findall(r'scope="row"><i class="failed">', html.partition('id="charts"')[0])) == 4


def test_two_failures_are_no_heap(site: Site) -> None:
    site.fail(ago=timedelta(hours=5))
    site.fail(ago=timedelta(hours=3))
    assert "with the same error" not in site.text("/jobs/1")


def test_what_is_proven_stands_beside_what_is_not(site: Site) -> None:
    site.nightly(nights=9)
    site.db.execute("UPDATE job SET verify_at = ?, verify_failed = 0", (to_ms(site.now - timedelta(days=2)),))
    text = site.text("/jobs/1")
    assert "Last backup OK 10 h ago Last verified OK 2 days ago Last restore test no result yet never" in text
    assert "Next run in 14 h , overdue after tomorrow 06:0" in text


def test_curves_say_what_became_of_it_and_of_how_much_time(site: Site) -> None:
    site.report(ago=timedelta(days=8), size=40_000_000_000)
    site.report(ago=timedelta(days=4), size=42_000_000_000)
    site.report(ago=timedelta(hours=2), size=44_000_000_000)
    html = site.html("/jobs/1")
    assert "Source size 44.0 GB +10% in 8 days" in said(html)
    assert "Data of 8 days." in said(html)
    assert html.count("<polyline points=") >= 3


def test_a_link_opens_a_form(site: Site) -> None:
    site.report()
    assert '<details id="pause" open>' in site.html("/jobs/1?open=pause")
    assert (
        "open>" not in site.html("/jobs/1?open=nothing").partition('id="pause"')[2].partition("</summary>")[0]
    )


def test_what_was_saved_is_marked(site: Site) -> None:
    site.report()
    assert site.send("/jobs/1/schedule", schedule="daily 02:00", zone="", grace="").location == "/jobs/1"
    marked = 'class="saved"><summary>Edit schedule'
    assert marked in site.html("/jobs/1")
    assert marked not in site.html("/jobs/1")


def test_forms_go_by_the_clock_of_who_fills_them_in(site: Site) -> None:
    site.report()
    site.client.set_cookie("duplistat_zone", "America/New_York")
    html = site.html("/jobs/1")
    assert '<option value="America/New_York">Your time (New York)</option>' in html
    assert 'name="zone" type="text" value="America/New_York"' in html
    assert "Without it: indefinitely. Time zone: America/New_York." in said(html)
    assert 'name="zone" value="America/New_York"' in site.html("/schedules")
    bulk = site.send("/jobs/selected", 200, act="schedule", job=["1"]).text
    assert 'name="zone" type="text" value="America/New_York"' in bulk
    # What is detected, and a grace or a pause alone, keeps no zone.
    site.send("/schedules/1", schedule="", zone="America/New_York", grace="30", paused="1")
    assert site.db.rows("SELECT grace_ms, paused, schedule_zone FROM job") == [(1_800_000, 1, None)]
    site.send("/jobs/1/pause", until="2026-11-21T08:00", clock="America/New_York")
    ((until,),) = site.db.rows("SELECT paused_until FROM job")
    assert until == to_ms(site.now.replace(day=21, hour=13))


def test_a_schedule_by_another_clock_than_that_of_who_looks_names_its_zone(site: Site) -> None:
    site.nightly(nights=9)

    def said_of_it() -> list[str]:
        return [site.text(page) for page in ("/jobs/1", "/schedules")]

    learned = "Learned from 10 runs: every day at 04:00 ± 1 min (a guess)"
    assert all(learned in text and f"{learned}, Europe" not in text for text in said_of_it())
    site.client.set_cookie("duplistat_zone", "Europe/Vienna")
    assert not any("Berlin" in text.partition(learned)[2][:20] for text in said_of_it())
    site.client.set_cookie("duplistat_zone", "America/New_York")
    assert all(f"{learned}, Europe/Berlin" in text for text in said_of_it())
    site.set_job(1, schedule="daily 02:00", schedule_zone="America/New_York")
    assert not any("02:00, America" in text for text in said_of_it())
    site.set_job(1, schedule="every 6h from 2026-01-05T02:00Z", schedule_zone="Asia/Tokyo")
    assert not any("6 hours, Asia" in text for text in said_of_it())


def test_a_zone_that_is_none_is_not_believed(site: Site) -> None:
    site.report()
    site.client.set_cookie("duplistat_zone", "../../etc/passwd")
    html = site.html("/jobs/1")
    assert "passwd" not in html
    assert 'value="Europe/Berlin"' in html


def test_what_duplicati_told_is_a_moment_by_the_clock_of_who_looks_and_of_no_other_zone(site: Site) -> None:
    site.report()
    told = to_ms(site.now + timedelta(hours=4))
    site.db.execute(
        "UPDATE job SET source = 'told', told_next = ?, told_gap = 86400000, expected_at = ?", (told, told)
    )
    site.client.set_cookie("duplistat_zone", "America/New_York")
    found = site.text("/jobs/1")
    assert "From Duplicati's schedule: next run today 18:00 , then every day." in found
