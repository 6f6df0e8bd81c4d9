"""All schedules as a spreadsheet: downloaded, edited, looked at line by line, and only then set."""

import csv
import io
import re
from html import unescape

import pytest
from werkzeug.test import TestResponse

from duplistat.core.times import to_ms
from duplistat.services.accounts.changes import create_account
from duplistat.services.audit import BY_COMMAND
from duplistat.services.monitoring import schedule_import
from duplistat.services.people.identity import Role
from duplistat.web.schedules import spreadsheet
from tests.web.site import Site, said
from tests.web.test_job_changes import as_role
from tests.web.test_schedules_page import job


@pytest.fixture
def fleet(site_on_both: Site) -> Site:
    site = site_on_both
    site.nightly(nights=9)
    site.report("nas", "photos")
    return site


def upload(site: Site, text: str | bytes, status: int = 200) -> str:
    body = text.encode() if isinstance(text, str) else text
    return site.send("/schedules/import", status, file=(io.BytesIO(body), "s.csv")).text


def hidden(html: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    assert found is not None
    return unescape(found[1])


def go(site: Site, html: str, status: int = 303) -> TestResponse:
    return site.send(
        "/schedules/import/apply", status, lines=hidden(html, "lines"), seen=hidden(html, "seen")
    )


def rows(site: Site) -> list[dict[str, str]]:
    text = site.client.get("/schedules.csv").data.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def written(lines: list[dict[str, str]], delimiter: str = ",") -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, [*lines[0]], delimiter=delimiter)
    writer.writeheader()
    writer.writerows(lines)
    return out.getvalue()


def test_the_file_has_each_job_with_what_is_set_and_what_is_known(fleet: Site) -> None:
    fleet.set_job(2, schedule="daily 02:00", schedule_zone="UTC", grace_ms=5_400_000)
    photos, nightly = rows(fleet)
    assert photos == {
        "job_id": "2", "server": "nas", "job": "photos", "schedule": "daily 02:00", "zone": "UTC",
        "grace_minutes": "90", "paused": "no", "silenced_until_utc": "",
        "source": "set", "expected_by": "set by hand: every day at 02:00",
        "next_run_utc": "2026-11-21T02:00:00.000Z", "overdue_after_utc": "2026-11-21T03:30:00.000Z",
        "rules": "", "alerts": "nobody",
    }  # fmt: skip
    assert (nightly["schedule"], nightly["source"], nightly["next_run_utc"]) == (
        "", "learned", "2026-11-21T03:00:00.000Z",
    )  # fmt: skip


def test_the_file_as_it_is_changes_nothing(fleet: Site) -> None:
    fleet.set_job(2, schedule="every 6h from 2026-11-01T00:00Z", schedule_zone=None, grace_ms=100_000)
    text = said(upload(fleet, written(rows(fleet))))
    assert "Nothing would change. 2 lines change nothing." in text


def test_what_would_change_is_shown_first_and_set_afterwards(fleet: Site) -> None:
    lines = rows(fleet)
    lines[0] |= {"schedule": "mon-fri 22:30", "zone": "Europe/Berlin", "grace_minutes": "1,5"}
    lines[1] |= {"paused": "TRUE"}
    html = upload(fleet, written(lines, ";"))
    text = said(html)
    assert "2 jobs would change." in text
    assert (
        "nas / photos Schedule: blank → weekdays 22:30 Time zone: blank → Europe/Berlin Grace period (minutes): blank"
        " → 1.5 Monday to Friday at 22:30 , Europe/Berlin today 22:30" in text
    )
    assert "web-01 / nightly Paused: no → yes" in text
    assert job(fleet, 2).schedule is None
    go(fleet, html)
    assert "2 jobs were set." in fleet.text("/schedules")
    assert (job(fleet, 2).schedule, job(fleet, 2).schedule_zone, job(fleet, 2).grace_ms) == (
        "weekdays 22:30", "Europe/Berlin", 90_000,
    )  # fmt: skip
    assert job(fleet, 1).paused


def test_lines_that_are_wrong_are_told_and_left_out(fleet: Site) -> None:
    file = (
        "job_id,job,schedule,zone,grace_minutes,paused\n"
        "2,photos,now and then,,,no\n"
        "1,photos,daily 02:00,,,no\n"
        "99,,daily 02:00,,,no\n"
        "x,,daily 02:00,,,no\n"
        "1,nightly,,Europe/Berlin,,no\n"
        "1,nightly,daily 02:00,,,no\n"
        "2,photos,daily 02:00,,x,no\n"
    )
    text = said(upload(fleet, file))
    assert "Nothing would change." in text
    assert "7 lines are wrong and are left out:" in text
    for problem in (
        'Line 2 ( nas / photos ): "now and then" does not begin with daily',
        "Line 3 ( web-01 / nightly ): Job 1 is called 'nightly'",
        "Line 4: There is no job 99",
        "Line 5: Job_id must be the number of a job",
        "Line 6 ( web-01 / nightly ): Job 1 stands in line 3 already",
        "Line 8 ( nas / photos ): Job 2 stands in line 2 already",
    ):
        assert problem in text
    one = said(upload(fleet, "job_id,zone,grace_minutes,paused\n1,Europe/Berlin,,\n2,,many,no\n"))
    assert "Line 2 ( web-01 / nightly ): A zone is set with a schedule" in one
    assert "Line 3 ( nas / photos ): Grace_minutes: a number of minutes up to 527040" in one
    two = said(upload(fleet, "job_id,paused\n1,perhaps\n"))
    assert "Paused must be yes or no" in two


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (b"", "The first line has no column job_id."),
        (b"job_id,server\n1,nas\n", "The first line has none of the columns schedule, zone"),
        (b"job_id,schedule,schedule\n1,a,b\n", "The column schedule is there twice."),
        (b'job_id,schedule\n1,"' + b"a" * 140_000 + b'"\n', "The file is not CSV."),
        (b"job_id,schedule\n" + b"1,\n" * 5_001, "The file has more than 5000 lines."),
    ],
    ids=["empty", "nothing to set", "twice", "not csv", "too many lines"],
)
def test_a_file_that_cannot_be_read_says_why(site: Site, file: bytes, words: str) -> None:
    assert words in said(upload(site, file, 400))


def test_a_file_that_is_too_large_says_so(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule_import, "MOST_BYTES", 20)
    assert "The file is larger than 20 bytes." in said(upload(site, "job_id,schedule\n1,daily 02:00\n", 400))


def test_what_changed_since_it_was_looked_at_is_looked_at_again(fleet: Site) -> None:
    html = upload(fleet, "job_id,schedule\n2,daily 02:00\n")
    fleet.set_job(2, schedule="daily 05:00", schedule_zone=None)
    again = go(fleet, html, 400).text
    assert "Jobs were changed meanwhile. Review the changes again." in said(again)
    assert "Schedule: daily 05:00 → daily 02:00" in said(again)
    go(fleet, again)
    assert job(fleet, 2).schedule == "daily 02:00"


def test_more_than_fits_into_a_form_is_to_be_split(fleet: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheet, "MOST_AGAIN", 10)
    text = said(upload(fleet, "job_id,schedule\n2,daily 02:00\n", 400))
    assert "These are too many changes at once. Split the file." in text


def test_only_operators_bring_a_file_and_only_jobs_that_they_see_are_known(fleet: Site) -> None:
    viewer, token = as_role(fleet, Role.VIEWER)
    body = {"csrf": token, "file": (io.BytesIO(b"job_id,schedule\n1,daily 02:00\n"), "s.csv")}
    assert viewer.post("/schedules/import", data=body).status_code == 403
    assert viewer.get("/schedules.csv").status_code == 200
    other = fleet.writes.run(
        create_account, name="other", parent=None, timezone="", by=BY_COMMAND.plain(), now=to_ms(fleet.now)
    )["account"]
    stranger, token = as_role(fleet, Role.ADMIN, other)
    body = {"csrf": token, "file": (io.BytesIO(b"job_id,schedule\n1,daily 02:00\n"), "s.csv")}
    assert "There is no job 1" in said(stranger.post("/schedules/import", data=body).text)
    assert "Choose a file." in said(fleet.send("/schedules/import", 400).text)
