"""Several jobs of the overview are selected, what is to be done is confirmed, and done with each."""

import json
import re
from datetime import timedelta

import pytest

from duplistat.core.times import to_ms
from duplistat.services.jobs.bulk import AT_ONCE
from duplistat.services.people.identity import Role
from duplistat.store import audit, jobs
from tests.support.signing import session, sign_in
from tests.web.settings.people import as_role, below_main
from tests.web.site import Site, said

ADDRESS = "/jobs/selected"
NAMES = ("documents", "music", "photos")


@pytest.fixture
def three(site: Site) -> Site:
    for name in NAMES:
        site.report("nas", name)
    return site


def ids(site: Site) -> list[int]:
    return sorted(job.id for job in jobs.visible(site.db, (1,), archived=True))


def apply(site: Site, act: str, *numbers: int, status: int = 303, **fields: object) -> str:
    """Confirm an act; what the page says then."""
    chosen = [*(numbers or ids(site))]
    answer = site.send(ADDRESS, status, act=act, job=chosen, go="1", next="/?tag=a#jobs", **fields)
    if status != 303:
        return said(answer.text)
    assert answer.headers["Location"] == "/?tag=a#jobs"
    return site.text("/")


def test_boxes_are_there_when_jobs_are_selected_and_ticked_for_what_the_filter_shows(three: Site) -> None:
    assert 'href="/?select=1#jobs">Select jobs</a>' in three.html("/")
    assert "type=checkbox" not in three.html("/")
    page = three.html("/?select=1")
    assert page.count("type=checkbox") == 3
    assert 'aria-label="nas / music"' in page
    assert " checked" not in page.partition('<table class="jobs')[2]
    ticked = three.html("/?select=all&q=music")
    assert re.findall(r"name=job value=(\d+) checked", ticked) == [str(ids(three)[1])]
    assert 'href="/?q=music#jobs">Cancel</a>' in ticked


def test_the_confirmation_names_how_many_and_which_and_changes_nothing(three: Site) -> None:
    text = said(three.send(ADDRESS, 200, act="pause", job=ids(three)[:2]).text)
    assert "Pause: 2 jobs nas / documents nas / music" in text
    assert "Apply to 2 jobs" in text
    assert [job.paused for job in jobs.visible(three.db, (1,))] == [0, 0, 0]


def test_each_act_does_what_it_says(three: Site) -> None:
    def state(name: str) -> list[object]:
        return [getattr(job, name) for job in jobs.visible(three.db, (1,))]

    assert "Pause: applied to 3 jobs." in apply(three, "pause")
    assert state("paused") == [1, 1, 1]
    apply(three, "resume", ids(three)[0])
    assert state("paused") == [0, 1, 1]
    apply(three, "acknowledge", hours="24")
    assert state("snoozed_until") == [to_ms(three.now) + 24 * 3_600_000] * 3
    apply(three, "unacknowledge")
    assert state("snoozed_until") == [None] * 3
    apply(three, "tag", tags="offsite, b")
    apply(three, "untag", tags="b")
    assert [json.loads(str(tags)) for tags in state("tags")] == [["offsite"]] * 3
    told = apply(three, "schedule", schedule="daily 02:00", zone="Europe/Paris")
    assert "Set schedule: applied to 3 jobs. Every day at 02:00, Europe/Paris" in told
    assert state("schedule") == ["daily 02:00"] * 3
    # As a phone writes it.
    assert "The schedule of each job is detected automatically." in apply(three, "schedule", schedule="Auto")
    assert state("schedule") == [None] * 3
    apply(three, "grace", grace="30")
    assert state("grace_ms") == [1_800_000] * 3
    entry = audit.page(three.db, (1,), audit.Filter(action="job"), before=None, limit=1)[0]
    assert (entry.action, entry.subject) == ("job.set", "nas / photos")


def test_archived_jobs_are_found_under_a_filter_and_brought_back(three: Site) -> None:
    apply(three, "archive", *ids(three)[:2])
    page = three.text("/")
    assert "2 archived" in page
    assert "nas / music" not in page
    assert "Your job is protected" in page
    archived = three.html("/?state=archived&select=1")
    assert archived.count("type=checkbox") == 2
    assert re.findall(r'<option value="(\w+)">Restore<', archived) == ["restore"]
    apply(three, "restore")
    assert "archived" not in three.html("/").partition('<ul class="levels"')[2].partition("</ul>")[0]


def test_what_is_wrong_stands_beside_its_field_and_nothing_is_changed(three: Site) -> None:
    assert "Enter a tag." in apply(three, "tag", status=400, tags=" , ")
    assert '"whenever" does not begin with daily' in apply(three, "schedule", status=400, schedule="whenever")
    assert "A number of minutes" in apply(three, "grace", status=400, grace="x")
    assert "A pause ends in the future." in apply(three, "pause", status=400, until="2026-01-01T00:00")
    assert audit.page(three.db, (1,), audit.Filter(action="job"), before=None, limit=1) == []


def understood(site: Site, part: str = "part", status: int = 200, **fields: object) -> str:
    """What is said of a schedule before it is set: that alone, or the page of the button."""
    sent = {"act": "schedule", "job": ids(site), part: "1", "zone": "Europe/Berlin"} | fields
    return said(site.send(ADDRESS, status, **sent).text)


def test_a_schedule_is_said_back_before_it_is_set_with_its_times_and_who_would_be_overdue(site: Site) -> None:
    for number in range(7):
        site.report("nas", f"silent {number}", ago=timedelta(days=30 - number))
    site.report("nas", "fresh")
    page = said(site.send(ADDRESS, 200, act="schedule", job=ids(site), go="").text)
    assert "The schedule of each job is detected automatically. No job would be overdue immediately." in page
    text = understood(site, schedule="weekdays 02:00")
    assert text.startswith("Monday to Friday at 02:00 , Europe/Berlin 7 jobs would be overdue immediately:")
    assert "immediately: nas / silent 0 , since 22 Oct 04:00 nas / silent 1" in text
    assert "nas / silent 4" in text
    assert "nas / silent 5" not in text
    assert "and 2 more jobs Expected Overdue after Mon 02:00 Mon 04:00 Tue 02:00" in text
    assert "Grace period: 2 h." in text
    # Without scripts, by the button; and nothing is changed by any of it.
    page = understood(site, "preview", schedule="weekdays 02:00")
    assert text in page
    assert "Apply to 8 jobs" in page
    assert "Enter a valid" not in page
    assert [job.schedule for job in jobs.visible(site.db, (1,))] == [None] * 8


def test_what_is_said_of_a_schedule_fits_its_kind_and_the_graces_of_the_jobs(three: Site) -> None:
    assert "No job would be overdue immediately. Expected" in understood(three, schedule="daily 02:00")
    every = understood(three, schedule="every 6h")
    assert (
        "Every 6 hours No job would be overdue immediately. Counted from the last run of each job." in every
    )
    within = understood(three, schedule="within 25h")
    assert "No job would be overdue immediately. Counted from the last run of each job." in within
    assert "Europe/Berlin" not in within
    assert "never overdue" in understood(three, schedule="unplanned")
    assert '"whenever" does not begin with daily' in understood(three, schedule="whenever")
    assert '"whenever" does not begin with' in understood(three, "preview", 400, schedule="whenever")
    apply(three, "grace", ids(three)[0], grace="30")
    text = understood(three, schedule="daily 02:00")
    assert "Overdue after the grace period of each job: 30 min to 2 h." in text
    assert "Overdue after tomorrow" not in text


def test_the_answer_says_for_which_jobs_it_failed_and_why(three: Site) -> None:
    first = ids(three)[0]
    apply(three, "tag", first, tags=",".join(f"tag {number}" for number in range(20)))
    text = apply(three, "tag", first, ids(three)[1], 10**9, status=200, tags="one more")
    assert "Add tags: applied to 1 job." in text
    assert "2 jobs were not changed. nas / documents : A job has at most 20 tags." in text
    assert "Job not found: it was deleted." in text


def test_more_than_go_into_one_transaction_are_changed_all(three: Site) -> None:
    for number in range(AT_ONCE):
        three.report("nas", f"job {number}")
    assert f"applied to {AT_ONCE + 3} jobs." in apply(three, "pause")
    assert all(job.paused for job in jobs.visible(three.db, (1,)))


def test_nothing_selected_is_said_and_too_much_is_refused(three: Site) -> None:
    three.send(ADDRESS, 303, act="pause", next="/")
    assert "Select at least one job." in three.text("/")
    three.send(ADDRESS, 400, act="pause", job=[*range(1, 2_002)])
    three.send(ADDRESS, 400, act="explode", job=ids(three))
    three.send(ADDRESS, 404, act="pause", job=[10**9])


def test_jobs_of_others_are_answered_as_those_that_are_not_there(three: Site) -> None:
    with as_role(three, "admin", below_main(three, "acme")):
        three.send(ADDRESS, 404, act="pause", job=ids(three))
        three.send(ADDRESS, 404, act="pause", job=ids(three), go="1")
    assert not any(job.paused for job in jobs.visible(three.db, (1,)))


def test_only_who_may_does_so(three: Site) -> None:
    client = three.app.test_client()
    token = sign_in(client, session(three.db, 1, to_ms(three.now), Role.OPERATOR))
    form = {"csrf": token, "job": ids(three), "go": "1"}
    assert client.post(ADDRESS, data=form | {"act": "pause"}).status_code == 303
    assert client.post(ADDRESS, data=form | {"act": "archive"}).status_code == 403
    assert "Archive</option>" not in client.get("/?select=1").text
    viewer = three.app.test_client()
    sign_in(viewer, session(three.db, 1, to_ms(three.now), Role.VIEWER))
    assert "select" not in viewer.get("/?select=1").text.partition('id="jobs"')[2].partition("<select")[0]
    assert "type=checkbox" not in viewer.get("/?select=1").text
