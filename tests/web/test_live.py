"""GET /live: of what its reader sees, for those who may see the overview."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from duplistat.core.times import to_ms
from duplistat.services.bootstrap import main_account
from duplistat.services.people.identity import Role
from duplistat.web import live
from tests.support.signing import session, sign_in
from tests.web.site import Site


def version(site: Site) -> str:
    answer = site.client.get("/live")
    assert answer.mimetype == "application/json"
    return str(answer.get_json()["version"])


def test_the_page_and_the_stream_mean_the_same_by_a_version(site_on_both: Site) -> None:
    site = site_on_both
    assert f'data-version="{version(site)}"' in site.html("/")
    site.fail()
    assert f'data-version="{version(site)}"' in site.html("/")
    assert f'data-version="{version(site)}"' in site.html("/?state=failed&q=paper")


def test_lists_ask_whether_there_is_more_and_an_event_is_more(site: Site) -> None:
    site.report()
    before = version(site)
    site.notify()
    assert version(site) != before
    for page in ("/runs", "/events", "/calendar", "/trends", "/alerts"):
        html = site.html(page)
        assert 'data-live="/live"' in html, page
        assert "live.js" in html, page


def test_a_stranger_is_told_of_nothing_but_their_own(site: Site) -> None:
    site.fail()
    site.db.execute("INSERT INTO account (id, name, path, created_at) VALUES (7, 'other', '/7/', 0)")
    stranger = site.app.test_client()
    sign_in(stranger, session(site.db, 7, to_ms(site.now), Role.VIEWER))
    assert stranger.get("/live").get_json()["title"] == "● Overview – duplistat"
    assert site.client.get("/live").get_json()["title"] == "✖ 1 of 1 – duplistat"
    before = stranger.get("/live").get_json()["version"]
    site.report()
    assert stranger.get("/live").get_json()["version"] == before


def test_whoever_is_not_signed_in_is_told_nothing(site: Site) -> None:
    assert main_account(site.db) == 1
    answer = site.app.test_client().get("/live", headers={"Accept": "text/event-stream"})
    assert answer.status_code == 303
    assert "/sign-in" in answer.headers["Location"]


@pytest.fixture
def customer(site: Site) -> int:
    """An account below main with a job of its own, and main with one."""
    site.fail()
    site.report("theirs")
    path = site.db.row("SELECT path FROM account WHERE id = 1")[0]  # type: ignore[index]  # there is one
    site.db.execute(
        "INSERT INTO account (id, name, path, parent_id, created_at) VALUES (7, 'acme', ?, 1, 0)",
        (f"{path}7/",),
    )
    site.db.execute("UPDATE server SET account_id = 7 WHERE name = 'theirs'")
    site.db.execute("UPDATE job SET account_id = 7 WHERE name = 'photos'")
    return 7


def asks(site: Site, who: str, customer: int) -> FlaskClient:
    client = site.client if who == "admin" else site.public()
    if who == "viewer of a customer":
        sign_in(client, session(site.db, customer, to_ms(site.now), Role.VIEWER))
    return client


@pytest.mark.parametrize(
    ("who", "jobs"), [("nobody", "1 of 1"), ("viewer of a customer", "Overview"), ("admin", "1 of 2")]
)
def test_the_page_and_what_is_told_of_it_are_of_the_same_accounts(
    site: Site, customer: int, who: str, jobs: str
) -> None:
    client = asks(site, who, customer)
    page, state = client.get("/").text, client.get("/live").get_json()
    assert f'data-version="{state["version"]}"' in page
    assert f"<title>{state['title']}</title>" in page
    assert jobs in state["title"]
    with client.get("/live", headers={"Accept": "text/event-stream"}, buffered=False) as stream:
        told = [str(part) for _, part in zip(range(2), stream.response, strict=False)]
    assert state["version"] in told[1]


def test_a_stream_says_the_same_again_while_nothing_changes_and_ends_after_a_while(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (live.BEAT_EVERY, live.LASTS) == (3, 600)
    monkeypatch.setattr(live, "STEP", 0.001)
    monkeypatch.setattr(live, "BEAT_EVERY", 0.01)
    monkeypatch.setattr(live, "LASTS", 0.5)
    answer = site.client.get("/live", headers={"Accept": "text/event-stream"})
    assert answer.headers["Cache-Control"] == "no-store, no-transform"
    told = [line for line in answer.text.splitlines() if line.startswith("data: ")]
    assert len(told) > 1
    assert len(set(told)) == 1
    assert version(site) in told[0]


def test_an_open_page_does_not_keep_a_session_alive(site: Site) -> None:
    def used() -> object:
        return site.db.row("SELECT MAX(used_at), MAX(expires_at) FROM session")

    before = used()
    site.now += timedelta(hours=1)
    assert site.client.get("/live").status_code == 200
    assert used() == before
    site.html("/")
    assert used() != before
