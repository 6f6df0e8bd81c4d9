"""A test report: sent by a button, the way that reports go, and removed by another one."""

import re
from datetime import timedelta

from duplistat.services.reports.test_report import JOB, SERVER
from duplistat.store import deliveries, keys
from tests.web.settings.people import as_role, below_main
from tests.web.site import Site, headline, said

BUTTON = 'action="/test-report"'
KEY = re.compile(r'<input type="hidden" name="key" value="(ds_[\w-]{43})">')


def accounts_of_servers(site: Site) -> list[tuple[str, int]]:
    return [
        (name, account) for name, account in site.db.rows("SELECT name, account_id FROM server ORDER BY id")
    ]


def test_it_is_taken_in_as_any_report_and_stands_on_the_overview_as_a_test(site: Site) -> None:
    assert BUTTON in site.html("/")
    assert site.send("/test-report").location == "/"
    html = site.html("/")
    assert "The test report arrived, and was recorded." in said(html)
    assert (
        f"The server {SERVER} and its job are listed until it is removed, and not counted as protected."
        in said(html)
    )
    (kept,) = deliveries.recent(site.db, limit=9)
    assert (kept.endpoint, kept.outcome) == ("/api/upload", "recorded")
    run = site.text("/runs/1")
    assert f"{SERVER} {JOB}" in run.replace(" / ", " ")
    assert headline(site.html("/runs/1")) == "Backup succeeded in 20 s, 20 s ago"
    assert "This is a test report" in run


def test_the_first_step_stays_open_until_a_real_report_arrives(site: Site) -> None:
    site.send("/test-report")
    html = site.html("/")
    assert headline(html) == "Waiting for the first report"
    assert "Send a first report" in said(html)
    assert BUTTON not in html
    site.report()
    html = site.html("/")
    assert headline(html) == "Your job is protected"
    assert "A report has arrived" in said(html)


def test_it_is_not_counted_as_protected(site: Site) -> None:
    site.send("/test-report")
    assert "Waiting for the first report" in site.text("/servers")
    assert "Your job is protected" not in site.text("/servers/1")
    site.report()
    site.report("web-01")
    for page in ("/", "/servers"):
        text = site.text(page)
        assert "All 2 jobs are protected" in text
        assert SERVER in text
    assert "2 OK" in site.text("/servers")
    acme = below_main(site, "acme")
    site.db.execute("UPDATE server SET account_id = ? WHERE id = 1", (acme,))
    site.db.execute("UPDATE job SET account_id = ? WHERE server_id = 1", (acme,))
    assert "1 of 2 customers has not reported yet" in site.text("/partners")
    site.now += timedelta(days=20)
    assert "2 of 2 jobs are silent and have no schedule" in site.text("/")


def test_it_is_removed_by_a_button_and_nothing_else_is(site: Site) -> None:
    site.report()
    site.send("/test-report")
    for page in ("/", "/servers/2"):
        assert 'action="/test-report/2/remove"' in site.html(page)
    # Of the address where it came from one would guess a Duplicati.
    assert "/settings/agents/add" not in site.html("/servers/2")
    assert "/test-report/1/remove" not in site.html("/servers/1")
    site.send("/test-report/1/remove", 404)
    site.send("/test-report/2/remove")
    html = site.html("/")
    assert "The test report is being removed." in said(html)
    assert SERVER not in html
    assert "nas-keller" in html


def test_with_a_new_key_it_goes_to_the_account_of_that_key(site: Site) -> None:
    acme = below_main(site, "acme")
    (key,) = KEY.findall(site.send("/settings/keys", 200, name="nas", scope="ingest", account=str(acme)).text)
    site.send("/test-report", key=key)
    assert accounts_of_servers(site) == [(SERVER, acme)]
    assert keys.of_account(site.db)[0].last_used_at is not None
    site.send("/test-report", 401, key=key[:-1] + "!")
    site.db.execute("UPDATE key SET scopes = 'read'")
    site.send("/test-report", 403, key=key)
    assert len(deliveries.recent(site.db, limit=9)) == 1


def test_who_only_looks_sends_none(site: Site) -> None:
    with as_role(site, "viewer", 1):
        html = site.html("/")
        assert BUTTON not in html
        assert "curl -X POST" in html
        site.send("/test-report", 403)
    assert accounts_of_servers(site) == []
