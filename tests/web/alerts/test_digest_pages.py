"""/digest, its settings, and /evidence: what they show to whom, and what they change."""

import json
from datetime import timedelta
from typing import Any

import pytest

from duplistat.core.alerts.evidence_seal import Seal
from duplistat.http.context import KEY, Context
from duplistat.services.alerts.evidence_file import check_file
from duplistat.store import digests, notices
from duplistat.store.digests import Digest
from tests.web.alerts.site import channel, failing
from tests.web.settings.people import as_role
from tests.web.site import Site

FIELDS: dict[str, Any] = {"name": "morning", "period": "week", "hour": "8", "day": "3", "enabled": "1"}


def only(site: Site) -> Digest:
    (found,) = digests.of_accounts(site.db, (1,))
    return found


def test_it_says_how_all_stands_and_links_to_each_job(site_on_both: Site) -> None:
    site = site_on_both
    failing(site, channel(site))
    page = site.text("/digest")
    assert "1 failed" in page
    assert "FAILED" in page
    assert f'href="/runs/{site.db.rows("SELECT max(id) FROM run")[0][0]}"' in site.html("/digest")
    today = f"{site.now:%Y-%m-%d}"
    assert "1 failed" in site.text(f"/digest/{today}?period=week")
    assert "Earlier" in page


def test_a_day_that_is_over_is_told_from_its_reports(site: Site) -> None:
    failing(site, channel(site))
    day = f"{site.now:%Y-%m-%d}"
    site.now += timedelta(days=3)
    page = site.text(f"/digest/{day}")
    assert "What was reported from" in page
    assert "1 failed" in page


@pytest.mark.parametrize(
    "address", ["/digest/2026-02-30", "/digest/x", "/digest/2999-01-01", "/digest?account=77"]
)
def test_there_is_no_digest_of_a_day_that_is_none(site: Site, address: str) -> None:
    assert site.client.get(address).status_code == 404


def test_a_period_that_is_none_is_said(site: Site) -> None:
    assert site.client.get("/digest?period=year").status_code == 400


def test_a_digest_is_added_changed_sent_and_deleted(site_on_both: Site) -> None:
    site = site_on_both
    ops = channel(site)
    site.send("/digest/settings", **FIELDS, channels=[str(ops)])
    row = only(site)
    assert (row.name, row.period, row.hour, row.day, row.channels) == ("morning", "week", 8, 3, f"[{ops}]")
    assert "each Wednesday at 08:00" in site.text("/digest/settings")
    assert 'value="morning"' in site.html(f"/digest/settings/{row.id}")
    site.send(f"/digest/settings/{row.id}", **(FIELDS | {"hour": "9", "enabled": ""}), channels=[str(ops)])
    assert (only(site).hour, only(site).enabled) == (9, 0)
    site.send(f"/digest/settings/{row.id}/send")
    (notice,) = notices.page(site.db, (1,))
    assert (notice.kind, json.loads(notice.facts)["details"]["account"]) == ("digest", "main")
    site.send(f"/digest/settings/{row.id}/delete", 400, confirm="x")
    site.send(f"/digest/settings/{row.id}/delete", confirm=row.name)
    assert "No digests yet." in site.text("/digest/settings")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"name": " "}, "Enter a name."),
        ({"hour": "24"}, "Enter a whole number from 0 to 23."),
        ({"channels": []}, "A digest has 1 to 50 channels."),
        ({"period": "year"}, "Select one."),
        ({"period": "week", "day": "9"}, "A whole number from 1 to 7 is expected."),
    ],
)
def test_what_is_wrong_stands_below_its_field(site: Site, fields: dict[str, object], message: str) -> None:
    ops = channel(site)
    response = site.send("/digest/settings", 400, **{**FIELDS, "channels": [str(ops)], **fields})
    assert message in response.text
    assert digests.of_accounts(site.db, (1,)) == []


@pytest.mark.parametrize("role", ["viewer", "operator"])
def test_only_admins_say_what_is_sent(site: Site, role: str) -> None:
    with as_role(site, role, 1):
        assert site.client.get("/digest/settings").status_code == 403
        assert site.client.get("/digest").status_code == 200
        assert site.client.get("/evidence").status_code == 200


def test_evidence_is_a_page_with_signed_files(site_on_both: Site) -> None:
    site = site_on_both
    failing(site, channel(site))
    page = site.text("/evidence")
    assert "1 failed" in page
    assert "Gaps" in page
    assert "SHA-256 over the hashes of all raw reports" in page
    ctx: Context = site.app.extensions[KEY]
    config = ctx.config
    for kind in ("json", "csv", "html"):
        response = site.client.get(f"/evidence.{kind}")
        assert 'attachment; filename="evidence-' in response.headers["Content-Disposition"]
        assert check_file(config, [response.data]) is Seal.GOOD
    assert site.client.get("/evidence.pdf").status_code == 404


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("from=2026-13-01", "Enter a date such as 2027-01-31."),
        ("from=2024-01-01&to=2026-01-01", "The time has at most 400 days."),
        ("from=2026-02-01&to=2026-01-01", "The time ends before it begins."),
    ],
)
def test_a_span_that_cannot_be_is_said(site: Site, query: str, message: str) -> None:
    response = site.client.get(f"/evidence?{query}")
    assert response.status_code == 400
    assert message in response.text
    assert site.client.get(f"/evidence.json?{query}").status_code == 400
