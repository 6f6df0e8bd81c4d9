"""/settings/inbox: what could not be read; looked at, put away, read again; of one's own tree."""

import json
import re
from pathlib import Path

import pytest

from duplistat.services.access import api_keys
from duplistat.services.access.api_keys import Scope
from duplistat.services.reports.replay import read_again
from duplistat.store import audit, deliveries
from duplistat.store.audit import Filter
from tests.web.conftest import site_over
from tests.web.settings.people import as_role, below_main
from tests.web.settings.test_accounts import work_off
from tests.web.site import Site, said

EVIL = b"<script>alert(1)</script>\x1b[31m\xe2\x80\xae\x00"
UPLOAD = {
    "server": {"name": "nas", "version": "1.0"},
    "backup": {
        "name": "photos",
        "status": "success",
        "startTime": "2026-11-20T02:00:00Z",
        "endTime": "2026-11-20T02:10:00Z",
    },
}


def arrive(site: Site, body: bytes = b"nothing", account: int | None = None) -> int:
    """Something that nobody can read; its id."""
    headers = {}
    if account is not None:
        name = f"k{account}-{len(deliveries.recent(site.db, limit=999))}"
        key = api_keys.create(site.db, account=account, name=name, scopes=[Scope.INGEST], now=1)
        headers = {"X-Api-Key": key}
    site.client.post("/api/upload", data=body, headers=headers)
    return deliveries.recent(site.db, limit=1)[0].id


def become_readable(site: Site, delivery: int) -> None:
    """As if this version could read what another one could not."""
    fresh = arrive(site, json.dumps(UPLOAD).encode())
    with site.db.transaction():
        site.db.change(
            "UPDATE delivery SET body = (SELECT body FROM delivery WHERE id = ?) WHERE id = ?",
            (fresh, delivery),
        )
        site.db.change("DELETE FROM delivery WHERE id = ?", (fresh,))
        site.db.change("DELETE FROM server")


def actions(site: Site) -> list[tuple[str, str]]:
    entries = audit.page(site.db, (1,), Filter(action="delivery"), before=None, limit=20)
    return [(entry.action, entry.subject) for entry in reversed(entries)]


def test_what_cannot_be_read_is_in_the_inbox(site_on_both: Site) -> None:
    site = site_on_both
    assert "No unrecognised reports" in site.text("/settings/inbox")
    site.report()
    first, second = arrive(site), arrive(site, b"[1]")
    page = site.text("/settings/inbox")
    assert f"{second} just now 127.0.0.1 3 B" in page
    assert f"{first} just now 127.0.0.1 7 B" in page
    assert "is neither JSON nor a form nor the text of a report" in page
    assert "could not be processed. Review" in site.text("/")


def test_one_is_shown_as_text(site: Site) -> None:
    number = arrive(site, EVIL + b"x" * 70_000)
    html = site.html(f"/settings/inbox/{number}")
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;␛[31m⟪U+202E⟫␀xxx" in html
    assert "4.50 kB more in the download." in said(html)
    raw = site.client.get(f"/deliveries/{number}")
    assert raw.data == EVIL + b"x" * 70_000


def test_one_is_put_away_and_back(site_on_both: Site) -> None:
    site = site_on_both
    first, second = arrive(site), arrive(site)
    site.send("/settings/inbox/away", delivery=[str(first), "x", str(10**30)])
    page = site.text("/settings/inbox")
    assert "1 report dismissed." in page
    assert f"{second} just now" in page
    assert f"{first} just now" not in page
    assert f"{first} just now" in site.text("/settings/inbox?away=1")
    assert deliveries.body_of(site.db, first) == b"nothing"
    assert deliveries.unrecognised(site.db, (1,)) == 1
    site.send("/settings/inbox/away", delivery=str(first), back="1")
    assert "No dismissed reports" in site.text("/settings/inbox?away=1")
    assert actions(site) == [("delivery.dismiss", str(first)), ("delivery.put_back", str(first))]
    site.send("/settings/inbox/away")
    assert "Select at least one report." in site.text("/settings/inbox")


def test_one_is_read_again(site_on_both: Site) -> None:
    site = site_on_both
    number = arrive(site)
    site.send(f"/settings/inbox/{number}/replay")
    assert "This report is still not recognised." in site.text(f"/settings/inbox/{number}")
    become_readable(site, number)
    site.send(f"/settings/inbox/{number}/replay")
    page = site.text(f"/settings/inbox/{number}")
    assert "Reprocessed: new run or event recorded." in page
    assert "Open run" in page
    assert "Dismiss" not in page
    assert "No unrecognised reports" in site.text("/settings/inbox")
    assert actions(site) == [("delivery.replay", str(number))] * 2


def test_what_was_put_away_can_be_read_again(site: Site) -> None:
    number = arrive(site)
    site.send("/settings/inbox/away", delivery=str(number))
    assert read_again(site.db, site.writes, number, max_log_lines=10) == "unrecognised"
    become_readable(site, number)
    site.send(f"/settings/inbox/{number}/replay")
    assert "No dismissed reports" in site.text("/settings/inbox?away=1")


def test_all_are_read_again_in_the_background(site_on_both: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site = site_on_both
    monkeypatch.setattr("duplistat.services.maintenance.background_work.AT_ONCE", 2)
    numbers = [arrive(site) for _ in range(5)]
    become_readable(site, numbers[2])
    site.send("/settings/inbox/replay")
    site.send("/settings/inbox/replay")
    page = site.html("/settings/inbox")
    assert 'http-equiv="refresh"' not in page
    assert '<a href="/settings/inbox">Reload this page</a>' in page
    work_off(site)
    page = site.text("/settings/inbox")
    assert "All reports reprocessed." in page
    assert "4: still not recognised." in page
    assert "1: new run or event recorded." in page
    assert [d.id for d in deliveries.unread(site.db, (1,), before=None, limit=9)] == [
        n for n in numbers[::-1] if n != numbers[2]
    ]
    assert actions(site) == [("delivery.replay", "unrecognised")]


def test_one_that_fails_does_not_keep_the_others(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = arrive(site), arrive(site)

    def fails(db: object, writes: object, delivery: int, **_: object) -> str:
        if delivery == first:
            raise ValueError
        return "repeat"

    monkeypatch.setattr("duplistat.services.maintenance.background_work.read_again", fails)
    site.send("/settings/inbox/replay")
    work_off(site)
    page = site.text("/settings/inbox")
    assert "1: could not be recorded, see the server log." in page
    assert "1: already recorded, nothing changed." in page
    assert second > first


def test_what_is_beside_is_not_there(site_on_both: Site) -> None:
    site = site_on_both
    acme, globex = below_main(site, "acme"), below_main(site, "globex")
    ours, theirs, mains = arrive(site, account=acme), arrive(site, account=globex), arrive(site)
    with as_role(site, "operator", acme):
        page = site.text("/settings/inbox")
        assert f"{ours} just now" in page
        assert f"{theirs} just now" not in page
        assert f"{mains} just now" not in page
        site.html(f"/settings/inbox/{ours}")
        for other in (theirs, mains):
            site.html(f"/settings/inbox/{other}", 404)
            site.send(f"/settings/inbox/{other}/replay", 404)
        site.send("/settings/inbox/away", delivery=[str(theirs), str(mains)])
        assert "Select at least one report." in site.text("/settings/inbox")
        site.send("/settings/inbox/replay")
    work_off(site)
    assert "1: still not recognised." in site.text("/settings/inbox")
    assert deliveries.unrecognised(site.db, (1, acme, globex)) == 3


def test_a_long_inbox_has_pages(site: Site) -> None:
    numbers = [arrive(site) for _ in range(52)]
    first = site.html("/settings/inbox")
    assert f">{numbers[-1]}</a>" in first
    assert f">{numbers[0]}</a>" not in first
    second = site.html(f"/settings/inbox?before={numbers[2]}")
    assert f">{numbers[0]}</a>" in second
    assert "Newest" in second


def test_the_inbox_says_what_was_dropped_when_and_for_which_limit(database_url: str, tmp_path: Path) -> None:
    with site_over(database_url, tmp_path, intake={"unread_max_count": 6}) as site:
        assert "Deleted to make room" not in site.text("/settings/inbox")
        for number in range(9):
            arrive(site, b"nothing %d" % number)
        page = site.text("/settings/inbox")
    assert "At most 6 per account" in page
    words = r"6 \(\d+ B\): one address sent more than half of unread_max_count\. First .+, last .+, from 127\.0\.0\.1\."
    assert re.search(words, page), page


def test_another_account_does_not_see_what_was_dropped(database_url: str, tmp_path: Path) -> None:
    with site_over(database_url, tmp_path, intake={"unread_max_count": 6}) as site:
        acme = below_main(site, "acme")
        for number in range(9):
            arrive(site, b"nothing %d" % number)
        with as_role(site, "admin", acme):
            assert "Deleted to make room" not in site.text("/settings/inbox")


def test_a_body_whose_head_alone_is_kept_says_so(database_url: str, tmp_path: Path) -> None:
    with site_over(database_url, tmp_path, intake={"unread_max_bytes": 2000}) as site:
        number = arrive(site, b"".join(b"%x" % (each * 7919) for each in range(3000)))
        page = site.text(f"/settings/inbox/{number}")
    assert "Larger than the limit per address: only the first" in page
