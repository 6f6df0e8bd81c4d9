"""What a person changes on the page of a job: said back, checked, saved, noted, and only by who may."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from duplistat.core.times import to_ms
from duplistat.services.people.identity import Role
from duplistat.store import audit, job_notes, jobs
from duplistat.store.jobs import Job
from tests.support.signing import session, sign_in
from tests.web.site import Site, headline, said

POSTS = (
    *("schedule", "schedule/preview", "schedule/learned", "schedule/kept", "pause", "resume", "maintenance"),
    *("about", "archive", "delete"),
)


@pytest.fixture
def nightly(site: Site) -> Site:
    """Job 1, which runs every night at 04:00 in Berlin; it is 14:00 there."""
    site.nightly(nights=9)
    return site


def job(site: Site) -> Job:
    found = jobs.by_id(site.db, (1,), 1)
    assert found is not None
    return found


def as_role(site: Site, role: Role, account: int = 1) -> tuple[FlaskClient, str]:
    client = site.app.test_client()
    return client, sign_in(client, session(site.db, account, to_ms(site.now), role))


def noted(site: Site) -> tuple[str, dict[str, Any]]:
    entry = audit.page(site.db, (1,), audit.Filter(action="job"), before=None, limit=1)[0]
    return entry.who, json.loads(entry.after)


def problem_of(html: str, field: str) -> str:
    """What stands beside a field; the top of the page leads there, into an open form."""
    (alert,) = re.findall(r'role="alert">(.*?)</div>', html, re.DOTALL)
    assert f'<a href="#f-{field}">' in alert
    before, _field, after = html.partition(f'id="f-{field}"')
    assert before[before.rindex("<details") :].partition(">")[0].endswith(" open")
    wrong = re.search(rf'id="f-{field}-error"[^>]*>(.*?)</p>', after)
    assert wrong is not None
    assert said(wrong[1]) in said(alert)
    return said(wrong[1])


# The schedule.


def test_a_preview_says_back_what_was_understood_and_stores_nothing(nightly: Site) -> None:
    html = nightly.send(
        "/jobs/1/schedule/preview", 200, schedule="mon-fri 22:30", zone="America/New_York", grace="30"
    ).text
    text = said(html)
    assert "Monday to Friday at 22:30 , America/New_York" in text
    # Each with the half hour of grace, as that clock has it.
    assert "Expected Overdue after today 22:30 today 23:00 Mon 22:30 Mon 23:00" in text
    assert 'value="mon-fri 22:30"' in html
    assert job(nightly).schedule is None
    # Its address takes forms alone: what follows from here has to say where the job is.
    assert re.search(r"<a href=/jobs/1\?day=[\d-]+#history", html)


def test_a_preview_for_a_script_is_that_part_alone(nightly: Site) -> None:
    html = nightly.send("/jobs/1/schedule/preview", 200, schedule="every 6h", part="1").text
    # An interval has no times of day, and so no zone.
    assert said(html).startswith("Every 6 hours Expected Overdue after")
    assert "<html" not in html
    wrong = nightly.send("/jobs/1/schedule/preview", 200, schedule="now and then", part="1").text
    assert "does not begin with daily" in said(wrong)


def test_a_preview_says_of_a_silent_job_that_it_would_be_overdue(site: Site) -> None:
    site.nightly(nights=24, until=20)
    text = said(site.send("/jobs/1/schedule/preview", 200, schedule="daily 04:00", part="1").text)
    # The first night without a run, and two hours; what is to come starts tomorrow.
    assert "Overdue since 1 Nov 06:00 : no run has come." in text
    assert "Expected Overdue after tomorrow 04:00 tomorrow 06:00" in text
    # Each counts from the one before: there is no other time than that of the one that is missing.
    within = said(site.send("/jobs/1/schedule/preview", 200, schedule="within 25h", part="1").text)
    assert "no run has come. Expected Overdue after 1 Nov 05:03 1 Nov 07:03 Grace period" in within
    weekly = site.send("/jobs/1/schedule/preview", 200, schedule="monthly last 04:00", part="1").text
    assert "Overdue" not in said(weekly).replace("Overdue after", "")


def test_a_preview_of_nothing_is_what_is_told_or_learned(nightly: Site) -> None:
    text = said(nightly.send("/jobs/1/schedule/preview", 200, part="1").text)
    assert text.startswith("Learned from 10 runs: every day at 04:00")
    unplanned = nightly.send("/jobs/1/schedule/preview", 200, schedule="unplanned", part="1").text
    assert "Manual job: no runs are expected, and it is never overdue." in said(unplanned)


def test_a_schedule_is_saved_with_its_zone_and_grace(nightly: Site) -> None:
    nightly.send("/jobs/1/schedule", schedule="Daily 02:00", zone="Asia/Tokyo", grace="1.5")
    assert (job(nightly).schedule, job(nightly).schedule_zone, job(nightly).grace_ms) == (
        "daily 02:00", "Asia/Tokyo", 90_000,
    )  # fmt: skip
    text = nightly.text("/jobs/1")
    assert "Schedule saved." in text
    assert "Set by hand: every day at 02:00" in text
    assert "Grace period: 1 min 30 s (set for this job)." in text
    assert noted(nightly) == (
        "admin-1@example.org", {"schedule": "daily 02:00", "schedule_zone": "Asia/Tokyo", "grace_seconds": 90},
    )  # fmt: skip


def test_the_way_back_is_to_what_is_told_or_learned(nightly: Site) -> None:
    nightly.send("/jobs/1/schedule", schedule="daily 02:00", grace="30")
    assert "Detect automatically" in nightly.html("/jobs/1")
    nightly.send("/jobs/1/schedule", schedule="", grace="")
    assert (job(nightly).schedule, job(nightly).grace_ms, job(nightly).source) == (None, None, "learned")


def test_saving_the_same_schedule_again_excuses_nothing(nightly: Site) -> None:
    nightly.send("/jobs/1/schedule", schedule="daily 02:00")
    nightly.now += timedelta(days=2)
    nightly.sweep()
    assert job(nightly).health == "overdue"
    nightly.send("/jobs/1/schedule", schedule="daily 02:00", grace="180")
    assert job(nightly).health == "overdue"


@pytest.mark.parametrize(
    ("fields", "field", "problem"),
    [
        ({"schedule": "now and then"}, "schedule", "does not begin with daily"),
        ({"schedule": "daily 25:00"}, "schedule", "is not a time of day"),
        ({"schedule": "x" * 300}, "schedule", "At most 200 characters."),
        (
            {"schedule": "daily 02:00", "zone": "Mars"},
            "zone",
            "Enter a time zone such as Europe/Berlin, or leave blank.",
        ),
        (
            {"schedule": "daily 02:00", "grace": "-1"},
            "grace",
            "A number of minutes up to 527040, or leave blank.",
        ),
        (
            {"schedule": "daily 02:00", "grace": "1e9"},
            "grace",
            "A number of minutes up to 527040, or leave blank.",
        ),
    ],
)
def test_a_wrong_schedule_is_shown_again_with_what_is_wrong_beside_it(
    nightly: Site, fields: dict[str, str], field: str, problem: str
) -> None:
    html = nightly.send("/jobs/1/schedule", 400, **fields).text
    assert problem in problem_of(html, field)
    assert '<details id="schedule" open><summary>Edit schedule' in html
    assert job(nightly).schedule is None


# Pauses.


def test_a_pause_lasts_until_a_time_by_the_clock_of_the_job(nightly: Site) -> None:
    nightly.send("/jobs/1/pause", until="2026-11-22T08:00")
    text = nightly.text("/jobs/1")
    assert "Job paused until Sun 08:00 ." in text
    assert "Paused until Sun 08:00 : no runs are expected." in text
    # What was expected meanwhile is expected then.
    assert "Overdue after Sun 08:00 Sun 10:" in text
    assert noted(nightly)[1] == {"paused": True, "paused_until": "2026-11-22T07:00:00.000Z"}


def test_a_pause_may_have_no_end_until_somebody_resumes_it(nightly: Site) -> None:
    nightly.send("/jobs/1/pause", until="")
    text = nightly.text("/jobs/1")
    assert "Paused: no runs are expected." in text
    assert "Overdue after" not in text.partition("Edit schedule")[0]
    nightly.send("/jobs/1/resume")
    assert job(nightly).health == "ok"


def test_a_maintenance_window_is_set_shown_and_taken_away(nightly: Site) -> None:
    nightly.send(
        "/jobs/1/maintenance", maintenance_from="2026-11-21T03:00", maintenance_until="2026-11-21T06:00"
    )
    html = nightly.html("/jobs/1")
    assert "Maintenance tomorrow 03:00 to tomorrow 06:00" in said(html)
    assert 'value="2026-11-21T03:00"' in html
    assert "tomorrow 06:00 , in 16 h ." in said(html)
    nightly.now += timedelta(hours=15)
    assert "In maintenance until today 06:00 : no runs are expected." in nightly.text("/jobs/1")
    nightly.send("/jobs/1/maintenance", none="1", maintenance_from="2026-11-21T03:00")
    assert job(nightly).maintenance_from is None


@pytest.mark.parametrize(
    ("path", "fields", "field", "problem"),
    [
        ("pause", {"until": "2026-11-19T08:00"}, "until", "A pause ends in the future."),
        ("pause", {"until": "9999-12-31T23:59"}, "until", "A pause ends within two years"),
        ("pause", {"until": "tomorrow"}, "until", "A date and a time such as 2027-01-31T20:00."),
        ("pause", {"until": "2026-11-22T08:00Z"}, "until", "A date and a time such as 2027-01-31T20:00."),
        (
            "maintenance",
            {"maintenance_from": "2026-11-22T08:00", "maintenance_until": "2026-11-22T07:00"},
            "maintenance_until",
            "A maintenance window ends after it begins.",
        ),
        (
            "maintenance",
            {"maintenance_until": "2026-11-22T07:00"},
            "maintenance_from",
            "has a beginning and an end.",
        ),
    ],
)
def test_a_time_that_cannot_be_is_said_beside_its_field(
    nightly: Site, path: str, fields: dict[str, str], field: str, problem: str
) -> None:
    html = nightly.send(f"/jobs/1/{path}", 400, **fields).text
    assert problem in problem_of(html, field)
    assert job(nightly).health == "ok"


# Words, the archive, and the end.


def test_alias_tags_and_notes_are_kept(nightly: Site) -> None:
    nightly.send("/jobs/1/about", alias=" Web server ", tags="prod, db,,prod", notes="Ask Eva.\r\nShe knows.")
    found = job(nightly)
    assert (found.alias, found.tags) == ("Web server", '["prod", "db"]')
    assert job_notes.get(nightly.db, 1) == "Ask Eva.\nShe knows."
    assert noted(nightly)[1] == {
        "alias": "Web server", "tags": ["prod", "db"], "notes": "Ask Eva.\nShe knows.",
    }  # fmt: skip
    nightly.send("/jobs/1/about", alias="", tags="", notes="")
    assert (job(nightly).alias, job(nightly).tags, job_notes.get(nightly.db, 1)) == (None, "[]", "")


@pytest.mark.parametrize(
    ("fields", "field", "problem"),
    [
        ({"tags": "x" * 51}, "tags", "A tag has at most 50 characters."),
        ({"tags": ",".join(map(str, range(21)))}, "tags", "A job has at most 20 tags."),
        ({"notes": "x" * 10_001}, "notes", "Notes have at most 10000 characters."),
        ({"alias": "x" * 201}, "alias", "At most 200 characters."),
    ],
)
def test_too_many_words_are_refused(nightly: Site, fields: dict[str, str], field: str, problem: str) -> None:
    html = nightly.send("/jobs/1/about", 400, **fields).text
    assert problem_of(html, field) == problem


def test_a_job_goes_into_the_archive_and_comes_back(nightly: Site) -> None:
    nightly.send("/jobs/1/archive", archived="1")
    text = nightly.text("/jobs/1")
    assert "Archived: no runs are expected." in text
    assert "No runs are expected while archived." in text
    nightly.send("/jobs/1/archive", archived="")
    assert job(nightly).health == "ok"


def test_deleting_names_what_is_lost_and_asks_for_the_name(nightly: Site) -> None:
    nightly.send("/jobs/1/about", alias="Web server")
    text = nightly.text("/jobs/1/delete")
    assert "All 10 runs since 11 Nov 04:00 will be deleted, with their logs" in text
    assert "Type Web server to confirm" in text
    again = nightly.send("/jobs/1/delete", 400, confirm="nightly")
    assert "The name does not match." in said(again.text)
    assert job(nightly).archived_at is None
    answer = nightly.send("/jobs/1/delete", confirm="Web server")
    assert answer.headers["Location"] == "/servers/1"
    assert "Web server is being deleted." in nightly.text("/servers/1")
    assert "This job is being deleted in the background." in nightly.text("/jobs/1")
    assert "This job is being deleted in the background." in nightly.text("/jobs/1/delete")


def test_all_that_a_job_has_is_handed_out_as_lines(nightly: Site) -> None:
    assert 'action="/jobs/1/export"' in nightly.html("/jobs/1/delete")
    response = nightly.send("/jobs/1/export", 200)
    head, *rows = [json.loads(line) for line in response.text.splitlines()]
    assert head["job"] == "nightly"
    assert sum(row["table"] == "run" for row in rows) == 10
    assert 'filename="job-1.jsonl"' in response.headers["Content-Disposition"]
    assert response.headers["Cache-Control"] == "no-store"
    noted = nightly.db.rows("SELECT subject, account_id FROM audit WHERE action = 'job.export'")
    assert noted == [("web-01 / nightly", 1)]
    assert "job exported" in nightly.text("/settings/audit")


# Who may.


def test_a_viewer_sees_no_form_and_changes_nothing(nightly: Site) -> None:
    client, token = as_role(nightly, Role.VIEWER)
    html = client.get("/jobs/1").text
    assert headline(html) == "nightly"
    # How charts are drawn is the reader's own.
    below = html.partition('id="history"')[2]
    assert re.findall(r'<form[^>]*method="post" action="([^"]*)"', below) == ["/preferences"]
    for path in POSTS:
        answer = client.post(f"/jobs/1/{path}", data={"csrf": token, "schedule": "daily 02:00"})
        assert answer.status_code == 403, path
    assert client.get("/jobs/1/delete").status_code == 403
    assert (job(nightly).schedule, job(nightly).health) == (None, "ok")


def test_an_operator_changes_but_neither_archives_nor_deletes(nightly: Site) -> None:
    client, token = as_role(nightly, Role.OPERATOR)
    html = client.get("/jobs/1").text
    assert "Edit schedule" in html
    assert "Archive or delete" not in html
    assert client.post("/jobs/1/pause", data={"csrf": token}).status_code == 303
    for path in ("archive", "delete"):
        assert client.post(f"/jobs/1/{path}", data={"csrf": token, "archived": "1"}).status_code == 403


def test_the_job_of_a_stranger_is_not_there(nightly: Site) -> None:
    nightly.db.execute("INSERT INTO account (name, path, created_at) VALUES ('stranger', '2/', 0)")
    client, token = as_role(nightly, Role.ADMIN, account=2)
    for path in POSTS:
        assert client.post(f"/jobs/1/{path}", data={"csrf": token}).status_code == 404, path
    for path in ("", ".csv", "/series.json", "/delete"):
        assert client.get(f"/jobs/1{path}").status_code == 404, path


def test_a_form_that_came_from_elsewhere_changes_nothing(nightly: Site) -> None:
    for path in POSTS:
        assert nightly.client.post(f"/jobs/1/{path}", data={"csrf": "wrong"}).status_code == 403
    assert job(nightly).health == "ok"
