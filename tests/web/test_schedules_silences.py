"""The table of all schedules also silences jobs, one by one: in place and from a spreadsheet."""

import io
import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from duplistat.core.times import to_ms
from duplistat.services.people.identity import Role
from duplistat.store import audit, silences
from duplistat.store.silences import Silence
from tests.support.silences import set_silence
from tests.web.alerts.site import channel, rule
from tests.web.settings.people import as_role, below_main
from tests.web.site import Site, said
from tests.web.test_job_changes import as_role as client_as_role
from tests.web.test_schedules_file import go, rows, upload, written
from tests.web.test_schedules_page import job, row

# By the clock of the site, in Berlin; in UTC it is an hour earlier.
TYPED, CELL = "2026-11-21T08:00", "2026-11-21T07:00:00.000Z"
OTHER, OTHER_CELL = "2026-11-22T09:30", "2026-11-22T08:30:00.000Z"
HOUR_MS = 3_600_000


@pytest.fixture
def fleet(site_on_both: Site) -> Site:
    """Jobs 1 and 2, of which somebody hears."""
    site = site_on_both
    site.report("nas", "documents")
    site.report("nas", "photos")
    rule(site, channel(site), name="on call")
    return site


def silence(site: Site, account: int = 1, hours: int = 4, **match: Any) -> int:
    return set_silence(
        site.writes, to_ms(site.now), account=account, lasts_ms=hours * HOUR_MS, why="moved", **match
    )


def holding(site: Site) -> list[Silence]:
    return silences.holding(site.db, to_ms(site.now))


def save(site: Site, number: int, typed: str, shown: str = "", status: int = 303, **fields: str) -> str:
    fields |= {"silenced": typed, "shown": shown, "clock": "Europe/Berlin"}
    return site.send(f"/schedules/{number}", status, **fields).text


def told(site: Site) -> list[str]:
    entries = audit.page(site.db, (1,), audit.Filter(action="silence"), before=None, limit=9)
    return [entry.action for entry in reversed(entries)]


def field(html: str, number: int) -> str:
    """What stands in the field of a job."""
    found = re.search(rf'<input form="set-{number}" name="silenced" value="([^"]*)"', html)
    assert found is not None
    return unescape(found[1])


def test_a_row_silences_its_job_moves_that_and_ends_it(fleet: Site) -> None:
    html = fleet.html("/schedules")
    assert 'aria-label="Silence until: nas / photos"' in html
    assert "on call Silence until" in row(html, 2)
    save(fleet, 2, TYPED)
    html = fleet.html("/schedules")
    assert "nas / photos: saved." in said(html)
    assert "Silenced until tomorrow 08:00" in said(html)
    assert "on call silenced until tomorrow 08:00" in row(html, 2)
    assert field(html, 2) == TYPED
    assert "silenced until" not in row(html, 1)
    assert "silenced until tomorrow 08:00" in fleet.text("/jobs/2")
    (first,) = holding(fleet)
    assert (first.spec.count('"jobs": [2]'), first.account_id, first.set_by) == (1, 1, "admin-1@example.org")

    save(fleet, 2, OTHER, TYPED)
    (second,) = holding(fleet)
    assert second.until_at - first.until_at == 25 * HOUR_MS + HOUR_MS // 2

    save(fleet, 2, "", OTHER)
    assert "Silence ended." in fleet.text("/schedules")
    assert holding(fleet) == []
    assert told(fleet) == ["silence.create", "silence.end", "silence.create", "silence.end"]


def test_one_of_this_job_from_elsewhere_keeps_its_reason_when_it_is_moved(fleet: Site) -> None:
    silence(fleet, jobs=[2])
    assert field(fleet.html("/schedules"), 2) == "2026-11-20T18:00"
    save(fleet, 2, TYPED, "2026-11-20T18:00")
    assert [(one.why, one.until_at) for one in holding(fleet)] == [("moved", 1_795_244_400_000)]


def test_a_row_that_says_what_it_was_shown_leaves_the_silence_as_it_is(fleet: Site) -> None:
    # Somebody silenced it after this page was fetched, which is about something else.
    silence(fleet, jobs=[2])
    save(fleet, 2, "", grace="5")
    assert job(fleet, 2).grace_ms == 300_000
    # And one that ended by the clock meanwhile is not refused as past.
    fleet.now += timedelta(hours=5)
    save(fleet, 2, "2026-11-20T18:00", "2026-11-20T18:00", grace="6")
    assert job(fleet, 2).grace_ms == 360_000
    assert told(fleet) == ["silence.create"]


def test_one_of_more_jobs_or_of_a_parent_account_is_shown_and_not_changed(fleet: Site) -> None:
    wide, above = silence(fleet, servers=[1], hours=30), silence(fleet, hours=2)
    acme = below_main(fleet, "acme")
    html = fleet.html("/schedules")
    assert f'<a href="/alerts/silences#silence-{wide}">several jobs</a>' in html
    assert f'id="silence-{wide}"' in fleet.html("/alerts/silences")
    assert "silenced until tomorrow 20:00 for several jobs , not changed here" in row(html, 1)
    assert field(html, 1) == ""
    save(fleet, 1, TYPED)
    save(fleet, 1, "", TYPED)
    assert [one.id for one in holding(fleet)] == [wide, above]
    assert "silenced until tomorrow 20:00" in row(fleet.html("/schedules"), 1)

    fleet.db.execute("UPDATE server SET account_id = ?", (acme,))
    fleet.db.execute("UPDATE job SET account_id = ?", (acme,))
    alone = silence(fleet, jobs=[2], hours=3)
    with as_role(fleet, "operator", acme):
        html = fleet.html("/schedules")
        assert "silenced until today 17:00 by the provider" in row(html, 2)
        assert "/alerts/silences#silence" not in html
        assert field(html, 2) == ""
        save(fleet, 2, TYPED)
        save(fleet, 2, "", TYPED)
    assert [one.id for one in holding(fleet)] == [wide, above, alone]


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("2026-11-20T13:59", "A silence ends in the future, after at most 366 days."),
        ("2027-12-20T12:00", "A silence ends in the future, after at most 366 days."),
        ("tomorrow", "A date and a time such as 2027-01-31T20:00."),
    ],
)
def test_what_is_wrong_with_a_time_stands_in_its_row_and_saves_nothing(
    site: Site, typed: str, problem: str
) -> None:
    site.report("nas", "documents")
    html = save(site, 1, typed, status=400, schedule="daily 02:00")
    assert problem in row(html, 1)
    assert 'aria-describedby="set-1-silenced"' in html
    assert field(html, 1) == typed
    assert job(site, 1).schedule is None
    assert holding(site) == []


def test_silenced_jobs_are_found_and_who_may_only_look_sees_until_when(fleet: Site) -> None:
    def shown() -> list[str]:
        return re.findall(r'<tr id="job-(\d+)"', fleet.html("/schedules?show=silenced"))

    assert shown() == []
    save(fleet, 2, TYPED)
    assert shown() == ["2"]
    silence(fleet, servers=[1])
    assert shown() == ["1", "2"]
    viewer, token = client_as_role(fleet, Role.VIEWER)
    html = viewer.get("/schedules").text
    assert "silenced until tomorrow 08:00" in row(html, 2)
    assert 'name="silenced"' not in html
    body = {"csrf": token, "silenced": "", "shown": TYPED}
    assert viewer.post("/schedules/2", data=body).status_code == 403
    assert len(holding(fleet)) == 2


def test_a_file_silences_moves_and_ends_after_it_was_looked_at(fleet: Site) -> None:
    wide = silence(fleet, servers=[1])
    save(fleet, 2, TYPED)
    lines = rows(fleet)
    assert [(line["silenced_until_utc"], line["alerts"]) for line in lines] == [
        ("", "silenced"), (CELL, "silenced"),
    ]  # fmt: skip
    assert "Nothing would change. 2 lines change nothing." in said(upload(fleet, written(lines)))
    lines[0]["silenced_until_utc"], lines[1]["silenced_until_utc"] = OTHER_CELL, ""
    html = upload(fleet, written(lines))
    assert "nas / documents Silence until: blank → Sun 09:30" in said(html)
    assert "nas / photos Silence until: tomorrow 08:00 → blank" in said(html)
    assert len(holding(fleet)) == 2
    go(fleet, html)
    assert "2 jobs were set." in fleet.text("/schedules")
    assert [line["silenced_until_utc"] for line in rows(fleet)] == [OTHER_CELL, ""]
    assert wide in [one.id for one in holding(fleet)]
    assert told(fleet)[-2:] == ["silence.create", "silence.end"]
    # A file without the column leaves them.
    html = upload(fleet, "job_id,grace_minutes\n1,5\n")
    assert "silenced_until_utc" not in html.partition('name="lines"')[2].partition(">")[0]
    go(fleet, html)
    assert [line["silenced_until_utc"] for line in rows(fleet)] == [OTHER_CELL, ""]


def test_times_of_a_file_that_are_wrong_are_told(fleet: Site) -> None:
    head = "job_id,silenced_until_utc\n"
    text = said(upload(fleet, f"{head}2,21.11.2026 08:00\n"))
    assert "Silenced_until_utc must be blank, or a time such as 2026-11-21T00:00:00.000Z" in text
    text = said(upload(fleet, f"{head}1,2028-01-01T00:00Z\n"))
    assert "Silenced_until_utc: a silence ends in the future, after at most 366 days" in text
    # Without an offset it is UTC.
    go(fleet, upload(fleet, f"{head}1,2026-11-21 07:00\n2,2026-11-21T08:00+01:00\n"))
    assert [line["silenced_until_utc"] for line in rows(fleet)] == [CELL, CELL]


def test_a_silence_that_is_over_since_the_file_was_made_keeps_no_line_from_being_set(fleet: Site) -> None:
    go(fleet, upload(fleet, "job_id,schedule,silenced_until_utc\n1,daily 05:00,2026-11-20 12:59\n"))
    line = next(line for line in rows(fleet) if line["job_id"] == "1")
    assert (line["schedule"], line["silenced_until_utc"]) == ("daily 05:00", "")


def test_a_silence_that_changed_since_the_file_was_looked_at_is_looked_at_again(fleet: Site) -> None:
    html = upload(fleet, f"job_id,silenced_until_utc\n1,{CELL}\n2,{CELL}\n")
    save(fleet, 2, OTHER)
    again = go(fleet, html, 400).text
    assert "Jobs were changed meanwhile. Review the changes again." in said(again)
    assert "nas / photos Silence until: Sun 09:30 → tomorrow 08:00" in said(again)
    go(fleet, again)
    assert [line["silenced_until_utc"] for line in rows(fleet)] == [CELL, CELL]
    viewer, token = client_as_role(fleet, Role.VIEWER)
    body = {"csrf": token, "file": (io.BytesIO(b"job_id,silenced_until_utc\n1,\n"), "s.csv")}
    assert viewer.post("/schedules/import", data=body).status_code == 403
