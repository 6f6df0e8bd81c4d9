"""Pages tell of a verification or a restore that failed, and a person dismisses it there."""

import re
from datetime import timedelta
from typing import Any

import pytest

from duplistat.core.times import to_ms
from duplistat.services.people.identity import Role
from duplistat.store import audit
from duplistat.store.totals import DAY_MS
from tests.support.bodies import duplicati
from tests.support.signing import session, sign_in
from tests.web.site import Site

GONE = [
    {
        "Key": "duplicati-b1.dblock.zip",
        "Value": [{"Key": "Missing", "Value": "x"}, {"Key": "Extra", "Value": "y"}],
    },
    {"Key": "duplicati-b2.dblock.zip", "Value": [{"Key": "Error", "Value": "Unable to decrypt"}]},
]


def post(site: Site, ago: timedelta, **more: Any) -> int:
    """Post a report of a run that began so long ago, when it ended."""
    started, kept = site.now - ago, site.now
    site.now = started + timedelta(minutes=10)
    answer = site.client.post("/api/upload", json=duplicati(started.strftime("%Y-%m-%dT%H:%M:%SZ"), **more))
    site.now = kept
    assert answer.status_code == 200, answer.text
    return int(answer.get_json()["data"]["backupId"])


@pytest.fixture
def broken(site: Site) -> Site:
    """Good backups, the latest of today, and a verification of yesterday that found two broken files."""
    for days in (3, 2, 1, 0):
        post(site, timedelta(days=days, hours=2))
    post(site, timedelta(days=1, hours=1), operation="Test", result="Success", Verifications=GONE)
    return site


@pytest.fixture
def broken_on_both(site_on_both: Site) -> Site:
    post(site_on_both, timedelta(hours=2), TestResults={"ParsedResult": "Success", "Verifications": GONE})
    return site_on_both


def test_the_overview_says_so_before_anything_else(broken: Site) -> None:
    text = broken.text("/")
    assert "1 job needs attention" in text
    assert "The verification yesterday 13:00 found 2 broken remote files." in text
    assert "1 failed" in text


def test_the_overview_of_people_who_are_not_signed_in_says_so_without_what_was_written(site: Site) -> None:
    post(site, timedelta(hours=3))
    post(site, timedelta(hours=2), operation="Test", exception="System.Exception: secret path")
    text = site.public().get("/").text
    assert "The verification" in text
    assert "failed" in text
    assert "secret" not in text


def test_a_page_of_a_job_says_it_first_with_a_link_and_lets_it_be_dismissed(broken: Site) -> None:
    html = broken.html("/jobs/1")
    lead = re.search(r'<p class="lead".*?</p>', html, re.DOTALL)
    assert lead is not None
    assert '<a href="/runs/5"><time' in lead[0]
    assert "found 2 broken remote files" in lead[0]
    assert "until a later verification succeeds" in broken.text("/jobs/1")
    at = re.search(r'name="at" value="(\d+)"', html)
    assert at is not None
    broken.send("/jobs/1/dismiss", proof="verification", at=at[1])
    after = broken.text("/jobs/1")
    assert "Failed verification dismissed." in after
    assert "Backed up today" in after
    assert 'name="proof"' not in broken.html("/jobs/1")
    # Sent twice, it is no mistake.
    broken.send("/jobs/1/dismiss", proof="verification", at=at[1])
    entries = [e for e in audit.everything(broken.db, (1,), audit.Filter()) if e.action == "job.dismiss"]
    assert len(entries) == 1
    assert "job failure dismissed" in broken.text("/settings/audit")
    post(broken, timedelta(minutes=30), operation="Test", result="Error")
    assert "1 job needs attention" in broken.text("/")


def test_a_failure_that_nobody_has_looked_at_is_not_dismissed(broken: Site) -> None:
    (at,) = re.findall(r'name="at" value="(\d+)"', broken.html("/jobs/1"))
    post(broken, timedelta(minutes=30), operation="Test", result="Error")
    broken.send("/jobs/1/dismiss", proof="verification", at=at)
    text = broken.text("/jobs/1")
    assert "Not dismissed: a later one has failed since." in text
    assert "The verification today 13:30 failed" in text


@pytest.mark.parametrize(
    "fields", [{"proof": "x", "at": "1"}, {"proof": "restore"}, {"proof": "restore", "at": "-1"}, {"at": "1"}]
)
def test_what_cannot_be_dismissed_is_refused(broken: Site, fields: dict[str, str]) -> None:
    broken.send("/jobs/1/dismiss", 400, **fields)
    broken.send("/jobs/99/dismiss", 404, proof="verification", at="1")
    assert 'name="proof"' in broken.html("/jobs/1")


def test_only_operators_dismiss(broken: Site) -> None:
    viewer = broken.app.test_client()
    token = sign_in(viewer, session(broken.db, 1, to_ms(broken.now), role=Role.VIEWER, lasts_ms=DAY_MS))
    assert "Shown until" in viewer.get("/jobs/1").text
    assert 'name="proof"' not in viewer.get("/jobs/1").text
    form = {"csrf": token, "proof": "verification", "at": "1"}
    assert viewer.post("/jobs/1/dismiss", data=form).status_code == 403
    assert broken.client.post("/jobs/1/dismiss", data=form | {"csrf": "no"}).status_code == 403


def test_a_job_that_is_overdue_paused_or_running_tells_of_it_all_the_same(broken: Site) -> None:
    broken.set_job(1, paused=True)
    text = broken.text("/jobs/1")
    assert "Paused: no runs are expected." in text
    assert "The verification yesterday 13:00 found 2 broken remote files. Shown until" in text
    broken.set_job(1, paused=False)
    broken.db.execute("UPDATE job SET missed = 1, due_at = 1")
    assert "Overdue" in broken.text("/jobs/1")
    assert "found 2 broken remote files. Shown until" in broken.text("/jobs/1")
    assert "found 2 broken remote files." in broken.text("/")
    broken.db.execute("UPDATE job SET missed = 0, due_at = NULL, live_state = 'ticking', live_at = 1")
    assert "found 2 broken remote files. Shown until" in broken.text("/jobs/1")


def test_when_the_backup_failed_as_well_both_are_said(broken: Site) -> None:
    post(broken, timedelta(hours=1), result="Error")
    assert "found 2 broken remote files. The backup today 13:00 ended with errors." in broken.text("/jobs/1")
    assert "found 2 broken remote files. Failed 60 min ago" in broken.text("/")


def test_a_failed_restore_is_a_warning_that_is_told_of(site: Site) -> None:
    post(site, timedelta(days=1))
    run = post(site, timedelta(hours=2), operation="Restore", exception="System.Exception: no space left")
    assert "The restore today 12:00 failed: no space left." in site.text("/")
    html = site.html("/jobs/1")
    assert f'<a href="/runs/{run}">' in html
    assert "until a later restore succeeds" in html
    assert "1 warning" in site.text("/")


def test_the_square_of_its_day_shows_it_whatever_else_ran(broken: Site) -> None:
    post(broken, timedelta(hours=1), operation="Restore", result="Fatal")
    html = broken.html("/jobs/1")
    assert re.search(r'title="19 Nov: failed"[^>]*><i class=f>', html)
    assert re.search(r'title="20 Nov: with warnings"[^>]*><i class=w>', html)
    assert "1 failed (19 Nov)" in html


def test_once_its_run_is_deleted_there_is_no_link(broken: Site) -> None:
    broken.db.execute("UPDATE job SET verify_run = NULL")
    broken.db.execute("DELETE FROM run WHERE id = 5")
    html = broken.html("/jobs/1")
    assert (
        "/runs/5"
        not in re.sub(r'<section id="history">.*?</section>', "", html, flags=re.DOTALL).split(
            "Status history"
        )[0]
    )
    assert "found 2 broken remote files" in broken.text("/jobs/1")


def test_other_pages_count_it(broken_on_both: Site) -> None:
    site = broken_on_both
    assert "1 failed" in site.text("/")
    assert "found 2 broken remote files" in site.text("/partners")
    assert "1 job needs attention failed 1 failed Jobs all 1 failed 1" in site.text("/partners")
    assert "/static/icon-failed.svg" in site.client.get("/live").get_json()["icon"]
    assert "✖ 1 of 1" in site.client.get("/live").get_json()["title"]
    assert '<i class="failed">' in site.html("/servers")
    assert '<i class="failed">' in site.html("/servers/1")


def test_an_open_page_learns_of_it_and_of_its_end(broken_on_both: Site) -> None:
    site = broken_on_both
    seen = [site.client.get("/live").get_json()["version"]]
    (at,) = re.findall(r'name="at" value="(\d+)"', site.html("/jobs/1"))
    post(site, timedelta(hours=1), operation="Test", result="Error")
    seen.append(site.client.get("/live").get_json()["version"])
    post(site, timedelta(minutes=50), operation="Test")
    seen.append(site.client.get("/live").get_json()["version"])
    post(site, timedelta(minutes=40), operation="Restore", result="Error")
    seen.append(site.client.get("/live").get_json()["version"])
    assert len(set(seen)) == 4
    assert at


def test_a_run_whose_verification_found_something_is_not_marked_as_good(broken_on_both: Site) -> None:
    html = broken_on_both.html("/runs/1")
    assert "duplicati-b1.dblock.zip: Missing x" in html
    assert '<summary><i class="failed">' in html
    # As rows of an earlier version have it.
    broken_on_both.db.execute("""UPDATE run SET details = replace(details, '"error"', '"success"')""")
    assert '<summary><i class="failed">' in broken_on_both.html("/runs/1")
