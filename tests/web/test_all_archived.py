"""Where all that there is stands in the archive, pages say so, and wait for no first report."""

from datetime import timedelta

from duplistat.services.servers.deletion import deleting_identity
from tests.web.settings.people import as_role, below_main
from tests.web.site import Site, headline, said
from tests.web.test_wall import link, shown

WAITING = "Waiting for the first report"


def on_wall(site: Site) -> str:
    return headline(shown(site, link(site)))


def test_the_overview_says_that_all_servers_are_archived_and_leads_to_them(site: Site) -> None:
    site.report("web-01")
    site.report("old-laptop")
    site.send("/servers/1/archive")
    assert headline(site.html("/")) == "Your job is protected"
    site.send("/servers/2/archive")
    html = site.html("/")
    assert headline(html) == "All servers are archived"
    assert "<title>All servers are archived" in html
    assert '<a href="/servers#archived">Archived servers</a>' in html
    for words in (WAITING, "No reports yet", "Connect Duplicati"):
        assert words not in said(html)
    listed = site.html("/servers")
    assert "All servers are archived" in listed
    assert '<section id="archived">' in listed
    assert "Servers appear with their first report" not in listed
    assert on_wall(site) == "All jobs are archived"
    site.now += timedelta(days=1)
    site.report("web-01")
    assert headline(site.html("/")) == "Your job is protected"


def test_who_is_not_signed_in_is_told_so_without_a_link(site: Site) -> None:
    site.report()
    site.send("/servers/1/archive")
    page = site.public().get("/").text
    assert headline(page) == "All servers are archived"
    assert "/servers" not in page


def test_where_only_the_jobs_are_archived_it_says_that(site: Site) -> None:
    site.report()
    site.send("/jobs/1/archive", archived="1")
    html = site.html("/")
    assert headline(html) == "All jobs are archived"
    assert "1 archived" in said(html)
    assert on_wall(site) == "All jobs are archived"
    site.send("/test-report")
    assert headline(site.html("/")) == "All jobs are archived"


def test_a_test_report_in_the_archive_is_nothing_that_was(site: Site) -> None:
    site.send("/test-report")
    site.send("/servers/1/archive")
    assert headline(site.html("/")) == WAITING


def test_a_server_that_is_being_deleted_is_nothing_that_is_left(site: Site) -> None:
    site.report()
    site.send("/servers/1/archive")
    assert headline(site.html("/")) == "All servers are archived"
    site.db.execute("UPDATE server SET identity = ?", (deleting_identity(1),))
    assert headline(site.html("/")) == WAITING


def test_what_another_account_archived_is_not_told(site: Site) -> None:
    site.report()
    site.send("/servers/1/archive")
    acme = below_main(site, "acme")
    site.db.execute("UPDATE server SET account_id = ?", (acme,))
    site.db.execute("UPDATE job SET account_id = ?", (acme,))
    assert headline(site.html("/")) == "All servers are archived"
    with as_role(site, "admin", below_main(site, "other")):
        assert headline(site.html("/")) == WAITING
