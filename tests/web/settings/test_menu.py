"""The subjects of settings: beside each of them, and a page of their own."""

from tests.web.settings.people import as_role
from tests.web.site import Site, said


def rail(html: str) -> str:
    return said(html.partition('class="rail"')[2].partition("</nav>")[0])


def test_subjects_stand_in_groups_beside_each_page(site: Site) -> None:
    html = site.html("/settings/keys")
    assert "You Profile Sessions Collecting Duplicati connections API keys" in rail(html)
    assert '<a href="/settings/keys" aria-current="page">API keys</a>' in html


def test_they_have_a_page_of_their_own(site: Site) -> None:
    text = site.text("/settings").partition("Skip to content")[2]
    assert "Team Users Accounts Wall display Audit log System Retention" in text


def test_whoever_may_not_see_a_subject_sees_no_link_to_it(site: Site) -> None:
    with as_role(site, "viewer", 1):
        shown = rail(site.html("/settings/me"))
    assert "Profile" in shown
    assert "Team" not in shown
    assert "Database" not in shown
