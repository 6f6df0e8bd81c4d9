"""The overview for whoever is not signed in: how the jobs of main are, and nothing that was written about them."""

import re

import pytest

from tests.web.site import Site, headline, said

SECRETS = ("The source path", "call Ada", "in the cellar", "acme")


@pytest.fixture
def shown(site: Site) -> Site:
    """Main with a job that failed and another one, both with notes; and a customer below it."""
    site.fail()
    site.report("web-01", "photos")
    site.set_job(1, notes="call Ada")
    site.db.execute("UPDATE server SET notes = 'in the cellar'")
    site.client.post("/api/upload", data=b"nonsense")
    path = site.db.row("SELECT path FROM account WHERE id = 1")[0]  # type: ignore[index]  # there is one
    site.db.execute(
        "INSERT INTO account (id, name, path, parent_id, created_at) VALUES (7, 'acme', ?, 1, 0)",
        (f"{path}7/",),
    )
    site.report("acme-01", "acme-job")
    site.db.execute("UPDATE server SET account_id = 7 WHERE name = 'acme-01'")
    site.db.execute("UPDATE job SET account_id = 7 WHERE name = 'acme-job'")
    return site


ADDRESSES = ["/", "/?group=account", "/?group=none&view=cards", "/?state=failed", "/?q=paper"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_it_tells_nothing_that_somebody_wrote(shown: Site, address: str) -> None:
    page = shown.public().get(address).text
    assert headline(page) == "1 of 2 jobs needs attention"
    assert [secret for secret in SECRETS if secret in page] == []
    assert "could not be processed" not in page
    assert "Acknowledge" not in page
    assert "Failed" in said(page)
    assert "The source path" in shown.html("/")


@pytest.mark.parametrize("address", ADDRESSES)
def test_its_links_lead_to_what_may_be_seen(shown: Site, address: str) -> None:
    client = shown.public()
    page = client.get(address).text
    found = {link.replace("&amp;", "&") for link in re.findall(r'(?:href|action)=["\']?(/[^"\'\s>]*)', page)}
    assert "/sign-in" in found
    pages = [link for link in found if link != "/language" and not link.startswith("/static")]
    wrong = [link for link in pages if client.get(link).status_code != 200]
    assert wrong == []
    for word in ("Events", "Customers", "Settings", "go to Events", "go to Settings", "go to Customers"):
        assert word not in page
    assert re.search(r'href="?/jobs/1', shown.html("/"))


@pytest.mark.parametrize(
    ("words", "found"), [("Ada", 0), ("cellar", 0), ("acme", 0), ("paperless", 1), ("nas-keller", 1)]
)
def test_a_search_does_not_look_into_notes(shown: Site, words: str, found: int) -> None:
    assert f"{found} of 2 jobs match" in said(shown.public().get(f"/?q={words}").text)
    assert (
        shown.html(f"/?q={words}").count('href="/jobs/') + shown.html(f"/?q={words}").count("href=/jobs/")
    ) > 0


def test_an_empty_one_waits(site: Site) -> None:
    site.client.post("/api/upload", data=b"nonsense")
    page = site.public().get("/").text
    assert headline(page) == "Waiting for the first report"
    assert "could not be processed" not in page


@pytest.mark.parametrize("address", ["/nothing/there", "/jobs/99"])
def test_an_error_has_the_menu_of_whoever_is_signed_in(shown: Site, address: str) -> None:
    page = shown.html(address, 404)
    assert ">Events</a>" in page
    assert "Profile" in page
    assert "/sign-in" not in page


def test_an_error_offers_others_the_sign_in_and_nothing_else(shown: Site) -> None:
    for client in (shown.public(), shown.app.test_client()):
        page = client.get("/nothing/there").text
        assert ">Sign in</a>" in page
        assert ">Events</a>" not in page
        assert 'type="search"' not in page
