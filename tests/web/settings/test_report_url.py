"""The report URL of a service at /settings/agents: shown to operators, replaced by a form, in no log and no export."""

import html
import re

import pytest

from duplistat.config import Config
from duplistat.core.times import to_ms
from duplistat.http.context import KEY, Context
from duplistat.services.accounts import export
from duplistat.services.configuration import secrets
from duplistat.store import accounts, audit, report_urls
from duplistat.store.audit import Filter
from tests.support.bodies import duplicati
from tests.web.settings.people import as_role, below_main
from tests.web.settings.test_agents import make
from tests.web.site import Site

SHOWN = re.compile(r'<code aria-label="Report URL">([^<]+)</code>')


def shown(site: Site, service: int) -> str:
    """The report URL on a service's page."""
    (url,) = SHOWN.findall(site.html(f"/settings/agents/{service}"))
    return html.unescape(url)


def post(site: Site, url: str) -> int:
    path = url[url.index("/api/") :]
    return site.app.test_client().post(path, json=duplicati("2026-01-28T02:00:00Z")).status_code


def others(site: Site) -> list[int]:
    return [account.id for account in accounts.all_accounts(site.db) if account.id != 1]


def config_of(site: Site) -> Config:
    context: Context = site.app.extensions[KEY]
    return context.config


def actions(site: Site) -> list[str]:
    return [entry.action for entry in audit.everything(site.db, (1, *others(site)), Filter())]


def test_the_url_on_the_page_takes_reports_of_the_service(site_on_both: Site) -> None:
    site = site_on_both
    acme = below_main(site, "acme")
    service = make(site, account=acme)
    url = shown(site, service)
    assert url.startswith(f"http://localhost/api/upload?service=V{10_000 + service}&secret=dr_")
    assert len(url.partition("secret=dr_")[2]) == 43
    assert shown(site, service) == url
    assert actions(site).count("service.report_url") == 1
    assert post(site, url) == 200
    rows = site.db.rows("SELECT account_id, service_id FROM server WHERE service_id IS NOT NULL")
    assert rows == [(acme, service)]


def test_a_page_with_a_secret_is_kept_by_nobody(site: Site) -> None:
    service = make(site)
    assert site.client.get(f"/settings/agents/{service}").headers["Cache-Control"] == "no-store"


def test_replacing_it_keeps_the_one_before_for_some_hours(site_on_both: Site) -> None:
    site = site_on_both
    service = make(site)
    old = shown(site, service)
    site.send(f"/settings/agents/{service}/report-url", keep="1")
    page = site.text(f"/settings/agents/{service}")
    assert "Report URL rotated." in page
    assert "The previous URL is valid until" in page
    new = shown(site, service)
    assert new != old
    assert (post(site, old), post(site, new)) == (200, 200)
    site.send(f"/settings/agents/{service}/report-url", keep="0")
    assert (post(site, old), post(site, new)) == (401, 401)
    assert actions(site).count("service.rotate_report_url") == 2


@pytest.mark.parametrize("keep", ["", "-1", "8785", "soon"])
def test_hours_that_are_none_change_nothing(site: Site, keep: str) -> None:
    service = make(site)
    before = shown(site, service)
    site.send(f"/settings/agents/{service}/report-url", 400, keep=keep)
    assert shown(site, service) == before


def test_a_service_that_is_held_keeps_its_url_on_the_page(site: Site) -> None:
    service = make(site, suspended_at=1)
    before = shown(site, service)
    site.send(f"/settings/agents/{service}/report-url", 400, keep="0")
    assert shown(site, service) == before


def test_viewers_and_strangers_see_no_url(site: Site) -> None:
    acme, other = below_main(site, "acme"), below_main(site, "other")
    service = make(site, account=acme)
    for role, account, status in (("viewer", acme, 403), ("admin", other, 404), ("operator", acme, 200)):
        with as_role(site, role, account):
            page = site.client.get(f"/settings/agents/{service}")
            site.send(f"/settings/agents/{service}/report-url", 303 if status == 200 else status, keep="0")
        assert (page.status_code, "secret=" in page.text) == (status, status == 200)


def test_a_form_from_elsewhere_replaces_nothing(site: Site) -> None:
    service = make(site)
    before = shown(site, service)
    answer = site.client.post(f"/settings/agents/{service}/report-url", data={"keep": "0"})
    assert (answer.status_code, shown(site, service)) == (403, before)


def test_without_the_key_of_secrets_the_page_says_why_and_reports_still_come_in(site: Site) -> None:
    service = make(site)
    url = shown(site, service)
    secrets.key_file(config_of(site)).unlink()
    assert "secret.key, the key of stored passwords, is missing" in site.text(f"/settings/agents/{service}")
    assert post(site, url) == 200


def test_the_secret_is_stored_encrypted_and_is_in_no_export_and_no_audit_log(site: Site) -> None:
    service = make(site)
    secret = shown(site, service).partition("secret=")[2]
    kept = report_urls.of_service(site.db, service)
    assert kept is not None
    assert secret not in kept.secret
    assert secrets.decrypt(config_of(site), kept.secret) == secret
    written = "".join(export.lines(site.db, accounts.all_accounts(site.db), to_ms(site.now)))
    noted = "".join(map(str, audit.everything(site.db, (1, *others(site)), Filter())))
    for hidden in (secret, kept.secret, kept.hash):
        assert hidden not in written + noted


def test_the_page_of_a_server_leads_operators_to_the_url(site: Site) -> None:
    service = make(site)
    assert post(site, shown(site, service)) == 200
    ((server,),) = site.db.rows("SELECT id FROM server WHERE service_id = ?", (service,))
    link = f"/settings/agents/{service}#report-url"
    assert link in site.html(f"/servers/{server}")
    with as_role(site, "viewer", 1):
        assert link not in site.html(f"/servers/{server}")
