"""What is known of a job needs nobody for some hours; its state stays what it is."""

from datetime import timedelta

import pytest

from duplistat.core.times import to_ms
from duplistat.services.people.identity import Role
from duplistat.store import audit
from tests.support.signing import session, sign_in
from tests.web.site import Site


@pytest.fixture
def silent(site: Site) -> Site:
    site.nightly(nights=9, until=2)
    return site


def test_an_acknowledged_job_needs_nobody_until_its_time_has_come(silent: Site) -> None:
    assert '<button name="hours" value="24" formaction="/jobs/1/acknowledge">1 day</button>' in silent.html(
        "/"
    )
    answer = silent.send("/jobs/1/acknowledge", hours="24", next="/?q=web")
    assert answer.headers["Location"] == "/?q=web"
    text = silent.text("/")
    assert (
        "web-01 / nightly is acknowledged until tomorrow 14:00 (ends early if the status changes)."
    ) in text
    assert "The problem of your job is acknowledged" in text
    assert "Needs attention" not in text
    assert "Acknowledged until tomorrow 14:00" in text
    silent.now += timedelta(hours=25)
    assert "1 job needs attention" in silent.text("/")
    assert "Acknowledged" not in silent.text("/")


def test_what_is_counted_and_needs_nobody_is_said_beside_the_counts(silent: Site) -> None:
    silent.fail()
    silent.send("/jobs/1/acknowledge", hours="24")
    text = silent.text("/")
    assert (
        "1 of 2 jobs needs attention overdue 1 overdue failed 1 failed (1 acknowledged) last report" in text
    )
    assert 'href="#acknowledged"' in silent.html("/")


def test_its_state_stays_what_it_is_and_is_counted(silent: Site) -> None:
    silent.sweep()
    silent.send("/jobs/1/acknowledge", hours="24")
    assert silent.db.rows("SELECT health, paused FROM job") == [("overdue", 0)]
    for page in ("/", "/servers", "/servers/1"):
        assert "The problem of your job is acknowledged" in silent.text(page)
        assert "1 overdue" in silent.text(page)
    assert "Acknowledged until tomorrow 14:00" in silent.text("/jobs/1")
    pulse = silent.client.get("/live").get_json()
    assert pulse["title"].startswith("● ")


def test_it_is_taken_back_by_hand_and_by_another_state(silent: Site) -> None:
    silent.sweep()
    silent.send("/jobs/1/acknowledge", hours="24")
    silent.send("/jobs/1/acknowledge", hours="0", next="/jobs/1")
    assert "web-01 / nightly is no longer acknowledged." in silent.text("/jobs/1")
    assert "1 job needs attention" in silent.text("/")
    silent.send("/jobs/1/acknowledge", hours="24")
    silent.fail("web-01", "nightly")
    assert "1 job needs attention" in silent.text("/")


def test_it_is_noted_who_did_it(silent: Site) -> None:
    silent.send("/jobs/1/acknowledge", hours="4")
    (entry,) = [e for e in audit.everything(silent.db, (1,), audit.Filter()) if e.action == "job.set"]
    assert (entry.who, entry.subject) == ("admin-1@example.org", "web-01 / nightly")


@pytest.mark.parametrize("hours", ["", "-1", "x", "1e3", "²", "169", "9999999999"])
def test_hours_that_are_none_are_refused(silent: Site, hours: str) -> None:
    silent.send("/jobs/1/acknowledge", 400, hours=hours)
    assert silent.db.row("SELECT snoozed_until FROM job") == (None,)


def test_who_may_only_look_is_not_offered_it(silent: Site) -> None:
    viewer = silent.app.test_client()
    token = sign_in(viewer, session(silent.db, 1, to_ms(silent.now), Role.VIEWER))
    assert "Acknowledge" not in viewer.get("/").text
    assert viewer.post("/jobs/1/acknowledge", data={"csrf": token, "hours": "4"}).status_code == 403


@pytest.mark.parametrize("target", ["https://evil.example", "//evil.example", ""])
def test_it_leads_nowhere_else(silent: Site, target: str) -> None:
    assert silent.send("/jobs/1/acknowledge", hours="4", next=target).headers["Location"] == "/"


def test_a_job_of_another_account_is_not_there(silent: Site) -> None:
    silent.db.execute("INSERT INTO account (id, name, path, created_at) VALUES (7, 'other', '/7/', 0)")
    silent.db.execute("UPDATE job SET account_id = 7")
    silent.send("/jobs/1/acknowledge", 404, hours="4")
