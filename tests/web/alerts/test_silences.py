"""/alerts/silences: for a time nobody is told of some jobs."""

import json
from datetime import timedelta
from typing import Any

import pytest

from duplistat.core.times import to_ms
from duplistat.store import notices, silences
from duplistat.store.silences import Silence
from duplistat.web.alerts.frame import ROWS
from duplistat.web.alerts.silences import MOST_CURRENT
from tests.web.alerts.site import channel, failing, tick
from tests.web.settings.people import as_role, below_main
from tests.web.site import Site, link

FIELDS: dict[str, Any] = {"why": "moving", "until": "2026-11-20T22:00", "tags": "prod"}


def only(site: Site) -> Silence:
    (found,) = silences.page(site.db, (1,), limit=10)
    return found


def test_it_is_added_for_what_was_chosen_and_until_that_nobody_is_told(site_on_both: Site) -> None:
    site = site_on_both
    site.report()
    (server,) = site.db.rows("SELECT id FROM server")
    with as_role(site, "operator", 1):
        site.send("/alerts/silences", servers=[str(server[0])], **(FIELDS | {"tags": ""}))
    found = only(site)
    assert json.loads(found.spec)["servers"] == [server[0]]
    assert found.until_at - to_ms(site.now) == 8 * 3_600_000
    assert found.set_by == "operator-1@example.org"
    page = site.text("/alerts/silences")
    assert "on server nas-keller moving" in page
    assert "active" in page
    failing(site, channel(site))
    assert notices.page(site.db, (1,)) == []
    site.send(f"/alerts/silences/{found.id}/end")
    tick(site)
    assert len(notices.page(site.db, (1,))) == 1
    assert "ended" in site.text("/alerts/silences")


def test_it_can_begin_later_and_be_for_events_too(site: Site) -> None:
    site.send("/alerts/silences", **{**FIELDS, "from": "2026-11-20T20:00", "events": "1"})
    assert "upcoming" in site.text("/alerts/silences")
    assert "event" in json.loads(only(site).spec)["kinds"]
    site.now += timedelta(hours=7)
    assert "active" in site.text("/alerts/silences")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"why": " "}, "Enter a reason."),
        ({"until": ""}, "Enter when it ends."),
        ({"until": "tomorrow"}, "Enter a time such as 2027-01-31T22:00."),
        ({"until": "2026-11-20T12:00"}, "A silence ends in the future, after at most 366 days."),
        ({"until": "2029-11-20T12:00"}, "A silence ends in the future, after at most 366 days."),
        ({"tags": " , "}, "Choose at least one server, group, job or tag."),
        ({"tags": "x" * 201}, "At most 200 characters."),
        ({"tags": "", "servers": "999999"}, "Choose at least one server, group, job or tag."),
    ],
)
def test_a_form_that_is_wrong_says_so_and_silences_nothing(
    site: Site, fields: dict[str, str], message: str
) -> None:
    answer = site.send("/alerts/silences", 400, **(FIELDS | fields))
    assert message in answer.text
    assert silences.page(site.db, (1,), limit=10) == []


def test_it_is_of_its_account_and_for_operators(site: Site) -> None:
    acme = below_main(site, "acme")
    site.send("/alerts/silences", **FIELDS)
    with as_role(site, "viewer", 1):
        assert "moving" in site.text("/alerts/silences")
        assert "Add silence" not in site.text("/alerts/silences")
        site.send("/alerts/silences", 403, **FIELDS)
    with as_role(site, "admin", acme):
        assert "moving" not in site.text("/alerts/silences")
        site.send(f"/alerts/silences/{only(site).id}/end", 404)
        site.send("/alerts/silences", 404, account="1", **FIELDS)
    assert only(site).ended_at is None


def test_those_that_ended_are_listed_below_in_pages_and_hide_none_that_holds(site: Site) -> None:
    now = to_ms(site.now)

    def ended(why: str) -> int:
        return silences.add(site.db, 1, "{}", now - 2, now - 1, why=why, set_by="jo", now=now)

    ended("the first one")
    silences.add(site.db, 1, "{}", now, now + 9, why="it is moved", set_by="jo", now=now)
    for number in range(ROWS):
        ended(f"older {number}")
    page = site.html("/alerts/silences")
    text = site.text("/alerts/silences")
    assert text.index("it is moved") < text.index("Ended") < text.index(f"older {ROWS - 1}")
    assert "the first one" not in text
    older = site.text(link(page, "Older silences →"))
    assert older.index("it is moved") < older.index("the first one")
    assert "older 0" not in older


def test_hundreds_for_one_job_each_hide_none_for_more(site: Site) -> None:
    now = to_ms(site.now)
    silences.add(site.db, 1, "{}", now, now + 9, why="all of it", set_by="jo", now=now)
    with site.db.transaction():
        for number in range(MOST_CURRENT):
            spec = f'{{"jobs": [{number + 1}]}}'
            silences.add(site.db, 1, spec, now, now + 9, why=f"only {number}.", set_by="jo", now=now)
    text = site.text("/alerts/silences")
    assert text.index("all of it") < text.index(f"only {MOST_CURRENT - 1}.")
    assert "only 0." not in text
    assert "More silences for single jobs are on Schedules ." in text
