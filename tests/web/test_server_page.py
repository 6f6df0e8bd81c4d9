"""The page of one server: who it is, its jobs, what happened on it lately."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tests.web.site import Site, headline, said


def test_a_server_says_who_it_is(site: Site, duplicati: Callable[..., dict[str, Any]]) -> None:
    site.client.post("/api/upload", json=duplicati())
    site.db.execute("UPDATE server SET alias = 'the cellar'")
    html, text = site.html("/servers/1"), site.text("/servers/1")
    assert headline(html) == "the cellar"
    assert "Name nas-keller Display name the cellar Machine ID 5f0c1e9a7b3d4c2f8a6e0d1b2c3f4a5e" in text
    assert "OS Linux OS version Debian GNU/Linux 12 (bookworm) Client version 2.2.0.3" in text


def test_a_server_without_a_machine_id_says_how_it_is_known(site: Site) -> None:
    site.report()
    assert "Machine ID not reported: identified by name" in site.text("/servers/1")


def test_a_server_sums_what_its_jobs_told_and_says_of_how_many(site: Site) -> None:
    site.report(job="photos", size=1_000_000_000, storageUsed=500_000_000, files=10)
    site.report(job="music", size=2_000_000_000, storageUsed=500_000_000, files=5)
    site.db.execute("UPDATE job SET size = NULL WHERE name = 'music'")
    assert "Source size 1.00 GB in 1 job Backup size 1.00 GB of 2 jobs Files 15" in site.text("/servers/1")


def test_the_latest_runs_of_all_jobs_of_a_server_stand_newest_first(site: Site) -> None:
    site.report(job="photos", ago=timedelta(hours=5))
    site.fail(job="paperless", ago=timedelta(hours=3))
    site.report("elsewhere", "other", ago=timedelta(hours=1))
    runs = site.text("/servers/1").partition("Latest runs")[2].partition("Details")[0]
    assert re.search(
        r"Backup with 1 error The source path /source does not exist paperless today 11:00.*Backup photos",
        runs,
    )
    assert "other" not in runs


def test_runs_and_events_of_a_server_are_one_list(site: Site) -> None:
    site.report("web-01", "photos", ago=timedelta(hours=5))
    site.script("web-01", "dump", sender="ops")
    site.notify("web-01", sender="ops", ago=timedelta(hours=3), type="ups", message="On battery.\nFor long.")
    site.notify("web-01", sender="ops", ago=timedelta(hours=9), jobName="dump", severity="info", message="")
    site.notify("elsewhere", sender="ops", ago=timedelta(hours=1), type="other")

    html = site.html("/servers/2")

    latest = said(html.partition("Latest runs and events")[2].partition("Details")[0])
    assert latest.endswith(
        "Uploaded warning ups event On battery. today 11:00 OK Backup dump today 08:00"
        " info disk_space_low event dump today 05:00 All runs of this server → Trends of this server →"
        " Calendar of this server → All events of this server →"
    )
    assert '<a href="/events?server=2">All events' in html
    assert '<a href="/events?server=2&amp;type=ups">ups</a>' in html
    assert html.count('<a href="/jobs/2"><bdi>dump</bdi></a>') == 2


def test_of_runs_and_events_the_latest_thirty_are_shown(site: Site) -> None:
    site.nightly("web-01", nights=40)
    for day in range(40):
        site.notify("web-01", sender="ops", ago=timedelta(days=day, hours=5))
    site.db.execute("UPDATE event SET server_id = 1")
    html = site.html("/servers/1")
    assert html.count('<th scope="row">') == 30
    assert (html.count(">event</span>"), html.count(">Backup</a>")) == (15, 15)


def test_a_server_that_only_sends_events_has_no_table_of_jobs(site: Site) -> None:
    site.notify("rack-ups", sender="nut")
    html = site.html("/servers/1")
    assert "No jobs yet, only events." in html
    assert 'class="jobs"' not in html


def test_a_server_says_who_tells_of_it(site: Site) -> None:
    site.notify("rack-ups", sender="nut")
    text = site.text("/servers/1")
    assert "Reported by nut Machine ID not reported: identified by name and sender" in text
    site.report()
    assert "Reported by" not in site.text("/servers/2")


def test_the_page_costs_the_same_statements_however_many_events_there_are(
    site: Site, counted: Callable[[str], int]
) -> None:
    site.script(job="dump")
    site.notify(jobName="dump")
    few = counted("/servers/1")
    for number in range(40):
        site.notify(jobName=f"job {number}", ago=timedelta(minutes=number))
        site.script(job=f"job {number % 5}")
    # 3 of them ask whether alerts work.
    assert counted("/servers/1") == few <= 15


def test_a_machine_that_may_be_another_one_says_so(site: Site) -> None:
    site.report("old")
    site.report("new")
    site.db.execute("UPDATE server SET may_be_id = 1 WHERE id = 2")
    assert "This may be the same server as old : same name, a job of the same name" in site.text("/servers/2")
    assert "This may be the same server as new : same name, a job of the same name" in site.text("/servers/1")
    site.db.execute("UPDATE server SET name = 'unknown (192.0.2.7)' WHERE id = 1")
    for number in (1, 2):
        assert "a job of the same name from the same address" in site.text(f"/servers/{number}")
    site.report("third")
    assert "may be the same server" not in site.text("/servers/3")


def test_a_server_whose_jobs_are_all_in_the_archive_says_so(site: Site) -> None:
    site.report()
    site.send("/jobs/1/archive", archived="1")
    html = site.html("/servers/1")
    assert "All jobs are archived" in html
    assert "only events" not in html
    assert "No jobs yet" not in html
    assert 'Archived: <a href="/jobs/1">' in html
    # Its mark is the same on both pages.
    for page in (html.partition("<h1>")[2], site.html("/servers").partition('<th scope="row">')[2]):
        assert page.startswith('<i class="never">')
