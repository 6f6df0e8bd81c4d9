"""What of the overview is shown, and how: from the address alone, without a script."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from duplistat.core.times import to_ms
from tests.support.signing import session, sign_in
from tests.web.site import Site, said

ROW = re.compile(r"<tr><th scope=row><i class=(\w+)>\w+</i> <a href=/jobs/\d+>(.*?)</a>")
HEAD = re.compile(r"<tr class=g><th scope=rowgroup colspan=7><i class=\w+>\w+</i> (?:<a[^>]*>)?([^<]*)")


def shown(site: Site, address: str) -> list[str]:
    """What the rows are called, in their order."""
    return [said(name) for _, name in ROW.findall(site.html(address))]


@pytest.fixture
def fleet(site: Site) -> Site:
    site.nightly(nights=9, until=2)
    site.fail(size=7_000_000_000)
    site.warn(ago=timedelta(hours=1))
    site.report(ago=timedelta(hours=9))
    return site


@pytest.mark.parametrize(
    ("state", "jobs"),
    [
        ("overdue", ["nightly"]),
        ("failed", ["paperless"]),
        ("warning", ["documents"]),
        ("ok", ["photos"]),
        ("never", []),
        ("nonsense", ["nightly", "paperless", "documents", "photos"]),
    ],
)
def test_a_state_leaves_the_jobs_that_are_in_it(fleet: Site, state: str, jobs: list[str]) -> None:
    assert shown(fleet, f"/?state={state}") == jobs


def test_what_runs_is_fine_as_well(fleet: Site) -> None:
    fleet.db.execute("UPDATE job SET live_state = 'ticking' WHERE name = 'photos'")
    assert shown(fleet, "/?state=ok") == shown(fleet, "/?state=running") == ["photos"]


def test_each_count_is_a_link_to_the_jobs_that_it_counts(fleet: Site) -> None:
    for state, number in re.findall(
        r'<a href="/\?state=(\w+)#jobs"[^>]*><i [^>]*>\w+</i> (\d+)</a>', fleet.html("/")
    ):
        assert len(shown(fleet, f"/?state={state}")) == int(number)
    assert '<a href="/?state=failed#jobs" aria-current="true">' in fleet.html("/?state=failed")


@pytest.mark.parametrize(
    ("query", "jobs"),
    [
        ("PHOTO", ["photos"]),
        ("web-01", ["nightly"]),
        ("cellar", ["paperless", "documents", "photos"]),
        ("Holidays", ["photos"]),
        ("offsite", ["documents"]),
        ("keller paper", ["paperless"]),
        ("rack", ["nightly"]),
        ("summer of 69", ["paperless"]),
        ("%", []),
        ("no such thing", []),
    ],
)
def test_words_find_names_aliases_tags_and_notes(fleet: Site, query: str, jobs: list[str]) -> None:
    fleet.db.execute("UPDATE server SET alias = 'the cellar' WHERE name = 'nas-keller'")
    fleet.db.execute("UPDATE server SET notes = 'In the rack, on the left' WHERE name = 'web-01'")
    fleet.db.execute("UPDATE job SET alias = 'Holidays' WHERE name = 'photos'")
    fleet.db.execute("UPDATE job SET tags = '[\"offsite\"]' WHERE name = 'documents'")
    fleet.db.execute(
        "INSERT INTO job_note SELECT id, 'Since the summer of 69' FROM job WHERE name = 'paperless'"
    )
    called = [name.replace("Holidays", "photos") for name in shown(fleet, f"/?q={query}&sort=state")]
    assert called == jobs


def test_what_was_searched_stands_in_the_field_and_how_much_was_found(fleet: Site) -> None:
    html = fleet.html("/?q=<b>photos")
    assert 'name="q" value="&lt;b&gt;photos"' in html
    assert "0 of 4 jobs match “<b>photos”. Show all" in said(html)
    assert "1 of 4 jobs match “photos”." in fleet.text("/?q=photos")


def test_attention_is_narrowed_by_words_but_not_by_a_state(fleet: Site) -> None:
    assert "paperless" not in fleet.text("/?q=nightly").partition("All jobs")[0]
    assert "paperless" in fleet.text("/?state=ok").partition("All jobs")[0]
    assert "2 of 4 jobs need attention" in fleet.text("/?q=nightly")


@pytest.mark.parametrize(
    ("sort", "jobs"),
    [
        (
            "state",
            ["web-01 / nightly", "nas-keller / paperless", "nas-keller / documents", "nas-keller / photos"],
        ),
        (
            "name",
            ["nas-keller / documents", "web-01 / nightly", "nas-keller / paperless", "nas-keller / photos"],
        ),
        (
            "last",
            ["nas-keller / documents", "nas-keller / paperless", "nas-keller / photos", "web-01 / nightly"],
        ),
        (
            "size",
            ["nas-keller / documents", "web-01 / nightly", "nas-keller / photos", "nas-keller / paperless"],
        ),
    ],
)
def test_jobs_stand_in_the_order_that_was_asked_for(fleet: Site, sort: str, jobs: list[str]) -> None:
    assert shown(fleet, f"/?group=none&sort={sort}") == jobs


def test_what_is_expected_next_comes_first(fleet: Site) -> None:
    fleet.db.execute("UPDATE job SET expected_at = ? - 1000 * id", (to_ms(fleet.now + timedelta(hours=3)),))
    fleet.db.execute("UPDATE job SET expected_at = NULL WHERE name = 'photos'")
    assert shown(fleet, "/?group=none&sort=next")[-1] == "nas-keller / photos"
    assert shown(fleet, "/?group=none&sort=next")[0] == "nas-keller / documents"


def test_servers_in_groups_of_their_own(fleet: Site) -> None:
    fleet.db.execute("UPDATE server SET group_name = 'Home <b>' WHERE name = 'nas-keller'")
    html = fleet.html("/?group=group&sort=name")
    assert [name.strip() for name in HEAD.findall(html)] == ["Home &lt;b&gt;", "No group"]
    assert '<option value="group" selected>' in html


def test_jobs_by_account_where_there_are_several(fleet: Site) -> None:
    assert '<option value="account"' not in fleet.html("/")
    fleet.db.execute(
        "INSERT INTO account (id, parent_id, name, path, created_at) VALUES (7, 1, 'customer', '/1/7/', 0)"
    )
    fleet.db.execute("UPDATE server SET account_id = 7 WHERE name = 'web-01'")
    fleet.db.execute("UPDATE job SET account_id = 7 WHERE name = 'nightly'")
    html = fleet.html("/?group=account&sort=name")
    assert HEAD.findall(html) == ["customer", "main"]
    assert "href=/partners/7>customer" in html


def test_a_tag_leaves_those_that_have_it(fleet: Site) -> None:
    assert '<select name="tag"' not in fleet.html("/")
    fleet.db.execute("UPDATE job SET tags = '[\"off-site\",\"b&w\"]' WHERE name IN ('photos', 'nightly')")
    assert shown(fleet, "/?tag=b%26w") == ["nightly", "photos"]
    assert shown(fleet, "/?tag=b%26w&state=ok") == ["photos"]
    assert shown(fleet, "/?tag=off") == []
    assert '<option value="b&amp;w" selected>' in fleet.html("/?tag=b%26w")


def test_what_is_in_the_archive_is_neither_shown_nor_counted(fleet: Site) -> None:
    fleet.db.execute("UPDATE job SET archived_at = 1 WHERE name = 'paperless'")
    fleet.db.execute("UPDATE server SET archived_at = 1 WHERE name = 'web-01'")
    assert shown(fleet, "/") == ["documents", "photos"]
    assert "1 of 2 jobs ended with warnings" in fleet.text("/")
    assert "web-01" not in fleet.html("/")


def test_what_a_person_prefers_is_kept_and_an_address_goes_before_it(fleet: Site) -> None:
    answer = fleet.send("/preferences", group="none", sort="size", view="cards", next="/?state=ok#jobs")
    assert answer.headers["Location"] == "/?state=ok#jobs"
    html = fleet.html("/")
    assert shown(fleet, "/")[-1] == "nas-keller / paperless"
    assert '<table class="jobs cards"' in html
    assert shown(fleet, "/?group=server&sort=name") == ["documents", "paperless", "photos", "nightly"]
    fleet.send("/preferences", group="everything", sort="name")
    assert shown(fleet, "/")[0] == "nas-keller / documents"


def test_one_persons_preferences_are_not_anothers(fleet: Site) -> None:
    fleet.send("/preferences", view="cards")
    other = fleet.app.test_client()
    sign_in(other, session(fleet.db, 1, to_ms(fleet.now), email="eva@example.org"))
    assert '<table class="jobs table"' in other.get("/").text


def test_colours_are_of_the_browser(fleet: Site) -> None:
    assert "data-theme" not in fleet.html("/")
    fleet.send("/preferences", theme="dark", next="/events")
    assert '<html lang="en" dir="ltr" data-theme="dark"' in fleet.html("/events")
    fleet.send("/preferences", theme="auto")
    assert "data-theme" not in fleet.html("/")
    fleet.client.set_cookie("duplistat_theme", '"><script>')
    assert "data-theme" not in fleet.html("/")


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_preferences_lead_nowhere_else(fleet: Site, target: str) -> None:
    assert fleet.send("/preferences", view="table", next=target).headers["Location"] == "/"


def test_searching_and_grouping_cost_few_statements(fleet: Site, counted: Callable[[str], int]) -> None:
    assert counted("/?q=photos&group=account&sort=size") <= 19
